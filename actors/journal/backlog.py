"""The facts that wait to be written: bounded, taken in batches, and never lost without a trace."""

from __future__ import annotations

import threading
from collections import deque
from typing import NamedTuple

from actors.journal.schema import Row

MOST_WAITING = 100_000
"""Facts: some 30 MB, and a quarter of an hour of ten calls a second."""


class Batch(NamedTuple):
    """Facts in order, as rows; `lost` more would stand before the first."""

    lost: int
    rows: tuple[Row, ...]


class Backlog:
    """A queue from many threads to the one that writes; `put` never waits for a disk.

    Where too many wait the oldest is dropped and counted: the newest say where each agent sits and
    which calls are over, which the next start needs.
    """

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._rows: deque[Row] = deque()
        self._lost = 0
        self._closed = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, row: Row) -> bool:
        """Add a fact; return False where the oldest had to make room."""
        with self._changed:
            dropped = len(self._rows) >= self._most
            if dropped:
                self._rows.popleft()
                self._lost += 1
            self._rows.append(row)
            self._changed.notify()
        return not dropped

    def take(self, most: int, gather: float) -> Batch | None:
        """Wait for a fact, and then up to `gather` seconds for `most`; None: closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._rows or self._closed)
            self._changed.wait_for(lambda: len(self._rows) >= most or self._closed, gather)
            if not self._rows:
                return None
            count = min(most, len(self._rows))
            rows = tuple(self._rows.popleft() for _ in range(count))
            lost, self._lost = self._lost, 0
            return Batch(lost, rows)

    def close(self) -> None:
        """Let `take` return what is left without waiting, and then None."""
        with self._changed:
            self._closed = True
            self._changed.notify()
