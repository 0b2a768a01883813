"""An agent's leases: granted, followed to one outcome, never held for ever."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.agent.events import Event
from actors.core.agent.state import LEG_SECONDS, OUTCOME_SECONDS, Times
from actors.ids import CallId, LeaseId
from actors.messages import duty
from actors.messages import floor as f
from actors.messages.by import BY_SERVER
from actors.messages.facts import AgentInterval
from actors.messages.life import Undelivered
from tests.one_agent import (
    ADA,
    BUSY,
    CALL,
    EPOCH,
    PHONE,
    RULES,
    SALES,
    UNAVAILABLE,
    ready,
)


def test_a_free_agent_grants_the_lease_and_has_the_phone_rung() -> None:
    agent = ready(replace(RULES, ring_seconds=9.0))

    lease = agent.offer(10.0)

    assert agent.take() == [
        f.Granted(lease, ADA),
        f.Ring(lease, CALL, ADA, PHONE, 9.0, SALES),
        AgentInterval(10.0 + EPOCH, ADA, "reserved", "", PHONE.written(), EPOCH, SALES, call=CALL),
    ]
    assert agent.shown == "reserved"
    assert agent.at(11.0, f.Ringing(lease, ADA)).shown == "ringing"
    assert agent.at(12.0, f.Answered(lease, ADA)).shown == "oncall"


@pytest.mark.parametrize(
    "before",
    [
        (f.Offer(LeaseId("77"), CallId("c-2"), SALES, 15.0),),
        (duty.Pause(ADA, "tea"),),
        (duty.LoggedOut(ADA, "phone"),),
        (BUSY,),
        (UNAVAILABLE,),
    ],
    ids=["reserved", "paused", "loggedout", "busy", "unavailable"],
)
def test_an_agent_who_is_not_free_grants_nothing(before: tuple[Event, ...]) -> None:
    agent = ready().at(10.0, *before)
    agent.take()

    lease = agent.offer(10.0)

    assert agent.take() == [f.NotGranted(lease, ADA)]


def test_an_offer_handled_too_late_is_refused_and_the_floor_told_anew_who_is_free() -> None:
    agent = ready()

    agent.at(16.0, f.Offer(LeaseId("1"), CALL, SALES, until=15.0))

    assert agent.to_floor() == [f.NotGranted(LeaseId("1"), ADA), f.Free(ADA, 0.0)]
    assert agent.shown == "idle"


def test_the_ring_time_is_the_queues_unless_the_agent_has_one() -> None:
    assert RULES.ring_for(SALES) == 15.0
    assert replace(RULES, ring_seconds=9.0).ring_for(SALES) == 9.0
    assert replace(RULES, queues={SALES: Times(wrapup_seconds=8.0)}).wrapup_after(SALES) == 8.0
    assert replace(RULES, wrapup_seconds=0.0, queues={SALES: Times(1, 8)}).wrapup_after(SALES) == 0


Word = type[f.Ringing | f.Answered | f.NoAnswer | f.Busy | f.CallGone | f.Withdrawn | f.LegGone]


@pytest.mark.parametrize(
    "late",
    [f.Ringing, f.Answered, f.NoAnswer, f.Busy, f.CallGone, f.Withdrawn, f.LegGone],
    ids=lambda kind: kind.__name__,
)
def test_a_late_word_of_an_old_lease_changes_nothing(late: Word) -> None:
    agent = ready()
    old = agent.offer(10.0)
    agent.at(25.0, f.NoAnswer(old, ADA), f.LegGone(old, ADA))
    new = agent.offer(26.0)
    agent.at(27.0, f.Ringing(new, ADA))
    agent.take()
    before = agent.state

    agent.at(28.0, late(old, ADA))

    assert agent.state == before
    assert agent.take() == []


def test_a_second_outcome_of_the_same_lease_changes_nothing() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(20.0, f.CallGone(lease, ADA))

    agent.at(21.0, f.NoAnswer(lease, ADA), f.Answered(lease, ADA), f.LegGone(lease, ADA))

    assert (agent.idle_since, agent.state.strikes) == (0.0, 0)


def test_a_lease_without_outcome_ends_and_is_complained_of() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(10.0 + 15.0 + OUTCOME_SECONDS)

    effects = agent.take()
    assert agent.errors == [f"lease {lease} for call {CALL} never had an outcome"]
    assert f.Withdraw(lease, CALL, BY_SERVER) in effects
    assert agent.idle_since == 65.0


def test_a_leg_that_never_ends_frees_the_agent_in_the_end() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(30.0, f.CallGone(lease, ADA))

    assert agent.at(30.0 + LEG_SECONDS - 0.01).idle_since is None
    assert agent.at(30.0 + LEG_SECONDS).idle_since == 0.0
    agent.take()
    assert agent.errors == [f"lease {lease} for call {CALL}: its leg never ended"]


def test_a_call_may_last_for_ever_where_it_says_that_it_goes_on() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(12.0, f.Answered(lease, ADA)).at(10_000.0)

    assert agent.shown == "oncall"
    assert f.AskLease(lease, CALL, ADA) in agent.take()


def test_an_answer_that_is_lost_frees_nobody_who_talks() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(12.0, f.Answered(lease, ADA))
    agent.forgotten = True
    agent.at(27.0)
    agent.forgotten = False

    agent.at(10_000.0)

    assert agent.shown == "oncall"
    assert agent.take().count(f.AskLease(lease, CALL, ADA)) > 2


@pytest.mark.parametrize("gone", ["says so", "cannot be told", "says nothing"])
def test_an_agent_whose_call_has_gone_without_a_word_is_free_again(gone: str) -> None:
    agent = ready()
    agent.forgotten = True
    lease = agent.offer(10.0)
    agent.at(12.0, f.Answered(lease, ADA)).at(27.0)
    question = f.AskLease(lease, CALL, ADA)
    assert question in agent.take()

    if gone == "says so":
        agent.at(27.1, f.LegGone(lease, ADA))
    elif gone == "cannot be told":
        agent.at(27.1, Undelivered(question))
    agent.at(57.1)

    assert agent.shown == "idle"


def test_a_lease_without_outcome_ends_with_its_leg() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(11.0, f.LegGone(lease, ADA))

    assert agent.idle_since == 0.0
