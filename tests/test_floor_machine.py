"""Agents, queues and the floor in every order of events, between scripted calls.

Each actor empties its inbox when hypothesis says so, which gives every crossing threads could:
a pause and an offer, an outcome and a hang-up, two queues and one agent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import count, pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.agent import AgentActor
from actors.core.agent.events import OfPhone
from actors.core.agent.state import Rest, WrapUp, lease_of
from actors.core.routing.line import CallState
from actors.core.routing.strategies import MOST_RINGING
from actors.core.seats.roster import Roster
from actors.core.wire.uri import SipUri
from actors.exchange.actor import Actor
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, QueueName
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.facts import AgentInterval
from actors.messages.phone import Phone
from actors.queue import QueueActor
from actors.seats import SeatsActor
from actors.settings import Agent, Queue, Settings
from tests.harness import Desk, phone_at
from tests.scripted_call import FAILURES, ScriptedCall

SALES, SUPPORT = QueueName("sales"), QueueName("support")
ADA, BOB, CYD = AgentId("2771"), AgentId("2772"), AgentId("2773")
SETTINGS = Settings(
    queues=(Queue(SALES, wrapup_seconds=3.0), Queue(SUPPORT, priority=1, strategy="ring-all")),
    agents=(
        Agent(ADA, queues=(SALES, SUPPORT)),
        Agent(BOB, queues=(SALES,)),
        Agent(CYD, queues=(SUPPORT, SALES), wrapup_seconds=0.0),
    ),
)
AGENTS = [agent.id for agent in SETTINGS.agents]
MEMBERS = {q.name: [a.id for a in SETTINGS.agents if q.name in a.queues] for q in SETTINGS.queues}
RINGS_AT_MOST = 20.0
"""A scripted call ends each lease by then, as a real one does by its ring timer."""
SLOW_SECONDS = 10.0
"""Nobody leaves a message lying for longer: an agent's patience with a call is 30 s."""
STEP_SECONDS = 2.0
"""Time passes in such steps, so that what is said in one is there before what falls due later."""

PRESENCE: dict[str, Callable[[AgentId, SipUri], OfPhone]] = {
    "is idle": p.PresenceIdle,
    "is busy": p.PresenceBusy,
    "is rung": lambda agent, uri: p.PresenceBusy(agent, uri, ringing=True),
    "is off line": p.PresenceUnavailable,
    "is lost sight of": lambda agent, uri: p.PresenceUnknown(agent, uri, "test"),
}


def phone_of(agent: AgentId) -> Phone:
    return phone_at(f"sip:phone{agent}@127.0.0.1")


