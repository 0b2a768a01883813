"""A descriptor that the exchange serves, and up to when all is heard that came on it."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST_WAIT = 1.0

LONGEST_BEHIND = 1.0
"""For so long timers wait until all is heard that had come: what takes longer is a flood."""


class Served:
    """A descriptor whose owner also wants to be called from time to time, as a SIP stack does."""

    __slots__ = ("_behind", "_heard", "_turn", "due")

    def __init__(self, turn: Callable[[], float]) -> None:
        self.due = 0.0
        self._turn = turn
        self._heard = time.monotonic()
        self._behind: float | None = None

    def soon(self) -> None:
        """Call `turn` in the exchange's next turn; on its own thread only."""
        self.due = 0.0

    def take_turn(self, now: float) -> None:
        """Call `turn`."""
        # Set before: what happens meanwhile may want the next turn at once.
        self.due = now + LONGEST_WAIT
        pause = self._turn()
        self.due = min(self.due, now + pause)
        if pause > 0:
            self._heard, self._behind = now, None
        elif self._behind is None:
            self._behind = now

    def heard(self, now: float) -> float:
        """Return up to which moment all is heard that had come by then.

        Who waits for a word until then, and has not heard it, has waited in vain.
        """
        catching_up = self._behind is not None and now - self._behind < LONGEST_BEHIND
        return self._heard if catching_up else now
