"""One agent's rules: pause, logout, login, and what the phone's presence says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.agent.events import Event
from actors.core.effects import GatewayEffect
from actors.ids import life_of
from actors.journal.restart import seat
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import sip as s
from actors.messages.facts import AgentInterval
from actors.messages.life import NodeGone
from tests.one_agent import (
    ADA,
    BUSY,
    CALL,
    EPOCH,
    IDLE,
    L0,
    OTHER_PHONE,
    PHONE,
    RINGING,
    RULES,
    UNKNOWN,
    WRAPPING,
    Agent,
    Failure,
    fail,
    ready,
)

# ---- pause, logout, login ----------------------------------------------------------------------


def test_a_pause_while_it_rings_withdraws_the_offer_without_a_strike() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(12.0, duty.Pause(ADA, "tea"))

    assert agent.to_call() == [f.Withdraw(lease, CALL)]
    agent.at(12.1, f.Withdrawn(lease, ADA), f.LegGone(lease, ADA))
    assert (agent.shown, agent.state.strikes) == ("paused", 0)


def test_a_logout_while_it_rings_withdraws_the_offer() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(12.0, duty.LoggedOut(ADA, "phone"))

    assert agent.take()[:2] == [
        s.Unwatch(ADA),
        f.Withdraw(lease, CALL),
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
        f.Withdraw(lease, CALL),
        s.Unwatch(ADA),
        s.Watch(ADA, OTHER_PHONE.uri),
    ]
    agent.at(12.0, f.Withdrawn(lease, ADA), f.LegGone(lease, ADA), IDLE)
    assert agent.shown == "unknown"
    assert agent.at(12.5, s.PresenceIdle(ADA, OTHER_PHONE.uri)).shown == "idle"


def test_a_restart_brings_phone_place_and_pause_back() -> None:
    agent = Agent(now=100.0).at(100.0, duty.Restore(ADA, PHONE, 42.0, "tea"), IDLE)

    assert (agent.shown, agent.state.told.reason, agent.state.phone) == ("paused", "tea", PHONE)
    assert s.Watch(ADA, PHONE.uri) in agent.take()
    assert agent.state.idle_since == 42.0


def told(agent: Agent) -> AgentInterval:
    """Return what the journal was told last."""
    return [one for one in agent.take() if isinstance(one, AgentInterval)][-1]


def known(agent: Agent, now: float) -> duty.Restore:
    """Return what the next run, which starts now, makes of that; its monotonic time begins at 0."""
    restored = seat(told(agent), ended=now + EPOCH, now=0.0, wall=now + EPOCH)
    assert restored is not None
    return restored


def test_an_agent_in_wrap_up_is_so_after_a_restart_to_the_same_end() -> None:
    before = ready(WRAPPING).talk(10.0, 40.0)

    agent = Agent(WRAPPING).at(0.0, known(before, 50.0), IDLE)

    assert agent.shown == "wrapup"
    assert agent.at(9.9).shown == "wrapup"
    assert agent.at(10.1).shown == "idle"
    assert agent.idle_since == pytest.approx(10.0)


def test_an_agent_whose_wrap_up_ended_while_the_server_was_down_is_idle_since_then() -> None:
    before = ready(WRAPPING).talk(10.0, 40.0)

    agent = Agent(WRAPPING).at(0.0, known(before, 100.0), IDLE)

    assert agent.shown == "idle"
    assert agent.idle_since == pytest.approx(-40.0)


def test_an_agent_whose_call_the_end_of_the_run_cut_off_has_wrap_up_from_there() -> None:
    before = ready(WRAPPING)
    lease = before.offer(10.0)
    before.at(11.0, f.Answered(lease, ADA))

    restored = known(before, 50.0)

    agent = Agent(WRAPPING).at(0.0, restored, IDLE)

    assert agent.shown == "wrapup"
    assert agent.at(20.1).shown == "idle"
    without = Agent(RULES).at(0.0, restored, IDLE)
    assert (without.shown, without.idle_since) == ("idle", 0.0)


@pytest.mark.parametrize(
    ("outcome", "word", "seconds"),
    [
        (f.Declined(L0, ADA, 603), "busy", 10.0),
        (f.Busy(L0, ADA), "busy", 10.0),
        (f.Unreachable(L0, ADA, 404), "unavailable", 30.0),
    ],
)
def test_an_agent_in_cool_down_cools_down_after_a_restart_to_the_same_end(
    outcome: Failure, word: str, seconds: float
) -> None:
    before = ready()
    fail(outcome)(before)  # at 110

    agent = Agent().at(0.0, known(before, 112.0), UNKNOWN)

    assert agent.shown == word
    assert agent.at(seconds - 2.1).shown == word
    assert agent.at(seconds + 1.0).shown == "idle"


def test_strikes_outlive_a_restart_and_so_does_what_they_led_to() -> None:
    before = ready()
    fail(f.NoAnswer(L0, ADA))(before)
    agent = Agent().at(0.0, known(before, 120.0), IDLE)
    assert (agent.shown, agent.state.strikes) == ("idle", 1)

    fail(f.NoAnswer(L0, ADA))(agent)
    assert agent.shown == "notresponding"

    again = Agent().at(0.0, known(agent, 120.0), IDLE)
    assert again.shown == "notresponding"
    assert again.at(1.0, duty.Unpause(ADA)).shown == "idle"


# ---- a node that is gone -----------------------------------------------------------------------


def test_an_agent_on_a_call_of_a_node_that_is_gone_is_free_again_with_the_wrap_up() -> None:
    agent = ready(WRAPPING)
    lease = agent.offer(10.0)
    agent.at(11.0, f.Answered(lease, ADA))

    assert agent.at(30.0, NodeGone("another")).shown == "oncall"
    assert agent.at(30.0, NodeGone(life_of(CALL))).shown == "wrapup"
    assert agent.at(51.0).shown == "idle"
    assert agent.at(52.0, f.LegGone(lease, ADA)).shown == "idle"


def test_an_agent_rung_by_a_node_that_is_gone_keeps_the_place_and_has_no_strike() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(12.0, f.Ringing(lease, ADA), NodeGone(life_of(CALL)))

    assert (agent.shown, agent.idle_since, agent.state.strikes) == ("idle", 0.0, 0)


# ---- the phone ---------------------------------------------------------------------------------


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


def test_a_refusal_is_cooled_down_from_whatever_the_phone_says() -> None:
    agent = ready()
    fail(f.Declined(L0, ADA, 603))(agent)

    assert agent.at(112.0, IDLE).idle_since is None
    assert agent.at(120.0).idle_since == 110.0


def test_word_of_another_phone_changes_nothing() -> None:
    agent = ready()

    agent.at(10.0, s.PresenceBusy(ADA, OTHER_PHONE.uri))

    assert agent.shown == "idle"


def test_the_floor_is_told_exactly_at_changes() -> None:
    agent = ready()

    agent.at(10.0, BUSY).at(20.0, BUSY).at(30.0, IDLE).at(40.0, IDLE, duty.Pause(ADA, "tea"))

    assert agent.to_floor() == [f.NotFree(ADA), f.Free(ADA, 30.0), f.NotFree(ADA)]
