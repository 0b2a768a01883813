"""What every call's actor is: one machine from its INVITE until the last of its legs is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from actors.core.effects import Effects, Instant
from actors.core.leg.state import LegState
from actors.exchange.actor import World
from actors.ids import CallId
from actors.machine import Machine
from actors.messages.life import CallEnded, CallFault, Fault
from actors.messages.media import Close
from actors.messages.sip import HangUp

logger = logging.getLogger(__name__)


class State(Protocol):
    """What the actor needs to know of its machine's state."""

    @property
    def legs(self) -> Mapping[int, LegState]:
        """The call's legs by number."""

    @property
    def done(self) -> bool:
        """Whether the actor may stop."""


Step = Callable[[Any, Any, Instant], tuple[Any, Effects]]


class CallMachine(Machine):
    """One call. A handler that raises ends this call and nothing else.

    `events` are the types that its `step` takes.
    """

    events: tuple[type, ...]

    def __init__(self, world: World, call: CallId, state: State, step: Step) -> None:
        super().__init__(world)
        self.call = call
        self.state = state
        self._step = step
        self._ended = False

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return f"call {self.call}"

    def handle(self, message: Any) -> None:
        """Let the machine take one step, and carry it out."""
        if not isinstance(message, self.events):
            logger.warning("%s: knows no %r", self.log_name, message)
            return
        self.state, effects = self._step(self.state, message, self.moment())
        try:
            self.carry_out(effects)
        finally:
            if self.state.done:
                self._end()

    def handle_fault(self, message: Any) -> None:
        """End the call cleanly; where not even that works, by force."""
        self.post.to_switchboard(CallFault(self.call))
        try:
            self.handle(Fault(message))
        except Exception:
            logger.exception("call %s: failed on ending it, too", self.call)
            for leg in self.state.legs.values():
                if not leg.finished:
                    self.post.to_gateway(HangUp(leg.leg))
                    self.post.to_media(Close(leg.leg))
            self._end()

    def _end(self) -> None:
        """Stop, once."""
        if self._ended:
            return
        self._ended = True
        self.post.remove_call(self.call)
        self.post.to_switchboard(CallEnded(self.call))
        self.stop()
