"""How many requests a client may send: a bucket of tokens each, and only so many clients known."""

from __future__ import annotations

import threading
from collections import OrderedDict

PER_SECOND = 20.0
AT_ONCE = 40.0

MOST_CLIENTS = 10_000
"""Clients can be invented; whoever was heard longest ago is forgotten."""


class Rates:
    """Safe from every thread. Times in monotonic seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Return 0 where the request is to be answered, else in how many seconds one is."""
        with self._lock:
            left, at = self._buckets.pop(client, (AT_ONCE, now))
            left = min(AT_ONCE, left + (now - at) * PER_SECOND)
            admitted = left >= 1
            self._buckets[client] = (left - admitted, now)
            if len(self._buckets) > MOST_CLIENTS:
                self._buckets.popitem(last=False)
        return 0.0 if admitted else (1 - left) / PER_SECOND
