"""What one agent's step wants done, as data."""

from __future__ import annotations

from dataclasses import dataclass

from actors.core.agent.state import Shown
from actors.ids import CallId
from actors.messages import floor as f
from actors.messages import sip as s


@dataclass(frozen=True, slots=True)
class ToFloor:
    """Tell the floor."""

    message: f.Free | f.NotFree | f.Granted | f.NotGranted


@dataclass(frozen=True, slots=True)
class ToCall:
    """Tell the call. A Ring that reaches nobody is to be answered by CallGone and LegGone."""

    call: CallId
    message: f.Ring | f.Withdraw


@dataclass(frozen=True, slots=True)
class ToGateway:
    """Tell the gateway."""

    message: s.Watch | s.Unwatch


@dataclass(frozen=True, slots=True)
class Tell:
    """Write a new interval to the journal and a line to the log."""

    before: Shown
    now: Shown
    call: CallId | None


@dataclass(frozen=True, slots=True)
class Wake:
    """Send a TimerFired in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Complain:
    """Log an error."""

    text: str


Effect = ToFloor | ToCall | ToGateway | Tell | Wake | Complain
Effects = tuple[Effect, ...]
