"""What a call's state machine is told beside messages, and what it wants done: data."""

from __future__ import annotations

from typing import Any

from actors.ids import QueueName
from actors.messages import duty, facts, floor, media, sip
from actors.messages.message import Message


class Instant(Message, frozen=True):
    """The moment of an event: `now` in monotonic seconds, `wall` in Unix time."""

    now: float
    wall: float


# ---- events that are no messages of other actors ----------------------------------------------


class Begin(Message, frozen=True):
    """switchboard -> call: events reach you from now on; start."""


class Fault(Message, frozen=True):
    """The call's own actor: this message could not be handled; end the call cleanly."""

    message: Any


# ---- effects ------------------------------------------------------------------------------------


class StartTimer(Message, frozen=True):
    """Let `life.TimerFired(name, turn)` come in so many seconds."""

    name: str
    turn: int
    seconds: float


class Note(Message, frozen=True):
    """One line for the log, without the call's id; `level` as in logging."""

    level: int
    text: str


ToQueue = floor.Join | floor.Assigned | floor.Returned | floor.Connected | floor.Left


class AtQueue(Message, frozen=True):
    """A message for one queue: which one is not in all of them."""

    queue: QueueName
    message: ToQueue


ToGateway = sip.Answer | sip.Refuse | sip.Dial | sip.HangUp | sip.Reoffer
ToMedia = (
    media.Open
    | media.Aim
    | media.Play
    | media.StopPlaying
    | media.PlayMusic
    | media.PlaySilence
    | media.Bridge
    | media.Unbridge
    | media.Close
)
Outcome = (
    floor.NoAnswer
    | floor.Busy
    | floor.Declined
    | floor.Unreachable
    | floor.CallGone
    | floor.Withdrawn
    | floor.Answered
)
ToAgent = Outcome | floor.Ringing | floor.LegGone
ToFloor = duty.LogIn | duty.AtPhone

Effect = ToGateway | ToMedia | ToAgent | ToFloor | facts.Fact | AtQueue | StartTimer | Note
