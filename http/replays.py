"""Idempotency-Key: a request that is sent again is answered again, and done once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import NamedTuple

from actors.http.refusing import Refused
from actors.http.v1 import Answer

KEPT_SECONDS = 86_400.0

MOST_KEYS = 10_000
"""Answers of some kilobytes each; the oldest is forgotten."""


class _Kept(NamedTuple):
    digest: bytes
    at: float
    answer: Answer | None


class Replays:
    """The answers that were given, by whom they were asked for. Safe from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], _Kept] = OrderedDict()

    def begin(self, key: tuple[str, ...], body: bytes, now: float) -> Answer | None:
        """Return the answer that was given before, None where this is the first time."""
        digest = hashlib.sha256(body).digest()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or now - kept.at > KEPT_SECONDS:
                self._kept[key] = _Kept(digest, now, None)
                self._kept.move_to_end(key)
                if len(self._kept) > MOST_KEYS:
                    self._kept.popitem(last=False)
                return None
        if kept.digest != digest:
            raise Refused("idempotency", "this Idempotency-Key came with another body before")
        if kept.answer is None:
            raise Refused("idempotency", "the request with this Idempotency-Key is being answered")
        return kept.answer

    def end(self, key: tuple[str, ...], answer: Answer | None) -> None:
        """Keep the answer; None: nothing was done, and the key is as new."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and answer is not None:
                self._kept[key] = kept._replace(answer=answer)
            else:
                self._kept.pop(key, None)
