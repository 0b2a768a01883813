"""In which order a queue's free agents are offered a call: a pure function for each strategy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from random import Random
from typing import NamedTuple

from actors.ids import AgentId


@dataclass(frozen=True, slots=True)
class Member:
    """An agent in a queue. `rank`: which of its members, from 0.

    Agents of a higher `level` are offered a call only while nobody of a lower one is free. `weight`
    is for weighted-random alone. `skills` are names and grades, see able.py.
    """

    agent: AgentId
    rank: int
    level: int = 1
    weight: int = 1
    skills: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What an agent has done, in all queues: `idle_since` monotonic, `talked` in seconds.

    `calls` answered and time `talked` are counted from when he logged on.
    """

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


@dataclass(frozen=True, slots=True)
class Memory:
    """What has been before. `tried`: who was rung for this call, the latest last.

    `turns`: for each level of the queue, the rank of the agent who was offered a call last.
    """

    tried: tuple[Member, ...] = ()
    turns: Mapping[int, int] = field(default_factory=dict)


Order = Callable[[Sequence[Free], Memory, Random], Iterator[Free]]
"""Gives all of the free agents who may have the call, sorted as they come, best first."""


class Together(Enum):
    """How many phones ring for one call at a time."""

    ONE = auto()
    ALL = auto()
    """Everybody of the lowest level that has somebody free, also who becomes free meanwhile."""

    MORE = auto()
    """One, and after some time one more, and so on."""


MOST_RINGING = 50
"""So many phones ring for one call at the most: each takes one of the SIP stack's calls."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """By which figure free agents are kept in order, and in which order they are offered a call.

    `counted`: the figure is a sum since the agent logged on.
    """

    figure: Callable[[Member, Figures], float]
    order: Order
    counted: bool = False
    together: Together = Together.ONE

    def phones(self, steps: int) -> int:
        """Return how many may ring at a time for a call that has been rung for so many steps."""
        match self.together:
            case Together.ONE:
                return 1
            case Together.ALL:
                return MOST_RINGING
            case Together.MORE:
                return min(steps, MOST_RINGING)


# ---- orders --------------------------------------------------------------------------------------


def as_kept(free: Sequence[Free], _memory: Memory, _chance: Random) -> Iterator[Free]:
    """Give who has the least of the strategy's figure first.

    Without memory of who was rung: failing to answer must change the figure itself.
    """
    return iter(free)


def least_first(free: Sequence[Free], memory: Memory, _chance: Random) -> Iterator[Free]:
    """Give who has the least of the figure first; who was rung for this call comes last."""
    for level in levels(free):
        untried, tried = parted(level, memory)
        yield from untried
        yield from tried


def in_turn(free: Sequence[Free], memory: Memory, _chance: Random) -> Iterator[Free]:
    """Go on after the member of each level who was offered a call last, whatever became of it."""
    for level in levels(free):
        last = memory.turns.get(level[0].level, -1)
        yield from turned(level, bisect_right(level, last, key=lambda one: one.rank))


def down_each_level(free: Sequence[Free], memory: Memory, _chance: Random) -> Iterator[Free]:
    """Begin at the top of a level for each call, and go on after whom it rang there last."""
    for level in levels(free):
        here = (member.rank for member in reversed(memory.tried) if member.level == level[0].level)
        yield from turned(level, bisect_right(level, next(here, -1), key=lambda one: one.rank))


def down_all_levels(free: Sequence[Free], memory: Memory, _chance: Random) -> Iterator[Free]:
    """Begin at the very top for each call, and go on after whom it rang last, level after level.

    Only from the bottom it goes back to the top, whoever has become free up there.
    """
    last = (memory.tried[-1].level, memory.tried[-1].rank) if memory.tried else (0, 0)
    return turned(free, bisect_right(free, last, key=lambda one: (one.level, one.rank)))


def by_chance(free: Sequence[Free], memory: Memory, chance: Random) -> Iterator[Free]:
    """Give everybody the same chance; who was rung for this call comes last."""
    for level in levels(free):
        left, tried = parted(level, memory)
        while left:
            at = chance.randrange(len(left))
            yield left[at]
            left = [*left[:at], *left[at + 1 :]]  # the first is mostly all that is asked for
        yield from tried


def by_weight(free: Sequence[Free], memory: Memory, chance: Random) -> Iterator[Free]:
    """Give everybody a chance by the weight, which is the figure; who was rung comes last."""
    for level in levels(free):
        left, tried = parted(level, memory)
        while left:
            at = drawn(left, chance)
            yield left[at]
            left = [*left[:at], *left[at + 1 :]]
        yield from tried


def drawn(some: Sequence[Free], chance: Random) -> int:
    """Return which of them a draw by weight falls on; those of one weight stand together."""
    groups, begin, total = [], 0, 0
    while begin < len(some):
        weight = some[begin].figure
        end = bisect_right(some, weight, begin, key=lambda one: one.figure)
        groups.append((begin, int(weight), total))
        total += int(weight) * (end - begin)
        begin = end
    draw = chance.randrange(total)
    begin, weight, before = groups[bisect_right(groups, draw, key=lambda group: group[2]) - 1]
    return begin + (draw - before) // weight


def levels(free: Sequence[Free]) -> Iterator[Sequence[Free]]:
    """Give the agents of each level, the lowest first; of one level only, without copying them."""
    begin = 0
    while begin < len(free):
        level = free[begin].level
        if begin == 0 and free[-1].level == level:
            yield free
            return
        end = bisect_right(free, level, begin, key=lambda one: one.level)
        yield free[begin:end]
        begin = end


def parted(level: Sequence[Free], memory: Memory) -> tuple[Sequence[Free], Sequence[Free]]:
    """Return who was not rung for this call, and who was, the one rung last at the end."""
    if not memory.tried:
        return level, ()
    turn = {member.agent: number for number, member in enumerate(memory.tried)}
    tried = sorted((one for one in level if one.agent in turn), key=lambda one: turn[one.agent])
    return [one for one in level if one.agent not in turn], tried


def turned(some: Sequence[Free], begin: int) -> Iterator[Free]:
    """Give all of them, from this one on, and then those before it."""
    yield from islice(some, begin, None)
    yield from islice(some, begin)


def idle_since(_member: Member, figures: Figures) -> float:
    """Keep who has been idle for the longest first."""
    return figures.idle_since


def nothing(_member: Member, _figures: Figures) -> float:
    """Keep free agents in order of membership."""
    return 0.0


STRATEGIES: dict[str, Strategy] = {
    "most-idle": Strategy(idle_since, as_kept),
    "ring-all": Strategy(idle_since, as_kept, together=Together.ALL),
    "ring-progressively": Strategy(idle_since, as_kept, together=Together.MORE),
    "round-robin": Strategy(nothing, in_turn),
    "linear": Strategy(nothing, down_each_level),
    "top-down": Strategy(nothing, down_all_levels),
    "fewest-calls": Strategy(lambda _, figures: figures.calls, least_first, counted=True),
    "least-talk-time": Strategy(lambda _, figures: figures.talked, least_first, counted=True),
    "random": Strategy(nothing, by_chance),
    "weighted-random": Strategy(lambda member, _: member.weight, by_weight),
}
"""Each of them inside the lowest level that has somebody free, but for top-down."""
