"""Whose call an agent is busy with, and who decided what the agent does: as the journal hears."""

from __future__ import annotations

import pytest

from actors.core.agent.events import Event
from actors.journal.restart import seat
from actors.messages import duty
from actors.messages import floor as f
from actors.messages.by import By
from actors.messages.facts import AgentInterval
from tests.one_agent import (
    ADA,
    CALL,
    EPOCH,
    IDLE,
    L0,
    OTHER_PHONE,
    PHONE,
    SALES,
    WRAPPING,
    Agent,
    fail,
    ready,
)

MARGARET = By("user:margaret")


def told(agent: Agent) -> list[AgentInterval]:
    """Return what the journal was told since the last time."""
    return [one for one in agent.take() if isinstance(one, AgentInterval)]


def decisions(agent: Agent) -> list[tuple[str, str | None]]:
    return [(one.state, one.by) for one in told(agent)]


# ---- whose call ---------------------------------------------------------------------------------


def test_from_reserved_to_the_end_of_the_wrap_up_it_is_known_whose_call_it_is() -> None:
    agent = ready(WRAPPING)
    lease = agent.offer(10.0)
    agent.at(11.0, f.Ringing(lease, ADA)).at(12.0, f.Answered(lease, ADA))
    agent.at(40.0, f.LegGone(lease, ADA)).at(70.0)

    assert [(one.state, one.call, one.queue) for one in told(agent)] == [
        ("reserved", CALL, SALES),
        ("ringing", CALL, SALES),
        ("oncall", CALL, SALES),
        ("wrapup", CALL, SALES),
        ("idle", None, None),
    ]


def test_what_a_call_led_to_is_not_about_that_call() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(11.0, f.Busy(lease, ADA)).at(12.0, f.LegGone(lease, ADA))

    assert [(one.state, one.call, one.queue) for one in told(agent)] == [
        ("reserved", CALL, SALES),
        ("busy", None, None),
    ]


@pytest.mark.parametrize("until", [30.0, 45.0])
def test_after_a_restart_it_is_still_known_whose_wrap_up_it_is(until: float) -> None:
    """The run ends on the call, or in the wrap-up."""
    before = ready(WRAPPING)
    lease = before.offer(10.0)
    before.at(12.0, f.Answered(lease, ADA))
    if until > 40:
        before.at(40.0, f.LegGone(lease, ADA))
    last = told(before)[-1]
    known = seat(last, ended=until + EPOCH, now=0.0, wall=until + EPOCH)
    assert known is not None

    agent = Agent(WRAPPING).at(0.0, known, IDLE)

    assert [(one.state, one.call, one.queue) for one in told(agent)] == [("wrapup", CALL, SALES)]


# ---- who decided --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "state", "by"),
    [
        (duty.LoggedIn(ADA, OTHER_PHONE), "unknown", "agent:2771"),
        (duty.LoggedOut(ADA, "phone"), "loggedout", "agent:2771"),
        (duty.LoggedOut(ADA, "taken over", By("agent:2772")), "loggedout", "agent:2772"),
        (duty.Pause(ADA, "tea"), "paused", "agent:2771"),
        (duty.Pause(ADA, "tea", MARGARET), "paused", MARGARET),
        (duty.Restore(ADA, PHONE, 0.0, "tea", by=MARGARET), "paused", MARGARET),
    ],
)
def test_whoever_logs_an_agent_on_or_off_or_pauses_is_named(
    event: Event, state: str, by: str
) -> None:
    assert decisions(ready().at(10.0, event)) == [(state, by)]


def test_whoever_ends_a_pause_is_named_and_what_then_happens_by_itself_is_nobodys() -> None:
    agent = ready().at(10.0, duty.Pause(ADA, "tea"), duty.Unpause(ADA, MARGARET))
    agent.offer(20.0)

    assert decisions(agent) == [("paused", "agent:2771"), ("idle", MARGARET), ("reserved", None)]


def test_a_log_out_that_takes_effect_at_the_end_of_a_call_is_still_somebodys() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(11.0, f.Answered(lease, ADA))
    agent.take()

    agent.at(20.0, duty.LoggedOut(ADA, "desk", MARGARET)).at(30.0, f.LegGone(lease, ADA))

    assert decisions(agent) == [("oncall", MARGARET), ("loggedout", MARGARET)]


def test_a_pause_during_a_call_is_somebodys_at_once_and_at_the_calls_end() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.at(11.0, f.Answered(lease, ADA))
    agent.take()

    agent.at(20.0, duty.Pause(ADA, "tea", MARGARET)).at(30.0, f.LegGone(lease, ADA))

    assert decisions(agent) == [("oncall", MARGARET), ("paused", MARGARET)]


def test_an_agent_who_does_not_answer_is_kept_from_calls_by_a_rule() -> None:
    agent = ready()
    for _ in range(2):
        fail(f.NoAnswer(L0, ADA))(agent)

    assert ("notresponding", "rule:strikes") in decisions(agent)


def test_an_offer_is_withdrawn_by_whoever_pauses_the_agent() -> None:
    agent = ready()
    lease = agent.offer(10.0)
    agent.take()

    agent.at(11.0, duty.Pause(ADA, "tea", MARGARET))

    assert agent.to_call() == [f.Withdraw(lease, CALL, MARGARET)]
