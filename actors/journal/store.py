"""The journal's SQLite file: opened and checked at start, written by a thread of its own."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from actors.exchange.clock import Clock
from actors.journal import schema
from actors.journal.backlog import Backlog, Batch
from actors.journal.lock import Lock
from actors.journal.restart import closing, seat
from actors.messages.duty import Restore
from actors.messages.facts import AgentInterval, Fact, JournalState

logger = logging.getLogger(__name__)

BATCH = 500
"""Facts in one transaction, at most."""

GATHER_SECONDS = 0.1
"""How long a fact waits for others: what a kill -9 can cost."""

BUSY_SECONDS = 1.0
"""How long SQLite itself waits for another process's lock."""

RETRY_SECONDS = 1.0

TELL_AGAIN = 30
"""Retries between two log lines about the same trouble."""


class StoreError(OSError):
    """The journal's file cannot be used; says which, why, and what to do."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file; transactions are begun and ended explicitly.

    With WAL and synchronous=NORMAL a power cut may cost the last transactions, never the file.
    """
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


class Store:
    """Takes facts from any thread and appends them, in order, once each.

    A locked file, a full or hanging disk delays only the writer: it tries again for ever, and what
    waits meanwhile is bounded (see Backlog). A gap is a row of its own.
    """

    def __init__(
        self,
        path: Path,
        backlog: Backlog | None = None,
        connecting: Callable[[Path], sqlite3.Connection] = connect,
    ) -> None:
        self.path = path.resolve()
        self._lock = Lock(self.path)
        self._backlog = Backlog() if backlog is None else backlog
        self._connecting = connecting
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._closing = threading.Event()
        self._started = False
        self._abandoned = threading.Event()
        self._in_hand = 0
        self._written = 0
        self._lost = 0
        self._error = ""

    @classmethod
    def open(cls, path: Path) -> Store:
        """Return the store of a file that is there and of our version; raise StoreError."""
        store = cls(path)
        store.prepare()
        return store

    # -- at start, before anything else writes

    def prepare(self) -> None:
        """Take the file, made with its folder where missing; raise StoreError where that fails."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.take()
        except OSError as error:
            raise self._unusable(str(error)) from error
        try:
            self._make_tables()
        except BaseException:
            self._lock.release()
            raise

    def _make_tables(self) -> None:
        try:
            with contextlib.closing(self._connecting(self.path)) as connection:
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                if version == 0:
                    mark = f"PRAGMA user_version = {schema.VERSION};"
                    connection.executescript(f"BEGIN IMMEDIATE; {schema.TABLES} {mark} COMMIT;")
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error
        if version not in {0, schema.VERSION}:
            raise self._unusable(
                f"it is of version {version}, this server writes version {schema.VERSION}: "
                "move it away, or run the server that wrote it"
            )

    def begin(self, clock: Clock) -> list[Restore]:
        """Begin a run: close the calls the last one left, return who sat where, and write.

        Raises StoreError. To be called once, when nothing can keep the server from running any
        more: a start that fails is to leave the file as it was. Facts added before wait for it.
        """
        seats = self._restore(clock)
        self._thread.start()
        self._started = True
        return seats

    def _restore(self, clock: Clock) -> list[Restore]:
        connection = self._connecting(self.path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            closed = self._close_calls(connection)
            connection.execute(schema.ADD_STARTED, (clock.wall(),))
            rows = connection.execute(schema.LAST_INTERVALS).fetchall()
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error
        finally:
            connection.close()
        lasts = [fact for row in rows if isinstance(fact := schema.fact_of(row), AgentInterval)]
        now, wall = clock.now(), clock.wall()
        seats = [one for one in (seat(last, now, wall) for last in lasts) if one]
        logger.info(
            "journal %s: %d agents were logged on, %d calls were cut off by the last stop",
            self.path,
            len(seats),
            closed,
        )
        return seats

    @staticmethod
    def _close_calls(connection: sqlite3.Connection) -> int:
        calls = connection.execute(schema.UNFINISHED).fetchall()
        if not calls:
            return 0
        (last_at,) = connection.execute(schema.LAST_AT).fetchone()
        for call in calls:
            facts = [schema.fact_of(row) for row in connection.execute(schema.OF_CALL, call)]
            ends = [schema.row_of(fact) for fact in closing(facts, last_at)]
            connection.executemany(schema.ADD_FACT, ends)
        return len(calls)

    def _unusable(self, why: str) -> StoreError:
        return StoreError(f"journal.path: {self.path} cannot be used: {why}")

    # -- while the server runs

    def add(self, fact: Fact) -> None:
        """Have the fact written soon; returns at once whatever the disk does.

        Raises TypeError for what could never be written.
        """
        if self._backlog.put(schema.row_of(fact)):
            return
        self._lost += 1
        if self._lost == 1 or self._lost % 10_000 == 0:
            logger.error("journal: %d facts lost, as nothing can be written", self._lost)

    def state(self) -> JournalState:
        """Return how far behind the file is."""
        waiting = len(self._backlog) + self._in_hand
        dead = self._started and not self._closing.is_set() and not self._thread.is_alive()
        error = "the writing thread died" if dead else self._error
        return JournalState(waiting, self._written, self._lost, error)

    def close(self, seconds: float) -> None:
        """Write what waits, for so long at most, and let go of the file.

        Of a run that was never begun nothing is written.
        """
        self._backlog.close()
        self._closing.set()
        if self._thread.is_alive():
            self._finish(seconds)
        self._lock.release()

    def _finish(self, seconds: float) -> None:
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._abandoned.set()
            logger.error("journal: %d facts were not written", self.state().backlog)

    # -- the writing thread

    def _run(self) -> None:
        while (batch := self._backlog.take(BATCH, GATHER_SECONDS)) is not None:
            self._in_hand = len(batch.rows)
            self._insist(batch)
            self._in_hand = 0
            if self._abandoned.is_set():
                break
        if self._connection is not None:
            self._connection.close()

    def _insist(self, batch: Batch) -> None:
        """Write the batch, however often it takes."""
        tries = 0
        while not self._abandoned.is_set():
            try:
                self._write(batch)
            except sqlite3.Error as error:
                self._error = str(error)
                if tries % TELL_AGAIN == 0:
                    waiting = self.state().backlog
                    logger.error("journal: %s: %s; %d facts wait", self.path, error, waiting)  # noqa: TRY400
                tries += 1
                self._disconnect()
                self._pause()
                continue
            if tries:
                logger.warning("journal: %s is written again", self.path)
            self._error = ""
            self._written += len(batch.rows)
            return

    def _pause(self) -> None:
        """Wait before the next try; while closing only briefly, as `close` sets how long."""
        if self._closing.wait(RETRY_SECONDS):
            self._abandoned.wait(RETRY_SECONDS / 20)

    def _write(self, batch: Batch) -> None:
        """Append the batch in one transaction; raises sqlite3.Error, and then nothing was."""
        if self._connection is None:
            self._connection = self._connecting(self.path)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        if batch.lost:
            connection.execute(schema.ADD_GAP, (batch.rows[0][1], batch.lost))
        connection.executemany(schema.ADD_FACT, batch.rows)
        connection.execute("COMMIT")

    def _disconnect(self) -> None:
        """Leave the transaction that failed, and whatever state the connection is in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
