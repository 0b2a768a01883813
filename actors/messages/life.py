"""The life of the actors themselves: a call's beginning and end, the server's, and lost letters."""

from __future__ import annotations

from typing import Any

from actors.ids import CallId
from actors.messages.message import Message


class Begin(Message, frozen=True):
    """switchboard -> call: start."""


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
