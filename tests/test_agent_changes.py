"""An agent who logs on and off, pauses and moves, also during a call."""

from __future__ import annotations

import pytest

from actors.core.agent.events import Event
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.by import by_agent
from actors.messages.facts import AgentInterval
from tests.one_agent import (
    ADA,
    CALL,
    IDLE,
    OTHER_PHONE,
    WRAPPING,
    ready,
)


def test_a_pause_while_it_rings_withdraws_the_offer_without_a_strike() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(12.0, duty.Pause(ADA, "tea"))

    assert agent.to_call() == [f.Withdraw(lease, CALL, by_agent(ADA))]
    agent.at(12.1, f.Withdrawn(lease, ADA), f.LegGone(lease, ADA))
    assert (agent.shown, agent.state.strikes) == ("paused", 0)


def test_a_logout_while_it_rings_withdraws_the_offer() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(12.0, duty.LoggedOut(ADA, "phone"))

    assert agent.take()[:3] == [
        f.LoggedOff(ADA),
        p.Unwatch(ADA),
        f.Withdraw(lease, CALL, by_agent(ADA)),
    ]
    agent.at(12.1, f.Withdrawn(lease, ADA), f.LegGone(lease, ADA))
    assert agent.shown == "loggedout"


def test_an_answer_that_crosses_the_withdrawal_is_a_call_and_the_pause_follows_it() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(12.0, duty.Pause(ADA, "tea"), f.Answered(lease, ADA))
    assert (agent.shown, agent.state.told.reason) == ("oncall", "tea")

    assert agent.at(60.0, f.LegGone(lease, ADA)).shown == "paused"


@pytest.mark.parametrize(
    ("event", "then"),
    [(duty.Pause(ADA, "tea"), "paused"), (duty.LoggedOut(ADA, "phone"), "loggedout")],
    ids=["pause", "logout"],
)
def test_during_a_call_a_change_takes_effect_at_its_end(event: Event, then: str) -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(12.0, f.Answered(lease, ADA))
    agent.take()

    agent.at(20.0, event)
    assert agent.shown == "oncall"
    assert agent.to_call() == []

    assert agent.at(60.0, f.LegGone(lease, ADA)).shown == then


def test_a_pause_during_wrap_up_is_kept() -> None:
    agent = ready(WRAPPING).talk(10.0, 50.0)

    assert agent.at(55.0, duty.Pause(ADA, "tea")).shown == "wrapup"
    assert agent.at(70.0).shown == "paused"


def test_a_logout_ends_wrap_up() -> None:
    agent = ready(WRAPPING).talk(10.0, 50.0)

    assert agent.at(55.0, duty.LoggedOut(ADA, "phone")).shown == "loggedout"
    assert agent.at(100.0).shown == "loggedout"


def test_another_pause_reason_is_another_interval() -> None:
    agent = ready().at(10.0, duty.Pause(ADA, "tea"))
    agent.take()

    agent.at(20.0, duty.Pause(ADA, "lunch"))

    [interval] = agent.take()
    assert isinstance(interval, AgentInterval)
    assert (interval.state, interval.reason) == ("paused", "lunch")


def test_who_moves_to_another_phone_is_watched_there_and_rung_there() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(11.0, duty.LoggedIn(ADA, OTHER_PHONE))

    assert agent.take()[:3] == [
        f.Withdraw(lease, CALL, by_agent(ADA)),
        p.Unwatch(ADA),
        p.Watch(ADA, OTHER_PHONE.uri),
    ]
    agent.at(12.0, f.Withdrawn(lease, ADA), f.LegGone(lease, ADA), IDLE)
    assert agent.shown == "unknown"
    assert agent.at(12.5, p.PresenceIdle(ADA, OTHER_PHONE.uri)).shown == "idle"
