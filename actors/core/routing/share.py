"""One queue's share of the pool: its open wants, its free agents, and what it remembers."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from actors.core.routing.strategies import STRATEGIES, Figures, Free, Member, Memory
from actors.core.routing.wants import Key, OpenWants, Reach, Want
from actors.ids import AgentId
from actors.messages.why import Bar


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says of a queue: who its members are, and who of them is first.

    `widen_after`: how long a call waits, in seconds, before agents of level 2, 3 and so on may have
    it, those of all further levels with the last; empty: at once.
    """

    members: tuple[Member, ...]
    strategy: str = "most-idle"
    widen_after: tuple[float, ...] = ()

    def level_at(self, since: float, now: float) -> float:
        """Return up to which level time alone brings a call that has waited since then."""
        passed = sum(since + seconds <= now for seconds in self.widen_after)
        return 1 + passed if passed < len(self.widen_after) else math.inf

    def widens_at(self, since: float, now: float) -> float | None:
        """Return when that call reaches the next level, None where all are in reach."""
        moments = (since + seconds for seconds in self.widen_after)
        return next((moment for moment in moments if moment > now), None)


class Share:
    """What of the pool concerns one queue, kept in the order in which it will be asked for.

    `before` is the same queue by other rules: what it remembers is remembered here.
    """

    def __init__(self, rules: Rules, before: Share | None = None) -> None:
        self.rules = rules
        self.members = {member.agent: member for member in rules.members}
        self.strategy = STRATEGIES[rules.strategy]
        self.wants = OpenWants()
        self.free: list[Free] = []
        self.turns: dict[int, int] = {}
        """For each level, the rank of the member who was offered a call last."""
        self._there = Counter[int]()
        self._levels: list[int] = []
        """Those at which somebody is logged on, free or not, the lowest first."""
        self._listed: dict[AgentId, Free] = {}
        self._counted: dict[AgentId, float] = {}
        self._ahead: dict[AgentId, float] = {}
        if before is not None:
            self._remember(before)

    def _remember(self, before: Share) -> None:
        """Know what the queue knew: whose turn it was, and who began level with whom."""
        if before.strategy is self.strategy:
            self._counted = {a: one for a, one in before._counted.items() if a in self.members}
            self._ahead = {a: one for a, one in before._ahead.items() if a in self.members}
        for level, last in before.turns.items():
            had = (one for one in before.rules.members if one.level == level and one.rank <= last)
            stay = [self.members[one.agent].rank for one in had if one.agent in self.members]
            if stay:
                self.turns[level] = stay[-1]

    def list_agent(self, agent: AgentId, figures: Figures) -> None:
        """Let the member be offered calls, in the place that the figures give."""
        member = self.members[agent]
        figure = self.strategy.figure(member, figures)
        if self.strategy.counted:
            figure = self._levelled(agent, figure)
        free = Free(member.level, figure, member.rank, agent)
        self._listed[agent] = free
        insort(self.free, free)

    def unlist_agent(self, agent: AgentId) -> None:
        """Let the member not be offered anything."""
        free = self._listed.pop(agent)
        del self.free[bisect_left(self.free, free)]

    def _levelled(self, agent: AgentId, figure: float) -> float:
        """Return the figure of one who began level with whoever had least of it then.

        Began he with nothing, he would get every call until he had caught up with a long day.
        """
        if agent not in self._ahead:
            new = figure == 0
            self._ahead[agent] = min(self._counted.values(), default=0.0) if new else 0.0
        self._counted[agent] = figure + self._ahead[agent]
        return self._counted[agent]

    def log_on(self, agent: AgentId) -> None:
        """Let the member's level not be skipped."""
        level = self.members[agent].level
        if not self._there[level]:
            insort(self._levels, level)
        self._there[level] += 1

    def log_off(self, agent: AgentId) -> None:
        """Let the member begin anew when he is told free again."""
        level = self.members[agent].level
        self._there[level] -= 1
        if not self._there[level]:
            self._levels.remove(level)
        self._counted.pop(agent, None)
        self._ahead.pop(agent, None)

    def offered(self, agent: AgentId) -> None:
        """Remember whose turn it was."""
        member = self.members[agent]
        self.turns[member.level] = member.rank

    def first(self) -> Key | None:
        """Return the first want that some free agent may take."""
        return self.wants.first(self._anybody) if self.free else None

    def deepest(self, reach: Reach) -> float:
        """Return up to which level agents may have a call.

        It is the level to which waiting has brought the call; where nobody is logged on there, the
        next one with somebody, as if the time of those between had passed.
        """
        at = bisect_left(self._levels, reach.level)
        if at == len(self._levels):
            return math.inf
        level = self._levels[at]
        skips = level != reach.level
        return math.inf if skips and level > len(self.rules.widen_after) else level

    def bars(self, reach: Reach, agent: AgentId) -> Iterator[Bar]:
        """Give each rule by which a call of that reach may not have the member."""
        if beyond(self.members[agent].level, self.deepest(reach)):
            yield Bar.LEVEL
        if agent in reach.avoid:
            yield Bar.AVOIDED

    def eligible(self, reach: Reach) -> Sequence[Free]:
        """Return the free agents whom nothing bars, sorted. Those of too high a level come last."""
        avoid, free, deepest = reach.avoid, self.free, self.deepest(reach)
        if free and beyond(free[-1].level, deepest):
            free = free[: bisect_left(free, 1, key=lambda one: beyond(one.level, deepest))]
        return [one for one in free if not any(self.bars(reach, one.agent))] if avoid else free

    def order(self, free: Sequence[Free], want: Want, chance: Random) -> Iterator[Free]:
        """Return those of whom any may take the call in the order of the queue's strategy."""
        members = self.members
        tried = tuple(members[agent] for agent in want.told.tried if agent in members)
        return self.strategy.order(free, Memory(tried, self.turns), chance)

    def _anybody(self, reach: Reach) -> bool:
        """Tell whether somebody in reach is free, looking at one more than are to be avoided."""
        some = self.free[: len(reach.avoid) + 1]
        return any(not any(self.bars(reach, one.agent)) for one in some)


def beyond(level: int, deepest: float) -> bool:
    """Tell whether agents of this level are not rung yet."""
    return level > deepest
