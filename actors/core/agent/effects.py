"""What one agent's step wants done, as data."""

from __future__ import annotations

from actors.core.agent.state import Shown
from actors.ids import CallId
from actors.messages import floor as f
from actors.messages import sip as s
from actors.messages.message import Message


class ToFloor(Message, frozen=True):
    """Tell the floor."""

    message: f.Free | f.NotFree | f.Granted | f.NotGranted


class ToCall(Message, frozen=True):
    """Tell the call. A Ring that reaches nobody is to be answered by CallGone and LegGone."""

    call: CallId
    message: f.Ring | f.Withdraw


class ToGateway(Message, frozen=True):
    """Tell the gateway."""

    message: s.Watch | s.Unwatch


class Tell(Message, frozen=True):
    """Write a new interval to the journal and a line to the log."""

    before: Shown
    now: Shown
    call: CallId | None


class Wake(Message, frozen=True):
    """Send a TimerFired in so many seconds."""

    seconds: float


class Complain(Message, frozen=True):
    """Log an error."""

    text: str


Effect = ToFloor | ToCall | ToGateway | Tell | Wake | Complain
Effects = tuple[Effect, ...]
