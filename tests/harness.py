"""A desk to test actors on: nobody runs, time stands still, and inboxes are emptied by hand.

Actors are built by their class, never started (`CallActor(desk.world, ...)`), then `desk.seat`ed.
`desk.tell(actor, message)` delivers and lets everything that follows happen; `desk.advance(20)`
lets 20 s pass. Neighbours that are not under test are probes, which note down what they are told.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import pykka

from actors.core.wire.uri import SipUri
from actors.exchange.actor import Actor, World
from actors.exchange.post import Post, Ref
from actors.ids import AgentId, CallId, QueueName
from actors.messages.facts import Booked, CallEntered
from actors.messages.floor import Join, Placed
from actors.messages.message import Message
from actors.messages.phone import Phone
from actors.settings import Queue

ROLES = ("gateway", "media", "floor", "seats", "switchboard", "journal", "directory")

M = TypeVar("M")
A = TypeVar("A", bound=Actor)


def phone_at(uri: str) -> Phone:
    """Return the phone whose URI says who it is."""
    return Phone.at(SipUri.parse(uri))


class FakeClock:
    """A clock that only moves when told; the wall clock shows a fixed date when it starts."""

    def __init__(self, start: float = 1000.0, wall: float = 1_700_000_000.0) -> None:
        self.at = start
        self._wall_offset = wall - start
        self.step = 0.0
        """By how much somebody has set the machine's clock."""

    def now(self) -> float:
        return self.at

    def wall(self) -> float:
        return self.at + self._wall_offset

    def stepped(self) -> float:
        return self.step


class FakeTimers:
    """Timers that fire when `FakeClock` passes them, in the order of their deadlines."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self.heap: list[tuple[float, int, Ref, Message]] = []

    def after(self, seconds: float, ref: Ref, message: Message) -> None:
        heapq.heappush(self.heap, (self._clock.at + seconds, next(self._order), ref, message))

    def next_deadline(self) -> float | None:
        return self.heap[0][0] if self.heap else None

    def fire_next(self) -> None:
        """Move the clock to the next deadline and tell its owner."""
        at, _, ref, message = heapq.heappop(self.heap)
        self._clock.at = max(self._clock.at, at)
        if ref.is_alive():
            ref.tell(message)


class Probe:
    """Stands where an actor would be and notes what it is told.

    With a `script`, each message is also handed to it at once: a scripted neighbour.
    """

    def __init__(
        self,
        name: str,
        said: list[tuple[str, Any]] | None = None,
        script: Callable[[Any], None] | None = None,
    ) -> None:
        self.name = name
        self.got: list[Any] = []
        self.script = script
        self._said = said if said is not None else []

    def tell(self, message: Any) -> None:
        self.got.append(message)
        self._said.append((self.name, message))
        if self.script is not None:
            self.script(message)

    @staticmethod
    def is_alive() -> bool:
        return True

    @property
    def ref(self) -> Ref:
        """This probe where an ActorRef is asked for."""
        return cast("Ref", self)

    def take(self) -> list[Any]:
        """Return what came since the last `take`, and forget it."""
        got, self.got = self.got, []
        return got

    def of(self, kind: type[M]) -> list[M]:
        """Return the messages of one type."""
        return [message for message in self.got if isinstance(message, kind)]

    def last(self, kind: type[M]) -> M:
        """Return the last message of one type."""
        return self.of(kind)[-1]


class Desk:
    """A world with probes in every role; real actors take their place by `seat`."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.timers = FakeTimers(self.clock)
        self.post = Post()
        self.world = World(self.post, self.clock, self.timers)
        self.actors: list[Actor] = []
        self.said: list[tuple[str, Any]] = []
        """Everything any probe was told, as (name of the probe, message), in order."""
        probes = (self._role(role) for role in ROLES)
        self.gateway, self.media, self.floor, self.seats, *others = probes
        self.switchboard, self.journal, self.directory = others
        self.journal.script = self._book
        self.faults_expected = False

    def _book(self, message: Any) -> None:
        """Answer as the journal does."""
        if isinstance(message, CallEntered):
            self.post.to_call(message.call, Booked())

    def _role(self, role: str) -> Probe:
        probe = Probe(role, self.said)
        self.post.add(role, probe.ref)
        return probe

    # -- who is there

    def call(self, call: str) -> Probe:
        """Put a probe in the place of a call's actor."""
        probe = Probe(call, self.said)
        self.post.add_call(CallId(call), probe.ref)
        return probe

    def agent(self, agent: str) -> Probe:
        """Put a probe in the place of an agent's actor."""
        probe = Probe(agent, self.said)
        self.post.add_agent(AgentId(agent), probe.ref)
        return probe

    def queue(self, queue: str, terms: Queue | None = None) -> Probe:
        """Put a probe in the place of a queue's actor; with `terms`, it places whoever joins."""
        probe = Probe(queue, self.said, self._placing(terms) if terms else None)
        self.post.add_queue(QueueName(queue), probe.ref)
        return probe

    def _placing(self, terms: Queue) -> Callable[[Any], None]:
        def place(message: Any) -> None:
            if isinstance(message, Join):
                self.post.to_call(message.call, Placed(message.call, terms, 1))

        return place

    def seat(
        self,
        actor: A,
        *,
        role: str = "",
        call: str = "",
        agent: str = "",
        queue: str = "",
    ) -> A:
        """Let `settle` empty this actor's inbox, and the post reach it under the names given."""
        self.actors.append(actor)
        ref = actor.actor_ref
        if role:
            self.post.add(role, ref)
        if call:
            self.post.add_call(CallId(call), ref)
        if agent:
            self.post.add_agent(AgentId(agent), ref)
        if queue:
            self.post.add_queue(QueueName(queue), ref)
        return actor

    # -- what happens

    def tell(self, to: Actor | Probe, message: Any) -> None:
        """Deliver the message and everything that follows from it."""
        (to if isinstance(to, Probe) else to.actor_ref).tell(message)
        self.settle()

    def ask(self, actor: Actor, message: Any) -> Any:
        """Return the actor's answer, once its inbox is empty."""
        self.settle()
        return actor.on_receive(message)

    def busy(self) -> list[Actor]:
        """Return the actors with something in their inbox."""
        return [actor for actor in self.actors if not actor.actor_inbox.empty()]

    def settle(self, choose: Callable[[Sequence[Actor]], Actor] | None = None) -> None:
        """Empty all inboxes; `choose` says who of the busy ones comes next (default: the first)."""
        while busy := self.busy():
            self.deliver(choose(busy) if choose else busy[0])

    def deliver(self, actor: Actor) -> None:
        """Let the actor handle the first message of its inbox."""
        message = actor.actor_inbox.get().message
        if isinstance(message, pykka.messages._ActorStop):
            actor.actor_stopped.set()
            self.actors.remove(actor)
            return
        actor.on_receive(message)
        if actor.faults and not self.faults_expected:
            raise AssertionError(f"{actor.log_name} failed on {message!r}: see the log")

    def advance(self, seconds: float) -> None:
        """Let time pass: each timer fires at its moment, with all that follows from it."""
        self.settle()
        until = self.clock.at + seconds
        while (at := self.timers.next_deadline()) is not None and at <= until:
            self.timers.fire_next()
            self.settle()
        self.clock.at = until
