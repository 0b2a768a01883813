"""What an agent tells of his work since he logged on, by which calls are shared out."""

from __future__ import annotations

from actors.journal.restart import seat
from actors.messages import duty
from actors.messages import floor as f
from actors.messages.facts import AgentInterval
from tests.one_agent import ADA, EPOCH, IDLE, OTHER_PHONE, PHONE, WRAPPING, Agent, ready


def test_calls_and_time_talked_are_told_with_each_time_the_agent_is_free() -> None:
    agent = ready()
    agent.to_floor()

    agent.talk(10.0, 70.0)
    agent.talk(80.0, 90.5)

    assert agent.to_floor()[1::2] == [f.Free(ADA, 70.0, 1, 60.0), f.Free(ADA, 90.5, 2, 70.5)]


def test_wrap_up_is_no_talk() -> None:
    agent = ready(WRAPPING)
    agent.to_floor()

    agent.talk(10.0, 40.0)
    agent.at(100.0)

    assert agent.to_floor()[-1] == f.Free(ADA, 60.0, 1, 30.0)


def test_a_call_that_was_not_answered_counts_for_nothing() -> None:
    agent = ready()
    lease = agent.offer(10.0)

    agent.at(25.0, f.NoAnswer(lease, ADA), f.LegGone(lease, ADA))

    assert agent.to_floor()[-1] == f.Free(ADA, 25.0, 0, 0.0)


def test_a_break_and_another_phone_change_nothing_in_the_figures() -> None:
    agent = ready()
    agent.talk(10.0, 40.0)

    agent.at(50.0, duty.Pause(ADA, "tea"), duty.Unpause(ADA))
    assert agent.to_floor()[-1] == f.Free(ADA, 50.0, 1, 30.0)

    agent.at(60.0, duty.LoggedIn(ADA, OTHER_PHONE))
    assert (agent.state.calls, agent.state.talked) == (1, 30.0)


def test_figures_begin_anew_with_the_next_log_on() -> None:
    agent = ready()
    agent.talk(10.0, 40.0)

    agent.at(50.0, duty.LoggedOut(ADA, "phone"))
    assert f.LoggedOff(ADA) in agent.to_floor()
    agent.at(60.0, duty.LoggedIn(ADA, PHONE))

    assert (agent.state.calls, agent.state.talked) == (0, 0.0)


# ---- a restart ---------------------------------------------------------------------------------


def restarted(before: Agent, ended: float) -> Agent:
    """Return the agent in the next run: the last one `ended` then, its clock goes on."""
    [*_, last] = [one for one in before.take() if isinstance(one, AgentInterval)]
    known = seat(last, ended + EPOCH, now=100.0, wall=100.0 + EPOCH)
    assert known is not None
    return Agent().at(100.0, known, IDLE)


def test_figures_outlive_a_restart() -> None:
    after = restarted(ready().talk(10.0, 40.0), ended=50.0)

    assert after.to_floor()[-1] == f.Free(ADA, 40.0, 1, 30.0)


def test_of_a_call_that_the_end_of_the_run_cut_off_counts_what_was_talked_by_then() -> None:
    before = ready().talk(2.0, 5.0)
    lease = before.offer(10.0)
    before.at(10.0, f.Answered(lease, ADA))

    after = restarted(before, ended=35.0)

    assert after.to_floor()[-1] == f.Free(ADA, 35.0, 2, 28.0)
