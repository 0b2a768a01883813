"""Random call centres and random days in them, each from one number."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from actors.core.routing.strategies import STRATEGIES
from actors.ids import AgentId, PromptId, QueueName
from actors.settings import (
    OUTCOMES,
    THEN,
    Accept,
    Agent,
    Destination,
    Outcomes,
    Overflow,
    PresenceSettings,
    Prompt,
    Queue,
    Relaxed,
    Settings,
)
from actors.simulation.day import Caller, Day, Does, Habits, Shift, Span, Traffic
from actors.simulation.spread import Always, Exponential, Spread, Uniform

QUEUES = (QueueName("sales"), QueueName("support"), QueueName("orders"))
PATIENCE: tuple[Spread, ...] = (Always(math.inf), Exponential(60.0), Exponential(600.0))
WHISPER = Prompt(PromptId("whisper"), "Call for sales.")
ASK = Prompt(PromptId("ask"), "Press 1.")
ANSWERS: tuple[Spread, ...] = (Always(1.0), Exponential(4.0), Uniform(0.0, 20.0))

SKILLS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"skills": {"tea": 1}},
    {"skills": {"tea": 3}, "relax_skills": (Relaxed(10.0, {"tea": 2}), Relaxed(40.0))},
)


def random_centre(chance: Random) -> Settings:
    """A few queues of any strategy, some with limits, a few agents in some of them."""
    names = QUEUES[: chance.randint(1, len(QUEUES))]
    queues = tuple(
        Queue(
            name,
            strategy=chance.choice(list(STRATEGIES)),
            widen_after=chance.choice([(), (), (10.0,), (5.0, 20.0)]),
            **chance.choice(SKILLS),
            priority=chance.randint(0, 1),
            priority_every=chance.choice([0.0, 0.0, 30.0]),
            weight=chance.choice([1.0, 1.0, 0.5, 3.0]),
            ring_seconds=chance.choice([5.0, 15.0]),
            wrapup_seconds=chance.choice([0.0, 0.0, 4.0, 20.0]),
            whisper=chance.choice([None, None, WHISPER]),
            must_accept=chance.random() < 1 / 4,
            **random_limits(name, names, chance),
        )
        for name in names
    )
    agents = tuple(random_agent(number, names, chance) for number in range(chance.randint(1, 12)))
    return Settings(
        queues=queues,
        agents=agents,
        presence=PresenceSettings(subscribe=chance.random() < 1 / 2),
        outcomes=random_outcomes(chance),
        accept=Accept(prompt=ASK),
    )


def random_outcomes(chance: Random) -> Outcomes:
    """What outcomes cost: little or much; who is logged off for it stays away."""
    return Outcomes(
        no_answer_cooldown=chance.choice([0.0, 0.0, 5.0]),
        reject_cooldown=chance.choice([0.0, 10.0]),
        unreachable_cooldown=chance.choice([10.0, 30.0]),
        strike_for=tuple(one for one in OUTCOMES if chance.random() < 1 / 2),
        strikes=chance.choice([0, 2, 3]),
        then=chance.choice([*THEN, "notresponding"]),
    )


def random_limits(queue: QueueName, names: tuple[QueueName, ...], chance: Random) -> dict[str, Any]:
    """No limit or several, each to another queue or to goodbye; circles among them."""
    if chance.random() < 1 / 2:
        return {}
    others = [name for name in names if name != queue]
    goodbye = Destination(say=Prompt(PromptId("goodbye"), text="Goodbye."))

    def somewhere() -> Destination:
        return (
            Destination(queue=chance.choice(others))
            if others and chance.random() < 3 / 4
            else goodbye
        )

    return {
        "closed": chance.random() < 1 / 10,
        "max_length": chance.choice([0, 1, 3, 10]),
        "max_wait": chance.choice([0.0, 10.0, 30.0, 120.0]),
        "no_agents": chance.choice(["wait", "refuse", "leave"]),
        "overflow": Overflow(
            closed=somewhere(),
            no_agents=somewhere(),
            max_length=somewhere(),
            max_wait=somewhere(),
        ),
    }


def random_agent(number: int, names: tuple[QueueName, ...], chance: Random) -> Agent:
    queues = tuple(chance.sample(names, chance.randint(1, len(names))))
    return Agent(
        AgentId(str(2001 + number)),
        queues=queues,
        level={queue: chance.randint(1, 3) for queue in queues},
        weight={queue: chance.randint(1, 3) for queue in queues},
        skills={"tea": chance.randint(0, 3)},
        wrapup_seconds=chance.choice([None, None, 0.0, 7.0]),
        must_accept=chance.choice([None, None, None, True, False]),
    )


def random_day(settings: Settings, calls: int, seed: int) -> Day:
    """Some so many calls in all, a load of anything from idle to hopeless."""
    chance = Random(seed)  # noqa: S311 - no secret
    talk = chance.choice([20.0, 40.0, 80.0])
    load = chance.uniform(0.3, 1.5)
    per_second = load * len(settings.agents) / (talk + 15.0)
    seconds = calls / per_second
    patience = chance.choice(PATIENCE)
    callers: list[Caller] = []
    for queue in settings.queues:
        per_hour = 3600 * per_second / len(settings.queues)
        traffic = Traffic(queue.name, per_hour, patience, Exponential(talk))
        callers += traffic.callers(0.0, seconds, chance)
    shifts = tuple(random_shift(agent.id, seconds, chance) for agent in settings.agents)
    does = {each: chance.choice([0.0, 0.0, 0.05, 0.3]) for each in Does} | {Does.ANSWERS: 1.0}
    answers = chance.choice(ANSWERS)
    habits = Habits(does, answers, chance.choice([0.0, 0.02, 0.5]))
    return Day(seconds + 300.0, tuple(callers), shifts, habits, seed)


def random_shift(agent: AgentId, seconds: float, chance: Random) -> Shift:
    """Mostly all day; some come late, leave early, pause or call somebody themselves."""
    begins = chance.choice([0.0, 0.0, chance.uniform(0.0, seconds / 2)])
    ends = chance.choice([math.inf, math.inf, chance.uniform(seconds / 2, seconds)])
    return Shift(agent, begins, ends, spans(seconds, chance), spans(seconds, chance))


def spans(seconds: float, chance: Random) -> tuple[Span, ...]:
    """None to three, anywhere in the day."""
    begins = sorted(chance.uniform(0.0, seconds) for _ in range(chance.choice([0, 0, 1, 3])))
    return tuple(Span(at, at + chance.uniform(1.0, 120.0)) for at in begins)
