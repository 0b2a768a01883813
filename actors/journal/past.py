"""The journal at a start: made or brought to this version, and what the last run left in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from actors.exchange.clock import Clock
from actors.journal import schema
from actors.journal.cutoff import closing
from actors.journal.lock import Mark
from actors.journal.migration import add_columns, from_version_1, run_each
from actors.journal.restart import next_run, seat
from actors.journal.rows import Row, fact_of, row_of
from actors.messages.duty import Restore
from actors.messages.facts import (
    AgentInterval,
    CallEntered,
    ConfigurationChanged,
    Fact,
    ServerStarted,
    ServerStopped,
)


class VersionError(Exception):
    """The file is of a version that this server does not know."""


@dataclass(frozen=True, slots=True)
class Past:
    """What the file knows at a start, and what is to be added to it first.

    `rows` end the last run and begin this one; `seq` is the number of the last of them. `closed`
    counts the calls that the last run left open, `seats` tell who sat where, `changes` what
    lies over the configuration file, with their numbers.
    """

    run: int
    seq: int
    rows: tuple[Row, ...]
    closed: int
    seats: tuple[Restore, ...]
    changes: tuple[tuple[int, ConfigurationChanged], ...] = ()


@dataclass(frozen=True, slots=True)
class _LastRun:
    run: int | None = None
    began: int = 0
    stopped: bool = True


def make_tables(connection: sqlite3.Connection) -> None:
    """Bring the file to this version by a transaction that is left open, where one is needed.

    Raises VersionError, and sqlite3.Error where that cannot be done.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == schema.VERSION:
        return
    if version > schema.VERSION:
        raise VersionError(
            f"it is of version {version}, this server writes version {schema.VERSION}: "
            "move it away, or run the server that wrote it"
        )
    connection.execute("BEGIN IMMEDIATE")
    match version:
        case 1:
            from_version_1(connection)
        case 0:
            run_each(connection, schema.SCHEMA)
        case _:
            add_columns(connection, version)
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def read(
    connection: sqlite3.Connection,
    clock: Clock,
    node: str,
    mark: Mark,
    entered: Iterable[CallEntered],
) -> Past:
    """Return how the last run is to be closed, and another begun; raises sqlite3.Error.

    `mark` is when the last run was known to be alive, where it has left word of that; `entered`
    are calls that it noted, of which the last ones may be missing in the file.
    """
    seq, end = connection.execute(schema.LAST).fetchone() or (0, 0.0)
    last = _LastRun(*(connection.execute(schema.LAST_RUN).fetchone() or ()))
    if not last.stopped and mark.run == last.run:
        end = max(end, mark.at)
    missing = [
        one for one in entered if not connection.execute(schema.HAS_CALL, (one.call,)).fetchone()
    ]
    end = max([end, *(one.at for one in missing)])
    calls = connection.execute(schema.UNFINISHED, (last.began,)).fetchall()
    facts: list[Fact] = [fact for call in calls for fact in _ends(connection, call, end)]
    for one in missing:
        facts += [one, *closing([one], end)]
    if last.run is not None and not last.stopped:
        facts.append(ServerStopped(end, last.run, "killed"))
    wall, now = clock.wall(), clock.now()
    run = next_run(max(last.run or 0, mark.run), wall)
    facts.append(ServerStarted(wall, run))
    rows = tuple(row_of(seq + at, node, fact) for at, fact in enumerate(facts, 1))
    found = [fact_of(row) for row in connection.execute(schema.LAST_INTERVALS)]
    seats = (seat(one, end, now, wall) for one in found if isinstance(one, AgentInterval))
    lying = [(int(row[0]), fact_of(row)) for row in connection.execute(schema.LAST_CHANGES)]
    return Past(
        run,
        seq + len(rows),
        rows,
        len(calls) + len(missing),
        tuple(one for one in seats if one),
        tuple((seq, one) for seq, one in lying if isinstance(one, ConfigurationChanged)),
    )


def _ends(connection: sqlite3.Connection, call: tuple[str], at: float) -> list[Fact]:
    return closing((fact_of(row) for row in connection.execute(schema.OF_CALL, call)), at)
