"""Time as an argument: what actors ask for the time, so that tests can set it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks: one for durations and order, one for what is shown or stored."""

    def now(self) -> float:
        """Return monotonic seconds."""

    def wall(self) -> float:
        """Return Unix time in seconds."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Return monotonic seconds, microseconds resolved."""
        return time.monotonic()

    def wall(self) -> float:
        """Return Unix time in seconds."""
        return time.time()
