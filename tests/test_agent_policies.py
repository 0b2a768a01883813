"""What each outcome costs under each policy, and whose word counts: queue or agent."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from actors.agent import rules_of
from actors.core.agent.outcomes import WORDS, Unanswered
from actors.messages import duty
from actors.messages import floor as f
from actors.messages.by import by_agent, by_rule
from actors.messages.facts import AgentInterval
from actors.settings import OUTCOMES, THEN, Outcomes
from tests.configurations import faults_of, settings_of
from tests.one_agent import ADA, IDLE, L0, PHONE, RULES, SALES, Agent, fail, ready
from tests.test_agent_restart import known

COST: dict[str, Unanswered] = {
    "no_answer": f.NoAnswer(L0, ADA),
    "busy": f.Busy(L0, ADA),
    "reject": f.Declined(L0, ADA, 603),
    "unreachable": f.Unreachable(L0, ADA, 503),
}
SHOWN = {"notresponding": "notresponding", "pause": "paused", "log-out": "notresponding"}
"""What each end of a row of strikes makes of an agent; the seats have not logged him off yet."""


def under(**terms: Any) -> Agent:
    """Return an agent, idle, under this policy."""
    return ready(replace(RULES, outcomes=replace(Outcomes(), **terms)))


def test_every_outcome_has_its_word() -> None:
    assert tuple(WORDS.values()) == OUTCOMES == tuple(COST)


@pytest.mark.parametrize(("outcome", "seconds"), list(product(OUTCOMES, (0.0, 7.0, 600.0))))
def test_each_outcome_cools_down_for_as_long_as_its_policy_says(
    outcome: str, seconds: float
) -> None:
    agent = under(strike_for=(), **{f"{outcome}_cooldown": seconds})

    fail(COST[outcome])(agent)

    if seconds:
        shown = "unavailable" if outcome == "unreachable" else "busy"
        assert agent.at(110.0 + seconds - 0.01).shown == shown
    assert agent.at(max(111.0, 110.0 + seconds)).idle_since == 110.0


@pytest.mark.parametrize(
    ("outcome", "strike_for", "strikes"),
    [
        ("no_answer", ("no_answer",), 2),
        ("no_answer", (), 1),
        ("busy", ("busy",), 2),
        ("busy", ("no_answer",), 0),
        ("reject", ("reject",), 2),
        ("reject", ("no_answer",), 0),
        ("unreachable", ("unreachable",), 2),
        ("unreachable", ("no_answer",), 1),
    ],
)
def test_an_outcome_is_a_strike_ends_the_row_or_neither(
    outcome: str, strike_for: tuple[str, ...], strikes: int
) -> None:
    agent = under(strike_for=strike_for, strikes=9)
    agent.state = replace(agent.state, strikes=1)

    fail(COST[outcome])(agent)

    assert agent.state.strikes == strikes


@pytest.mark.parametrize(("outcome", "strikes", "then"), list(product(OUTCOMES, (0, 1, 3), THEN)))
def test_after_so_many_strikes_the_agent_is_what_the_policy_says(
    outcome: str, strikes: int, then: str
) -> None:
    agent = under(strike_for=(outcome,), strikes=strikes, then=then, pause_reason="gone")
    agent.take()

    for turn in range(1, 5):
        fail(COST[outcome])(agent)
        agent.now = 100.0
        struck = 0 < strikes <= turn
        assert (agent.shown in set(SHOWN.values())) == struck
        if struck:
            break
        agent = _afresh(agent)

    if strikes:
        told = agent.take()
        last = [one for one in told if isinstance(one, AgentInterval)][-1]
        assert (last.state, last.by) == (SHOWN[then], by_rule("strikes"))
        assert last.reason == ("gone" if then == "pause" else "")
        left = [one for one in told if isinstance(one, duty.LogOut)]
        assert left == [duty.LogOut(ADA, by_rule("strikes"), "strikes")] * (then == "log-out")
        assert agent.at(9000.0).idle_since is None


def _afresh(agent: Agent) -> Agent:
    """Return the agent as he is once his cool-down is over, at the time of the next story."""
    again = Agent(agent.rules, effects=agent.effects)
    again.at(0.0, duty.Restore(ADA, PHONE, 0.0, strikes=agent.state.strikes), IDLE)
    return again


def test_who_was_paused_for_strikes_comes_back_by_unpausing_with_none() -> None:
    agent = under(strikes=1, then="pause")
    fail(COST["no_answer"])(agent)

    agent.at(200.0, duty.Unpause(ADA))

    assert (agent.shown, agent.idle_since, agent.state.strikes) == ("idle", 200.0, 0)


def test_a_break_wished_for_while_it_rang_out_keeps_its_reason() -> None:
    agent = under(strikes=1, then="pause")
    lease = agent.offer(100.0)
    agent.at(110.0, duty.Pause(ADA, "tea"), f.NoAnswer(lease, ADA), f.LegGone(lease, ADA))

    assert (agent.shown, agent.state.told.reason, agent.state.by) == (
        "paused",
        "tea",
        by_agent(ADA),
    )


@pytest.mark.parametrize("then", ["notresponding", "pause"])
def test_what_strikes_led_to_outlives_a_restart(then: str) -> None:
    before = under(strikes=1, then=then)
    fail(COST["no_answer"])(before)

    agent = Agent(before.rules).at(0.0, known(before, 120.0), IDLE)

    assert agent.shown == SHOWN[then]


# ---- whose word counts -------------------------------------------------------------------------

LAYERS = """
[outcomes]
busy_cooldown = 1.0
reject_cooldown = 1.0
strikes = 5
[[queue]]
name = "sales"
outcomes = {busy_cooldown = 2.0, unreachable_cooldown = 2.0, then = "pause"}
[[queue]]
name = "support"
[[agent]]
id = "2771"
queues = ["sales", "support"]
outcomes = {unreachable_cooldown = 3.0, strike_for = ["reject"]}
"""


def test_an_agents_own_word_comes_before_the_queues_and_that_before_what_holds_for_all(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path, LAYERS)
    rules = rules_of(settings.agents[0], settings)

    sales = rules.outcomes_after(SALES)
    assert sales == Outcomes(0.0, 2.0, 1.0, 3.0, ("reject",), 5, "pause", "no answer")
    support = rules.outcomes_after(settings.queues[1].name)
    assert support == replace(sales, busy_cooldown=1.0, then="notresponding")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[outcomes]\nthen = 'fire'",
            "outcomes.then: must be one of log-out, notresponding, pause",
        ),
        (
            "[outcomes]\nstrike_for = ['no-answer']",
            "outcomes.strike_for[0]: must be one of busy, no_",
        ),
        ("[outcomes]\nbusy_cooldown = -1.0", "outcomes.busy_cooldown: must be 0 to 86400"),
        (
            "[[queue]]\nname = 'a'\noutcomes = {strikes = 1.5}",
            "queue[0].outcomes.strikes: must be a whole number",
        ),
        (
            "[[agent]]\nid = '1'\noutcomes = {strike = 1}",
            "agent[0].outcomes.strike: unknown key; did you mean strikes?",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_told(tmp_path: Path, text: str, told: str) -> None:
    (fault,) = faults_of(tmp_path, text)

    assert told in fault
