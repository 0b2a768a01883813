"""The facts that wait to be written: bounded, taken in batches, and never lost without a trace."""

from __future__ import annotations

import queue
import threading
from collections import deque
from typing import NamedTuple

from actors.journal.rows import Row

MOST_WAITING = 100_000
"""Facts: some 30 MB, and a quarter of an hour of ten calls a second."""


class Batch(NamedTuple):
    """Facts in order, as rows; `lost` more would stand before the first. May be empty."""

    lost: int
    rows: tuple[Row, ...]


class Backlog:
    """A queue from many threads to the one that writes; `put` never waits for a disk.

    Where too many wait the oldest is dropped and counted: the newest say where each agent sits and
    which calls are over, which the next start needs. The writer is woken for the first fact only,
    not for those that come while it is awake: a wake-up costs more than a fact.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._rows: deque[Row] = deque()
        self._lost = 0
        self._closed = False
        self._asleep = False
        self._lock = threading.Lock()
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: Row) -> bool:
        """Add a fact; return False where the oldest had to make room."""
        with self._lock:
            dropped = len(self._rows) >= self._most
            if dropped:
                self._rows.popleft()
                self._lost += 1
            self._rows.append(row)
            wake, self._asleep = self._asleep, False
        if wake:
            self._bell.put(None)
        return not dropped

    def take(self, most: int, gather: float, patience: float) -> Batch | None:
        """Wait for a fact, and then `gather` seconds for `most`; None: closed and empty.

        Without any fact for `patience` seconds the batch is empty.
        """
        with self._lock:
            self._asleep = not self._rows and not self._closed
        if self._asleep:
            self._listen(patience)
        if 0 < len(self._rows) < most and not self._closed:
            self._listen(gather)
        with self._lock:
            self._asleep = False
            if not self._rows and self._closed:
                return None
            rows = tuple(self._rows.popleft() for _ in range(min(most, len(self._rows))))
            lost, self._lost = (self._lost, 0) if rows else (0, self._lost)
            return Batch(lost, rows)

    def close(self) -> None:
        """Let `take` return what is left without waiting, and then None."""
        with self._lock:
            self._closed = True
        self._bell.put(None)

    def _listen(self, seconds: float) -> None:
        try:
            self._bell.get(timeout=seconds)
        except queue.Empty:
            return
