"""A server's journal, read as a report would read it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from tests.server import AcdServer, eventually

AT_ONCE_SECONDS = 0.5
"""What takes milliseconds takes less on a busy machine, too; by the server's own time stamps."""


class Offer(NamedTuple):
    """One attempt to reach an agent, in the journal's words; times by the server's clock.

    Without outcome and end while the phone rings.
    """

    agent: str
    outcome: str
    offered_at: float
    ended_at: float


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query to a journal."""
    with contextlib.closing(sqlite3.connect(path)) as journal:
        return journal.execute(query).fetchall()


def settle(server: AcdServer) -> None:
    """Wait until the journal is on disk: facts are written ten times a second."""
    written = -1

    def settled() -> bool:
        nonlocal written
        before, written = written, server.health()["journal"]["written"]
        return bool(before == written)

    eventually(settled, "the journal to be written", every=0.15)


def offers(server: AcdServer) -> list[Offer]:
    """Return each time an agent's phone was dialled, in order."""
    settle(server)
    query = """SELECT agent, ifnull(outcome, ''), offered_at, ifnull(ended_at, 9e999)
               FROM offers ORDER BY seq"""
    return [Offer(*row) for row in rows(server.folder / "acd.sqlite", query)]
