"""A whole centre in every order of events: real calls, agents, queues and floor together.

Only SIP and media are mocked: phones ring, answer, refuse and hang up as they please. Every actor
empties its inbox when hypothesis says so.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.agent import AgentActor
from actors.call import CallActor
from actors.core.agent.machine import EVENTS
from actors.core.agent.state import OWN_CALL_SECONDS, Rest
from actors.core.call.state import CallTerms, Waiting
from actors.core.routing.line import CallState
from actors.directory import DirectoryActor, Starters
from actors.exchange.actor import Actor, World
from actors.exchange.post import Ref
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, Leg, QueueName
from actors.messages import duty, facts, presence, sip
from actors.messages import media as rtp
from actors.messages.by import BY_SERVER
from actors.messages.directory import Exist
from actors.messages.duty import Done, Refused
from actors.messages.phone import Phone
from actors.messages.views import AgentSnapshot
from actors.queue import QueueActor
from actors.seats import SeatsActor
from actors.settings import Agent, Destination, Overflow, Queue, Settings
from actors.switchboard import SwitchboardActor, Terms
from tests import callkit as kit
from tests.fake_gateway import LIVE, At, FakeGateway
from tests.harness import Desk, phone_at
from tests.ledger import Ledger
from tests.neighbours import FakeMedia, Neighbour

SALES, SUPPORT = QueueName("sales"), QueueName("support")
TO_SALES, TO_SUPPORT = Destination(queue=SALES), Destination(queue=SUPPORT)
QUEUES = {
    SALES: Queue(
        SALES,
        wrapup_seconds=3.0,
        max_wait=20.0,
        max_length=3,
        overflow=Overflow(max_wait=TO_SUPPORT, max_length=TO_SUPPORT),
    ),
    SUPPORT: Queue(
        SUPPORT,
        priority=1,
        welcome=kit.WELCOME,
        strategy="ring-all",
        max_wait=10.0,
        max_length=2,
        overflow=Overflow(max_wait=TO_SALES, max_length=TO_SALES),
    ),
}
AGENTS = {
    AgentId("2771"): Agent(AgentId("2771"), queues=(SALES, SUPPORT)),
    AgentId("2772"): Agent(AgentId("2772"), queues=(SALES,)),
    AgentId("2773"): Agent(AgentId("2773"), queues=(SUPPORT, SALES), wrapup_seconds=0.0),
}
SETTINGS = Settings(queues=tuple(QUEUES.values()), agents=tuple(AGENTS.values()))
AT_LAST = 100.0
"""Seconds after which every timer of a call that ends has fired."""


def phone_of(agent: AgentId) -> Phone:
    return phone_at(f"sip:phone{agent}@192.0.2.7")


def service_of(agent: AgentId) -> CallId:
    """Return the call to a service that the agent's phone makes, one at a time."""
    return CallId(f"service-{agent}")


class StumblingAgent(AgentActor):
    """Fails on the next message of some kind; only other faults are counted."""

    stumbles: type | None = None
    stumbled = 0

    def handle(self, message: object) -> AgentSnapshot | Done | Refused | None:
        if self.stumbles and isinstance(message, self.stumbles):
            self.stumbles = None
            self.stumbled += 1
            self.faults -= 1
            raise RuntimeError(f"stumbled over {message!r}")
        return super().handle(message)


