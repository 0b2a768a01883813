"""The highest rate at which all goes well: searched for by halving. Pure but for the attempts."""

from __future__ import annotations

from collections.abc import Callable

STEP = 50.0
"""Calls a second between what is said to go and what is said not to."""


def highest(is_clean: Callable[[float], bool], good: float, bad: float) -> tuple[float, float]:
    """Return the highest rate found to go and the lowest found not to, at most STEP apart.

    `good` is known to go, or 0; `bad` is where the search ends: what lies there is not tried.
    """
    while bad - good > STEP:
        rate = good + STEP * max(1, round((bad - good) / STEP / 2))
        if is_clean(rate):
            good = rate
        else:
            bad = rate
    return good, bad
