"""The journal's tables: one list of facts that is only ever added to, and views for reports."""

from __future__ import annotations

from actors.journal.rows import COLUMNS, named

VERSION = 6
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
    calls INTEGER,
    lease TEXT,
    "by" TEXT,
    "to" TEXT,
    ending TEXT,
    since REAL,
    priority INTEGER,
    place INTEGER,
    target_seconds REAL,
    short_abandon REAL,
    side TEXT,
    held_ms INTEGER,
    caller_number TEXT,
    caller_name TEXT,
    run INTEGER,
    source TEXT,
    method TEXT,
    code INTEGER,
    count INTEGER,
    seconds REAL,
    lost INTEGER,
    what TEXT,
    name TEXT,
    before TEXT,
    after TEXT,
    change TEXT
);
CREATE INDEX facts_at ON facts (at);
CREATE INDEX facts_call ON facts (call) WHERE call IS NOT NULL;
CREATE INDEX facts_agent ON facts (agent, seq) WHERE kind = 'AgentInterval';
CREATE INDEX facts_refused ON facts (at) WHERE kind = 'CallRefused';
CREATE INDEX facts_run ON facts (kind, seq) WHERE run IS NOT NULL;
"""

CHANGED = """
CREATE INDEX facts_changed ON facts (what, name, seq) WHERE kind = 'ConfigurationChanged';
"""

VIEWS = """
-- One row a call; `finished_at` and what follows is NULL while it is up.
CREATE VIEW calls AS
SELECT e.seq, e.node, e.call, e.sip_call_id, e.caller, e.caller_number, e.caller_name, e.called,
       e.purpose, ifnull(j.queue, e.queue) AS queue,
       e.at AS entered_at, j.at AS joined_at, f.at AS finished_at,
       f.result, f.reason, f.ended_by, f."by", f.waited_ms, f.talked_ms, f.held_ms
FROM facts e
LEFT JOIN facts j ON j.seq = (
    SELECT min(seq) FROM facts WHERE call = e.call AND kind = 'CallJoined')
LEFT JOIN facts f ON f.call = e.call AND f.kind = 'CallFinished'
WHERE e.kind = 'CallEntered';

-- One row for each stay of a caller in a queue; `left_at` and what follows is NULL while he waits.
-- Facts of versions before 4 have no CallLeft: there the first answer ends it, or the call's end.
CREATE VIEW visits AS
SELECT v.seq, v.node, v.call, v.queue, v.at AS joined_at, v.since, v.priority, v.place,
       v.target_seconds, v.short_abandon, e.at AS left_at,
       CASE WHEN e.ending IS NOT NULL THEN e.ending
            WHEN e.outcome IS NOT NULL THEN e.outcome
            WHEN e.result IN ('answered', 'abandoned') THEN e.result
            WHEN e.seq IS NOT NULL THEN 'failed' END AS ending,
       e.reason, e."by", e.agent, e."to",
       ifnull(e.waited_ms, CAST(round((e.at - v.at) * 1000) AS INTEGER)) AS waited_ms
FROM facts v
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = v.call AND seq > v.seq
      AND (kind = 'CallLeft'
           OR v.priority IS NULL
              AND (kind = 'CallFinished' OR kind = 'OfferEnded' AND outcome = 'answered')))
WHERE v.kind = 'CallJoined';

-- One row for each time caller and agent were connected; `ended_at` and what follows is NULL while
-- they are. Facts of versions before 4 tell only of the answer and of the call's end.
CREATE VIEW legs AS
SELECT b.seq, b.node, b.call, ifnull(b.queue, j.queue) AS queue, b.agent, b.lease,
       b.at AS bridged_at, e.at AS ended_at,
       CASE WHEN e.kind = 'LegEnded' THEN e.talked_ms
            ELSE CAST(round((e.at - b.at) * 1000) AS INTEGER) END AS talked_ms,
       e.held_ms, e.ended_by, e.reason
FROM facts b
LEFT JOIN facts j ON j.seq = (
    SELECT max(seq) FROM facts WHERE call = b.call AND kind = 'CallJoined' AND seq < b.seq)
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = b.call AND seq > b.seq
      AND (kind = 'LegEnded' AND lease = b.lease OR b.lease IS NULL AND kind = 'CallFinished'))
WHERE b.kind = 'LegBridged'
   OR b.kind = 'OfferEnded' AND b.outcome = 'answered' AND b.lease IS NULL;

-- One row for each time an agent's phone was dialled; `outcome` is NULL while it rings.
CREATE VIEW offers AS
SELECT o.seq, o.node, o.call, o.queue, o.agent, o.device, o.lease,
       o.at AS offered_at, e.at AS ended_at, e.outcome, e.rang_ms, e."by"
FROM facts o
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = o.call AND agent = o.agent AND kind = 'OfferEnded' AND seq > o.seq)
WHERE o.kind = 'CallOffered';

-- One row for each stay of an agent in a state; `until` is NULL for the present one.
CREATE VIEW agent_intervals AS
SELECT i.seq, i.node, i.agent, i.state, i.reason, i."by", i.call, i.queue, i.device,
       i.at AS since,
       (SELECT at FROM facts WHERE seq = min(ifnull(i.next, i.stop), ifnull(i.stop, i.next)))
           AS until,
       i.idle_since, i.strikes, i.wrapup_until, i.cooldown_until, i.cooldown, i.calls, i.talked_ms
FROM (
    SELECT *,
           (SELECT min(seq) FROM facts n
            WHERE n.kind = 'AgentInterval' AND n.agent = f.agent AND n.seq > f.seq) AS next,
           (SELECT min(seq) FROM facts s
            WHERE s.kind = 'ServerStopped' AND s.run IS NOT NULL AND s.seq > f.seq) AS stop
    FROM facts f
    WHERE kind = 'AgentInterval'
) i;

-- What was added, changed and removed while the server ran, with the whole before and after.
CREATE VIEW changes AS
SELECT seq, node, at, what, name, "by", before, after
FROM facts WHERE kind = 'ConfigurationChanged';

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

SCHEMA = TABLES + CHANGED + VIEWS

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

_SELECT = f"SELECT {named(COLUMNS)} FROM facts"  # noqa: S608 - our own names

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

# The last word on each thing that was ever changed, those that lie over the file no more left out.
LAST_CHANGES = f"""
{_SELECT} WHERE seq IN (
    SELECT max(seq) FROM facts WHERE kind = 'ConfigurationChanged' GROUP BY what, name
) AND change IS NOT NULL ORDER BY seq
"""  # noqa: S608 - our own names
