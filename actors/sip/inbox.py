"""The gateway's inbox: waiting for a message and serving SIP are one epoll wait."""

from __future__ import annotations

import os
import queue
import select
import time
from collections.abc import Callable
from typing import Any

from actors.sip.delays import Delays

LONGEST_WAIT = 0.05
"""Seconds: PJSIP's timers are looked at when the SIP thread turns, so it turns this often."""


class Inbox(queue.Queue[Any]):
    """A Pykka inbox that lets the actor serve another descriptor while it waits.

    `put` wakes the wait through an eventfd: a command waits 0.1 ms where polling made it 5 ms
    (PITFALLS 3.1). Pykka's own loop stays as it is: it asks `get` for the next message, its stop
    message comes like any other, and after it `close` turns this into a plain queue.
    """

    def __init__(self) -> None:
        super().__init__()
        self.delays = Delays()
        self._turn: Callable[[], float] | None = None
        self._since = 0.0
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll = select.epoll()
        self._epoll.register(self._event, select.EPOLLIN)

    def serve(self, descriptor: int, turn: Callable[[], float]) -> None:
        """From now on call `turn` before every message and whenever `descriptor` is readable.

        `turn` returns the longest time in seconds until it wants to be called again; it must not
        raise, for Pykka guards the handling of messages but not the waiting for them.
        """
        self._epoll.register(descriptor, select.EPOLLIN)
        self._turn = turn
        self._since = time.monotonic()

    def close(self) -> None:
        """Serve nothing more; messages still come out."""
        self._turn = None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - queue.Queue's
        """Add a message and wake the wait. Safe from every thread."""
        super().put((time.monotonic(), item), block, timeout)
        os.eventfd_write(self._event, 1)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: FBT001, FBT002 - queue.Queue's
        """Return the next message, serving SIP until there is one."""
        while self._turn is not None:
            pause = self._turn()
            try:
                return self._stamped(super().get(block=False))
            except queue.Empty:
                self.pause(min(pause, LONGEST_WAIT))
        return self._stamped(super().get(block, timeout))

    def _stamped(self, entry: tuple[float, Any]) -> Any:
        put_at, item = entry
        now = time.monotonic()
        # What was sent while the stack was coming up waited for that, not for the SIP thread.
        self.delays.add(now - max(put_at, self._since), now)
        return item

    def pause(self, seconds: float) -> None:
        """Wait for a message, for the descriptor, or for so many seconds."""
        for descriptor, _ in self._epoll.poll(seconds):
            if descriptor == self._event:
                os.eventfd_read(self._event)
