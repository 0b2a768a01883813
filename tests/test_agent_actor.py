"""AgentActor among probes: messages, journal, timers, and what survives a failing handler."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import pytest

from actors.agent import AgentActor
from actors.core.agent.state import ASK_SECONDS
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages import duty, views
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.by import BY_SERVER
from actors.messages.facts import AgentInterval
from actors.settings import Agent, Outcomes, PresenceSettings, Queue, Settings
from tests.harness import Desk, Probe, phone_at

ADA = AgentId("2771")
SALES, SUPPORT = QueueName("sales"), QueueName("support")
PHONE = phone_at("sip:phone1@127.0.0.1")
CALL = CallId("c-1")
LEASE = LeaseId("1")
EVER = float("inf")
OFFER = f.Offer(LEASE, CALL, SALES, EVER)
SETTINGS = Settings(
    presence=PresenceSettings(subscribe=False),
    outcomes=Outcomes(strikes=1, reject_cooldown=7.0),
    queues=(Queue(SALES, ring_seconds=12.0, wrapup_seconds=5.0), Queue(SUPPORT)),
    agents=(Agent(ADA, queues=(SALES, SUPPORT)),),
)


class Seat:
    """One real agent at a desk, logged in."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.desk = Desk()
        actor = AgentActor(self.desk.world, settings.agents[0], settings)
        self.actor = self.desk.seat(actor, agent=ADA)
        self.call = self.desk.call(CALL)
        self.call.script = self._answer
        self.tell(duty.LoggedIn(ADA, PHONE))

    def _answer(self, message: object) -> None:
        """Be a call that goes on."""
        if isinstance(message, f.AskLease):
            self.desk.post.to_agent(ADA, f.LeaseHolds(message.lease, ADA))

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.desk.tell(self.actor, message)

    def snapshot(self) -> views.AgentSnapshot:
        answer = self.desk.ask(self.actor, views.GetSnapshot())
        assert isinstance(answer, views.AgentSnapshot)
        return answer

    def facts(self) -> list[AgentInterval]:
        return self.desk.journal.of(AgentInterval)


def got(probe: Probe) -> list[object]:
    return probe.take()


def test_an_offer_is_granted_to_the_floor_and_rung_by_the_call() -> None:
    seat = Seat()
    assert got(seat.desk.floor) == [f.LoggedOn(ADA), f.Free(ADA, 1000.0)]

    seat.tell(OFFER)

    assert got(seat.desk.floor) == [f.Granted(LEASE, ADA)]
    assert got(seat.call) == [f.Ring(LEASE, CALL, ADA, PHONE, 12.0, SALES)]


def test_a_whole_call_is_one_chain_of_intervals() -> None:
    seat = Seat()
    wall = seat.desk.clock.wall()

    seat.desk.advance(10)
    seat.tell(OFFER, f.Ringing(LEASE, ADA))
    seat.desk.advance(3)
    seat.tell(f.Answered(LEASE, ADA))
    seat.desk.advance(60)
    seat.tell(f.LegGone(LEASE, ADA))
    seat.desk.advance(5)

    assert [(fact.state, fact.at - wall) for fact in seat.facts()] == [
        ("idle", 0),
        ("reserved", 10),
        ("ringing", 10),
        ("oncall", 13),
        ("wrapup", 73),
        ("idle", 78),
    ]
    assert seat.facts()[-1].idle_since - wall == pytest.approx(78)
    assert {fact.device for fact in seat.facts()} == {PHONE.written()}


def test_a_call_that_has_gone_without_a_word_does_not_hold_the_agent() -> None:
    seat = Seat()
    seat.desk.post.remove_call(CALL)

    seat.tell(OFFER)

    assert got(seat.desk.floor)[-2:] == [f.Granted(LEASE, ADA), f.Free(ADA, 1000.0)]
    assert seat.snapshot().state == "idle"


def test_a_withdrawal_that_reaches_nobody_ends_the_lease() -> None:
    seat = Seat()
    seat.tell(OFFER)
    seat.desk.post.remove_call(CALL)

    seat.tell(duty.Pause(ADA, "tea"))

    assert seat.snapshot().state == "paused"


def test_a_snapshot_shows_what_rest_shows() -> None:
    seat = Seat()
    assert seat.snapshot() == views.AgentSnapshot(ADA, "idle", 1000.0, str(PHONE), (SALES, SUPPORT))

    seat.tell(duty.LoggedOut(ADA, "phone"))
    assert seat.snapshot() == views.AgentSnapshot(ADA, "loggedout", None, "", (SALES, SUPPORT))


