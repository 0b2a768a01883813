"""One queue's share of the pool: its open wants, its free agents, and what it remembers."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from actors.core.routing.able import NO_SKILLS, Able, Skills
from actors.core.routing.strategies import STRATEGIES, Figures, Free, Member, Memory
from actors.core.routing.wants import Key, OpenWants, Reach, Turn, Want
from actors.ids import AgentId
from actors.messages.why import Bar


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says of a queue: who its members are, and who of them is first.

    `widen_after`: how long a call waits, in seconds, before agents of level 2, 3 and so on may have
    it, those of all further levels with the last; empty: at once. `asks`: which skills are asked
    for, each from so many seconds of waiting on; the first from the beginning. `priority_every`:
    after how many seconds of waiting a call's priority is one higher, 0 for never. `weight`: for
    how many seconds of waiting each of them counts beside calls of other queues.
    """

    members: tuple[Member, ...]
    strategy: str = "most-idle"
    widen_after: tuple[float, ...] = ()
    asks: tuple[tuple[float, Skills], ...] = ((0.0, NO_SKILLS),)
    priority_every: float = 0.0
    weight: float = 1.0

    def turn(self, key: Key, now: float) -> Turn:
        """Return the call's place among those of all queues at that moment.

        It is by priority, then by what waiting counts for, then queue name.
        """
        grown = now / self.priority_every if self.priority_every else 0.0
        less_waited = self.weight * (key.since - now)
        return Turn(key.behind, key.lowness - grown, less_waited, *key[2:])

    def level_at(self, since: float, now: float) -> float:
        """Return up to which level time alone brings a call that has waited since then."""
        passed = sum(since + seconds <= now for seconds in self.widen_after)
        return 1 + passed if passed < len(self.widen_after) else math.inf

    def skills_at(self, since: float, now: float) -> Skills:
        """Return which skills are asked for a call that has waited since then."""
        begun = [skills for seconds, skills in self.asks if since + seconds <= now]
        return begun[-1] if begun else self.asks[0][1]

    def widens_at(self, since: float, now: float) -> float | None:
        """Return when waiting brings that call more agents next, None where it never does."""
        seconds = (*self.widen_after, *(after for after, _ in self.asks[1:]))
        return min((moment for one in seconds if (moment := since + one) > now), default=None)


class Share:
    """What of the pool concerns one queue, kept in the order in which it will be asked for.

    `before` is the same queue by other rules: what it remembers is remembered here.
    """

    def __init__(self, rules: Rules, before: Share | None = None) -> None:
        self.rules = rules
        self.members = {member.agent: member for member in rules.members}
        self.strategy = STRATEGIES[rules.strategy]
        self.wants = OpenWants()
        self.able = {skills: Able(skills, rules.members) for _, skills in rules.asks}
        """Who has the skills, for each of those that are ever asked for."""
        self.turns: dict[int, int] = {}
        """For each level, the rank of the member who was offered a call last."""
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
        for able in self.able.values():
            able.list_free(free)

    def unlist_agent(self, agent: AgentId) -> None:
        """Let the member not be offered anything."""
        free = self._listed.pop(agent)
        for able in self.able.values():
            able.unlist_free(free)

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
        for able in self.able.values():
            able.log_on(agent)

    def log_off(self, agent: AgentId) -> None:
        """Let the member begin anew when he is told free again."""
        for able in self.able.values():
            able.log_off(agent)
        self._counted.pop(agent, None)
        self._ahead.pop(agent, None)

    def offered(self, agent: AgentId) -> None:
        """Remember whose turn it was."""
        member = self.members[agent]
        self.turns[member.level] = member.rank

    def first(self) -> Key | None:
        """Return the first want that some free agent may take."""
        return self.wants.first(self._anybody) if self._listed else None

    def free(self) -> Iterator[AgentId]:
        """Give the members who are free, able or not."""
        return iter(self._listed)

    def deepest(self, reach: Reach) -> float:
        """Return up to which level agents may have a call, those without its skills left out."""
        return self.able[reach.skills].deepest(reach.level, len(self.rules.widen_after))

    def bars(self, reach: Reach, agent: AgentId) -> Iterator[Bar]:
        """Give each rule by which a call of that reach may not have the member."""
        if agent not in self.able[reach.skills].agents:
            yield Bar.SKILLS
        if beyond(self.members[agent].level, self.deepest(reach)):
            yield Bar.LEVEL
        if agent in reach.avoid:
            yield Bar.AVOIDED

    def eligible(self, reach: Reach) -> Sequence[Free]:
        """Return the free agents whom nothing bars, sorted. Those of too high a level come last."""
        avoid, free, deepest = reach.avoid, self.able[reach.skills].free, self.deepest(reach)
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
        some = self.able[reach.skills].free[: len(reach.avoid) + 1]
        return any(not any(self.bars(reach, one.agent)) for one in some)


def beyond(level: int, deepest: float) -> bool:
    """Tell whether agents of this level are not rung yet."""
    return level > deepest
