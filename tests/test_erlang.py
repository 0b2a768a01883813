"""A day as Erlang assumes it has the waits that Erlang computes: the rules add no idle time.

Calls come by a Poisson process, talks are exponential, nobody loses patience and phones are
answered at once. Then the mean wait is C(n, a) * talk / (n - a) with the Erlang C formula.
"""

from __future__ import annotations

import logging
import math
from random import Random
from statistics import fmean

import pytest

from actors.ids import AgentId, QueueName
from actors.messages.facts import CallLeft
from actors.settings import Agent, PresenceSettings, Queue, Settings
from actors.simulation.day import Day, Does, Habits, Shift, Traffic
from actors.simulation.run import simulate
from actors.simulation.spread import Always, Exponential

SALES = QueueName("sales")
TALK = 20.0
"""Seconds, on the average: short, so that an agent is asked once or twice a talk."""

HABITS = Habits({Does.ANSWERS: 1.0}, Always(0.0), round_trip=0.0)


def erlang_c(agents: int, load: float) -> float:
    """Return how probable it is that a caller has to wait; `load` in erlangs."""
    full = load**agents / math.factorial(agents) * agents / (agents - load)
    return full / (sum(load**k / math.factorial(k) for k in range(agents)) + full)


def waits(agents: int, load: float, calls: int, seed: int) -> tuple[list[float], float]:
    """Return how long each caller of a long day has waited, in seconds, and the day's own load.

    It is a little more or less than was asked for, and near to the agents' number that means much.
    """
    members = tuple(Agent(AgentId(str(2001 + one)), queues=(SALES,)) for one in range(agents))
    settings = Settings(
        presence=PresenceSettings(subscribe=False), queues=(Queue(SALES),), agents=members
    )
    seconds = calls * TALK / load
    traffic = Traffic(SALES, 3600 * load / TALK, Always(math.inf), Exponential(TALK))
    chance = Random(seed)  # noqa: S311 - no secret
    callers = tuple(traffic.callers(0.0, seconds, chance))
    shifts = tuple(Shift(agent.id) for agent in members)
    told = simulate(settings, Day(seconds + 3600, callers, shifts, HABITS, seed))
    waited = [fact.waited_ms / 1000 for fact in told if isinstance(fact, CallLeft)]
    return waited, sum(caller.talk for caller in callers) / seconds


@pytest.mark.parametrize(
    ("calls", "bound"),
    [(4_000, 0.35), pytest.param(40_000, 0.1, marks=[pytest.mark.long, pytest.mark.timeout(900)])],
)
@pytest.mark.parametrize(("agents", "load"), [(3, 2.1), (10, 8.0)])
def test_the_mean_wait_is_what_erlang_c_says(
    agents: int, load: float, calls: int, bound: float
) -> None:
    logging.disable(logging.CRITICAL)
    try:
        waited, load = waits(agents, load, calls, seed=1)
    finally:
        logging.disable(logging.NOTSET)

    probable = erlang_c(agents, load)
    assert fmean(waited) == pytest.approx(probable * TALK / (agents - load), rel=bound)
    assert fmean(one > 0 for one in waited) == pytest.approx(probable, rel=bound)
