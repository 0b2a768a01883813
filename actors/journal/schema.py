"""The journal's tables: one list of facts that is only ever added to, and views for reports."""

from __future__ import annotations

import typing

from msgspec.structs import fields

from actors.messages.facts import Fact

VERSION = 1
"""Stored in ``PRAGMA user_version``; a file of another version is never written to."""

STARTED = "ServerStarted"
"""The kind of row that begins each run of the server."""

GAP = "Gap"
"""The kind of row that stands where `lost` facts would."""

TABLES = """
CREATE TABLE facts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows over all kinds, never used twice
    kind TEXT NOT NULL,                    -- a class of messages/facts.py, ServerStarted or Gap
    at REAL NOT NULL,                      -- Unix time in seconds
    call TEXT,
    queue TEXT,
    agent TEXT,
    sip_call_id TEXT,
    caller TEXT,
    called TEXT,
    purpose TEXT,
    device TEXT,
    outcome TEXT,
    rang_ms INTEGER,
    result TEXT,
    reason TEXT,
    ended_by TEXT,
    waited_ms INTEGER,
    talked_ms INTEGER,
    state TEXT,
    idle_since REAL,
    lost INTEGER
);
CREATE INDEX facts_at ON facts (at);
CREATE INDEX facts_call ON facts (call) WHERE call IS NOT NULL;
CREATE INDEX facts_agent ON facts (agent, id) WHERE kind = 'AgentInterval';
CREATE INDEX facts_started ON facts (kind) WHERE kind = 'ServerStarted';

-- One row a call; `finished_at` and what follows is NULL while it is up.
CREATE VIEW calls AS
SELECT e.id, e.call, e.sip_call_id, e.caller, e.called, e.purpose, j.queue,
       e.at AS entered_at, j.at AS joined_at, f.at AS finished_at,
       f.result, f.reason, f.ended_by, f.waited_ms, f.talked_ms
FROM facts e
LEFT JOIN facts j ON j.id = (SELECT min(id) FROM facts WHERE call = e.call AND kind = 'CallJoined')
LEFT JOIN facts f ON f.call = e.call AND f.kind = 'CallFinished'
WHERE e.kind = 'CallEntered';

-- One row for each time an agent's phone was dialled; `outcome` is NULL while it rings.
CREATE VIEW offers AS
SELECT o.id, o.call, o.queue, o.agent, o.device,
       o.at AS offered_at, e.at AS ended_at, e.outcome, e.rang_ms
FROM facts o
LEFT JOIN facts e ON e.id = (
    SELECT min(id) FROM facts
    WHERE call = o.call AND agent = o.agent AND kind = 'OfferEnded' AND id > o.id)
WHERE o.kind = 'CallOffered';

-- One row for each stay of an agent in a state; `until` is NULL for the present one.
CREATE VIEW agent_intervals AS
SELECT id, agent, state, reason, device, at AS since,
       lead(at) OVER (PARTITION BY agent ORDER BY id) AS until, idle_since
FROM facts WHERE kind = 'AgentInterval';
"""

MOST_INTEGER = 2**63

KINDS: dict[str, type] = {one.__name__: one for one in typing.get_args(Fact)}

COLUMNS = ("kind", *dict.fromkeys(field.name for one in KINDS.values() for field in fields(one)))

_NAMES = {
    kind: tuple(
        name if name in {field.name for field in fields(one)} else None for name in COLUMNS[1:]
    )
    for kind, one in KINDS.items()
}
"""For each kind, the columns it fills."""

ADD_FACT = f"INSERT INTO facts ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

ADD_GAP = "INSERT INTO facts (kind, at, lost) VALUES ('Gap', ?, ?)"

ADD_STARTED = "INSERT INTO facts (kind, at) VALUES ('ServerStarted', ?)"

LAST_AT = "SELECT at FROM facts ORDER BY id DESC LIMIT 1"

# Each start finishes what the run before it left, so older rows need not be looked at.
UNFINISHED = """
SELECT call FROM facts AS e
WHERE kind = 'CallEntered'
  AND id > coalesce((SELECT max(id) FROM facts WHERE kind = 'ServerStarted'), 0)
  AND NOT EXISTS (SELECT 1 FROM facts AS f WHERE f.call = e.call AND f.kind = 'CallFinished')
ORDER BY id
"""

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM facts"  # noqa: S608 - our own names

OF_CALL = f"{_SELECT} WHERE call = ? ORDER BY id"

# One step through the index for each agent, however many intervals there are.
LAST_INTERVALS = f"""
WITH RECURSIVE known (agent) AS (
    SELECT min(agent) FROM facts WHERE kind = 'AgentInterval'
    UNION ALL
    SELECT (SELECT min(agent) FROM facts WHERE kind = 'AgentInterval' AND agent > known.agent)
    FROM known WHERE known.agent IS NOT NULL
)
{_SELECT} WHERE id IN (
    SELECT (SELECT max(id) FROM facts WHERE kind = 'AgentInterval' AND agent = known.agent)
    FROM known
) ORDER BY id
"""  # noqa: S608 - our own names


Row = tuple[str | int | float | None, ...]
"""The values of COLUMNS; the second is `at`."""


def row_of(fact: Fact) -> Row:
    """Return the fact as a row; raise TypeError where SQLite could not store it."""
    if not isinstance(fact.at, float):
        raise TypeError(f"at must be a float in {fact!r}")
    kind = type(fact).__name__
    names = _NAMES[kind]
    return (
        kind,
        *(None if name is None else _storable(getattr(fact, name), fact) for name in names),
    )


def _storable(value: object, fact: Fact) -> str | int | float | None:
    if isinstance(value, str):
        # What came in SIP may hold lone surrogates, which have no UTF-8.
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int) and abs(value) < MOST_INTEGER:
        return value
    raise TypeError(f"cannot be stored: {value!r} in {fact!r}")


def fact_of(row: Row) -> Fact:
    """Return the fact the values of COLUMNS stand for."""
    values = dict(zip(COLUMNS, row, strict=True))
    kind = KINDS[str(values["kind"])]
    fact: Fact = kind(**{field.name: values[field.name] for field in fields(kind)})
    return fact
