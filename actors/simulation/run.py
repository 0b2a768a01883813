"""Runs a day: the real actors, built and not started, on virtual time, as fast as they can.

    run = Run(settings, day)
    for moment in run.events():   # after each event, all that follows from it delivered
        run.facts, run.queues, run.agents, run.floor, run.switchboard ...

No rule is copied: switchboard, seats, floor, queues, agents and calls are those of the server, and
so are their messages and timers. What stands for SIP, sound and the journal is in `standins`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from actors.agent import AgentActor
from actors.call import CallActor
from actors.core.call.state import CallTerms
from actors.exchange.actor import Actor, World
from actors.exchange.delivery import hand_over
from actors.exchange.mailbox import Mailbox
from actors.exchange.post import Post, Ref
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, Ids
from actors.messages import duty
from actors.messages.facts import AgentInterval, Fact, ServerStarted, ServerStopped
from actors.messages.life import Shutdown
from actors.queue import QueueActor
from actors.seats import SeatsActor
from actors.settings import Settings
from actors.simulation.agenda import Agenda
from actors.simulation.callers import Callers
from actors.simulation.day import Day, Shift
from actors.simulation.phones import ADDRESS, Phones, phone_of
from actors.simulation.standins import Book, Network, Sound
from actors.switchboard import SwitchboardActor, Terms

A = TypeVar("A", bound=Actor)

RUN = 1


class Run:
    """One day in one server; what is in it may be looked at after each event."""

    def __init__(self, settings: Settings, day: Day) -> None:
        check(settings, day)
        self.settings = settings
        self.day = day
        self.agenda = Agenda(day.starts)
        self.calls = WeakValueDictionary[CallId, CallActor]()
        self._letters: deque[tuple[Mailbox, Any]] = deque()
        self._post = Post()
        self.world = World(self._post, self.agenda, self.agenda, ids=Ids(run=RUN))
        self.callers = Callers(self.world, self.agenda, settings, day.habits.round_trip)
        self.phones = Phones(self.world, self.agenda, settings, day)
        self._build()
        self._plan()

    # -- what is in it

    def _build(self) -> None:
        world, settings, post = self.world, self.settings, self._post
        self.book = self._have(Book(world))
        self.sound = self._have(Sound(world, self.callers, self.phones))
        self.network = self._have(Network(world, self.callers, self.phones))
        self.floor = self._have(FloorActor(world, settings))
        self.floor.chance = Random(self.day.seed)  # noqa: S311 - no secret
        self.seats = self._have(SeatsActor(world, settings))
        self.switchboard = self._have(SwitchboardActor(world, settings, self._begin))
        self.queues = {one.name: self._have(QueueActor(world, one)) for one in settings.queues}
        self.agents = {
            one.id: self._have(AgentActor(world, one, settings)) for one in settings.agents
        }
        for role, actor in (
            ("journal", self.book),
            ("media", self.sound),
            ("gateway", self.network),
            ("floor", self.floor),
            ("seats", self.seats),
            ("switchboard", self.switchboard),
        ):
            post.add(role, actor.actor_ref)
        for queue in self.queues.values():
            post.add_queue(queue.queue.name, queue.actor_ref)
        for agent in self.agents.values():
            post.add_agent(agent.agent.id, agent.actor_ref)

    def _have(self, actor: A) -> A:
        """Deliver to the actor from now on."""
        mailbox: Any = actor.actor_inbox
        mailbox.open(actor, self)
        return actor

    def _begin(self, world: World, terms: Terms) -> Ref:
        """Have a call's actor, as the switchboard wants it."""
        if not isinstance(terms, CallTerms):
            raise TypeError(f"no service is called on a simulated day: {terms}")
        actor = self.calls[terms.caller.incoming.leg.call] = self._have(CallActor(world, terms))
        return actor.actor_ref

    @property
    def facts(self) -> Sequence[Fact]:
        """What the journal was told so far, in order."""
        return self.book.facts

    # -- what happens

    def events(self) -> Iterator[float]:
        """Let the day happen; give the moment of each event once all it leads to is delivered."""
        self._deliver()
        yield self.agenda.now()
        while self.agenda.next() is not None:
            self.agenda.happen()
            self._deliver()
            yield self.agenda.now()
        # The timers of what is long over may have fired since.
        last = max(self.day.starts + self.day.seconds, self.facts[-1].at)
        self.book.facts.append(ServerStopped(last, RUN, "stopped"))

    def post(self, mailbox: Mailbox, envelope: Any) -> None:
        """Take a letter in: mailboxes call this, as that of the exchange."""
        self._letters.append((mailbox, envelope))

    def _deliver(self) -> None:
        letters = self._letters
        while letters:
            mailbox, envelope = letters.popleft()
            hand_over(mailbox, envelope)

    # -- what is to come

    def _plan(self) -> None:
        """Put down all that comes from outside."""
        wall = self.agenda.wall()
        self.book.facts.append(ServerStarted(wall, RUN))
        self.book.facts += (
            AgentInterval(wall, agent, "loggedout", "", "", wall) for agent in self.agents
        )
        for shift in self.day.shifts:
            self._plan_shift(shift)
        for caller in self.day.callers:
            self.agenda.at_moment(caller.at, partial(self.callers.dial, caller))
        self.agenda.at_moment(self.day.seconds, self._stop)

    def _plan_shift(self, shift: Shift) -> None:
        agent, at = shift.agent, self.agenda.at_moment
        at(shift.begins, lambda: self._log_on(agent))
        for span in shift.breaks:
            at(span.begins, lambda: self._ask(agent, duty.PhoneRequest.PAUSE))
            at(span.ends, lambda: self._ask(agent, duty.PhoneRequest.UNPAUSE))
        for span in shift.own_calls:
            at(span.begins, lambda: self.phones.own_call(agent, begins=True))
            at(span.ends, lambda: self.phones.own_call(agent, begins=False))
        if shift.ends < self.day.seconds:
            at(shift.ends, lambda: self._ask(agent, duty.PhoneRequest.LOGOUT))

    def _log_on(self, agent: AgentId) -> None:
        pin = self.agents[agent].agent.pin or None
        log_in = duty.LogIn(CallId(f"log-on-{agent}"), agent, pin, phone_of(agent), ADDRESS)
        self._post.to_seats(log_in)

    def _ask(self, agent: AgentId, what: duty.PhoneRequest) -> None:
        call = CallId(f"{what}-{agent}")
        self._post.to_seats(duty.AtPhone(call, phone_of(agent), what, ADDRESS))

    def _stop(self) -> None:
        """Let the server end: calls that go on are shut down."""
        for call in self._post.calls():
            self._post.to_call(call, Shutdown("server stopped"))


def simulate(settings: Settings, day: Day) -> Sequence[Fact]:
    """Return the facts of the whole day, in order."""
    run = Run(settings, day)
    for _ in run.events():
        pass
    return run.facts


def check(settings: Settings, day: Day) -> None:
    """Raise ValueError where the day does not fit the configuration."""
    queues = {queue.name for queue in settings.queues}
    agents = {agent.id for agent in settings.agents}
    if not 0 <= day.seconds < math.inf:
        raise ValueError(f"a day of {day.seconds} seconds: some 86400 would be right")
    for caller in day.callers:
        if caller.queue not in queues:
            raise ValueError(f"a caller of {caller.queue!r}, which is none of {sorted(queues)}")
    for shift in day.shifts:
        if shift.agent not in agents:
            raise ValueError(f"a shift of {shift.agent!r}, who is none of {sorted(agents)}")
