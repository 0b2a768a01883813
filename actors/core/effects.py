"""What a step of a call or an agent wants done, as data, and the moment it is taken at. Pure."""

from __future__ import annotations

from typing import Any

from actors.ids import QueueName
from actors.messages import duty, facts, floor, media, presence, sip
from actors.messages.message import Message


class Instant(Message, frozen=True):
    """The moment of an event: `now` in monotonic seconds, `wall` in Unix time."""

    now: float
    wall: float

    def wall_of(self, moment: float) -> float:
        """Return in Unix time a moment given in monotonic seconds."""
        return self.wall - (self.now - moment)


class StartTimer(Message, frozen=True):
    """Let `message` come back in so many seconds."""

    seconds: float
    message: Any


class Note(Message, frozen=True):
    """One line for the log, without the name of who says it; `level` as in logging."""

    level: int
    text: str


class AtQueue(Message, frozen=True):
    """A message for one queue: which one is not in all of them."""

    queue: QueueName
    message: floor.OfCall


GatewayEffect = (
    sip.Answer | sip.Refuse | sip.Dial | sip.Probe | sip.HangUp | presence.Watch | presence.Unwatch
)
MediaEffect = (
    media.Open
    | media.Aim
    | media.Play
    | media.StopPlaying
    | media.PlayMusic
    | media.Bridge
    | media.Unbridge
    | media.Close
)
AgentEffect = floor.OfLease
CallEffect = floor.Ring | floor.Withdraw | floor.AskLease | duty.AtPhoneAnswer
FloorEffect = (
    floor.Free | floor.NotFree | floor.LoggedOn | floor.LoggedOff | floor.Granted | floor.NotGranted
)
SeatsEffect = duty.LogIn | duty.LogOut | duty.AtPhone | duty.ServiceEnded

Effect = (
    GatewayEffect
    | MediaEffect
    | AgentEffect
    | CallEffect
    | FloorEffect
    | SeatsEffect
    | facts.Fact
    | AtQueue
    | StartTimer
    | Note
)
Effects = tuple[Effect, ...]