def test_a_snapshot_is_made_when_something_changes_not_when_asked_for() -> None:
    seat = Seat()

    first = seat.snapshot()
    seat.desk.advance(60)
    assert seat.snapshot() is first

    seat.tell(duty.Pause(ADA, "tea"))
    assert seat.snapshot().state == "paused"


def test_the_settings_reach_the_rules() -> None:
    seat = Seat()
    seat.tell(OFFER, f.Declined(LEASE, ADA, 603), f.LegGone(LEASE, ADA))
    assert seat.snapshot().state == "busy"
    seat.desk.advance(7)
    assert seat.snapshot().state == "idle"

    second = f.Offer(LeaseId("2"), CALL, SALES, EVER)
    seat.tell(second, f.NoAnswer(LeaseId("2"), ADA), f.LegGone(LeaseId("2"), ADA))

    assert seat.snapshot().state == "notresponding"


def test_presence_is_asked_for_and_given_up() -> None:
    seat = Seat(Settings(agents=SETTINGS.agents))
    assert got(seat.desk.gateway) == [p.Watch(ADA, PHONE.uri)]

    seat.tell(duty.LoggedOut(ADA, "phone"))

    assert got(seat.desk.gateway) == [p.Unwatch(ADA)]


def test_each_change_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    seat = Seat()
    caplog.set_level(logging.INFO)

    seat.desk.advance(2)
    seat.tell(OFFER)

    assert caplog.messages == [
        f"agent 2771: reserved for call c-1 at {PHONE}, was idle for 2.0 s",
    ]


def test_a_lease_that_hangs_is_an_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    seat = Seat()
    seat.tell(OFFER)

    seat.desk.advance(52)

    assert "agent 2771: lease 1 for call c-1 never had an outcome" in caplog.messages
    assert seat.snapshot().state == "idle"
    assert seat.call.last(f.Withdraw) == f.Withdraw(LEASE, CALL, BY_SERVER)


class Unhandled:
    """A rule book that raises wherever it is opened."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)


@contextlib.contextmanager
def failing(seat: Seat) -> Iterator[None]:
    """Have the agent's handlers fail inside the block."""
    seat.desk.faults_expected = True
    rules, seat.actor.rules = seat.actor.rules, Unhandled()  # type: ignore[assignment]
    logging.disable(logging.ERROR)
    before = seat.actor.faults
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        seat.actor.rules = rules
    assert seat.actor.faults > before


def test_an_offer_that_fails_is_given_back_and_the_agent_is_offered_the_next() -> None:
    seat = Seat()
    got(seat.desk.floor)
    with failing(seat):
        seat.tell(OFFER)
    # The floor takes whoever refuses as not free, until it is told otherwise.
    assert got(seat.desk.floor) == [f.NotGranted(LEASE, ADA)]

    seat.desk.advance(1.0)

    assert got(seat.desk.floor) == [f.Free(ADA, 1000.0)]
    seat.tell(f.Offer(LeaseId("2"), CALL, SALES, EVER))
    assert got(seat.desk.floor) == [f.Granted(LeaseId("2"), ADA)]


def test_a_deadline_outlives_a_failure_on_it() -> None:
    seat = Seat()
    seat.tell(OFFER)
    with failing(seat):
        seat.desk.advance(60.0)

    seat.desk.advance(2.0)

    assert seat.snapshot().state == "idle"
    assert seat.call.last(f.Withdraw) == f.Withdraw(LEASE, CALL, BY_SERVER)


def test_a_failure_at_the_end_of_a_call_holds_its_agent_for_a_moment_only() -> None:
    seat = Seat()
    seat.tell(OFFER, f.Ringing(LEASE, ADA), f.Answered(LEASE, ADA))
    with failing(seat):
        seat.tell(f.LegGone(LEASE, ADA))
    seat.desk.post.remove_call(CALL)
    assert seat.snapshot().state == "oncall"

    seat.desk.advance(ASK_SECONDS)

    assert seat.snapshot().state == "wrapup"
    seat.desk.advance(5.0)
    assert seat.snapshot().state == "idle"


def test_a_message_it_does_not_know_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    seat = Seat()

    seat.tell("nonsense")

    assert "agent 2771: knows no 'nonsense'" in caplog.messages
