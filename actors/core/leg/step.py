"""The work of one step of a call on its legs and on what the caller is told. Pure."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from actors.core.effects import Effect, Instant, Note
from actors.core.leg import machine
from actors.core.leg.machine import LegEvent
from actors.core.leg.state import CALLER, LegState, Moved, News
from actors.core.wire.identity import Told
from actors.ids import CallId, PromptId
from actors.messages.media import Play, StopPlaying
from actors.messages.sip import Codec, Incoming


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what does not change about it; `own` are the codecs we speak.

    `told` is who the caller is to everybody: `incoming` is for nobody's eyes. `priority` is the
    caller's own, to which a queue adds its own.
    """

    incoming: Incoming
    own: tuple[Codec, ...]
    told: Told
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said to the caller: the last Play's `token`, and whether it is still being said."""

    token: int = 0
    saying: bool = False


class Step:
    """The legs as they become and the effects as they add up."""

    def __init__(
        self, caller: Caller, legs: Mapping[int, LegState], speech: Speech, at: Instant
    ) -> None:
        self.incoming = caller.incoming
        self.told = caller.told
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
    def is_new(self) -> bool:
        """Whether nothing has been done for the call yet."""
        return CALLER not in self.legs

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

    # -- legs

    def take(self, moved: Moved) -> News | None:
        """Keep a leg as it has become, and want done what it wants; return its news."""
        self.legs[moved.leg.number] = moved.leg
        self.effects += moved.effects
        return moved.news

    def hear(self, event: LegEvent) -> News | None:
        """Let the leg that the event is about take its step; one there is not changes nothing."""
        leg = self.legs.get(machine.number_of(event))
        return self.take(machine.step(leg, event, self.at)) if leg is not None else None

    # -- speech

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
