"""One queue's share of the pool: its open wants, its free agents, and what it remembers."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from actors.core.routing.strategies import STRATEGIES, Figures, Free, Member, Memory
from actors.core.routing.wants import Key, OpenWants, Reach, Want
from actors.ids import AgentId


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says of a queue: who its members are, and who of them is first."""

    members: tuple[Member, ...]
    strategy: str = "most-idle"


class Share:
    """What of the pool concerns one queue, kept in the order in which it will be asked for."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.members = {member.agent: member for member in rules.members}
        self.strategy = STRATEGIES[rules.strategy]
        self.wants = OpenWants()
        self.free: list[Free] = []
        self._listed: dict[AgentId, Free] = {}

    def list_agent(self, agent: AgentId, figures: Figures) -> None:
        """Let the member be offered calls, in the place that the figures give."""
        member = self.members[agent]
        figure = self.strategy.figure(figures)
        free = Free(member.level, figure, member.rank, agent, member.weight)
        self._listed[agent] = free
        insort(self.free, free)

    def unlist_agent(self, agent: AgentId) -> None:
        """Let the member not be offered anything."""
        free = self._listed.pop(agent)
        del self.free[bisect_left(self.free, free)]

    def first(self) -> Key | None:
        """Return the first want that some free agent may take."""
        return self.wants.first(self._anybody) if self.free else None

    def eligible(self, reach: Reach) -> Sequence[Free]:
        """Return the free agents in reach, sorted."""
        avoid, free = reach.avoid, self.free
        return [one for one in free if one.agent not in avoid] if avoid else free

    def order(self, free: Sequence[Free], _want: Want, chance: Random) -> Iterator[Free]:
        """Return those of whom any may take the call in the order of the queue's strategy."""
        return self.strategy.order(free, Memory(), chance)

    def _anybody(self, reach: Reach) -> bool:
        """Tell whether somebody in reach is free, looking at one more than are to be avoided."""
        return any(one.agent not in reach.avoid for one in self.free[: len(reach.avoid) + 1])
