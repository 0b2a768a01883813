"""In which order a queue's free agents are offered a call: a pure function for each strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from actors.ids import AgentId


@dataclass(frozen=True, slots=True)
class Member:
    """An agent in a queue. `rank`: which of its members, from 0.

    Agents of a higher `level` are offered a call only while nobody of a lower one is free.
    """

    agent: AgentId
    rank: int
    level: int = 1
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What an agent has done, in all queues: `idle_since` monotonic, `talked` in seconds."""

    idle_since: float
    calls: int = 0
    talked: float = 0.0


class Free(NamedTuple):
    """A free agent as one queue sees it; sorts as the queue keeps its free agents.

    `figure` is the one that the queue's strategy goes by. Ties: order of membership, then agent id.
    """

    level: int
    figure: float
    rank: int
    agent: AgentId
    weight: int


@dataclass(frozen=True, slots=True)
class Memory:
    """What has been before. `tried`: who was rung for this call, the latest last.

    `turns`: for each level of the queue, the rank of the agent who was offered a call last.
    """

    tried: tuple[Member, ...] = ()
    turns: Mapping[int, int] = field(default_factory=dict)


Order = Callable[[Sequence[Free], Memory, Random], Iterator[Free]]
"""Gives all of the free agents who may have the call, sorted as they come, best first."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """By which figure free agents are kept in order, and in which order they are offered a call."""

    figure: Callable[[Figures], float]
    order: Order


def as_kept(free: Sequence[Free], _memory: Memory, _chance: Random) -> Iterator[Free]:
    """Give whoever has the least of the strategy's figure first, inside each level."""
    return iter(free)


STRATEGIES: dict[str, Strategy] = {
    "most-idle": Strategy(lambda figures: figures.idle_since, as_kept),
}
