"""What happens from outside on a day: who calls, how phones behave, who works when. All frozen.

Times are in seconds from the beginning of the day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from actors.ids import AgentId, QueueName
from actors.simulation.spread import Exponential, Spread, draw

WITHIN_SECONDS = Exponential(4.0)
"""When who answers the phone mostly does so."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One call to a queue: its INVITE comes `at` that moment.

    He hangs up after having waited `patience` seconds, at each visit anew; who talks with him hangs
    up after `talk` seconds: he himself, or the agent where `agent_ends`.
    """

    at: float
    queue: QueueName
    patience: float = math.inf
    talk: float = 180.0
    agent_ends: bool = False


@dataclass(frozen=True, slots=True)
class Traffic:
    """Callers of one queue as they come by themselves: a Poisson process of so many an hour."""

    queue: QueueName
    per_hour: float
    patience: Spread
    talk: Spread

    def callers(self, begins: float, ends: float, chance: Random) -> Iterator[Caller]:
        """Give those who call between the two moments, in order."""
        at = begins + chance.expovariate(self.per_hour / 3600)
        while at < ends:
            patience, talk = draw(self.patience, chance), draw(self.talk, chance)
            yield Caller(at, self.queue, patience, talk, chance.random() < 1 / 2)
            at += chance.expovariate(self.per_hour / 3600)


class Does(StrEnum):
    """What a phone does that is rung."""

    ANSWERS = "answers"
    RINGS = "rings"
    """Nobody takes it up."""
    MAILBOX = "mailbox"
    """It answers, and presses nothing where a key is wanted."""
    OTHER_KEY = "other-key"
    """It answers, and presses another key than is wanted."""
    BUSY = "busy"
    DECLINES = "declines"
    FAILS = "fails"
    """It cannot take this call: 488."""
    MISSING = "missing"
    """Nobody knows where it is: 404."""
    SILENT = "silent"
    """It answers nothing at all."""
    DIES = "dies"
    """It answers, and is gone in the middle of the talk."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How agents' phones behave: what they do, by weight, and when who answers does so.

    `round_trip` is how long the network takes for a question and its answer.
    """

    does: Mapping[Does, float] = field(default_factory=lambda: {Does.ANSWERS: 1.0})
    answers_after: Spread = WITHIN_SECONDS
    round_trip: float = 0.02


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another."""

    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent is logged on from `begins` to `ends`, paused in the breaks.

    In `own_calls` he calls somebody himself, where no other call keeps his phone busy.
    """

    agent: AgentId
    begins: float = 0.0
    ends: float = math.inf
    breaks: tuple[Span, ...] = ()
    own_calls: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """All that happens from outside, the rest is the rules'.

    After `seconds` the server is stopped: whoever calls or talks then is hung up on. From `seed`
    comes what phones do, each attempt by itself, and the chance that the strategies have.
    `starts` is when the day begins, in Unix time.
    """

    seconds: float
    callers: tuple[Caller, ...]
    shifts: tuple[Shift, ...] = ()
    habits: Habits = Habits()
    seed: int = 0
    starts: float = 0.0
