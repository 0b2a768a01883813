"""What actors need of timers; the exchange has them, tests have their own."""

from __future__ import annotations

from typing import Protocol

from actors.exchange.post import Ref
from actors.messages.message import Message


class Timers(Protocol):
    """Tells an actor something later."""

    def after(self, seconds: float, ref: Ref, message: Message) -> None:
        """Tell `ref` the message in so many seconds.

        There is no cancelling: what has gone on meanwhile is for its owner to see.
        """
