"""What a restart brings back of an agent, and what the end of another node means."""

from __future__ import annotations

import pytest

from actors.ids import life_of
from actors.journal.restart import seat
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.facts import AgentInterval
from actors.messages.life import NodeGone
from tests.one_agent import (
    ADA,
    CALL,
    EPOCH,
    IDLE,
    L0,
    PHONE,
    RULES,
    UNKNOWN,
    WRAPPING,
    Agent,
    Failure,
    fail,
    ready,
)

# ---- a restart ---------------------------------------------------------------------------------


def test_a_restart_brings_phone_place_and_pause_back() -> None:
    agent = Agent(now=100.0).at(100.0, duty.Restore(ADA, PHONE, 42.0, "tea"), IDLE)

    assert (agent.shown, agent.state.told.reason, agent.state.phone) == ("paused", "tea", PHONE)
    assert p.Watch(ADA, PHONE.uri) in agent.take()
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
