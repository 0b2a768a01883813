"""The thread that writes the journal: behind everybody's back, however often it takes."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

from actors.exchange.clock import Clock
from actors.journal.backlog import Backlog, Batch
from actors.journal.database import Connecting, Database
from actors.journal.entries import Entries
from actors.journal.lock import Lock
from actors.journal.rows import Row
from actors.messages.facts import JournalState

logger = logging.getLogger(__name__)

BATCH = 500
"""Facts in one transaction, at most."""

GATHER_SECONDS = 0.1
"""How long a fact waits for others: what a kill -9 can cost."""

LOOK_SECONDS = 1.0
"""How often it is looked whether the file is still there while there is nothing to write."""

ALIVE_SECONDS = 5.0
"""How often word is left that the server is alive: what a kill -9 can cost in an agent's time."""

RETRY_SECONDS = 1.0

TELL_AGAIN = 30
"""Retries between two log lines about the same trouble."""


class Writer:
    """Appends what waits in the backlog, in order, once each.

    A locked file, a full or hanging disk delays only this thread: it tries again for ever, and what
    waits meanwhile is bounded (see Backlog). A gap is a row of its own.
    """

    def __init__(  # noqa: PLR0913 - the parts of one file
        self,
        path: Path,
        backlog: Backlog,
        *,
        entries: Entries,
        lock: Lock,
        clock: Clock,
        node: str,
        connecting: Connecting,
    ) -> None:
        self._path = path
        self._backlog = backlog
        self._entries = entries
        self._lock = lock
        self._clock = clock
        self._database = Database(path, node, connecting)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._closing = threading.Event()
        self._abandoned = threading.Event()
        self._run_number = 0
        self._marked = float("-inf")
        self._in_hand = 0
        self._written = 0
        self._error = ""

    # -- for others

    def stands(self, rows: Iterable[Row]) -> None:
        """Know of facts of earlier runs that still count: a file begun anew is to have them."""
        self._database.standing.note(rows)

    def start(self, run: int) -> None:
        """Begin to write the facts of this run."""
        self._run_number = run
        self._leave_word()
        self._thread.start()

    def state(self) -> JournalState:
        """Return how far behind the file is; what was lost is not known here."""
        waiting = len(self._backlog) + self._in_hand
        dead = bool(self._run_number) and not self._closing.is_set() and not self._thread.is_alive()
        error = "the writing thread died" if dead else self._error
        return JournalState(waiting, self._written, 0, error, begun_anew=self._database.anew)

    def close(self, seconds: float) -> None:
        """Write what waits, for so long at most, and end; nothing where it was never started."""
        self._closing.set()
        self._backlog.close()
        if not self._thread.is_alive():
            return
        self._thread.join(seconds)
        if self._thread.is_alive():
            self._abandoned.set()
            logger.error("journal: %d facts were not written", self.state().backlog)

    # -- the thread

    def _run(self) -> None:
        while (batch := self._backlog.take(BATCH, GATHER_SECONDS, LOOK_SECONDS)) is not None:
            self._leave_word()
            self._in_hand = len(batch.rows)
            if batch.rows or self._database.lost():
                self._insist(batch)
            self._in_hand = 0
            if self._abandoned.is_set():
                break
        self._database.close()

    def _leave_word(self) -> None:
        now = self._clock.now()
        if now - self._marked < ALIVE_SECONDS:
            return
        self._marked = now
        try:
            self._lock.alive(self._run_number, self._clock.wall())
        except OSError as error:
            logger.warning("journal: %s: %s", self._lock.path, error)

    def _insist(self, batch: Batch) -> None:
        """Write the batch, however often it takes."""
        tries = 0
        while not self._abandoned.is_set():
            try:
                self._lock.hold()
                self._database.write(batch)
                self._entries.committed = self._database.last
            except (sqlite3.Error, OSError) as error:
                self._error = str(error)
                if tries % TELL_AGAIN == 0:
                    waiting = self.state().backlog
                    logger.error("journal: %s: %s; %d facts wait", self._path, error, waiting)  # noqa: TRY400
                tries += 1
                self._pause()
                continue
            if tries:
                logger.warning("journal: %s is written again", self._path)
            self._error = ""
            self._written += len(batch.rows)
            return

    def _pause(self) -> None:
        """Wait before the next try; while closing only briefly, as `close` sets how long."""
        if self._closing.wait(RETRY_SECONDS):
            self._abandoned.wait(RETRY_SECONDS / 20)