class CentreInEveryOrder(RuleBasedStateMachine):
    """Random walks through a small centre, then everything brought to its end and checked."""

    @initialize(present=st.sampled_from([{*AGENTS}, {*AGENTS}, {ADA, BOB}, {ADA}, set()]))
    def the_centre_opens(self, present: set[AgentId]) -> None:
        logging.disable(logging.CRITICAL)
        self.desk = Desk()
        self.numbers = count(1)
        self.calls: list[ScriptedCall] = []
        self.entered = self.ended = 0
        self.handled_at = self.desk.clock.at
        world = self.desk.world
        self.floor = self.desk.seat(FloorActor(world, SETTINGS), role="floor")
        self.roster = Roster(SETTINGS.agents, SETTINGS.login)
        self.desk.seat(SeatsActor(world, SETTINGS, self.roster), role="seats")
        self.queues = [
            self.desk.seat(QueueActor(world, queue), queue=queue.name) for queue in SETTINGS.queues
        ]
        self.agents = {
            agent.id: self.desk.seat(AgentActor(world, agent, SETTINGS), agent=agent.id)
            for agent in SETTINGS.agents
        }
        for agent in present:
            self.an_agent_does_something(agent, "logs in")
            self.desk.settle()
            self.an_agent_does_something(agent, "is idle")
        self.desk.settle()

    # -- the actors and the calls take turns

    @rule(turns=st.integers(1, 8), data=st.data())
    def somebody_handles_a_message(self, turns: int, data: st.DataObject) -> None:
        for _ in range(turns):
            calls = [call for call in self.calls if call.inbox]
            busy: list[Actor | ScriptedCall] = [*self.desk.busy(), *calls]
            if not busy:
                return
            one = data.draw(st.sampled_from(busy))
            if isinstance(one, ScriptedCall):
                one.handle_one()
            else:
                self.desk.deliver(one)

    @rule()
    def the_agents_are_slow(self) -> None:
        """Queues and floor handle everything: offers cross what agents have not yet said."""
        others = [self.floor, *self.queues]
        while busy := [actor for actor in self.desk.busy() if actor in others]:
            self.desk.deliver(busy[0])

    @rule()
    def all_is_handled(self) -> None:
        self.settle()

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, 10.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        """Timers fire into inboxes; who handles them, and when, is for the other rules.

        No call leaves a message lying for so long that an agent's patience with it ends, nor does
        an agent leave the answer to it lying behind the timer of his patience.
        """
        until = self.desk.clock.at + seconds
        while (now := self.desk.clock.at) < until:
            self.a_little_time_passes(min(until, now + STEP_SECONDS))

    def a_little_time_passes(self, until: float) -> None:
        while (at := self.desk.timers.next_deadline()) is not None and at <= until:
            self.desk.timers.fire_next()
        self.desk.clock.at = until
        for call in self.calls:
            call.handle_what_came_by(until - SLOW_SECONDS)
            call.legs_go()
            for leg in call.ringing():
                if until - leg.since >= RINGS_AT_MOST:
                    call.fail(leg, "no answer")
        if until - self.handled_at >= SLOW_SECONDS:
            self.desk.settle()
            self.handled_at = until

    # -- callers and agents' phones

    @precondition(lambda self: len(self.calls) < 6)
    @rule(queue=st.sampled_from(list(MEMBERS)), priority=st.integers(0, 1))
    def a_caller_joins(self, queue: QueueName, priority: int) -> None:
        name = CallId(f"c-{next(self.numbers)}")
        most = MOST_RINGING if queue == SUPPORT else 1
        call = ScriptedCall(self.desk, name, queue, priority, most=most)
        self.calls.append(call)
        self.entered += 1
        self.desk.call(name).script = call.take
        call.join()

    @precondition(lambda self: self.calls)
    @rule(at_once=st.booleans(), data=st.data())
    def a_caller_hangs_up(self, *, at_once: bool, data: st.DataObject) -> None:
        """Gone at once, its actor takes no message any more; what had come it still handled."""
        call = data.draw(st.sampled_from(self.calls))
        self.end(call)
        if at_once:
            while call.inbox:
                call.handle_one()
            call.legs_go()
            self.desk.post.remove_call(call.call)
            self.calls.remove(call)

    def end(self, call: ScriptedCall) -> None:
        if not call.over:
            call.hang_up()
            self.ended += 1

    @precondition(lambda self: any(call.ringing() for call in self.calls))
    @rule(how=st.sampled_from(["rings", "answers", *FAILURES]), data=st.data())
    def a_phone_does_something(self, how: str, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from([call for call in self.calls if call.ringing()]))
        leg = data.draw(st.sampled_from(call.ringing()))
        match how:
            case "rings":
                call.to_agent(leg, f.Ringing(leg.lease, leg.agent))
            case "answers":
                call.answer(leg)
            case _:
                call.fail(leg, how)

    @precondition(lambda self: any(call.leg("talks") for call in self.calls))
    @rule(dies=st.booleans(), data=st.data())
    def an_agents_leg_ends(self, *, dies: bool, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from([call for call in self.calls if call.leg("talks")]))
        leg = call.leg("talks")
        assert leg is not None
        leg.state = "ends"
        if dies:
            call.join()
        else:
            self.end(call)

    @precondition(lambda self: any(call.leg("ends") for call in self.calls))
    @rule(data=st.data())
    def legs_are_over(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from([call for call in self.calls if call.leg("ends")])).legs_go()

    # -- agents

    @rule(
        agent=st.sampled_from(AGENTS),
        does=st.sampled_from(["logs in", "pauses", *duty.PhoneRequest, *PRESENCE, "is idle"]),
    )
    def an_agent_does_something(self, agent: AgentId, does: str) -> None:
        phone = phone_of(agent)
        if does in PRESENCE:
            self.desk.post.to_agent(agent, PRESENCE[does](agent, phone.uri))
        elif does == "pauses":
            self.desk.post.to_agent(agent, duty.Pause(agent, "tea"))
        elif does == "logs in":
            self.desk.post.to_seats(duty.LogIn(CallId("login"), agent, None, phone, "192.0.2.7"))
        else:
            request = duty.AtPhone(CallId("service"), phone, duty.PhoneRequest(does), "192.0.2.7")
            self.desk.post.to_seats(request)

    # -- what always holds

    @invariant()
    def no_agent_is_on_two_legs(self) -> None:
        if not hasattr(self, "desk"):
            return
        engaged = [leg.agent for call in self.calls for leg in call.legs]
        assert len(engaged) == len(set(engaged)), "an agent under two leases"

    def settle(self) -> None:
        """Let everybody handle everything, then check what holds whenever all is quiet."""
        self.desk.settle()
        self.handled_at = self.desk.clock.at
        while any(call.inbox for call in self.calls):
            for call in self.calls:
                while call.inbox:
                    call.handle_one()
            self.desk.settle()
        self.check_nobody_waits_in_vain()
        self.check_the_floor_knows_who_is_free()
        in_line = sum(len(queue.line.calls) for queue in self.queues)
        assert self.entered == self.ended + in_line

    def check_nobody_waits_in_vain(self) -> None:
        for queue in self.queues:
            states = {call.state for call in queue.line.calls.values()}
            rings_all = queue.queue.strategy == "ring-all" and CallState.ASSIGNED in states
            if CallState.WAITING in states or rings_all:
                members = [self.agents[agent] for agent in MEMBERS[queue.queue.name]]
                free = [agent.agent.id for agent in members if agent.state.told_free is not None]
                assert not free, f"{free} are free while a call waits in {queue.queue.name}"

    def check_the_floor_knows_who_is_free(self) -> None:
        told = {name: agent.state.told_free for name, agent in self.agents.items()}
        free = {name: since for name, since in told.items() if since is not None}
        assert {a: known.idle_since for a, known in self.floor.pool.agents.items()} == free
        assert not self.floor.pool.leases
        for name, agent in self.agents.items():
            assert self.roster._phones.get(name) == agent.state.phone
        ringing = {leg.lease for call in self.calls for leg in call.legs}
        held = {offer.lease for a in self.agents.values() if (offer := lease_of(a.state))}
        assert held == ringing

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        try:
            self.settle()
            for call in self.calls:
                self.end(call)
            self.settle()
            for call in self.calls:
                call.legs_go()
            self.settle()
            self.check_the_end()
        finally:
            logging.disable(logging.NOTSET)

    def check_the_end(self) -> None:
        """No lease is left anywhere, and each agent's intervals are one chain up to now."""
        assert not any(queue.line.calls for queue in self.queues)
        assert not self.floor.pool.wants
        extended = (
            a.state.work.until for a in self.agents.values() if isinstance(a.state.work, WrapUp)
        )
        self.desk.advance(100.0 + max(0.0, max(extended, default=0.0) - self.desk.clock.now()))
        for name, agent in self.agents.items():
            assert isinstance(agent.state.work, Rest), name
            chain = [fact for fact in self.desk.journal.of(AgentInterval) if fact.agent == name]
            assert all(one.at <= two.at for one, two in pairwise(chain))
            assert all(what(one) != what(two) for one, two in pairwise(chain))
            if chain:
                last = agent.state.told
                assert what(chain[-1])[:3] == (
                    last.state,
                    last.reason,
                    last.phone.written() if last.phone else "",
                )


def what(fact: AgentInterval) -> tuple[str, str, str, float, float | None]:
    return (fact.state, fact.reason, fact.device, fact.idle_since, fact.wrapup_until)


CentreInEveryOrder.TestCase.settings = settings(
    max_examples=250, stateful_step_count=80, deadline=None
)
TestCentreInEveryOrder = CentreInEveryOrder.TestCase
