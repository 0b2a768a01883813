"""The life of the actors themselves: a call's beginning and end, the server's, and lost letters."""

from __future__ import annotations

from typing import Any

from actors.ids import CallId
from actors.messages.message import Message


class Begin(Message, frozen=True):
    """switchboard -> call: start."""


class CallFault(Message, frozen=True):
    """call -> switchboard: a message could not be handled, and the call is ended for it."""

    call: CallId


class CallEnded(Message, frozen=True):
    """call -> switchboard: the call's actor is about to stop; told once, last of all."""

    call: CallId


class Shutdown(Message, frozen=True):
    """root -> call: end now, with a BYE to everyone."""

    reason: str


class Fault(Message, frozen=True):
    """The call's own actor: this message could not be handled; end the call cleanly."""

    message: Any


class Undelivered(Message, frozen=True):
    """post -> who sent it: nobody is there, or no longer, for this message."""

    message: Any


class NodeGone(Message, frozen=True):
    """nodes -> agent: this life of a node (ids.life_of) has ended, and all its calls with it.

    Its legs have had no BYE and no CANCEL: what the phone does now, its presence must tell.
    """

    life: str


class ExchangeState(Message, frozen=True):
    """How the one thread of all actors does, over the last minute; times in ms.

    A turn is what it does between two looks at SIP and the timers; a message's lag is how long it
    waited to be handled. `turn_max_ms` and `slow_messages` (handlers over 20 ms) since the start.
    """

    turn_p50_ms: float = 0.0
    turn_p99_ms: float = 0.0
    turn_max_ms: float = 0.0
    lag_p99_ms: float = 0.0
    slow_messages: int = 0
