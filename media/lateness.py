"""How late the 20 ms ticks were over the last minute, as a histogram. Pure."""

from __future__ import annotations

import numpy as np

_STEP_NS = 50_000
_STEPS = 1000
"""Of 50 us each: 0 to 50 ms; what is later counts as 50 ms but for the maximum."""
_SECONDS = 60


class Lateness:
    """Sixty histograms of a second each, the oldest overwritten."""

    def __init__(self) -> None:
        self._counts = np.zeros((_SECONDS, _STEPS), np.int64)
        self._worst = np.zeros(_SECONDS, np.int64)
        self._row = 0

    def add(self, late_ns: int) -> None:
        """Count one tick."""
        self._counts[self._row, min(max(late_ns, 0) // _STEP_NS, _STEPS - 1)] += 1
        self._worst[self._row] = max(int(self._worst[self._row]), late_ns)

    def next_second(self) -> None:
        """Begin another second."""
        self._row = (self._row + 1) % _SECONDS
        self._counts[self._row] = 0
        self._worst[self._row] = 0

    def percentiles_ms(self) -> tuple[float, float, float]:
        """Return median, 99th percentile (their steps' upper ends) and maximum; 0 without ticks."""
        total = self._counts.sum(axis=0).cumsum()
        if not total[-1]:
            return 0.0, 0.0, 0.0
        half, most = (
            float(np.searchsorted(total, share * total[-1]) + 1) * _STEP_NS / 1e6
            for share in (0.5, 0.99)
        )
        return half, most, float(self._worst.max()) / 1e6
