"""What all strategies have in common: levels, another agent after a failed attempt, chance."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from actors.core.routing.strategies import STRATEGIES, Figures, Free, Member, Memory
from actors.ids import AgentId
from tests.routing_story import Story, agent

A, B, C = agent("A"), agent("B"), agent("C")
EVERY = sorted(STRATEGIES)
ONE_LEVEL_AFTER_THE_OTHER = sorted(set(EVERY) - {"ring-all"})
ONE_AT_A_TIME = sorted(set(EVERY) - {"ring-all", "ring-progressively"})


@pytest.mark.parametrize("strategy", ONE_LEVEL_AFTER_THE_OTHER)
def test_the_next_level_is_rung_only_while_nobody_of_a_lower_one_is_free(strategy: str) -> None:
    story = Story(strategy, agent("A", level=3), agent("B", level=2), C)

    story.check(
        """
        1 calls             | 1:C
        2 calls             | 2:B
        3 calls             | 3:A
        C answers           |
        C hangs up          |
        4 calls             | 4:C
        """
    )


@pytest.mark.parametrize("strategy", ONE_LEVEL_AFTER_THE_OTHER)
def test_after_a_failed_attempt_another_agent_is_rung_at_once(strategy: str) -> None:
    story = Story(strategy, A, B)
    [first] = story.tell("1 calls")
    [second] = story.tell(f"{first[-1]} does not answer")

    assert {first, second} == {"1:A", "1:B"}


@pytest.mark.parametrize("strategy", ONE_AT_A_TIME)
def test_levels_are_widened_by_waiting_time(strategy: str) -> None:
    story = Story(strategy, agent("A", level=3), agent("B", level=2), C, widen_after=(20.0, 60.0))

    story.check(
        """
        C pauses            |
        1 calls             |
        2 calls             |
        18 s pass           |
        1 s pass            | 1:B
        1 s pass            |
        38 s pass           |
        2 s pass            | 2:A
        """
    )


@pytest.mark.parametrize("strategy", EVERY)
def test_a_level_where_nobody_is_logged_on_is_skipped_at_once(strategy: str) -> None:
    story = Story(strategy, agent("A", level=4), agent("B", level=2), C, widen_after=(20.0, 60.0))

    story.check(
        """
        C logs off          |
        1 calls             | 1:B
        B answers           |
        2 calls             |
        B pauses            |
        B hangs up          |
        B logs off          | 2:A
        """
    )


@pytest.mark.parametrize("strategy", EVERY)
def test_a_level_between_two_others_is_skipped_when_its_time_has_come(strategy: str) -> None:
    story = Story(strategy, agent("A", level=3), B, widen_after=(20.0, 60.0))

    story.check(
        """
        B pauses            |
        1 calls             |
        19 s pass           |
        1 s pass            | 1:A
        """
    )


@pytest.mark.parametrize("strategy", EVERY)
def test_somebody_who_logs_on_below_is_waited_for_again(strategy: str) -> None:
    story = Story(strategy, agent("A", level=2), B, widen_after=(20.0,))

    story.check(
        """
        B logs off          |
        A pauses            |
        1 calls             |
        B logs on           | 1:B
        A is back           |
        B answers           |
        2 calls             |
        10 s pass           |
        8 s pass            |
        2 s pass            | 2:A
        """
    )


def test_a_call_that_has_waited_keeps_its_reach_after_a_failed_attempt() -> None:
    story = Story("most-idle", agent("A", level=2), agent("B", level=2), C, widen_after=(5.0,))

    story.check(
        """
        C pauses            |
        1 calls             |
        5 s pass            | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:A
        2 calls             |
        5 s pass            | 2:B
        """
    )


def test_whoever_may_not_have_the_first_call_yet_takes_the_next_that_he_may() -> None:
    story = Story("most-idle", A, agent("B", level=2), widen_after=(30.0,))
    story.check(
        """
        1 calls             | 1:A
        A answers           |
        2 calls             |
        20 s pass           |
        3 calls             |
        A hangs up          | 2:A
        A answers           |
        30 s pass           | 3:B
        """
    )


# ---- chance --------------------------------------------------------------------------------------


def drawn(strategy: str, weights: dict[str, int], times: int = 20_000) -> Counter[str]:
    chance = random.Random(7)  # noqa: S311 - no secret
    figure, order = STRATEGIES[strategy].figure, STRATEGIES[strategy].order
    free = [
        Free(1, figure(Member(AgentId(name), rank, 1, weight), Figures(0.0)), rank, AgentId(name))
        for rank, (name, weight) in enumerate(weights.items())
    ]
    free.sort()
    return Counter(str(next(order(free, Memory(), chance)).agent) for _ in range(times))


def test_random_gives_everybody_the_same_chance() -> None:
    shares = drawn("random", {"A": 1, "B": 9, "C": 1, "D": 1})

    assert all(abs(shares[name] / 20_000 - 0.25) < 0.02 for name in "ABCD")


def test_weighted_random_gives_chances_by_weight() -> None:
    shares = drawn("weighted-random", {"A": 2, "B": 1, "C": 5, "D": 2})

    for name, share in {"A": 0.2, "B": 0.1, "C": 0.5, "D": 0.2}.items():
        assert abs(shares[name] / 20_000 - share) < 0.02


@pytest.mark.parametrize("strategy", EVERY)
def test_an_order_names_everybody_once_the_lowest_level_first(strategy: str) -> None:
    members = [Member(AgentId(f"{n:02}"), n, level=1 + n % 3, weight=1 + n) for n in range(30)]
    chance = random.Random(3)  # noqa: S311 - no secret
    figure = STRATEGIES[strategy].figure
    free = sorted(
        Free(one.level, figure(one, Figures(float(n), n % 5, n % 7)), one.rank, one.agent)
        for n, one in enumerate(members)
    )
    memory = Memory(tuple(members[:4]) if strategy != "top-down" else (), {1: 9, 2: 4})

    order = list(STRATEGIES[strategy].order(free, memory, chance))

    assert sorted(order) == free
    assert [one.level for one in order] == sorted(one.level for one in order)
