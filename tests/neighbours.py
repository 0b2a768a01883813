"""Neighbours of calls that keep their contract and nothing else, each with an inbox of its own.

When each handles what it was told, the test decides. SIP's is `fake_gateway`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Any

from actors.exchange.post import Post
from actors.ids import Leg
from actors.messages import media as rtp
from tests import callkit as kit
from tests.harness import Probe


class Neighbour(ABC):
    """A probe with an inbox: what it is told waits there until it is handled, or does not."""

    def __init__(self, post: Post, probe: Probe, *, at_once: bool = False) -> None:
        self.post = post
        self.inbox: deque[Any] = deque()
        self.fail_next = False
        self._at_once = at_once
        probe.script = self._take

    @abstractmethod
    def handle_one(self) -> None:
        """Do what the first message of the inbox wants."""

    def handle_all(self) -> None:
        """Do all that is wanted by now."""
        while self.inbox:
            self.handle_one()

    def _take(self, message: Any) -> None:
        if self.fail_next:
            self.fail_next = False
            raise RuntimeError("a command that could not be told")
        self.inbox.append(message)
        if self._at_once:
            self.handle_one()


class FakeMedia(Neighbour):
    """The media actor's side: one Opened or NoMedia for an Open, one Closed for a Close."""

    def __init__(self, post: Post, probe: Probe, *, at_once: bool = False) -> None:
        super().__init__(post, probe, at_once=at_once)
        self.state: dict[Leg, str] = {}
        """open, none or closed."""
        self.forgiving = False
        """Once a message to us was lost by a fault, what comes may refer to it."""

    def handle_one(self, *, refuses: bool = False) -> None:
        """Do what is wanted next; one that `refuses` has no port left."""
        message = self.inbox.popleft()
        match message:
            case rtp.Bridge(one, other):
                assert self.forgiving or self.are_open(one, other), message
            case rtp.Open(leg):
                assert leg not in self.state
                self.state[leg] = "none" if refuses else "open"
                answer = kit.no_media(leg) if refuses else kit.opened(leg)
                self.post.to_call(leg.call, answer)
            case rtp.Close(leg):
                assert self.forgiving or self.state[leg] != "closed"
                self.state[leg] = "closed"
                self.post.to_call(leg.call, kit.closed(leg))
            case _:
                assert self.forgiving or self.are_open(message.leg), message

    def are_open(self, *legs: Leg) -> bool:
        """Tell whether all of these have a session."""
        return all(self.state.get(leg) == "open" for leg in legs)
