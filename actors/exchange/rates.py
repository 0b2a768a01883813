"""Bounds how often something may be told that strangers can cause."""

from __future__ import annotations

from collections import OrderedDict

from actors.exchange.clock import Clock


class RateLimit:
    """Holds back lines that packets cause: one every `seconds` for each key.

    ::

        if (held := self.limit.admit(source)) is not None:
            logger.warning("%s: refused (%d more)", source, held)
    """

    MOST_KEYS = 1000
    """Senders can invent keys; the oldest is forgotten."""

    def __init__(self, clock: Clock, seconds: float = 10.0) -> None:
        self._clock = clock
        self._seconds = seconds
        self._keys: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def admit(self, key: str) -> int | None:
        """Return how many were held back since the key's last line; None: hold this one back."""
        now = self._clock.now()
        due, held = self._keys.get(key, (now, 0))
        if now < due:
            self._keys[key] = (due, held + 1)
            return None
        self._keys[key] = (now + self._seconds, 0)
        self._keys.move_to_end(key)
        if len(self._keys) > self.MOST_KEYS:
            self._keys.popitem(last=False)
        return held
