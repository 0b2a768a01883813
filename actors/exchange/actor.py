"""The base of every actor: handles one message after another and survives a handler that raises."""

from __future__ import annotations

import abc
import logging
from dataclasses import dataclass, field
from typing import Any

import pykka

from actors.exchange.clock import Clock
from actors.exchange.post import Post
from actors.exchange.timers import Timers
from actors.ids import Ids
from actors.messages.message import Message

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class World:
    """What every actor is given: the post office, the clock, the timers, and new ids."""

    post: Post
    clock: Clock
    timers: Timers
    ids: Ids = field(default_factory=Ids)


@dataclass(frozen=True, slots=True)
class GetFaults:
    """http -> any actor: ask how many messages it failed to handle."""


class Actor(pykka.ThreadingActor):
    """An actor that handles messages in `handle` and whose failures end nothing but one message.

    Pykka stops an actor whose handler raises on a `tell`, without a word (PITFALLS, row 57).
    """

    use_daemon_thread = True

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.post = world.post
        self.faults = 0

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
