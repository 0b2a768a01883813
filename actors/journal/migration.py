"""A journal of an older version becomes one of this: its facts stay, and what they did not say."""

from __future__ import annotations

import sqlite3

from actors.journal import schema

_OLD_COLUMNS = """
    call, queue, agent, sip_call_id, caller, called, purpose, device, outcome, rang_ms, result,
    reason, ended_by, waited_ms, talked_ms, state, idle_since, lost
"""

_NO_COLUMNS = ", ".join(["NULL"] * len(_OLD_COLUMNS.split(",")))

# Version 1 did not say when a run had ended: what is known is when its last fact was. A row for it
# goes before the start of the next run, so all are numbered anew; nothing refers to the numbers.
_FACTS = f"""
INSERT INTO facts (seq, node, kind, at, {_OLD_COLUMNS}, run)
WITH old AS (
    SELECT *, lag(at) OVER (ORDER BY id) AS before,
           CASE kind WHEN 'ServerStarted' THEN CAST(at AS INTEGER) END AS run,
           max(CASE kind WHEN 'ServerStarted' THEN CAST(at AS INTEGER) END)
               OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS last_run
    FROM facts_1
)
SELECT row_number() OVER (ORDER BY id, stands), '', kind, at, {_OLD_COLUMNS}, run FROM (
    SELECT id, 1 AS stands, kind, at, {_OLD_COLUMNS}, run FROM old
    UNION ALL
    SELECT id, 0, 'ServerStopped', before, {_NO_COLUMNS}, last_run FROM old
    WHERE kind = 'ServerStarted' AND last_run IS NOT NULL
)
"""  # noqa: S608 - our own names

_ENDS = """
UPDATE facts SET reason = 'unknown' WHERE kind = 'ServerStopped';
DROP TABLE facts_1;
"""

_ADDED = {
    3: ("strikes INTEGER", "wrapup_until REAL", "cooldown_until REAL", "cooldown TEXT"),
    4: (
        *("lease TEXT", '"by" TEXT', '"to" TEXT', "ending TEXT", "since REAL"),
        *("priority INTEGER", "place INTEGER", "target_seconds REAL", "short_abandon REAL"),
        *("side TEXT", "held_ms INTEGER", "caller_number TEXT", "caller_name TEXT"),
    ),
    5: ("calls INTEGER",),
    6: ("what TEXT", "name TEXT", "before TEXT", "after TEXT", "change TEXT"),
}
"""The columns that each version has beyond the one before."""

HAS_CHANGES = 6
"""The first version that has ConfigurationChanged, and an index for it."""

_INDEXES = ("facts_at", "facts_call", "facts_agent", "facts_started")


def from_version_1(connection: sqlite3.Connection) -> None:
    """Rewrite the facts inside the transaction that is open; raises sqlite3.Error.

    Agents' time ends with each run. Takes some 10 s a million facts, and as much room in the file
    again, which later facts use.
    """
    _drop_views(connection)
    for index in _INDEXES:
        connection.execute(f"DROP INDEX {index}")
    connection.execute("ALTER TABLE facts RENAME TO facts_1")
    run_each(connection, schema.SCHEMA)
    connection.execute(_FACTS)
    run_each(connection, _ENDS)


def add_columns(connection: sqlite3.Connection, version: int) -> None:
    """Add those that came after `version`, in the transaction that is open; raises sqlite3.Error.

    The facts that are there keep them empty, and take no time.
    """
    _drop_views(connection)
    for later in range(version + 1, schema.VERSION + 1):
        for column in _ADDED[later]:
            connection.execute(f"ALTER TABLE facts ADD COLUMN {column}")
        if later == HAS_CHANGES:
            run_each(connection, schema.CHANGED)
    run_each(connection, schema.VIEWS)


def _drop_views(connection: sqlite3.Connection) -> None:
    views = connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall()
    for (view,) in views:
        connection.execute(f'DROP VIEW "{view}"')


def run_each(connection: sqlite3.Connection, script: str) -> None:
    """Run statement by statement: `executescript` would commit the open transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
