"""The states of a call to a service AOR, and its one end. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from actors.core.leg.caller import finish
from actors.core.leg.effects import Instant, StartTimer
from actors.core.leg.state import Caller, LegState, Speech, Turn
from actors.core.wire.aors import Purpose
from actors.ids import AgentId, PromptId
from actors.messages.floor import Result, Side
from actors.settings import Login

SAID_SECONDS = 60.0
"""No prompt is as long; where the pump never says that it was said, the service goes on."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What does not change during the service; `device` is the calling phone's URI."""

    caller: Caller
    purpose: Purpose
    device: str
    login: Login


# ---- phases -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entering:
    """Until the caller's ACK."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Keys are collected: the id, or the PIN of `agent`. `failures` counts the tries used up."""

    agent: AgentId | None
    failures: int = 0
    digits: str = ""
    silence: int = 0
    """The silence timer that counts: each key starts another."""


@dataclass(frozen=True, slots=True)
class Checking:
    """The floor has been asked; `turn` is the timer's that watches over it."""

    agent: AgentId | None
    failures: int
    turn: int = 0


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


Phase = Entering | Asking | Checking | Leaving | Ending | Done


@dataclass(frozen=True, slots=True)
class Service:
    """A call to a service AOR; `turns` numbers its timers."""

    terms: Terms
    phase: Phase = field(default_factory=Entering)
    legs: Mapping[int, LegState] = field(default_factory=dict)
    speech: Speech = field(default_factory=Speech)
    turns: int = 0

    @property
    def done(self) -> bool:
        """Whether the actor may stop."""
        return isinstance(self.phase, Done)


# ---- one step's work ----------------------------------------------------------------------------


class ServiceTurn(Turn):
    """The work of one step of a service."""

    def __init__(self, service: Service, at: Instant) -> None:
        super().__init__(service.terms.caller, service.legs, service.speech, at)
        self._before = service
        self.terms = service.terms
        self.phase = service.phase
        self.turns = service.turns

    def result(self) -> Service:
        """Return the service as it is now."""
        return replace(
            self._before,
            phase=self.phase,
            legs=self.legs,
            speech=self.speech,
            turns=self.turns,
        )

    def next_turn(self) -> int:
        """Return the number of a new timer."""
        self.turns += 1
        return self.turns

    def speak(self, *purposes: str) -> bool:
        """Say the prompts for these purposes; False where none of them is configured."""
        table = self.terms.login.prompts
        ids: list[PromptId] = [table[purpose].id for purpose in purposes if purpose in table]
        self.say(*ids)
        if ids:
            self.tell(StartTimer("said", self.speech.token, SAID_SECONDS))
        return bool(ids)


def leave(turn: ServiceTurn, result: Result, reason: str, *purposes: str) -> None:
    """Say the last word, and hang up when it is said."""
    turn.phase = Leaving(result, reason)
    if not turn.speak(*purposes):
        end(turn, result, reason, Side.SERVER)


def end(turn: ServiceTurn, result: Result, reason: str, by: Side) -> None:
    """End the service: the only place that tells its end, and only once."""
    if isinstance(turn.phase, Ending | Done):
        return
    finish(turn, result, reason, by, (0, 0))
    turn.phase = Ending()


def settle_down(turn: ServiceTurn) -> None:
    """Go on to the last phase once nothing is left to wait for."""
    if isinstance(turn.phase, Ending) and turn.finished:
        turn.phase = Done()
