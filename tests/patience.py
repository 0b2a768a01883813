"""How long tests wait for what must come, and what had to be waited for long.

No test passes or fails by how fast the machine is: waits end with what was waited for, and only
what never comes takes them to their end. What took more than half of that is told at the end of the
run: it needed luck.
"""

from __future__ import annotations

import time

PATIENCE = 20.0
"""Seconds for what takes some milliseconds on a machine that does nothing else."""

SHRINKING_SECONDS = 300.0
"""How long hypothesis looks for the shortest way to a failure before it tells of it."""

long_waits: list[str] = []
"""What the test that runs now had to wait for long."""


class Wait:
    """One wait: for what, and how many seconds at most."""

    def __init__(self, what: str, seconds: float = PATIENCE) -> None:
        self.what = what
        self.seconds = seconds
        self._began = time.monotonic()

    def left(self) -> float:
        """Return how many seconds are left; below zero where none are."""
        return self._began + self.seconds - time.monotonic()

    def over(self) -> None:
        """Note that it has come."""
        took = self.seconds - self.left()
        if took > self.seconds / 2:
            long_waits.append(f"{took:.1f} of {self.seconds:g} s for {self.what}")
