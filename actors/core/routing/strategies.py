"""Which of a queue's free agents is offered the call: one pure function a strategy, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from actors.ids import AgentId


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """A free agent as one queue sees it. `idle_since` in monotonic seconds.

    `place`: the agent's place in the queue's list of members, from 0.
    """

    agent: AgentId
    idle_since: float
    place: int


Strategy = Callable[[Iterable[FreeAgent]], FreeAgent]


def most_idle(agents: Iterable[FreeAgent]) -> FreeAgent:
    """Return who has been idle for the longest; ties: order of membership, then agent id."""
    return min(agents, key=lambda agent: (agent.idle_since, agent.place, agent.agent))


STRATEGIES: dict[str, Strategy] = {"most-idle": most_idle}
