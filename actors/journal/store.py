"""The journal's SQLite file: taken and checked at start, begun when all is up, written behind."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from msgspec.structs import replace

from actors.exchange.clock import Clock
from actors.journal.backlog import Backlog
from actors.journal.database import Connecting, connect
from actors.journal.entries import Entries, Told, left
from actors.journal.lock import Lock
from actors.journal.past import Past, VersionError, make_tables, read
from actors.journal.rows import row_of
from actors.journal.writer import Writer
from actors.messages.facts import CallEntered, Fact, JournalState

logger = logging.getLogger(__name__)


ENTRIES_SECONDS = 0.2
"""What calls that entered in the last moment get to be noted."""


class StoreError(OSError):
    """The journal's file cannot be used; says which, why, and what to do."""


class Store:
    """Takes numbered facts and appends them, in order, once each.

    Nothing is changed in the file before `begin`: a start that fails leaves it as it was, and a
    version that is to be changed is left as an open transaction meanwhile. Raises StoreError where
    the file cannot be used; a disk that is full, or somebody's lock on it, is no such case.
    """

    def __init__(  # noqa: PLR0913 - what tests put in place of parts of it
        self,
        path: Path,
        clock: Clock,
        node: str = "",
        *,
        backlog: Backlog | None = None,
        connecting: Connecting = connect,
        booked: Told = lambda _call: None,
    ) -> None:
        self.path = path.resolve()
        self.node = node
        self._lock = Lock(self.path)
        self._backlog = Backlog() if backlog is None else backlog
        self._entries = Entries(self.path, clock, booked)
        self._writer = Writer(
            self.path,
            self._backlog,
            entries=self._entries,
            lock=self._lock,
            clock=clock,
            node=node,
            connecting=connecting,
        )
        self._lost = 0
        self._take_lock()
        try:
            self._beginning = self._connect(connecting)
            try:
                self.past = self._read(clock)
            except BaseException:
                self._beginning.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self._writer.stands(row_of(seq, node, one) for seq, one in self.past.changes)
        for row in self.past.rows:
            self._backlog.put(row)

    # -- at start

    def _take_lock(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.take()
        except OSError as error:
            raise self._unusable(str(error)) from error

    def _connect(self, connecting: Connecting) -> sqlite3.Connection:
        try:
            return connecting(self.path)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(str(error)) from error

    def _read(self, clock: Clock) -> Past:
        try:
            make_tables(self._beginning)
            return read(self._beginning, clock, self.node, self._lock.mark, left(self.path))
        except (VersionError, OSError, sqlite3.Error) as error:
            raise self._unusable(str(error)) from error

    def begin(self) -> None:
        """Write from now on, and first what was added before."""
        try:
            if self._beginning.in_transaction:
                self._beginning.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error
        self._beginning.close()
        self._entries.start(self.past.seq)
        self._writer.start(self.past.run)
        logger.info(
            "journal %s: %d agents were logged on, %d calls were cut off by the last stop",
            self.path,
            len(self.past.seats),
            self.past.closed,
        )

    def _unusable(self, why: str) -> StoreError:
        return StoreError(f"journal.path: {self.path} cannot be used: {why}")

    # -- while the server runs

    def add(self, seq: int, fact: Fact) -> None:
        """Have the fact written soon; returns at once whatever the disk does.

        That a call entered is with the kernel within a millisecond or so, and `booked` is told from
        another thread. Raises TypeError for what could never be written.
        """
        kept = self._backlog.put(row_of(seq, self.node, fact))
        if isinstance(fact, CallEntered):
            self._entries.book(seq, fact)
        if kept:
            return
        self._lost += 1
        if self._lost == 1 or self._lost % 10_000 == 0:
            logger.error("journal: %d facts lost, as nothing can be written", self._lost)

    def state(self) -> JournalState:
        """Return how far behind the file is."""
        state, entries = self._writer.state(), self._entries
        return replace(
            state,
            lost=self._lost,
            error=state.error or ("the thread that notes calls died" if entries.dead() else ""),
            entries_late=entries.late(),
            entries_failed=entries.failed,
        )

    def close(self, seconds: float) -> None:
        """Write what waits, for so long at most, and let go of the file.

        Of a run that was never begun nothing is written.
        """
        self._writer.close(seconds)
        self._entries.close(ENTRIES_SECONDS)
        self._beginning.close()
        self._lock.release()
