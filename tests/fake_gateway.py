"""Mocked SIP: an actor in the gateway's place that records commands and lets a test fire events.

    fake = FakeGateway(post)                    # after the actors under test are in the post
    fake.call("sales", caller="sip:1@host")     # -> its leg; the switchboard is told Incoming
    fake.wait(Answer)                           # the next command of this type, or it fails
    fake.confirm(leg)                           # LegConfirmed
    dialled = fake.wait(Dial)
    fake.ring(dialled.leg); fake.answer(dialled.leg); fake.end(leg, 200)

With `obliging` it does what a real gateway and real phones would by themselves: an Answer is
confirmed, HangUp and Refuse are followed by LegEnded. Everything told keeps the real messages.
"""

from __future__ import annotations

import itertools
import queue
import time
from typing import Any, TypeVar

import pykka

from actors.core.wire.uri import SipUri
from actors.exchange.post import Post
from actors.ids import CallId, Leg
from actors.messages.life import ExchangeState
from actors.messages.sip import (
    Answer,
    Codec,
    Dial,
    Dialled,
    EndedBy,
    GatewayState,
    GetGatewayState,
    HangUp,
    Incoming,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRinging,
    Media,
    MediaChanged,
    Party,
    Refuse,
)

PATIENCE = 5.0
Command = TypeVar("Command")

PHONE = Media("192.0.2.20", 17000, (Codec("PCMA", 8), Codec("PCMU", 0)), dtmf=101, version="17 1")
"""What callers and phones say of their audio unless a test says otherwise."""


class _Ear(pykka.ThreadingActor):
    """Receives what is told to the gateway."""

    use_daemon_thread = True

    def __init__(self, fake: FakeGateway) -> None:
        super().__init__()
        self._fake = fake

    def on_receive(self, message: Any) -> Any:
        return self._fake.receive(message)


class FakeGateway:
    """The gateway without SIP; safe to use from the test's thread."""

    def __init__(self, post: Post, *, obliging: bool = True) -> None:
        self.post = post
        self.obliging = obliging
        self.commands: list[object] = []
        self.remote: dict[Leg, Media | None] = {}
        """Each incoming leg's audio, each dialled leg's from its answer on."""
        self.ended: set[Leg] = set()
        self._new: queue.Queue[object] = queue.Queue()
        self._numbers = itertools.count(1)
        self.ref = _Ear.start(self)
        post.add("gateway", self.ref)

    # -- commands

    def receive(self, message: Any) -> Any:
        """Take a command of the actors under test; on the fake's own thread."""
        if isinstance(message, GetGatewayState):
            live = len(self.remote) - len(self.ended)
            return GatewayState("off", "", live, live, 1000, 0, 0, ExchangeState())
        self.commands.append(message)
        if self.obliging:
            self._oblige(message)
        self._new.put(message)
        return None

    def wait(self, kind: type[Command], **fields: object) -> Command:
        """Return the next command of this type with these fields; those before it are dropped."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                message = self._new.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kind.__name__} {fields}: {self.commands}") from None
            if isinstance(message, kind) and all(
                getattr(message, name) == value for name, value in fields.items()
            ):
                return message

    def sent(self, kind: type[Command]) -> list[Command]:
        """Return every command of this type so far."""
        return [message for message in self.commands if isinstance(message, kind)]

    def _oblige(self, message: object) -> None:
        match message:
            case Answer(leg, _):
                self.confirm(leg)
            case Dial(leg):
                self.post.to_call(leg.call, Dialled(leg))
            case HangUp(leg):
                self.end(leg, 200, EndedBy.US)
            case Refuse(leg, code):
                self.end(leg, code, EndedBy.US)

    # -- events

    def call(
        self, user: str, caller: str = "sip:1001@192.0.2.20:5060", remote: Media | None = PHONE
    ) -> Leg:
        """Let somebody call `user`; returns the caller's leg."""
        leg = Leg(CallId(f"fake-{next(self._numbers)}"), 0)
        self.remote[leg] = remote
        uri = SipUri.parse(caller)
        party = Party(uri, uri.number)
        called = Party(SipUri("sip", user, "acd.example"))
        source = ("192.0.2.20", 5060)
        self.post.to_switchboard(
            Incoming(
                leg,
                f"{leg}@fake",
                user,
                party,
                called,
                party,
                None,
                remote,
                source,
                time.monotonic(),
            )
        )
        return leg

    def confirm(self, leg: Leg) -> None:
        """Let the caller's ACK come."""
        self.post.to_call(leg.call, LegConfirmed(leg, self.remote.get(leg) or PHONE))

    def ring(self, leg: Leg, *, alerting: bool = True) -> None:
        """Let a dialled phone ring."""
        self.post.to_call(leg.call, LegRinging(leg, alerting))

    def answer(self, leg: Leg, remote: Media = PHONE) -> None:
        """Let a dialled phone answer."""
        self.remote[leg] = remote
        self.post.to_call(leg.call, LegAnswered(leg, remote))

    def change(self, leg: Leg, remote: Media) -> None:
        """Let the other side hold, resume or move its audio."""
        self.remote[leg] = remote
        self.post.to_call(leg.call, MediaChanged(leg, remote))

    def end(
        self, leg: Leg, code: int = 200, by: EndedBy = EndedBy.REMOTE, *, quiet: bool = True
    ) -> None:
        """End a leg; a second time does nothing, as with the real gateway."""
        if leg in self.ended:
            return
        self.ended.add(leg)
        self.post.to_call(leg.call, LegEnded(leg, code, "ended", by, quiet))

    def dialled(self) -> list[Dial]:
        """Return every Dial so far."""
        return self.sent(Dial)
