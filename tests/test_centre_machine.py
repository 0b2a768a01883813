"""A whole centre in every order of events: real calls, agents, queues and floor together.

Only SIP and media are mocked: phones ring, answer, refuse and hang up as they please. Every actor
empties its inbox when hypothesis says so.
"""

from __future__ import annotations

import logging
from collections import Counter
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.agent import AgentActor
from actors.call import CallActor
from actors.core.agent.machine import EVENTS
from actors.core.agent.state import OWN_CALL_SECONDS
from actors.exchange.actor import Actor
from actors.floor import FloorActor
from actors.ids import AgentId, CallId, Leg, QueueName
from actors.messages import duty, presence, sip
from actors.messages import media as rtp
from actors.queue import QueueActor
from tests import callkit as kit
from tests.fake_gateway import LIVE, At
from tests.ledger import Ledger
from tests.neighbours import Neighbour
from tests.whole_centre import (
    AGENTS,
    AT_LAST,
    QUEUES,
    SALES,
    SUPPORT,
    WholeCentre,
    phone_of,
    service_of,
)


class WholeCentreInEveryOrder(RuleBasedStateMachine):
    """Random walks through a centre, then everything brought to its end and checked."""

    @initialize(absent=st.sampled_from([set(), set(), {"2773"}, {"2771", "2772"}]))
    def the_centre_opens(self, absent: set[str]) -> None:
        logging.disable(logging.CRITICAL)
        self.centre = WholeCentre()
        self.desk, self.sip, self.media = self.centre.desk, self.centre.sip, self.centre.media
        self.numbers = count(1)
        self.ledger = Ledger(self.desk.journal)
        for agent in set(AGENTS) - absent:
            self.desk.post.to_seats(
                duty.LogIn(CallId("x"), agent, None, phone_of(agent), "192.0.2.7")
            )
            self.desk.settle()
            self.desk.post.to_agent(agent, presence.PresenceIdle(agent, phone_of(agent).uri))
        self.desk.settle()

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
                self.centre.handle(one)

    @rule(slow=st.sampled_from([AgentActor, CallActor, QueueActor, FloorActor]))
    def all_but_some_handle_theirs(self, slow: type[Actor]) -> None:
        while busy := [actor for actor in self.desk.busy() if not isinstance(actor, slow)]:
            self.desk.deliver(busy[0])

    @rule()
    def all_is_handled(self) -> None:
        self.centre.settle()

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 16.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.centre.settle()
        self.desk.advance(seconds)
        for leg in self.sip.phones(At.CANCELLED):
            self.sip.end(leg, 487, sip.EndedBy.US)
        self.centre.settle()

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
        if agent in self.centre.agents and over is not duty.LoggedOut:
            self.centre.agents[agent].stumbles = over

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
        clocks = {name: one.state.idle_since for name, one in self.centre.agents.items()}
        self.centre.exist(queues, agents, priority)
        self.desk.deliver(self.centre.directory)
        for name, agent in self.centre.agents.items():
            assert agent.state.idle_since == clocks.get(name, agent.state.idle_since)

    @rule()
    def all_there_ever_was_exists_again(self) -> None:
        self.centre.exist(set(QUEUES), {name: AGENTS[name].queues for name in AGENTS})

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

    # -- the end

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        try:
            self.centre.settle()
            for leg in self.sip.callers(*LIVE):
                self.sip.end(leg)
            self.centre.settle()
            for leg in self.sip.phones(At.CANCELLED):
                self.sip.end(leg, 487, sip.EndedBy.US, quiet=False)
            for agent in AGENTS:
                self.desk.post.to_seats(duty.ServiceEnded(service_of(agent)))
            self.centre.settle()
            stumbled = any(agent.stumbled for agent in self.centre.agents.values())
            self.desk.advance(AT_LAST + OWN_CALL_SECONDS * stumbled)
            self.centre.settle()
            self.centre.check_the_end()
        finally:
            logging.disable(logging.NOTSET)


WholeCentreInEveryOrder.TestCase.settings = settings(
    max_examples=150, stateful_step_count=60, deadline=None
)
TestWholeCentreInEveryOrder = WholeCentreInEveryOrder.TestCase
