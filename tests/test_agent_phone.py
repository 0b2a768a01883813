"""What the phone's presence says of an agent, and when it is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.effects import GatewayEffect
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from tests.one_agent import (
    ADA,
    BUSY,
    IDLE,
    L0,
    OTHER_PHONE,
    PHONE,
    RINGING,
    RULES,
    UNKNOWN,
    Agent,
    fail,
    ready,
)


def test_an_unknown_phone_counts_as_idle_after_a_while() -> None:
    agent = Agent().at(0.0, duty.LoggedIn(ADA, PHONE))
    assert agent.shown == "unknown"

    agent.at(1.0, UNKNOWN).at(1.9)
    assert agent.shown == "unknown"

    assert agent.at(2.0).idle_since == 0.0


@pytest.mark.parametrize(
    ("after", "shown"), [(0.0, "idle"), (-1.0, "unknown")], ids=["at once", "never"]
)
def test_how_long_an_unknown_phone_is_waited_for(after: float, shown: str) -> None:
    agent = Agent(replace(RULES, unknown_is_idle_after=after)).at(0.0, duty.LoggedIn(ADA, PHONE))

    assert agent.shown == shown
    assert agent.at(1000.0).shown == shown


def test_without_presence_every_phone_is_taken_as_idle() -> None:
    rules = replace(RULES, subscribe=False, unknown_is_idle_after=-1.0)
    agent = Agent(rules).at(0.0, duty.LoggedIn(ADA, PHONE))

    assert agent.shown == "idle"
    agent.at(1.0, duty.LoggedOut(ADA, "phone"))
    assert not [effect for effect in agent.take() if isinstance(effect, GatewayEffect)]


def test_a_lost_subscription_is_unknown_at_once_and_never_busy_for_ever() -> None:
    agent = ready().at(10.0, BUSY).at(20.0, UNKNOWN)
    assert agent.shown == "unknown"

    assert agent.at(22.0).shown == "idle"


def test_a_plain_end_of_a_call_is_believed_at_once() -> None:
    agent = ready().at(10.0, BUSY)

    assert agent.at(40.0, IDLE).shown == "idle"


def test_a_phone_that_flaps_is_believed_when_it_has_stood_still() -> None:
    agent = ready().at(10.0, BUSY).at(10.4, IDLE)
    assert (agent.shown, agent.idle_since) == ("busy", None)

    agent.at(10.6, BUSY).at(11.0, IDLE)
    assert agent.at(11.49).shown == "busy"

    assert agent.at(11.5).shown == "idle"


def test_a_phone_that_flaps_is_never_offered_a_call() -> None:
    agent = ready().at(10.0, BUSY)
    agent.take()

    agent.at(10.3, IDLE).at(10.7, BUSY)

    assert agent.to_floor() == []


def test_our_own_ringing_in_the_presence_costs_neither_time_nor_place() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(10.1, RINGING).at(10.5, f.CallGone(lease, ADA), f.LegGone(lease, ADA)).at(10.6, IDLE)

    assert agent.idle_since == 0.0


def test_our_own_call_in_the_presence_is_no_call_of_the_agents_own() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(11.0, f.Answered(lease, ADA)).at(11.1, BUSY).at(60.0, f.LegGone(lease, ADA))
    assert agent.shown == "busy"

    agent.at(60.3, IDLE)

    assert agent.idle_since == 60.0


def test_a_phone_still_busy_long_after_our_call_was_on_another_one() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(11.0, f.Answered(lease, ADA)).at(11.1, BUSY).at(60.0, f.LegGone(lease, ADA))

    assert agent.at(90.0, IDLE).idle_since == 90.0


def test_an_unreachable_phone_that_says_idle_is_offered_calls_again() -> None:
    agent = ready()
    fail(f.Unreachable(L0, ADA, 503))(agent)
    assert agent.shown == "unavailable"

    assert agent.at(115.0, IDLE).shown == "idle"


def test_an_unreachable_phone_that_says_idle_is_so_whatever_its_old_leg_says_at_its_end() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(12.0, f.Unreachable(lease, ADA, 408))

    agent.at(12.5, IDLE).at(14.0, f.LegGone(lease, ADA, silent=True))

    assert (agent.shown, agent.idle_since) == ("idle", 12.0)


def test_a_refusal_is_cooled_down_from_whatever_the_phone_says() -> None:
    agent = ready()
    fail(f.Declined(L0, ADA, 603))(agent)

    assert agent.at(112.0, IDLE).idle_since is None
    assert agent.at(120.0).idle_since == 110.0


def test_word_of_another_phone_changes_nothing() -> None:
    agent = ready()

    agent.at(10.0, p.PresenceBusy(ADA, OTHER_PHONE.uri))

    assert agent.shown == "idle"


def test_the_floor_is_told_exactly_at_changes() -> None:
    agent = ready()

    agent.at(10.0, BUSY).at(20.0, BUSY).at(30.0, IDLE).at(40.0, IDLE, duty.Pause(ADA, "tea"))

    assert agent.to_floor() == [f.NotFree(ADA), f.Free(ADA, 30.0), f.NotFree(ADA)]