class WholeCentreInEveryOrder(RuleBasedStateMachine):
    """Random walks through a centre, then everything brought to its end and checked."""

    @initialize(absent=st.sampled_from([set(), set(), {"2773"}, {"2771", "2772"}]))
    def the_centre_opens(self, absent: set[str]) -> None:
        logging.disable(logging.CRITICAL)
        self.desk = Desk()
        self.sip = FakeGateway(self.desk.post, self.desk.gateway)
        self.media = FakeMedia(self.desk.post, self.desk.media)
        self.numbers = count(1)
        self.ledger = Ledger(self.desk.journal)
        world = self.desk.world
        nothing = Settings()
        self.floor = self.desk.seat(FloorActor(world, nothing), role="floor")
        self.desk.seat(SeatsActor(world, nothing), role="seats")
        self.desk.seat(SwitchboardActor(world, nothing, self.begin), role="switchboard")
        starters = Starters(self.have_queue, self.have_agent)
        self.directory = self.desk.seat(DirectoryActor(world, nothing, starters), role="directory")
        self.exist(set(QUEUES), {name: AGENTS[name].queues for name in AGENTS})
        self.desk.settle()
        for agent in set(AGENTS) - absent:
            self.desk.post.to_seats(
                duty.LogIn(CallId("x"), agent, None, phone_of(agent), "192.0.2.7")
            )
            self.desk.settle()
            self.desk.post.to_agent(agent, presence.PresenceIdle(agent, phone_of(agent).uri))
        self.desk.settle()

    def exist(
        self,
        queues: set[QueueName],
        agents: dict[AgentId, tuple[QueueName, ...]],
        priority: int = 0,
    ) -> None:
        """Want these queues, and these agents in those of them, with so much more priority."""
        wanted = (replace(QUEUES[one], priority=priority) for one in QUEUES if one in queues)
        members = {
            name: replace(AGENTS[name], queues=tuple(one for one in own if one in queues))
            for name, own in agents.items()
        }
        self.desk.post.to_directory(Exist(tuple(wanted), tuple(members.values()), BY_SERVER))

    def have_queue(self, world: World, queue: Queue) -> Ref:
        return self.desk.seat(QueueActor(world, queue)).actor_ref

    def have_agent(self, world: World, agent: Agent, settings: Settings) -> Ref:
        return self.desk.seat(StumblingAgent(world, agent, settings)).actor_ref

    @property
    def queues(self) -> dict[QueueName, QueueActor]:
        """The queues that there are, those that are closing among them."""
        return {one.queue.name: one for one in self.desk.actors if isinstance(one, QueueActor)}

    @property
    def agents(self) -> dict[AgentId, StumblingAgent]:
        """The agents that there are, those who leave after their call among them."""
        return {one.agent.id: one for one in self.desk.actors if isinstance(one, StumblingAgent)}

    def begin(self, world: World, terms: Terms) -> Ref:
        """Have a call's actor whose inbox is emptied by hand."""
        assert isinstance(terms, CallTerms)
        return self.desk.seat(CallActor(world, terms)).actor_ref

    # -- the actors and their neighbours take turns

    @rule(turns=st.integers(1, 8), data=st.data())
    def somebody_handles_a_message(self, turns: int, data: st.DataObject) -> None:
        for _ in range(turns):
            others = [one for one in (self.sip, self.media) if one.inbox]
            busy: list[Actor | Neighbour] = [*self.desk.busy(), *others]
            if not busy:
                return
            one = data.draw(st.sampled_from(busy))
            if isinstance(one, Actor):
                self.desk.deliver(one)
            else:
                self.handle(one)

    @staticmethod
    def handle(one: Neighbour) -> None:
        """No phone confirms a CANCEL at once."""
        one.handle_one(**({"silent": True} if isinstance(one, FakeGateway) else {}))

    @rule(slow=st.sampled_from([AgentActor, CallActor, QueueActor, FloorActor]))
    def all_but_some_handle_theirs(self, slow: type[Actor]) -> None:
        while busy := [actor for actor in self.desk.busy() if not isinstance(actor, slow)]:
            self.desk.deliver(busy[0])

    @rule()
    def all_is_handled(self) -> None:
        self.settle()

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 16.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.settle()
        self.desk.advance(seconds)
        for leg in self.sip.phones(At.CANCELLED):
            self.sip.end(leg, 487, sip.EndedBy.US)
        self.settle()

    # -- what callers and phones do

    @precondition(lambda self: len(self.sip.callers(*LIVE)) < 5)
    @rule(queue=st.sampled_from([SALES, SUPPORT]))
    def a_caller_dials_in(self, queue: QueueName) -> None:
        leg = Leg(CallId(f"c-{next(self.numbers)}"), 0)
        self.sip.invite(kit.incoming(user=queue, leg=leg))

    @precondition(lambda self: self.sip.callers(At.ANSWERED))
    @rule(data=st.data())
    def the_callers_ack_comes(self, data: st.DataObject) -> None:
        self.sip.confirm(data.draw(st.sampled_from(self.sip.callers(At.ANSWERED))))

    @precondition(lambda self: self.sip.callers(*LIVE))
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        self.sip.end(data.draw(st.sampled_from(self.sip.callers(*LIVE))))

    @precondition(lambda self: self.sip.phones(At.EARLY))
    @rule(
        does=st.sampled_from(["rings", "answers", "answers", 404, 480, 486, 488, 603]),
        data=st.data(),
    )
    def a_phone_does_something(self, does: str | int, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.sip.phones(At.EARLY)))
        if isinstance(does, int):
            self.sip.end(leg, does)
        elif does == "rings":
            self.sip.ring(leg)
        else:
            self.sip.answer(leg)

    @precondition(lambda self: self.sip.phones(At.UP))
    @rule(dies=st.booleans(), data=st.data())
    def an_agents_leg_ends(self, *, dies: bool, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.sip.phones(At.UP)))
        if not dies:
            self.sip.end(leg)
        elif self.media.are_open(leg):
            self.desk.post.to_call(leg.call, rtp.MediaSilent(leg, 2.0))

    @precondition(lambda self: self.sip.phones(At.CANCELLED))
    @rule(data=st.data(), quiet=st.booleans())
    def a_cancelled_phone_is_over(self, data: st.DataObject, *, quiet: bool) -> None:
        leg = data.draw(st.sampled_from(self.sip.phones(At.CANCELLED)))
        self.sip.end(leg, 487, sip.EndedBy.US, quiet=quiet)

    @rule(
        agent=st.sampled_from(list(AGENTS)),
        does=st.sampled_from(
            [
                *("logs in", "dials a service", "hangs up on it", "is idle", "is busy", "is lost"),
                *duty.PhoneRequest,
            ]
        ),
    )
    def an_agent_does_something(self, agent: AgentId, does: str) -> None:
        phone = phone_of(agent)
        match does:
            case "dials a service":
                self.desk.post.to_seats(duty.ServiceBegan(service_of(agent), phone))
            case "hangs up on it":
                self.desk.post.to_seats(duty.ServiceEnded(service_of(agent)))
            case "logs in":
                self.desk.post.to_seats(duty.LogIn(CallId("x"), agent, None, phone, "192.0.2.7"))
            case "is idle":
                self.desk.post.to_agent(agent, presence.PresenceIdle(agent, phone.uri))
            case "is busy":
                self.desk.post.to_agent(agent, presence.PresenceBusy(agent, phone.uri))
            case "is lost":
                self.desk.post.to_agent(agent, presence.PresenceUnknown(agent, phone.uri, "test"))
            case _:
                request = duty.PhoneRequest(does)
                self.desk.post.to_seats(duty.AtPhone(CallId("x"), phone, request, "192.0.2.7"))

    @rule(agent=st.sampled_from(list(AGENTS)), over=st.sampled_from(EVENTS))
    def an_agent_is_to_stumble(self, agent: AgentId, over: type) -> None:
        # One who stumbles over being logged off cannot leave.
        if agent in self.agents and over is not duty.LoggedOut:
            self.agents[agent].stumbles = over

    @rule(
        queues=st.sets(st.sampled_from(list(QUEUES))),
        agents=st.dictionaries(
            st.sampled_from(list(AGENTS)),
            st.lists(st.sampled_from(list(QUEUES)), unique=True).map(tuple),
        ),
        priority=st.integers(0, 2),
    )
    def the_directory_changes(
        self,
        queues: set[QueueName],
        agents: dict[AgentId, tuple[QueueName, ...]],
        priority: int,
    ) -> None:
        """Somebody changes what exists; clocks and figures of who stays are as before."""
        clocks = {name: one.state.idle_since for name, one in self.agents.items()}
        self.exist(queues, agents, priority)
        self.desk.deliver(self.directory)
        for name, agent in self.agents.items():
            assert agent.state.idle_since == clocks.get(name, agent.state.idle_since)

    @rule()
    def all_there_ever_was_exists_again(self) -> None:
        self.exist(set(QUEUES), {name: AGENTS[name].queues for name in AGENTS})

    # -- what always holds

    @invariant()
    def no_phone_is_on_two_legs(self) -> None:
        if hasattr(self, "desk"):
            engaged = Counter(
                uri for leg, uri in self.sip.uris.items() if self.sip.legs[leg] is not At.OVER
            )
            assert max(engaged.values(), default=0) <= 1, engaged

    @invariant()
    def the_sums_hold(self) -> None:
        if hasattr(self, "desk"):
            self.ledger.check(self.desk.actors)

    def settle(self) -> None:
        """Let everybody handle everything, then check what holds whenever all is quiet."""
        self.desk.settle()
        while self.sip.inbox or self.media.inbox:
            self.handle(self.sip if self.sip.inbox else self.media)
            self.desk.settle()
        told = {name: agent.state.told_free for name, agent in self.agents.items()}
        free = {name: since for name, since in told.items() if since is not None}
        assert {a: known.idle_since for a, known in self.floor.pool.agents.items()} == free
        assert not self.floor.pool.leases
        for call in (want.told for want in self.floor.pool.wants.values()):
            members = [agent for agent in free if call.queue in self.agents[agent].agent.queues]
            idle = set(members) - call.avoid
            assert not idle, f"{idle} are free while {call.call} waits in {call.queue}"
        self.check_the_directory()
        lines = [queue.line.calls for queue in self.queues.values()]
        waiting = {c for line in lines for c in line if line[c].state is CallState.WAITING}
        resting = waiting - set(self.floor.pool.wants)
        assert all(self.has_failed(call) for call in resting), f"nobody is offered {resting}"

    def check_the_directory(self) -> None:
        """Everybody knows of the same queues and members; nobody waits in one that is no more."""
        known = self.directory.directory
        assert set(self.queues) == set(known.queues) == set(self.desk.post.queues())
        assert set(self.floor.pool.shares) == set(known.queues)
        assert set(self.desk.post.agents()) == set(self.agents) >= set(known.agents)
        for name, share in self.floor.pool.shares.items():
            members = {agent.id for agent in known.agents.values() if name in agent.queues}
            assert set(share.members) == members
            assert set(share.free()) == members & set(self.floor.pool.agents)
        for agent in known.agents.values():
            assert self.agents[agent.id].agent == agent
        for name in known.closing:
            entered = [
                one
                for one in self.desk.actors
                if isinstance(one, CallActor) and one.state.terms.queue == name  # type: ignore[attr-defined]
            ]
            assert entered or self.queues[name].line.calls, f"{name} is closing for nobody"

    def has_failed(self, call: CallId) -> bool:
        """Whether the call rests because the last phone could not take it."""
        [actor] = [a for a in self.desk.actors if isinstance(a, CallActor) and a.call == call]
        phase: object = actor.state.phase  # type: ignore[attr-defined] # of a queue call
        return isinstance(phase, Waiting) and phase.place.failures > 0

    # -- the end

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        try:
            self.settle()
            for leg in self.sip.callers(*LIVE):
                self.sip.end(leg)
            self.settle()
            for leg in self.sip.phones(At.CANCELLED):
                self.sip.end(leg, 487, sip.EndedBy.US, quiet=False)
            for agent in AGENTS:
                self.desk.post.to_seats(duty.ServiceEnded(service_of(agent)))
            self.settle()
            stumbled = any(agent.stumbled for agent in self.agents.values())
            self.desk.advance(AT_LAST + OWN_CALL_SECONDS * stumbled)
            self.settle()
            self.check_the_end()
        finally:
            logging.disable(logging.NOTSET)

    def check_the_end(self) -> None:
        """No lease, leg, session or actor is left; the journal has one end for each beginning."""
        assert set(self.sip.legs.values()) <= {At.OVER}
        assert set(self.media.state.values()) <= {"closed"}
        assert not self.desk.post.calls()
        assert not [actor for actor in self.desk.actors if isinstance(actor, CallActor)]
        assert not self.floor.pool.wants
        assert not any(queue.line.calls for queue in self.queues.values())
        assert not self.directory.directory.closing
        assert set(self.agents) == set(self.directory.directory.agents)
        assert all(isinstance(agent.state.work, Rest) for agent in self.agents.values())
        assert all(agent.state.own_call is None for agent in self.agents.values())
        idle = {name for name, agent in self.agents.items() if agent.state.told.state == "idle"}
        assert set(self.floor.pool.agents) == idle
        journal = self.desk.journal
        entered = [fact.call for fact in journal.of(facts.CallEntered)]
        finished = [fact.call for fact in journal.of(facts.CallFinished)]
        assert sorted(entered) == sorted(finished)
        assert len(set(entered)) == len(entered)
        offered = Counter((fact.call, fact.agent) for fact in journal.of(facts.CallOffered))
        outcomes = Counter((fact.call, fact.agent) for fact in journal.of(facts.OfferEnded))
        assert offered == outcomes


WholeCentreInEveryOrder.TestCase.settings = settings(
    max_examples=150, stateful_step_count=60, deadline=None
)
TestWholeCentreInEveryOrder = WholeCentreInEveryOrder.TestCase
