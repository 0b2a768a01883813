"""Where a leg stands, and the work of one step of a call on its legs. Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from actors.core.leg.effects import Effect, Instant, Note
from actors.ids import AgentId, CallId, LeaseId, Leg, PromptId
from actors.messages.media import Play, StopPlaying
from actors.messages.sip import Codec, Incoming

CALLER = 0
"""The number of the caller's leg."""


class Sip(Enum):
    """Where the leg's dialog stands."""

    NONE = auto()
    """Ours to dial, and no INVITE is out yet."""
    EARLY = auto()
    """An INVITE without a final answer."""
    UP = auto()
    DROPPING = auto()
    """We ended it; LegEnded is to come."""
    NOISY = auto()
    """Over, but the phone may still ring."""
    OVER = auto()


class Rtp(Enum):
    """Where the leg's RTP session stands."""

    OPENING = auto()
    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


class Heard(Enum):
    """What a phone we dialled has sent so far."""

    NOTHING = auto()
    TRYING = auto()
    ALERTING = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One lease at work: an agent's phone rung for the call. `dialled_at` in monotonic seconds."""

    lease: LeaseId
    agent: AgentId
    device: str
    ring_seconds: float
    dialled_at: float | None = None
    heard: Heard = Heard.NOTHING
    settled: bool = False


@dataclass(frozen=True, slots=True)
class LegState:
    """One leg; `codec` is what it speaks, `on_hold` whether its party put us on hold."""

    leg: Leg
    codec: Codec
    sip: Sip
    rtp: Rtp = Rtp.OPENING
    on_hold: bool = False
    attempt: Attempt | None = None

    @property
    def number(self) -> int:
        """The leg's number within its call."""
        return self.leg.number

    @property
    def over(self) -> bool:
        """Whether its dialog is; a phone may still ring."""
        return self.sip in {Sip.NOISY, Sip.OVER}

    @property
    def finished(self) -> bool:
        """Whether nothing more is to come of it."""
        return self.sip is Sip.OVER and self.rtp is Rtp.CLOSED


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what does not change about it; `own` are the codecs we speak."""

    incoming: Incoming
    own: tuple[Codec, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said to the caller: the last Play's `token`, and whether it is still being said."""

    token: int = 0
    saying: bool = False


class Turn:
    """The work of one step: the legs as they become and the effects as they add up."""

    def __init__(
        self, caller: Caller, legs: Mapping[int, LegState], speech: Speech, at: Instant
    ) -> None:
        self.incoming = caller.incoming
        self.own = caller.own
        self.legs = dict(legs)
        self.speech = speech
        self.at = at
        self.effects: list[Effect] = []

    @property
    def call(self) -> CallId:
        """The call's name."""
        return self.incoming.leg.call

    @property
    def finished(self) -> bool:
        """Whether every leg is."""
        return all(leg.finished for leg in self.legs.values())

    def tell(self, *effects: Effect) -> None:
        """Want these done, after what was wanted before."""
        self.effects += effects

    def note(self, text: str, level: int = logging.INFO) -> None:
        """Write a line to the log."""
        self.effects.append(Note(level, text))

    def change(self, number: int, **changes: Any) -> LegState:
        """Replace fields of a leg."""
        leg = replace(self.legs[number], **changes)
        self.legs[number] = leg
        return leg

    def change_attempt(self, number: int, **changes: Any) -> None:
        """Replace fields of a leg's attempt."""
        attempt = self.legs[number].attempt
        if attempt is not None:
            self.change(number, attempt=replace(attempt, **changes))

    def say(self, *prompts: PromptId) -> None:
        """Say this to the caller; what is being said ends. Nothing to say changes nothing."""
        if prompts:
            self.speech = Speech(self.speech.token + 1, saying=True)
            self.tell(Play(self.incoming.leg, prompts, self.speech.token))

    def hush(self) -> None:
        """Say no more to the caller."""
        if self.speech.saying:
            self.speech = replace(self.speech, saying=False)
            self.tell(StopPlaying(self.incoming.leg))

    def said(self, token: int) -> bool:
        """Take it that the Play with this token has come to its end; False for an earlier one."""
        if not self.speech.saying or token != self.speech.token:
            return False
        self.speech = replace(self.speech, saying=False)
        return True
