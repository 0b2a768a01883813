"""How long something took or waited: a histogram of the last minute."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque

BOUNDS = tuple(0.01 * 1.25**step for step in range(60))
"""Upper bounds of the bins in ms: 0.01 ms to 5 s, each 25 % above the one before."""

SLICE_SECONDS = 10.0
SLICES = 6


class Lengths:
    """Counts times, in slices of 10 s of which the last six are kept."""

    def __init__(self) -> None:
        self._slices: deque[tuple[int, list[int]]] = deque(maxlen=SLICES)

    def add(self, seconds: float, now: float) -> None:
        """Count one; `now` in monotonic seconds."""
        number = int(now / SLICE_SECONDS)
        if not self._slices or self._slices[-1][0] != number:
            self._slices.append((number, [0] * (len(BOUNDS) + 1)))
        self._slices[-1][1][bisect_left(BOUNDS, seconds * 1000.0)] += 1

    def most_ms(self, now: float, share: float) -> float:
        """Return what `share` of all took at most over the last minute; 0 where there was none."""
        oldest = int(now / SLICE_SECONDS) - SLICES
        slices = [counts for number, counts in self._slices if number > oldest]
        counts = [sum(column) for column in zip(*slices, strict=True)]
        left = sum(counts) * share
        for bound, count in zip((*BOUNDS, BOUNDS[-1]), counts, strict=False):
            left -= count
            if left <= 0 < count:
                return round(bound, 3)
        return 0.0
