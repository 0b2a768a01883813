"""The life of the actors themselves: timers, the end of a call, the end of the server."""

from __future__ import annotations

from dataclasses import dataclass

from actors.ids import CallId


@dataclass(frozen=True, slots=True)
class CallEnded:
    """call -> switchboard: the call's actor is about to stop; told once, last of all."""

    call: CallId


@dataclass(frozen=True, slots=True)
class Shutdown:
    """root -> call: end now, with a BYE to everyone."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """timers -> whoever set it: `name` and `turn` as given to Timers.after."""

    name: str
    turn: int = 0
