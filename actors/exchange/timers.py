"""One thread and one heap for every timer in the server."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import Protocol

import pykka

from actors.exchange.post import Ref
from actors.messages.message import Message


class Timers(Protocol):
    """What actors need of timers."""

    def after(self, seconds: float, ref: Ref, message: Message) -> None:
        """Tell `ref` the message in so many seconds.

        There is no cancelling: what has gone on meanwhile is for its owner to see.
        """


class ThreadTimers:
    """Timers on a thread of its own, asleep until the next deadline."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Ref, Message]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def after(self, seconds: float, ref: Ref, message: Message) -> None:
        """Tell `ref` the message in so many seconds."""
        entry = (time.monotonic() + seconds, next(self._order), ref, message)
        with self._changed:
            heapq.heappush(self._heap, entry)
            if self._heap[0] is entry:
                self._changed.notify()

    def stop(self) -> None:
        """Fire nothing more and end the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and not self._due():
                    self._changed.wait(self._pause())
                if self._stopped:
                    return
                _, _, ref, message = heapq.heappop(self._heap)
            try:
                ref.tell(message)
            except pykka.ActorDeadError:
                continue

    def _due(self) -> bool:
        return bool(self._heap) and self._heap[0][0] <= time.monotonic()

    def _pause(self) -> float | None:
        return max(0.0, self._heap[0][0] - time.monotonic()) if self._heap else None
