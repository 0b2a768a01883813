"""What every call's actor is: it runs one pure state machine and carries out what that wants."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, get_args

from actors.core.leg.effects import (
    AtQueue,
    Effect,
    Fault,
    Instant,
    Note,
    StartTimer,
    ToAgent,
    ToFloor,
    ToGateway,
    ToMedia,
)
from actors.core.leg.state import LegState
from actors.exchange.actor import Actor, World
from actors.exchange.post import Post
from actors.ids import CallId
from actors.messages.facts import Fact
from actors.messages.life import CallEnded
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


Step = Callable[[Any, Any, Instant], tuple[Any, tuple[Effect, ...]]]

POST_OF = (
    dict.fromkeys(get_args(ToGateway), Post.to_gateway)
    | dict.fromkeys(get_args(ToMedia), Post.to_media)
    | dict.fromkeys(get_args(ToFloor), Post.to_floor)
    | dict.fromkeys(get_args(Fact), Post.to_journal)
)
"""Which way a message goes, by its type; those to agents and queues carry a name."""

AGENT_MESSAGES = get_args(ToAgent)


class CallMachine(Actor):
    """An actor that is one call from its INVITE until the last of its legs is over.

    A handler that raises ends this call and nothing else (DESIGN, rule 8).
    """

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
        at = Instant(self.world.clock.now(), self.world.clock.wall())
        self.state, effects = self._step(self.state, message, at)
        try:
            self._carry_out(effects)
        finally:
            if self.state.done:
                self._end()

    def handle_fault(self, message: Any) -> None:
        """End the call cleanly; where not even that works, by force."""
        try:
            self.handle(Fault(message))
        except Exception:
            logger.exception("call %s: failed on ending it, too", self.call)
            for leg in self.state.legs.values():
                if not leg.finished:
                    self.post.to_gateway(HangUp(leg.leg))
                    self.post.to_media(Close(leg.leg))
            self._end()

    def _carry_out(self, effects: tuple[Effect, ...]) -> None:
        """Do all of them: one that fails must not keep an agent from hearing of its lease."""
        failure: Exception | None = None
        for effect in effects:
            try:
                self._do(effect)
            except Exception as error:  # noqa: BLE001 - raised below, after the others
                failure = failure or error
        if failure is not None:
            raise failure

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, Note):
            logger.log(effect.level, "call %s: %s", self.call, effect.text)
        elif isinstance(effect, StartTimer):
            self.after(effect.seconds, effect.name, effect.turn)
        elif isinstance(effect, AtQueue):
            self.post.to_queue(effect.queue, effect.message)
        elif isinstance(effect, AGENT_MESSAGES):
            self.post.to_agent(effect.agent, effect)
        else:
            POST_OF[type(effect)](self.post, effect)

    def _end(self) -> None:
        """Stop, once."""
        if self._ended:
            return
        self._ended = True
        self.post.remove_call(self.call)
        self.post.to_switchboard(CallEnded(self.call))
        self.stop()
