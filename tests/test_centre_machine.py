"""A whole centre in every order of events: real calls, agents, queues and floor together.

Only the gateway and the pump are models: phones ring, answer, refuse and hang up as they please.
Every actor empties its inbox when hypothesis says so.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from itertools import count
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.agent import AgentActor
from actors.call import CallActor
from actors.core.agent.state import Rest
from actors.core.call.state import Waiting
from actors.core.routing.line import CallState
from actors.core.wire.uri import SipUri
from actors.exchange.actor import Actor
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, Leg, QueueName
from actors.messages import duty, facts, sip
from actors.messages import media as rtp
from actors.messages.life import Begin
from actors.messages.phone import Phone
from actors.queue import QueueActor
from actors.seats import SeatsActor
from actors.settings import Agent, Queue, Settings
from tests import callkit as kit
from tests.harness import Desk, phone_at

SALES, SUPPORT = QueueName("sales"), QueueName("support")
QUEUES = {
    SALES: Queue(SALES, wrapup_seconds=3.0),
    SUPPORT: Queue(SUPPORT, priority=1, welcome=kit.WELCOME),
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


class Wire:
    """The model gateway and pump: what SIP and RTP are like as far as the messages tell."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.inbox: deque[Any] = deque()
        desk.gateway.script = desk.media.script = self.inbox.append
        self.legs: dict[Leg, str] = {}
        """early, answered (a caller who has not sent the ACK), up, cancelled or over."""
        self.uris: dict[Leg, SipUri] = {}
        self.sessions: set[Leg] = set()

    def tell(self, leg: Leg, message: Any) -> None:
        self.desk.post.to_call(leg.call, message)

    def handle_one(self) -> None:
        message = self.inbox.popleft()
        match message:
            case sip.Dial(leg, uri):
                self.legs[leg], self.uris[leg] = "early", uri
                self.tell(leg, sip.Dialled(leg))
            case sip.Answer(leg) if self.legs[leg] == "early":
                self.legs[leg] = "answered"
            case sip.HangUp(leg) | sip.Refuse(leg) if self.legs[leg] != "over":
                early = self.legs[leg] == "early" and leg.number
                if early:
                    self.legs[leg] = "cancelled"
                    self.tell(leg, sip.HangUpSent(leg))
                else:
                    self.end(leg, 487, sip.EndedBy.US)
            case rtp.Open(leg):
                self.sessions.add(leg)
                self.tell(leg, kit.opened(leg))
            case rtp.Close(leg):
                self.sessions.discard(leg)
                self.tell(leg, kit.closed(leg))

    def end(self, leg: Leg, code: int, by: sip.EndedBy, *, quiet: bool = True) -> None:
        self.legs[leg] = "over"
        self.tell(leg, sip.LegEnded(leg, code, "", by, quiet))

    def phones(self, state: str) -> list[Leg]:
        return [leg for leg, is_in in self.legs.items() if is_in == state and leg.number]

    def callers(self, *states: str) -> list[Leg]:
        return [leg for leg, is_in in self.legs.items() if is_in in states and not leg.number]


