"""Log lines about attacks: each at once, and no more than so many a minute. Pure."""

from __future__ import annotations

MOST_LINES = 10
MINUTE = 60.0


class Alarms:
    """Lets lines through; those of a flood are counted, and the next one says how many."""

    def __init__(self) -> None:
        self._since = float("-inf")
        self._lines = 0
        self._untold = 0

    def line(self, text: str, now: float) -> str:
        """Return what is to be logged, empty for nothing; `now` in monotonic seconds."""
        if now - self._since >= MINUTE:
            self._since, self._lines = now, 0
        if self._lines >= MOST_LINES:
            self._untold += 1
            return ""
        self._lines += 1
        untold, self._untold = self._untold, 0
        return f"{text} (and {untold} such before)" if untold else text
