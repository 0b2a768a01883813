"""One call in every order of events: the real CallActor between mocked SIP, media and agents.

Every neighbour has an inbox of its own and empties it when hypothesis says so, which gives every
crossing that threads could: an answer and a CANCEL, a Ring and the caller's BYE, and so on.
"""

from __future__ import annotations

import logging
from collections import Counter
from itertools import pairwise
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from actors.call import CallActor
from actors.core.call.ending import LINGER_SECONDS
from actors.core.leg.ending import OVER_SECONDS
from actors.ids import AgentId, LeaseId, Leg
from actors.journal.cutoff import closing
from actors.messages import facts, floor, life, sip
from actors.messages import media as rtp
from actors.messages.by import by_agent
from actors.messages.life import Begin
from tests import callkit as kit
from tests.fake_gateway import LIVE, At, FakeGateway
from tests.harness import Desk, Probe
from tests.ledger import Ledger
from tests.neighbours import FakeMedia

OUTCOMES = (
    floor.Answered,
    floor.NoAnswer,
    floor.Busy,
    floor.Declined,
    floor.Unreachable,
    floor.Failed,
    floor.CallGone,
    floor.Withdrawn,
)

RINGS = (floor.Returned, floor.Resting, floor.StillRings, floor.Connected, floor.Left)
MAY_FOLLOW: dict[type, tuple[type, ...]] = {
    floor.Join: (floor.Assigned, floor.Resting, floor.Left),
    floor.Assigned: RINGS,
    floor.StillRings: RINGS,
    floor.Resting: (floor.Returned, floor.Assigned, floor.Resting, floor.Left),
    floor.Returned: (floor.Returned, floor.Assigned, floor.Resting, floor.Left),
    floor.Connected: (floor.Join, floor.Left),
}
"""What a queue hears of a call next. Where an agent is offered whose phone could not take it, it is
told anew who rings still, or rests anew. Here it may be rung while it rests; no floor does that."""

HOLDS = st.sampled_from([sip.Direction.SENDRECV, sip.Direction.SENDONLY, sip.Direction.INACTIVE])


