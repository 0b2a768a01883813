"""An agent whose phone is in a call to one of our services: in an own call, free at its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.agent.events import Event
from actors.core.agent.state import OWN_CALL_SECONDS
from actors.messages import duty
from actors.messages import floor as f
from tests.one_agent import (
    ADA,
    BUSY,
    IDLE,
    OTHER_PHONE,
    PHONE,
    RULES,
    WRAPPING,
    Agent,
    ready,
)

BEGAN, ENDED = duty.OwnCallBegan(ADA), duty.OwnCallEnded(ADA)
SILENT = replace(RULES, subscribe=False)
"""Phones that tell nothing of themselves."""


def test_who_has_just_logged_on_is_rung_when_the_phone_has_hung_up_and_not_before() -> None:
    agent = Agent(SILENT).at(0.0, duty.LoggedIn(ADA, PHONE, in_call=True))
    assert (agent.shown, agent.to_floor()) == ("busy", [f.LoggedOn(ADA)])
    lease = agent.offer(3.0)
    assert f.NotGranted(lease, ADA) in agent.to_floor()

    agent.at(5.0, ENDED)

    assert (agent.shown, agent.to_floor()) == ("idle", [f.Free(ADA, 5.0)])
    assert agent.state.cooldown is None


def test_a_free_agent_is_not_while_the_phone_is_in_a_call_to_a_service() -> None:
    agent = ready(SILENT)

    agent.at(10.0, BEGAN)
    assert (agent.shown, agent.to_floor()) == ("busy", [f.NotFree(ADA)])
    agent.at(12.0, ENDED)

    assert (agent.shown, agent.to_floor()) == ("idle", [f.Free(ADA, 12.0)])


def test_a_break_ends_with_the_call_that_ends_it() -> None:
    agent = ready(SILENT).at(10.0, BEGAN, duty.Pause(ADA, "phone")).at(14.0, ENDED)
    assert agent.shown == "paused"

    agent.at(20.0, BEGAN, duty.Unpause(ADA))
    assert agent.shown == "busy"
    agent.at(23.0, ENDED)

    assert (agent.shown, agent.idle_since) == ("idle", 23.0)


def test_presence_that_tells_of_that_call_is_in_no_doubt_when_it_says_idle() -> None:
    agent = Agent(RULES).at(0.0, duty.LoggedIn(ADA, PHONE, in_call=True), BUSY)

    agent.at(0.3, ENDED, IDLE)

    assert (agent.shown, agent.idle_since) == ("idle", 0.3)


def test_a_phone_that_still_says_busy_is_left_alone_after_it() -> None:
    agent = Agent(RULES).at(0.0, duty.LoggedIn(ADA, PHONE, in_call=True), BUSY).at(3.0, ENDED)
    assert agent.shown == "busy"

    agent.at(3.1, IDLE)

    assert agent.shown == "idle"


def test_a_call_to_a_service_on_another_line_changes_nothing_of_a_talk() -> None:
    agent = ready(WRAPPING)
    lease = agent.offer(10.0)
    agent.at(11.0, f.Ringing(lease, ADA), f.Answered(lease, ADA))

    agent.at(12.0, BEGAN).at(15.0, ENDED)

    assert agent.shown == "oncall"
    agent.at(20.0, f.LegGone(lease, ADA)).at(40.0)
    assert (agent.shown, agent.idle_since) == ("idle", 40.0)


def test_it_shows_that_the_agent_is_there() -> None:
    agent = ready()
    for at in (10.0, 30.0):
        lease = agent.offer(at)
        agent.at(at + 15.0, f.NoAnswer(lease, ADA), f.LegGone(lease, ADA))
    assert agent.shown == "notresponding"

    agent.at(60.0, BEGAN).at(62.0, ENDED)

    assert (agent.shown, agent.state.strikes) == ("idle", 0)


@pytest.mark.parametrize("gone", [11.0, 14.0], ids=["before it", "during it"])
def test_it_shows_that_the_phone_is_there(gone: float) -> None:
    agent = ready(SILENT)
    lease = agent.offer(10.0)
    agent.at(10.5, f.Unreachable(lease, ADA, 408))
    assert agent.shown == "unavailable"
    story: dict[float, Event] = {gone: f.LegGone(lease, ADA, silent=True), 12.0: BEGAN, 16.0: ENDED}

    for at, event in sorted(story.items()):
        agent.at(at, event)

    assert (agent.shown, agent.idle_since) == ("idle", 16.0)


@pytest.mark.parametrize(
    ("leaving", "shown"),
    [
        (duty.LoggedOut(ADA, "phone"), "loggedout"),
        (duty.LoggedIn(ADA, OTHER_PHONE), "idle"),
    ],
    ids=["logged out", "moved"],
)
def test_who_leaves_the_phone_leaves_its_call(leaving: duty.LoggedOut, shown: str) -> None:
    agent = ready(SILENT).at(10.0, BEGAN, leaving)
    assert agent.shown == shown

    agent.at(20.0, ENDED)

    assert (agent.shown, agent.state.idle_since) == (shown, 10.0)


def test_an_end_that_nobody_tells_of_holds_nobody_for_ever() -> None:
    agent = ready(SILENT).at(10.0, BEGAN)

    assert agent.at(9.0 + OWN_CALL_SECONDS).shown == "busy"
    assert agent.at(11.0 + OWN_CALL_SECONDS).shown == "idle"
