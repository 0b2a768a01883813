"""Time as an argument: what actors ask for the time, so that tests can set it."""

from __future__ import annotations

import time
from typing import Protocol

CLOSE_SECONDS = 0.01
"""Two clocks read further apart than this are read again: the thread had to wait in between."""

READINGS = 5


class Clock(Protocol):
    """Two clocks: one for durations and order, one for what is shown or stored."""

    def now(self) -> float:
        """Return monotonic seconds."""

    def wall(self) -> float:
        """Return Unix time in seconds: as it was at the start, and how long that is ago.

        So it never steps: where `now` says that 3 s have passed, this does, too.
        """

    def stepped(self) -> float:
        """Return by how many seconds the machine's clock was set since the start; + is forward."""


class SystemClock:
    """The machine's own clocks. One for the whole server, or walls would differ after a step."""

    def __init__(self) -> None:
        self._offset = self._machines_offset()

    def now(self) -> float:
        """Return monotonic seconds, microseconds resolved."""
        return time.monotonic()

    def wall(self) -> float:
        """Return Unix time in seconds."""
        return time.monotonic() + self._offset

    def stepped(self) -> float:
        """Return by how many seconds the machine's clock was set since the start."""
        return self._machines_offset() - self._offset

    @staticmethod
    def _machines_offset() -> float:
        """Return how far the machine's wall clock is ahead of the monotonic one."""
        least, offset = float("inf"), 0.0
        for _ in range(READINGS):
            before = time.monotonic()
            wall = time.time()
            took = time.monotonic() - before
            if took < least:
                least, offset = took, wall - (before + took / 2)
            if least < CLOSE_SECONDS:
                break
        return offset
