"""Those of a queue's members who have the skills that its calls ask for: free, or logged on."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping

from actors.core.routing.strategies import Free, Member
from actors.ids import AgentId

Skills = tuple[tuple[str, int], ...]
"""Names and grades, sorted: who has a grade or a higher one has the skill."""

NO_SKILLS: Skills = ()


def skills_of(grades: Mapping[str, int]) -> Skills:
    """Return the skills that a table of grades stands for."""
    return tuple(sorted(grades.items()))


def lacking(member: Member, asked: Skills) -> Skills:
    """Return which of the skills asked for the member has not, or in a lower grade."""
    has = dict(member.skills)
    return tuple((name, grade) for name, grade in asked if has.get(name, 0) < grade)


class Able:
    """The members who lack none of these skills.

    `free` are those of them who are free, in the order in which the queue keeps them.
    """

    def __init__(self, asked: Skills, members: Iterable[Member]) -> None:
        self.agents = {one.agent: one.level for one in members if not lacking(one, asked)}
        self.free: list[Free] = []
        self._there = Counter[int]()
        self._levels: list[int] = []
        """Those at which somebody is logged on, free or not, the lowest first."""

    def list_free(self, free: Free) -> None:
        """Let the agent be offered calls, if he is able."""
        if free.agent in self.agents:
            insort(self.free, free)

    def unlist_free(self, free: Free) -> None:
        """Let the agent not be offered anything."""
        if free.agent in self.agents:
            del self.free[bisect_left(self.free, free)]

    def log_on(self, agent: AgentId) -> None:
        """Let the agent's level have one more."""
        level = self.agents.get(agent)
        if level is None:
            return
        if not self._there[level]:
            insort(self._levels, level)
        self._there[level] += 1

    def log_off(self, agent: AgentId) -> None:
        """Let it have one less."""
        level = self.agents.get(agent)
        if level is None:
            return
        self._there[level] -= 1
        if not self._there[level]:
            self._levels.remove(level)

    def deepest(self, level: float, waited_at: int) -> float:
        """Return up to which level agents are rung for calls whom waiting has brought to this one.

        Where nobody is logged on there, it is the next level with somebody, as if the time of those
        between had passed; after the first `waited_at` levels all are rung together.
        """
        at = bisect_left(self._levels, level)
        if at == len(self._levels):
            return math.inf
        used = self._levels[at]
        return math.inf if used != level and used > waited_at else used
