"""What an agent tells of his work since he logged on, by which calls are shared out."""

from __future__ import annotations

from actors.messages import duty
from actors.messages import floor as f
from tests.one_agent import ADA, OTHER_PHONE, PHONE, WRAPPING, Agent, ready


def talks(agent: Agent, begins: float, ends: float) -> None:
    lease = agent.offer(begins)
    agent.at(begins, f.Ringing(lease, ADA), f.Answered(lease, ADA))
    agent.at(ends, f.LegGone(lease, ADA))


def test_calls_and_time_talked_are_told_with_each_time_the_agent_is_free() -> None:
    agent = ready()
    agent.to_floor()

    talks(agent, 10.0, 70.0)
    talks(agent, 80.0, 90.5)

    assert agent.to_floor()[1::2] == [f.Free(ADA, 70.0, 1, 60.0), f.Free(ADA, 90.5, 2, 70.5)]


def test_wrap_up_is_no_talk() -> None:
    agent = ready(WRAPPING)
    agent.to_floor()

    talks(agent, 10.0, 40.0)
    agent.at(100.0)

    assert agent.to_floor()[-1] == f.Free(ADA, 60.0, 1, 30.0)


def test_a_call_that_was_not_answered_counts_for_nothing() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(25.0, f.NoAnswer(lease, ADA), f.LegGone(lease, ADA))

    assert agent.to_floor()[-1] == f.Free(ADA, 25.0, 0, 0.0)


def test_a_break_and_another_phone_change_nothing_in_the_figures() -> None:
    agent = ready()
    talks(agent, 10.0, 40.0)

    agent.at(50.0, duty.Pause(ADA, "tea"), duty.Unpause(ADA))
    assert agent.to_floor()[-1] == f.Free(ADA, 50.0, 1, 30.0)

    agent.at(60.0, duty.LoggedIn(ADA, OTHER_PHONE))
    assert (agent.state.calls, agent.state.talked) == (1, 30.0)


def test_figures_begin_anew_with_the_next_log_on() -> None:
    agent = ready()
    talks(agent, 10.0, 40.0)

    agent.at(50.0, duty.LoggedOut(ADA, "phone"))
    assert f.LoggedOff(ADA) in agent.to_floor()
    agent.at(60.0, duty.LoggedIn(ADA, PHONE))

    assert (agent.state.calls, agent.state.talked) == (0, 0.0)
