"""Which of a queue's free agents is offered the call: one pure function a strategy, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from actors.ids import AgentId


class FreeAgent(NamedTuple):
    """A free agent as one queue sees it; sorts by the idle order.

    `idle_since` in monotonic seconds; `member`: which of the queue's members, from 0.
    """

    idle_since: float
    member: int
    agent: AgentId


Strategy = Callable[[Sequence[FreeAgent]], FreeAgent]
"""Chooses from agents in their idle order, at least one."""


def most_idle(agents: Sequence[FreeAgent]) -> FreeAgent:
    """Return who has been idle for the longest; ties: order of membership, then agent id."""
    return agents[0]


STRATEGIES: dict[str, Strategy] = {"most-idle": most_idle}
