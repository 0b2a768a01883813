"""The journal's tables: one list of facts that is only ever added to, and views for reports."""

from __future__ import annotations

import typing

from msgspec.structs import fields

from actors.messages.facts import Fact

VERSION = 3
"""Stored in ``PRAGMA user_version``; a file of a later version is never written to."""

TABLES = """
CREATE TABLE facts (
    seq INTEGER PRIMARY KEY,  -- given by the journal's actor: grows over all kinds, in order
    node TEXT NOT NULL,       -- the machine that wrote it, empty where there is one
    kind TEXT NOT NULL,       -- a class of messages/facts.py
    at REAL NOT NULL,         -- Unix time in seconds
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
    strikes INTEGER,
    wrapup_until REAL,
    cooldown_until REAL,
    cooldown TEXT,
    run INTEGER,
    source TEXT,
    method TEXT,
    code INTEGER,
    count INTEGER,
    seconds REAL,
    lost INTEGER
);
CREATE INDEX facts_at ON facts (at);
CREATE INDEX facts_call ON facts (call) WHERE call IS NOT NULL;
CREATE INDEX facts_agent ON facts (agent, seq) WHERE kind = 'AgentInterval';
CREATE INDEX facts_refused ON facts (at) WHERE kind = 'CallRefused';
CREATE INDEX facts_run ON facts (kind, seq) WHERE run IS NOT NULL;
"""

VIEWS = """
-- One row a call; `finished_at` and what follows is NULL while it is up.
CREATE VIEW calls AS
SELECT e.seq, e.node, e.call, e.sip_call_id, e.caller, e.called, e.purpose, j.queue,
       e.at AS entered_at, j.at AS joined_at, f.at AS finished_at,
       f.result, f.reason, f.ended_by, f.waited_ms, f.talked_ms
FROM facts e
LEFT JOIN facts j ON j.seq = (
    SELECT min(seq) FROM facts WHERE call = e.call AND kind = 'CallJoined')
LEFT JOIN facts f ON f.call = e.call AND f.kind = 'CallFinished'
WHERE e.kind = 'CallEntered';

-- One row for each time an agent's phone was dialled; `outcome` is NULL while it rings.
CREATE VIEW offers AS
SELECT o.seq, o.node, o.call, o.queue, o.agent, o.device,
       o.at AS offered_at, e.at AS ended_at, e.outcome, e.rang_ms
FROM facts o
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = o.call AND agent = o.agent AND kind = 'OfferEnded' AND seq > o.seq)
WHERE o.kind = 'CallOffered';

-- One row for each stay of an agent in a state; `until` is NULL for the present one.
CREATE VIEW agent_intervals AS
SELECT i.seq, i.node, i.agent, i.state, i.reason, i.queue, i.device, i.at AS since,
       (SELECT at FROM facts WHERE seq = min(ifnull(i.next, i.stop), ifnull(i.stop, i.next)))
           AS until,
       i.idle_since, i.strikes, i.wrapup_until, i.cooldown_until, i.cooldown
FROM (
    SELECT *,
           (SELECT min(seq) FROM facts n
            WHERE n.kind = 'AgentInterval' AND n.agent = f.agent AND n.seq > f.seq) AS next,
           (SELECT min(seq) FROM facts s
            WHERE s.kind = 'ServerStopped' AND s.run IS NOT NULL AND s.seq > f.seq) AS stop
    FROM facts f
    WHERE kind = 'AgentInterval'
) i;

-- Requests that were refused before they were calls: `count` of them in `seconds` up to `until`.
CREATE VIEW refusals AS
SELECT seq, node, at AS until, source, method, code, reason, count, seconds
FROM facts WHERE kind = 'CallRefused';

-- One row for each run of the server; `stopped_at` is NULL for the present one.
CREATE VIEW runs AS
SELECT b.seq, b.node, b.run, b.at AS started_at, e.at AS stopped_at, e.reason
FROM facts b
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE kind = 'ServerStopped' AND run IS NOT NULL AND seq > b.seq)
WHERE b.kind = 'ServerStarted' AND b.run IS NOT NULL;
"""

