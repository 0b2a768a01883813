"""Virtual time: a clock that stands until the next event is due, and the heap of those events."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from actors.exchange.post import Ref
from actors.messages.message import Message


class Agenda:
    """Clock and timers of a `World`, and what the outside world will do when.

    Events of the same moment happen in the order in which they were put down.
    """

    def __init__(self, starts: float) -> None:
        self.at = 0.0
        self._starts = starts
        self._order = itertools.count()
        self._heap: list[tuple[float, int, Ref | None, Message | Callable[[], None]]] = []

    # -- the clock

    def now(self) -> float:
        """Return virtual monotonic seconds, 0 at the beginning of the day."""
        return self.at

    def wall(self) -> float:
        """Return virtual Unix time."""
        return self._starts + self.at

    def stepped(self) -> float:
        """Return 0: nobody sets this clock."""
        return 0.0

    # -- what is to come

    def after(self, seconds: float, ref: Ref, message: Message) -> None:
        """Tell `ref` the message in so many seconds."""
        heapq.heappush(self._heap, (self.at + seconds, next(self._order), ref, message))

    def at_moment(self, moment: float, action: Callable[[], None]) -> None:
        """Do this then."""
        heapq.heappush(self._heap, (moment, next(self._order), None, action))

    def next(self) -> float | None:
        """Return when the next event is due."""
        return self._heap[0][0] if self._heap else None

    def happen(self) -> None:
        """Let time pass to the next event, and let that happen."""
        at, _, ref, what = heapq.heappop(self._heap)
        self.at = max(self.at, at)
        if callable(what):
            what()
        elif ref is not None and ref.is_alive():
            ref.tell(what)
