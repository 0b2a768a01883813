"""How long things take, as distributions: frozen values of which chance draws. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Always:
    """The same each time; math.inf: for ever."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, as talk times and patience nearly are."""

    mean: float


@dataclass(frozen=True, slots=True)
class Uniform:
    """Anything between two bounds."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Observed:
    """One of those that have been seen, each as likely as the others."""

    seconds: tuple[float, ...]


Spread = Always | Exponential | Uniform | Observed


def draw(spread: Spread, chance: Random) -> float:
    """Return one of its values, in seconds."""
    match spread:
        case Always(seconds):
            return seconds
        case Exponential(mean):
            return chance.expovariate(1 / mean) if mean else 0.0
        case Uniform(least, most):
            return chance.uniform(least, most)
        case Observed(seconds):
            return chance.choice(seconds)
        case _:
            assert_never(spread)
