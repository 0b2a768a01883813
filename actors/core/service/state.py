"""The states of a call to a service AOR, and its one end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from actors.core.effects import Instant, StartTimer
from actors.core.leg.caller import NOTHING_SPENT, WayIn, finish
from actors.core.leg.ending import LET_GO_SECONDS
from actors.core.leg.state import LegState
from actors.core.leg.step import Caller, Speech, Step
from actors.core.service.events import LetGo, SaidByNow
from actors.core.wire.aors import Purpose
from actors.ids import AgentId, PromptId
from actors.messages.by import BY_SERVER, By
from actors.messages.floor import Result
from actors.messages.phone import Phone
from actors.settings import Login, PauseReason

SAID_SECONDS = 60.0
"""No prompt is as long; where the pump never says that it was said, the service goes on."""


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What does not change during the service; `phone` is the calling phone.

    A break is for `reason`, or, where that is empty, for one of `reasons` if any has a key.

    `source` is who answers for the call.
    """

    caller: Caller
    purpose: Purpose
    phone: Phone
    source: str
    login: Login
    reasons: tuple[PauseReason, ...] = ()
    reason: str = ""

    @property
    def choices(self) -> dict[str, PauseReason]:
        """The reasons for a break that are given by key."""
        return {one.key: one for one in self.reasons if one.key}


# ---- stages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entering:
    """Until the caller's ACK; RTP may be faster, and `typed` is what has been pressed till then."""

    way: WayIn = field(default_factory=WayIn)
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """Keys are collected: the id, or the PIN of `agent`. `failures` counts the tries used up."""

    agent: AgentId | None
    failures: int = 0
    digits: str = ""
    silence: int = 0
    """The silence timer that counts: each key starts another."""


@dataclass(frozen=True, slots=True)
class Choosing:
    """The reason for a break is asked for: one key; `silence` as in Asking."""

    failures: int = 0
    silence: int = 0


@dataclass(frozen=True, slots=True)
class Checking:
    """The seats have been asked; `number` is the timer's that watches over it.

    `typed` is what has been pressed meanwhile, by somebody who knows what comes next.
    """

    agent: AgentId | None
    failures: int
    number: int = 0
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The last prompt is being said; what became of the service is known."""

    result: Result
    reason: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The end is told; the leg is still to be over."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more to do."""


Stage = Entering | Asking | Choosing | Checking | Leaving | Ending | Done


@dataclass(frozen=True, slots=True)
class Service:
    """A call to a service AOR; `timers` numbers its timers."""

    terms: ServiceTerms
    stage: Stage = field(default_factory=Entering)
    legs: Mapping[int, LegState] = field(default_factory=dict)
    speech: Speech = field(default_factory=Speech)
    timers: int = 0

    @property
    def done(self) -> bool:
        """Whether the actor may stop."""
        return isinstance(self.stage, Done)


# ---- one step's work ----------------------------------------------------------------------------


class ServiceStep(Step):
    """The work of one step of a service."""

    def __init__(self, service: Service, at: Instant) -> None:
        super().__init__(service.terms.caller, service.legs, service.speech, at)
        self._before = service
        self.terms = service.terms
        self.stage = service.stage
        self.timers = service.timers

    def result(self) -> Service:
        """Return the service as it is now."""
        return replace(
            self._before,
            stage=self.stage,
            legs=self.legs,
            speech=self.speech,
            timers=self.timers,
        )

    def next_timer(self) -> int:
        """Return the number of a new timer."""
        self.timers += 1
        return self.timers

    def speak(self, *purposes: str) -> bool:
        """Say the prompts for these purposes; False where none of them is configured."""
        table = self.terms.login.prompts
        return self.speak_prompts(table[purpose].id for purpose in purposes if purpose in table)

    def speak_prompts(self, prompts: Iterable[PromptId]) -> bool:
        """Say these; False where there are none."""
        ids = tuple(prompts)
        self.say(*ids)
        if ids:
            self.tell(StartTimer(SAID_SECONDS, SaidByNow(self.speech.token)))
        return bool(ids)


def leave(step: ServiceStep, result: Result, reason: str, *purposes: str) -> None:
    """Say the last word, and hang up when it is said."""
    step.stage = Leaving(result, reason)
    if not step.speak(*purposes):
        end(step, result, reason, BY_SERVER)


def end(step: ServiceStep, result: Result, reason: str, by: By) -> None:
    """End the service: the only place that tells its end, and only once."""
    if isinstance(step.stage, Ending | Done):
        return
    finish(step, result, reason, by, NOTHING_SPENT)
    step.tell(StartTimer(LET_GO_SECONDS, LetGo()))
    step.stage = Ending()


def settle_down(step: ServiceStep) -> None:
    """Go on to the last stage once nothing is left to wait for."""
    if isinstance(step.stage, Ending) and step.finished:
        step.stage = Done()