class CallInEveryOrder(RuleBasedStateMachine):
    """Random walks through a call's life, then everything brought to its end and checked."""

    @initialize(far=st.sampled_from(["called", "waiting", "rung", "talking"]))
    def a_call_comes_in(self, far: str) -> None:
        """Begin somewhere on the way: few walks from the INVITE get as far as a talk."""
        logging.disable(logging.CRITICAL)
        self.desk = Desk()
        self.queue = self.desk.queue(kit.SALES)
        self.agents = {agent: self.desk.agent(agent) for agent in kit.PHONES}
        self.gateway = FakeGateway(self.desk.post, self.desk.gateway)
        self.gateway.invite(kit.incoming())
        self.media = FakeMedia(self.desk.post, self.desk.media)
        self.actor = self.desk.seat(CallActor(self.desk.world, kit.terms()), call=kit.CALL)
        self.leases: dict[LeaseId, AgentId] = {}
        self.faulty = False
        self.placed = 0
        self.ledger = Ledger(self.desk.journal)
        self.to_call(Begin())
        if far != "called":
            self.go_on()
            self.gateway.confirm(kit.CALLER)
            self.go_on()
            self.the_queue_places_the_call()
            self.go_on()
        if far in {"rung", "talking"}:
            self.an_agent_grants_a_lease(kit.ADA)
            self.go_on()
        if far == "talking":
            self.gateway.answer(kit.agent_leg())
            self.go_on()

    def go_on(self) -> None:
        """Let everybody handle everything."""
        while self.desk.busy() or self.gateway.inbox or self.media.inbox:
            self.desk.settle()
            self.gateway.handle_all()
            self.media.handle_all()

    def to_call(self, *events: Any) -> None:
        """Put these into the call's inbox, where it still has one."""
        for event in events:
            self.desk.post.to_call(kit.CALL, event)

    # -- the actor and its neighbours take turns

    @rule(count=st.integers(1, 4))
    def the_call_handles_messages(self, count: int) -> None:
        for _ in range(count):
            if self.desk.busy():
                self.desk.deliver(self.actor)

    @precondition(lambda self: self.gateway.inbox)
    @rule(silent=st.booleans())
    def the_gateway_handles_one(self, *, silent: bool) -> None:
        self.gateway.handle_one(silent=silent)

    @precondition(lambda self: self.media.inbox)
    @rule(refuses=st.sampled_from([False, False, False, True]))
    def the_pump_handles_one(self, *, refuses: bool) -> None:
        self.media.handle_one(refuses=refuses)

    # -- what the network does

    @precondition(lambda self: self.leg0 is At.ANSWERED)
    @rule(direction=HOLDS)
    def the_callers_ack_comes(self, direction: sip.Direction) -> None:
        self.gateway.confirm(kit.CALLER, kit.media(direction=direction))

    @precondition(lambda self: self.leg0 in LIVE)
    @rule(patient=st.sampled_from([True, True, True, True, False]))
    def the_caller_hangs_up(self, *, patient: bool) -> None:
        if not patient:
            self.gateway.end(kit.CALLER)

    @precondition(lambda self: self.gateway.phones(At.EARLY))
    @rule(alerting=st.booleans(), data=st.data())
    def a_phone_sends_a_provisional(self, *, alerting: bool, data: st.DataObject) -> None:
        leg = data.draw(st.sampled_from(self.gateway.phones(At.EARLY)))
        self.gateway.ring(leg, alerting=alerting)

    @precondition(lambda self: self.gateway.phones(At.EARLY))
    @rule(data=st.data(), codec=st.sampled_from([kit.PCMU, kit.PCMU, kit.OPUS]), direction=HOLDS)
    def a_phone_answers(
        self, data: st.DataObject, codec: sip.Codec, direction: sip.Direction
    ) -> None:
        leg = data.draw(st.sampled_from(self.gateway.phones(At.EARLY)))
        self.gateway.answer(leg, kit.media(codec, direction=direction))

    @precondition(lambda self: self.gateway.phones(At.EARLY))
    @rule(data=st.data(), code=st.sampled_from([404, 408, 480, 486, 500, 503, 600, 603]))
    def a_phone_refuses(self, data: st.DataObject, code: int) -> None:
        leg = data.draw(st.sampled_from(self.gateway.phones(At.EARLY)))
        self.gateway.end(leg, code)

    @precondition(lambda self: self.gateway.phones(At.UP))
    @rule(data=st.data(), code=st.sampled_from([200, 200, 408]))
    def an_agent_hangs_up(self, data: st.DataObject, code: int) -> None:
        leg = data.draw(st.sampled_from(self.gateway.phones(At.UP)))
        by = sip.EndedBy.REMOTE if code == 200 else sip.EndedBy.US
        self.gateway.end(leg, code, by)

    @precondition(lambda self: self.gateway.phones(At.CANCELLED))
    @rule(data=st.data(), quiet=st.booleans())
    def a_cancelled_phone_is_over(self, *, data: st.DataObject, quiet: bool) -> None:
        leg = data.draw(st.sampled_from(self.gateway.phones(At.CANCELLED)))
        self.gateway.end(leg, 487, sip.EndedBy.US, quiet=quiet)

    @rule(number=st.integers(0, 1), direction=HOLDS)
    def a_party_holds_or_resumes(self, number: int, direction: sip.Direction) -> None:
        leg = Leg(kit.CALL, number)
        if self.gateway.legs.get(leg) is At.UP:
            self.gateway.change(leg, kit.media(direction=direction))

    @rule(number=st.integers(0, 3))
    def a_leg_falls_silent(self, number: int) -> None:
        leg = Leg(kit.CALL, number)
        if self.media.state.get(leg) == "open":
            self.to_call(rtp.MediaSilent(leg, 30.0))

    @rule(number=st.integers(0, 3))
    def a_phone_says_that_it_is_there(self, number: int) -> None:
        leg = Leg(kit.CALL, number)
        if self.gateway.legs.get(leg) is At.UP:
            self.gateway.is_there(leg)

    @precondition(lambda self: len(self.queue.of(floor.Join)) > self.placed)
    @rule()
    def the_queue_places_the_call(self) -> None:
        self.placed += 1
        self.to_call(kit.placed())

    # -- what always holds

    @invariant()
    def the_sums_hold(self) -> None:
        if hasattr(self, "desk"):
            self.ledger.check([self.actor])

    # -- what agents and the server do

    @precondition(lambda self: len(self.leases) < 6)
    @rule(agent=st.sampled_from(sorted(kit.PHONES)))
    def an_agent_grants_a_lease(self, agent: AgentId) -> None:
        lease = LeaseId(str(len(self.leases) + 1))
        if kit.CALL in self.desk.post.calls():
            self.leases[lease] = agent
            self.to_call(kit.ring(int(lease), agent))

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def an_agent_withdraws(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(sorted(self.leases)))
        self.to_call(floor.Withdraw(lease, kit.CALL, by_agent(self.leases[lease])))

    @rule(seconds=st.sampled_from([0.5, 3.0, 16.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        """Let timers fire into the inbox, without anybody handling anything."""
        until = self.desk.clock.at + seconds
        timers = self.desk.timers
        while (at := timers.next_deadline()) is not None and at <= until:
            timers.fire_next()
        self.desk.clock.at = until

    @rule(which=st.sampled_from(["gateway", "media"]))
    def something_fails_within(self, which: str) -> None:
        if self.faulty or len(self.leases) < 2:
            return
        self.faulty = self.desk.faults_expected = self.media.forgiving = True
        (self.gateway if which == "gateway" else self.media).fail_next = True

    @precondition(lambda self: len(self.leases) > 1)
    @rule(really=st.sampled_from([False, False, False, True]))
    def the_server_stops(self, *, really: bool) -> None:
        if really:
            self.to_call(life.Shutdown("test"))

    @property
    def leg0(self) -> At:
        return self.gateway.legs[kit.CALLER]

    # -- the end

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.bring_to_the_end()
            self.check_leases()
            self.check_the_one_end()
            self.check_a_restart_after_any_fact()
            self.check_neighbours()
        logging.disable(logging.NOTSET)

    def bring_to_the_end(self) -> None:
        self.gateway.fail_next = self.media.fail_next = False
        if self.leg0 in LIVE:
            self.the_caller_hangs_up(patient=False)
        while self.desk.busy() or self.gateway.inbox or self.media.inbox:
            self.desk.settle()
            while self.gateway.inbox:
                self.the_gateway_handles_one(silent=True)
            while self.media.inbox:
                self.the_pump_handles_one(refuses=False)
        for leg in self.gateway.phones(At.CANCELLED):
            self.gateway.end(leg, 487, sip.EndedBy.US, quiet=False)
        self.desk.advance(OVER_SECONDS + LINGER_SECONDS)

    def check_leases(self) -> None:
        """Each lease has one outcome, then its LegGone, then nothing."""
        for lease, agent in self.leases.items():
            told = [m for m in self.agents[agent].got if m.lease == lease]
            names = [type(m) for m in told if not isinstance(m, floor.Ringing)]
            assert [kind for kind in names if kind in OUTCOMES] == names[:1], told
            assert names[1:] == [floor.LegGone], told
            if floor.Ringing in map(type, told):
                assert isinstance(told[0], floor.Ringing), told

    def check_the_one_end(self) -> None:
        """One CallEntered, one CallFinished, one Left for all Joins, one CallEnded, none alive."""
        journal = self.desk.journal
        assert len(journal.of(facts.CallEntered)) == 1
        assert isinstance(journal.got[0], facts.CallEntered)
        assert len(journal.of(facts.CallFinished)) == 1
        offered = [fact.agent for fact in journal.of(facts.CallOffered)]
        assert sorted(f.agent for f in journal.of(facts.OfferEnded)) == sorted(offered)
        joined = len(self.queue.of(floor.Join))
        assert len(journal.of(facts.CallJoined)) == len(journal.of(facts.CallLeft))
        assert joined - 1 <= len(journal.of(facts.CallJoined)) <= joined
        assert len(self.queue.of(floor.Left)) == min(joined, 1)
        if joined:
            assert isinstance(self.queue.got[0], floor.Join)
            assert isinstance(self.queue.got[-1], floor.Left)
        assert len(self.desk.switchboard.of(life.CallEnded)) == 1
        assert self.actor not in self.desk.actors
        assert kit.CALL not in self.desk.post.calls()
        assert self.actor.state.done
        assert self.actor.state.legs
        assert all(leg.finished for leg in self.actor.state.legs.values())

    def check_a_restart_after_any_fact(self) -> None:
        """Killed after any fact, the next start leaves nothing open, and sums that add up."""
        told = self.desk.journal.got
        for known in range(1, len(told) + 1):
            journal = Probe("journal")
            journal.got = [*told[:known], *closing(told[:known], told[known - 1].at)]
            Ledger(journal).check([])
            [end] = journal.of(facts.CallFinished)
            legs = journal.of(facts.LegEnded)
            assert end.waited_ms == sum(one.waited_ms for one in journal.of(facts.CallLeft))
            assert end.talked_ms == sum(one.talked_ms for one in legs)
            assert end.held_ms == sum(one.held_ms for one in legs)
            outcomes = Counter(one.lease for one in journal.of(facts.OfferEnded))
            assert outcomes == Counter(one.lease for one in journal.of(facts.CallOffered))

    def check_neighbours(self) -> None:
        """The queue hears one thing after another that make sense; what was opened is closed."""
        for one, then in pairwise(self.queue.got):
            assert isinstance(then, MAY_FOLLOW[type(one)]), self.queue.got
        orders = self.desk.gateway.of(sip.HangUp) + self.desk.gateway.of(sip.Refuse)
        assert len({order.leg for order in orders}) == len(orders)
        if not self.faulty:
            assert all(at is At.OVER for at in self.gateway.legs.values())
            assert set(self.media.state.values()) <= {"none", "closed"}
            assert not self.actor.faults


TestCallInEveryOrder = CallInEveryOrder.TestCase
TestCallInEveryOrder.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
