"""The base of every actor: handles one message after another and survives a handler that raises."""

from __future__ import annotations

import abc
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pykka

from actors.exchange.clock import Clock
from actors.exchange.exchange import Exchange
from actors.exchange.mailbox import Answer, Mailbox, Stopped
from actors.exchange.post import Post
from actors.exchange.timers import Timers
from actors.ids import Ids
from actors.messages.message import Message

logger = logging.getLogger(__name__)

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class World:
    """What every actor is given: the post office, the clock, the timers, where it runs, new ids.

    A test that builds actors and starts none has timers of its own and no exchange.
    """

    post: Post
    clock: Clock
    timers: Timers
    exchange: Exchange | None = None
    ids: Ids = field(default_factory=Ids)


@dataclass(frozen=True, slots=True)
class GetFaults:
    """http -> any actor: ask how many messages it failed to handle."""


class Actor(pykka.Actor):
    """An actor that handles messages in `handle` and whose failures end nothing but one message.

    Pykka stops an actor whose handler raises on a `tell`, and a switch that loses a queue for one
    bad message is worse than one that loses the message. It runs on the exchange: `handle` must not
    wait for anything; `aside` is for what has to.
    """

    def __init__(self, world: World) -> None:
        # Not Pykka's own: its name is a uuid4 and its flag an Event, 20 µs for each call's actor.
        self.actor_urn = f"urn:acd:{next(_numbers)}"
        self.actor_inbox = self._create_actor_inbox()
        self.actor_stopped = Stopped()  # type: ignore[assignment]
        self._actor_ref = pykka.ActorRef(self)
        self.world = world
        self.post = world.post
        self.faults = 0

    @staticmethod
    def _create_actor_inbox() -> Any:
        return Mailbox()

    @staticmethod
    def _create_future() -> pykka.Future[Any]:
        return Answer()

    def _start_actor_loop(self) -> None:
        self.exchange.adopt(self, self.actor_inbox)  # type: ignore[arg-type]

    @property
    def exchange(self) -> Exchange:
        """Where the actor runs."""
        if self.world.exchange is None:
            raise RuntimeError(f"{self.log_name} has no exchange to run on")
        return self.world.exchange

    def on_receive(self, message: Any) -> Any:
        """Handle one message; an exception is logged and counted, and `handle_fault` cleans up."""
        if isinstance(message, GetFaults):
            return self.faults
        try:
            return self.handle(message)
        except Exception:
            self.faults += 1
            logger.exception("%s: failed on %r", self.log_name, message)
            self.handle_fault(message)
            return None

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return type(self).__name__

    @abc.abstractmethod
    def handle(self, message: Any) -> Any:
        """Handle one message; the return value answers an `ask`."""

    def handle_fault(self, message: Any) -> None:
        """Put things right after `message` could not be handled."""

    def after(self, seconds: float, message: Message) -> None:
        """Receive the message in so many seconds."""
        self.world.timers.after(seconds, self.actor_ref, message)

    def soon(self, action: Callable[[], None]) -> None:
        """Do this once the messages at hand are delivered; at once where nothing runs."""
        if self.world.exchange is None:
            action()
        else:
            self.world.exchange.soon(action)

    def aside(self, work: Callable[[], object]) -> None:
        """Do what may block on a thread of its own, and receive the message it returns, if any.

        Where nothing runs it is done at once. What it raises is logged.
        """
        ref = self.actor_ref

        def do() -> None:
            try:
                message = work()
            except Exception:
                logger.exception("%s: failed aside", self.log_name)
                return
            if message is not None:
                tell(ref, message)

        if self.world.exchange is None:
            do()
        else:
            self.world.exchange.aside(do, f"aside of {self.log_name}")


def tell(ref: pykka.ActorRef[Any], message: object) -> None:
    """Tell an actor from a thread that may outlive it."""
    try:
        ref.tell(message)
    except pykka.ActorDeadError:
        logger.debug("already gone: %s for %r", ref, message)