SCHEMA = TABLES + VIEWS

MOST_INTEGER = 2**63

KINDS: dict[str, type] = {one.__name__: one for one in typing.get_args(Fact)}

_OF_FACTS = tuple(dict.fromkeys(field.name for one in KINDS.values() for field in fields(one)))

COLUMNS = ("seq", "node", "kind", *_OF_FACTS)

_FILLED = {
    kind: tuple((COLUMNS.index(field.name), field.name) for field in fields(one))
    for kind, one in KINDS.items()
}
"""For each kind, the columns it fills: places in COLUMNS, and names."""

_EMPTY = (None,) * len(COLUMNS)

ADD_FACT = f"INSERT INTO facts ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608

ADD_MISSING = ADD_FACT.replace("INSERT INTO", "INSERT OR IGNORE INTO")

LAST = "SELECT seq, at FROM facts ORDER BY seq DESC LIMIT 1"

LAST_RUN = """
SELECT run, seq, EXISTS (SELECT 1 FROM facts AS s
                         WHERE s.kind = 'ServerStopped' AND s.run IS NOT NULL AND s.seq > b.seq)
FROM facts AS b WHERE kind = 'ServerStarted' AND run IS NOT NULL ORDER BY seq DESC LIMIT 1
"""

# Each start finishes what the run before it left, so older rows need not be looked at.
UNFINISHED = """
SELECT call FROM facts AS e
WHERE kind = 'CallEntered' AND seq > ?
  AND NOT EXISTS (SELECT 1 FROM facts AS f WHERE f.call = e.call AND f.kind = 'CallFinished')
ORDER BY seq
"""

HAS_CALL = "SELECT 1 FROM facts WHERE call = ? LIMIT 1"

_SELECT = f"SELECT {', '.join(COLUMNS)} FROM facts"  # noqa: S608 - our own names

OF_CALL = f"{_SELECT} WHERE call = ? ORDER BY seq"

# One step through the index for each agent, however many intervals there are.
LAST_INTERVALS = f"""
WITH RECURSIVE known (agent) AS (
    SELECT min(agent) FROM facts WHERE kind = 'AgentInterval'
    UNION ALL
    SELECT (SELECT min(agent) FROM facts WHERE kind = 'AgentInterval' AND agent > known.agent)
    FROM known WHERE known.agent IS NOT NULL
)
{_SELECT} WHERE seq IN (
    SELECT (SELECT max(seq) FROM facts WHERE kind = 'AgentInterval' AND agent = known.agent)
    FROM known
) ORDER BY seq
"""  # noqa: S608 - our own names


Row = tuple[str | int | float | None, ...]
"""The values of COLUMNS."""

SEQ, KIND, AT, CALL, AGENT, RUN = (
    COLUMNS.index(name) for name in ("seq", "kind", "at", "call", "agent", "run")
)


def row_of(seq: int, node: str, fact: Fact) -> Row:
    """Return the fact as a row; raise TypeError where SQLite could not store it."""
    if not isinstance(fact.at, float):
        raise TypeError(f"at must be a float in {fact!r}")
    kind = type(fact).__name__
    row: list[str | int | float | None] = [*_EMPTY]
    row[:3] = seq, node, kind
    for place, name in _FILLED[kind]:
        row[place] = _storable(getattr(fact, name), fact)
    return tuple(row)


def _storable(value: object, fact: Fact) -> str | int | float | None:
    if isinstance(value, str):
        # Lone surrogates have no UTF-8.
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
    stored = {field.name: values[field.name] for field in fields(kind)}
    # What a column added later does not say is as where the class says nothing.
    fact: Fact = kind(**{name: value for name, value in stored.items() if value is not None})
    return fact
