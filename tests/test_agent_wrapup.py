"""The wrap-up after a call, ended and extended by the agent or by somebody else."""

from __future__ import annotations

import pytest

from actors.agent import AgentActor
from actors.core.agent.duty import LONGEST_WRAPUP
from actors.ids import AgentId, CallId
from actors.messages import duty
from actors.messages.by import By, by_agent
from actors.messages.duty import PhoneRequest
from actors.messages.facts import AgentInterval
from actors.settings import Agent as AgentSettings
from actors.settings import Settings
from tests.harness import Desk
from tests.one_agent import ADA, EPOCH, IDLE, PHONE, WRAPPING, Agent, ready

SERVICE = CallId("c-9")
MARGARET = By("user:margaret")


def wrapping() -> Agent:
    """One who works on from 160 to 180 after a call."""
    agent = ready(WRAPPING).talk(100.0, 160.0)
    agent.take()
    return agent


def intervals(agent: Agent) -> list[AgentInterval]:
    return [one for one in agent.take() if isinstance(one, AgentInterval)]


def test_who_is_done_before_the_wrap_up_is_over_is_free_at_once() -> None:
    agent = wrapping().at(165.0, duty.EndWrapUp(ADA))

    assert (agent.shown, agent.idle_since) == ("idle", 165.0)
    assert agent.at(180.0).idle_since == 165.0


def test_who_needs_longer_has_so_much_more_than_was_left() -> None:
    agent = wrapping().at(165.0, duty.ExtendWrapUp(ADA, 60.0))

    assert agent.at(239.9).shown == "wrapup"
    assert agent.at(240.0).idle_since == 240.0


def test_an_extended_wrap_up_may_still_be_ended() -> None:
    agent = wrapping().at(165.0, duty.ExtendWrapUp(ADA, 60.0)).at(170.0, duty.EndWrapUp(ADA))

    assert agent.idle_since == 170.0


def test_nobody_extends_it_for_longer_than_a_day() -> None:
    agent = wrapping().at(165.0, *[duty.ExtendWrapUp(ADA, 50_000.0)] * 5)

    assert agent.at(164.9 + LONGEST_WRAPUP).shown == "wrapup"
    assert agent.at(165.0 + LONGEST_WRAPUP).shown == "idle"


def test_a_break_wished_for_before_is_no_longer_kept_off_by_the_wrap_up() -> None:
    agent = wrapping().at(162.0, duty.Pause(ADA, "tea"), duty.EndWrapUp(ADA))

    assert agent.shown == "paused"


@pytest.mark.parametrize(
    ("wish", "by"),
    [
        (duty.EndWrapUp(ADA), by_agent(ADA)),
        (duty.EndWrapUp(ADA, MARGARET), MARGARET),
        (duty.ExtendWrapUp(ADA, 60.0, MARGARET), MARGARET),
    ],
)
def test_the_journal_hears_whose_wish_it_was(
    wish: duty.EndWrapUp | duty.ExtendWrapUp, by: By
) -> None:
    (interval,) = intervals(wrapping().at(165.0, wish))

    assert interval.by == by


def test_the_journal_hears_of_the_new_end_so_that_a_restart_keeps_it() -> None:
    (interval,) = intervals(wrapping().at(165.0, duty.ExtendWrapUp(ADA, 60.0)))

    assert (interval.state, interval.wrapup_until) == ("wrapup", 240.0 + EPOCH)


@pytest.mark.parametrize(
    ("wish", "request_"),
    [
        (duty.EndWrapUp(ADA, call=SERVICE), PhoneRequest.END_WRAPUP),
        (duty.ExtendWrapUp(ADA, 60.0, call=SERVICE), PhoneRequest.EXTEND_WRAPUP),
    ],
)
def test_who_dialled_for_it_hears_whether_there_was_a_wrap_up(
    wish: duty.EndWrapUp | duty.ExtendWrapUp, request_: PhoneRequest
) -> None:
    agent = wrapping()

    assert agent.at(165.0, wish).to_call() == [duty.AtPhoneAnswer(SERVICE, request_, ADA)]
    agent = ready()
    told = agent.at(165.0, wish).take()
    assert told == [duty.AtPhoneAnswer(SERVICE, request_, ADA, done=False)]
    assert agent.idle_since == 0.0


def test_who_asks_for_it_from_elsewhere_hears_why_nothing_is_done() -> None:
    desk = Desk()
    settings = Settings(agents=(AgentSettings(AgentId(ADA), wrapup_seconds=20.0),))
    actor = desk.seat(AgentActor(desk.world, settings.agents[0], settings), agent=ADA)
    desk.tell(actor, duty.LoggedIn(ADA, PHONE))

    for wish in (duty.EndWrapUp(ADA), duty.ExtendWrapUp(ADA, 60.0)):
        assert desk.ask(actor, wish) == duty.Refused(ADA, "agent 2771 is in no wrap-up")


def test_a_call_for_it_is_a_call_of_the_agents_own() -> None:
    agent = wrapping().at(165.0, duty.OwnCallBegan(ADA), duty.EndWrapUp(ADA, call=SERVICE))
    assert agent.shown == "busy"

    agent.at(170.0, duty.OwnCallEnded(ADA), IDLE)

    assert agent.idle_since == 170.0