class WholeCentreInEveryOrder(RuleBasedStateMachine):
    """Random walks through a centre, then everything brought to its end and checked."""

    @initialize(absent=st.sampled_from([set(), set(), {"2773"}, {"2771", "2772"}]))
    def the_centre_opens(self, absent: set[str]) -> None:
        logging.disable(logging.CRITICAL)
        self.desk = Desk()
        self.wire = Wire(self.desk)
        self.numbers = count(1)
        world = self.desk.world
        self.floor = self.desk.seat(FloorActor(world, SETTINGS), role="floor")
        self.desk.seat(SeatsActor(world, SETTINGS), role="seats")
        self.queues = {
            name: self.desk.seat(QueueActor(world, queue), queue=name)
            for name, queue in QUEUES.items()
        }
        self.agents = {
            name: self.desk.seat(AgentActor(world, agent, SETTINGS), agent=name)
            for name, agent in AGENTS.items()
        }
        for agent in set(AGENTS) - absent:
            self.desk.post.to_seats(duty.LogIn(CallId("x"), agent, None, phone_of(agent)))
            self.desk.settle()
            self.desk.post.to_agent(agent, sip.PresenceIdle(agent, phone_of(agent).uri))
        self.desk.settle()
        self.wire.inbox.clear()

    # -- the actors and the wire take turns

    @rule(turns=st.integers(1, 8), data=st.data())
    def somebody_handles_a_message(self, turns: int, data: st.DataObject) -> None:
        for _ in range(turns):
            wire = [self.wire] if self.wire.inbox else []
            busy: list[Actor | Wire] = [*self.desk.busy(), *wire]
            if not busy:
                return
            one = data.draw(st.sampled_from(busy))
            if isinstance(one, Wire):
                one.handle_one()
            else:
                self.desk.deliver(one)

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
        for leg in self.wire.phones("cancelled"):
            self.wire.end(leg, 487, sip.EndedBy.US)
        self.settle()

    # -- what callers and phones do

    @precondition(lambda self: len(self.wire.callers("early", "answered", "up")) < 5)
    @rule(queue=st.sampled_from([SALES, SUPPORT]))
    def a_caller_dials_in(self, queue: QueueName) -> None:
        call = CallId(f"c-{next(self.numbers)}")
        invite = kit.incoming(user=queue, leg=Leg(call, 0))
        terms = kit.terms(invite, QUEUES[queue])
        self.desk.seat(CallActor(self.desk.world, terms), call=call)
        self.wire.legs[invite.leg] = "early"
        self.desk.post.to_call(call, Begin())

    @precondition(lambda self: self.wire.callers("answered"))
    @rule(data=st.data())
    def the_callers_ack_comes(self, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.wire.callers("answered")))
        self.wire.legs[leg] = "up"
        self.wire.tell(leg, sip.LegConfirmed(leg, kit.media()))

    @precondition(lambda self: self.wire.callers("early", "answered", "up"))
    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.wire.callers("early", "answered", "up")))
        self.wire.end(leg, 200, sip.EndedBy.REMOTE)

    @precondition(lambda self: self.wire.phones("early"))
    @rule(
        does=st.sampled_from(["rings", "answers", "answers", 404, 480, 486, 488, 603]),
        data=st.data(),
    )
    def a_phone_does_something(self, does: str | int, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.wire.phones("early")))
        if isinstance(does, int):
            self.wire.end(leg, does, sip.EndedBy.REMOTE)
        elif does == "rings":
            self.wire.tell(leg, kit.rings(leg))
        else:
            self.wire.legs[leg] = "up"
            self.wire.tell(leg, kit.answered(leg))

    @precondition(lambda self: self.wire.phones("up"))
    @rule(dies=st.booleans(), data=st.data())
    def an_agents_leg_ends(self, *, dies: bool, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.wire.phones("up")))
        if not dies:
            self.wire.end(leg, 200, sip.EndedBy.REMOTE)
        elif leg in self.wire.sessions:
            self.wire.tell(leg, rtp.MediaTimeout(leg, 30.0))

    @precondition(lambda self: self.wire.phones("cancelled"))
    @rule(data=st.data(), quiet=st.booleans())
    def a_cancelled_phone_is_over(self, data: st.DataObject, *, quiet: bool) -> None:
        leg = data.draw(st.sampled_from(self.wire.phones("cancelled")))
        self.wire.end(leg, 487, sip.EndedBy.US, quiet=quiet)

    @rule(
        agent=st.sampled_from(list(AGENTS)),
        does=st.sampled_from(["logs in", "is idle", "is busy", "is lost", *duty.PhoneRequest]),
    )
    def an_agent_does_something(self, agent: AgentId, does: str) -> None:
        phone = phone_of(agent)
        match does:
            case "logs in":
                self.desk.post.to_seats(duty.LogIn(CallId("x"), agent, None, phone))
            case "is idle":
                self.desk.post.to_agent(agent, sip.PresenceIdle(agent, phone.uri))
            case "is busy":
                self.desk.post.to_agent(agent, sip.PresenceBusy(agent, phone.uri))
            case "is lost":
                self.desk.post.to_agent(agent, sip.PresenceUnknown(agent, phone.uri, "test"))
            case _:
                request = duty.PhoneRequest(does)
                self.desk.post.to_seats(duty.AtPhone(CallId("x"), phone, request))

    # -- what always holds

    @invariant()
    def no_phone_is_on_two_legs(self) -> None:
        if hasattr(self, "desk"):
            engaged = Counter(
                uri for leg, uri in self.wire.uris.items() if self.wire.legs[leg] != "over"
            )
            assert max(engaged.values(), default=0) <= 1, engaged

    def settle(self) -> None:
        """Let everybody handle everything, then check what holds whenever all is quiet."""
        self.desk.settle()
        while self.wire.inbox:
            self.wire.handle_one()
            self.desk.settle()
        told = {name: agent.state.told_free for name, agent in self.agents.items()}
        free = {name: since for name, since in told.items() if since is not None}
        assert self.floor.pool.idle_since == free
        assert not self.floor.pool.leases
        for call in self.floor.pool.waiting.values():
            members = [agent for agent in free if call.queue in AGENTS[agent].queues]
            idle = set(members) - call.avoid
            assert not idle, f"{idle} are free while {call.call} waits in {call.queue}"
        lines = [queue.line.calls for queue in self.queues.values()]
        waiting = {c for line in lines for c in line if line[c].state is CallState.WAITING}
        resting = waiting - set(self.floor.pool.waiting)
        assert all(self.has_failed(call) for call in resting), f"nobody is offered {resting}"

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
            for leg in self.wire.callers("early", "answered", "up"):
                self.wire.end(leg, 200, sip.EndedBy.REMOTE)
            self.settle()
            for leg in self.wire.phones("cancelled"):
                self.wire.end(leg, 487, sip.EndedBy.US, quiet=False)
            self.settle()
            self.desk.advance(AT_LAST)
            self.settle()
            self.check_the_end()
        finally:
            logging.disable(logging.NOTSET)

    def check_the_end(self) -> None:
        """No lease, leg, session or actor is left; the journal has one end for each beginning."""
        assert set(self.wire.legs.values()) <= {"over"}
        assert not self.wire.sessions
        assert not self.desk.post.calls()
        assert not [actor for actor in self.desk.actors if isinstance(actor, CallActor)]
        assert not self.floor.pool.waiting
        assert not any(queue.line.calls for queue in self.queues.values())
        assert all(isinstance(agent.state.work, Rest) for agent in self.agents.values())
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
