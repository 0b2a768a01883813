"""The life of the actors themselves: timers, the end of a call, the end of the server."""

from __future__ import annotations

from actors.ids import CallId
from actors.messages.message import Message


class CallEnded(Message, frozen=True):
    """call -> switchboard: the call's actor is about to stop; told once, last of all."""

    call: CallId


class Shutdown(Message, frozen=True):
    """root -> call: end now, with a BYE to everyone."""

    reason: str


class TimerFired(Message, frozen=True):
    """timers -> whoever set it: `name` and `turn` as given to Timers.after."""

    name: str
    turn: int = 0
