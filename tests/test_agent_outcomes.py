"""What outcomes of calls cost an agent: the idle clock, cool-downs, strikes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.agent.events import Event
from actors.core.agent.state import Rules
from actors.ids import CallId, LeaseId
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from actors.settings import Outcomes
from tests.one_agent import (
    ADA,
    BUSY,
    IDLE,
    L0,
    OTHER_PHONE,
    PHONE,
    RINGING,
    RULES,
    SALES,
    UNAVAILABLE,
    UNKNOWN,
    WRAPPING,
    Agent,
    Failure,
    Story,
    fail,
    ready,
)

# ---- the idle clock, table of the rules --------------------------------------------------------


STORIES = {
    "call ends": (RULES, lambda a: a.talk(100.0, 160.0), 160.0),
    "call ends, wrap-up": (WRAPPING, lambda a: a.talk(100.0, 160.0).at(200.0), 180.0),
    "no answer": (RULES, fail(f.NoAnswer(L0, ADA)), 110.0),
    "declined": (RULES, fail(f.Declined(L0, ADA, 603)), 110.0),
    "busy": (RULES, fail(f.Busy(L0, ADA)), 110.0),
    "unreachable": (RULES, fail(f.Unreachable(L0, ADA, 503)), 110.0),
    "failed for this call": (RULES, fail(f.Failed(L0, ADA, 488)), 0.0),
    "caller gave up": (RULES, fail(f.CallGone(L0, ADA)), 0.0),
    "withdrawn": (RULES, fail(f.Withdrawn(L0, ADA)), 0.0),
    "login": (RULES, lambda a: a.at(50.0, duty.LoggedIn(ADA, PHONE)), 50.0),
    "login elsewhere": (
        RULES,
        lambda a: a.at(50.0, duty.LoggedIn(ADA, OTHER_PHONE), p.PresenceIdle(ADA, OTHER_PHONE.uri)),
        50.0,
    ),
    "unpause": (
        RULES,
        lambda a: a.at(50.0, duty.Pause(ADA, "tea")).at(60.0, duty.Unpause(ADA)),
        60.0,
    ),
    "unpause though not paused": (RULES, lambda a: a.at(60.0, duty.Unpause(ADA)), 0.0),
    "own call": (RULES, lambda a: a.at(50.0, BUSY).at(70.0, IDLE), 70.0),
    "own call, rang first": (RULES, lambda a: a.at(50.0, RINGING, BUSY).at(70.0, IDLE), 70.0),
    "phone only rang": (RULES, lambda a: a.at(50.0, RINGING).at(70.0, IDLE), 0.0),
    "phone lost and found": (RULES, lambda a: a.at(50.0, UNAVAILABLE).at(70.0, IDLE), 0.0),
    "presence lost": (RULES, lambda a: a.at(50.0, UNKNOWN).at(70.0), 0.0),
    "restart": (RULES, lambda a: a.at(50.0, duty.Restore(ADA, PHONE, 7.0, None), IDLE), 7.0),
}


@pytest.mark.parametrize(("rules", "story", "since"), STORIES.values(), ids=STORIES.keys())
def test_the_idle_clock_starts_again_as_the_table_says(
    rules: Rules, story: Story, since: float
) -> None:
    agent = ready(rules)

    story(agent)
    agent.at(500.0)

    assert agent.idle_since == pytest.approx(since)
    assert agent.shown == "idle"


@pytest.mark.parametrize(
    ("outcome", "free_at"),
    [
        (f.NoAnswer(L0, ADA), 111.0),
        (f.CallGone(L0, ADA), 111.0),
        (f.Failed(L0, ADA, 488), 111.0),
        (f.Withdrawn(L0, ADA), 111.0),
        (f.Declined(L0, ADA, 603), 120.0),
        (f.Busy(L0, ADA), 120.0),
        (f.Unreachable(L0, ADA, 404), 140.0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_outcome_has_its_own_cool_down(outcome: Failure, free_at: float) -> None:
    agent = ready()

    fail(outcome)(agent)

    assert agent.at(free_at - 0.01).idle_since is None or free_at == 111.0
    assert agent.at(free_at).idle_since is not None


def test_an_agent_is_not_free_until_the_failed_leg_has_gone() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(11.0, f.Ringing(lease, ADA)).at(25.0, f.NoAnswer(lease, ADA)).at(40.0)

    assert (agent.shown, agent.idle_since) == ("ringing", None)
    assert agent.at(41.0, f.LegGone(lease, ADA)).idle_since == 25.0


def test_a_phone_that_answers_nothing_when_hung_up_is_not_there() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(25.0, f.NoAnswer(lease, ADA)).at(27.0, f.LegGone(lease, ADA, silent=True))

    assert (agent.shown, agent.idle_since) == ("unavailable", None)
    assert agent.at(40.0, IDLE).idle_since == 27.0


def test_who_has_moved_to_another_phone_is_free_once_the_old_one_is_let_go() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(11.0, duty.LoggedIn(ADA, OTHER_PHONE), p.PresenceIdle(ADA, OTHER_PHONE.uri))

    agent.at(11.1, f.Withdrawn(lease, ADA)).at(13.1, f.LegGone(lease, ADA, silent=True))

    assert agent.idle_since == 11.0


def test_who_logs_on_anew_is_there_whatever_the_old_leg_says_at_its_end() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(25.0, f.NoAnswer(lease, ADA)).at(26.0, duty.LoggedIn(ADA, PHONE))

    agent.at(27.0, f.LegGone(lease, ADA, silent=True))

    assert (agent.shown, agent.idle_since) == ("idle", 26.0)


def test_who_logs_out_while_talking_is_shown_at_the_phone_until_the_call_ends() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(12.0, f.Answered(lease, ADA), duty.LoggedOut(ADA, "phone"))
    assert (agent.shown, agent.state.told.phone) == ("oncall", PHONE)

    agent.at(60.0, f.LegGone(lease, ADA))

    assert (agent.shown, agent.state.told.phone) == ("loggedout", None)


# ---- strikes -----------------------------------------------------------------------------------


def miss(agent: Agent, at: float) -> Agent:
    lease = agent.offer(at)
    return agent.at(at + 15, f.NoAnswer(lease, ADA), f.LegGone(lease, ADA))


def struck() -> Agent:
    return miss(miss(ready(), 10.0), 30.0)


def test_two_calls_missed_in_a_row_are_two_strikes() -> None:
    agent = miss(ready(), 10.0)
    assert agent.shown == "idle"

    miss(agent, 30.0)

    assert (agent.shown, agent.idle_since) == ("notresponding", None)
    assert agent.at(10_000.0).shown == "notresponding"


@pytest.mark.parametrize(
    ("events", "since"),
    [
        ((duty.LoggedIn(ADA, PHONE),), 100.0),
        ((duty.Unpause(ADA),), 100.0),
        ((duty.Pause(ADA, "tea"), duty.Unpause(ADA)), 100.0),
    ],
    ids=["logs in again", "unpauses", "pauses and unpauses"],
)
def test_whatever_the_agent_does_ends_not_responding(
    events: tuple[Event, ...], since: float
) -> None:
    agent = struck()

    agent.at(100.0, *events)

    assert (agent.shown, agent.idle_since, agent.state.strikes) == ("idle", since, 0)


def test_a_call_of_the_agents_own_ends_not_responding() -> None:
    agent = struck().at(100.0, BUSY)
    assert agent.shown == "notresponding"

    assert agent.at(110.0, IDLE).idle_since == 110.0


def test_our_own_leg_in_the_presence_does_not_end_not_responding() -> None:
    agent = miss(ready(), 10.0)
    lease = agent.offer(30.0)

    agent.at(30.1, BUSY).at(45.0, f.NoAnswer(lease, ADA), f.LegGone(lease, ADA)).at(45.2, IDLE)

    assert agent.shown == "notresponding"


@pytest.mark.parametrize("between", ["answered", "declined"])
def test_a_sign_of_life_between_two_misses_is_no_two_in_a_row(between: str) -> None:
    agent = miss(ready(), 10.0)
    lease = agent.offer(30.0)
    if between == "answered":
        agent.at(31.0, f.Answered(lease, ADA)).at(50.0, f.LegGone(lease, ADA))
    else:
        agent.at(31.0, f.Declined(lease, ADA, 603), f.LegGone(lease, ADA))

    miss(agent.at(100.0), 100.0)

    assert agent.shown == "idle"


def test_without_a_limit_of_strikes_nobody_is_not_responding() -> None:
    agent = ready(replace(RULES, outcomes=Outcomes(strikes=0)))

    for turn in range(5):
        miss(agent, 20.0 * turn)

    assert agent.shown == "idle"


# ---- phones that cannot take a call ------------------------------------------------------------


def could_not(agent: Agent, at: float, call: str, code: int = 488) -> Agent:
    lease = LeaseId(f"{call}-{at}")
    agent.at(at, f.Offer(lease, CallId(call), SALES, at + 5))
    return agent.at(at + 1, f.Failed(lease, ADA, code), f.LegGone(lease, ADA))


def test_a_phone_that_could_not_take_three_calls_in_a_row_is_unreachable() -> None:
    agent = ready()

    could_not(could_not(agent, 10.0, "a"), 20.0, "b")
    assert (agent.shown, agent.idle_since) == ("idle", 0.0)
    could_not(agent, 30.0, "c")

    assert (agent.shown, agent.idle_since) == ("unavailable", None)
    assert agent.at(61.0).idle_since == 31.0


@pytest.mark.parametrize(
    "between", [f.NoAnswer(L0, ADA), f.Busy(L0, ADA), f.Declined(L0, ADA, 603)]
)
def test_a_call_that_the_phone_could_take_ends_the_row(between: Failure) -> None:
    agent = could_not(could_not(ready(), 10.0, "a"), 20.0, "b")
    fail(between)(agent)

    could_not(agent.at(200.0), 200.0, "c")

    assert agent.shown == "idle"


def test_the_same_call_again_and_our_own_failures_are_not_counted() -> None:
    agent = could_not(could_not(ready(), 10.0, "a"), 20.0, "a")
    for turn in range(5):
        could_not(agent, 30.0 + 10 * turn, f"own-{turn}", code=0)

    assert could_not(agent, 90.0, "b").shown == "idle"
