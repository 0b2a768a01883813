"""An actor's inbox on the exchange: what is put here waits in the exchange's one queue."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Any, Protocol

import pykka
from pykka import messages

_here = threading.local()
"""Has `exchange` set on a thread that is one: there nobody may wait for an actor's answer."""


def claim_thread() -> None:
    """Let this thread be an exchange's from now on."""
    _here.exchange = True


class Carrier(Protocol):
    """Who delivers: the exchange, or what stands for it in virtual time."""

    def post(self, mailbox: Mailbox, envelope: Any) -> None:
        """Have the mailbox's actor handle this, after all that was posted before."""


class Mailbox:
    """What Pykka calls an inbox.

    It holds its actor from start to stop (an ActorRef holds it weakly) and keeps what comes before
    the start, which a test that starts no actor takes out by hand.
    """

    __slots__ = ("_early", "_exchange", "actor")

    def __init__(self) -> None:
        self.actor: Any = None
        self._exchange: Carrier | None = None
        self._early: deque[Any] = deque()

    def open(self, actor: pykka.Actor, exchange: Carrier) -> None:
        """Let the exchange deliver to the actor, first what has come already."""
        self.actor = actor
        self._pass_on(exchange)
        self._exchange = exchange
        self._pass_on(exchange)

    def put(self, envelope: Any) -> None:
        """Add a message. Safe from every thread."""
        exchange = self._exchange
        if exchange is not None:
            exchange.post(self, envelope)
            return
        self._early.append(envelope)
        if self._exchange is not None:  # opened in this very moment
            self._pass_on(self._exchange)

    def _pass_on(self, exchange: Carrier) -> None:
        with contextlib.suppress(IndexError):
            while True:
                exchange.post(self, self._early.popleft())

    def get(self) -> Any:
        """Return the next message to an actor that was not started."""
        return self._early.popleft()

    def empty(self) -> bool:
        """Whether none waits for an actor that was not started."""
        return not self._early


class Stopped:
    """What Pykka has an Event for: set from the exchange's own thread, and nobody waits for it."""

    __slots__ = ("_is",)

    def __init__(self) -> None:
        self._is = False

    def set(self) -> None:
        """Say that the actor handles no more messages."""
        self._is = True

    def is_set(self) -> bool:
        """Whether it handles no more."""
        return self._is


class Answer(pykka.ThreadingFuture[Any]):
    """The answer to an `ask`. Whoever asks on the exchange would wait for himself for ever."""

    def get(self, *, timeout: float | None = None) -> Any:
        """Return the answer; RuntimeError at once on an exchange's own thread."""
        if self._result is None and self._get_hook is None and hasattr(_here, "exchange"):
            raise RuntimeError("an actor must not wait for another: the exchange would stand still")
        return super().get(timeout=timeout)


def refuse(envelope: Any, who: object) -> None:
    """Answer what was asked of an actor that has stopped, as Pykka does."""
    if envelope.reply_to is None:
        return
    if isinstance(envelope.message, messages._ActorStop):  # noqa: SLF001 - Pykka's own, not exported
        envelope.reply_to.set(None)
        return
    error = pykka.ActorDeadError(f"{who} stopped before handling the message")
    envelope.reply_to.set_exception((pykka.ActorDeadError, error, None))
