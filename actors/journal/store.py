"""The journal's SQLite file: taken and checked at start, begun when all is up, written behind."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from msgspec.structs import replace

from actors.exchange.clock import Clock
from actors.journal import schema
from actors.journal.backlog import Backlog
from actors.journal.database import Connecting, connect
from actors.journal.lock import Lock
from actors.journal.past import Past, VersionError, make_tables, read
from actors.journal.writer import Writer
from actors.messages.facts import Fact, JournalState

logger = logging.getLogger(__name__)


class StoreError(OSError):
    """The journal's file cannot be used; says which, why, and what to do."""


class Store:
    """Takes numbered facts and appends them, in order, once each.

    Nothing is changed in the file before `begin`: a start that fails leaves it as it was, and a
    version that is to be changed is left as an open transaction meanwhile. Raises StoreError where
    the file cannot be used; a disk that is full, or somebody's lock on it, is no such case.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        node: str = "",
        backlog: Backlog | None = None,
        connecting: Connecting = connect,
    ) -> None:
        self.path = path.resolve()
        self.node = node
        self._lock = Lock(self.path)
        self._backlog = Backlog() if backlog is None else backlog
        self._writer = Writer(
            self.path,
            self._backlog,
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
            return read(self._beginning, clock, self.node, self._lock.mark)
        except (VersionError, sqlite3.Error) as error:
            raise self._unusable(str(error)) from error

    def begin(self) -> None:
        """Write from now on, and first what was added before."""
        try:
            if self._beginning.in_transaction:
                self._beginning.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error
        self._beginning.close()
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

        Raises TypeError for what could never be written.
        """
        if self._backlog.put(schema.row_of(seq, self.node, fact)):
            return
        self._lost += 1
        if self._lost == 1 or self._lost % 10_000 == 0:
            logger.error("journal: %d facts lost, as nothing can be written", self._lost)

    def state(self) -> JournalState:
        """Return how far behind the file is."""
        return replace(self._writer.state(), lost=self._lost)

    def close(self, seconds: float) -> None:
        """Write what waits, for so long at most, and let go of the file.

        Of a run that was never begun nothing is written.
        """
        self._writer.close(seconds)
        self._beginning.close()
        self._lock.release()
