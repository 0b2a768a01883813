"""Host names to addresses, on threads of their own: the SIP thread must never wait for DNS."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable

from actors.core.wire.uri import is_address

THREADS = 4
"""A dead name server holds one look-up for some 10 s: the others go on."""


class Resolver:
    """Resolves hosts and calls back on its own thread, which may do no more than `tell`."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[str, Callable[[str | None], None]] | None]
        self._jobs = queue.SimpleQueue()
        self._started = False

    def resolve(self, host: str, done: Callable[[str | None], None]) -> None:
        """Call `done` with the host's address, or None where it has none."""
        if is_address(host):
            done(host)
            return
        if not self._started:
            self._started = True
            for number in range(THREADS):
                threading.Thread(target=self._run, name=f"resolver-{number}", daemon=True).start()
        self._jobs.put((host, done))

    def stop(self) -> None:
        """End the threads once they have nothing to do."""
        for _ in range(THREADS if self._started else 0):
            self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            host, done = job
            done(_look_up(host))


def _look_up(host: str) -> str | None:
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0]) if found else None
