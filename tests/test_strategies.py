"""Each strategy as a table: who rings first, who next, and after which event."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from actors.core.routing.strategies import (
    STRATEGIES,
    Figures,
    Free,
    Member,
    Memory,
)
from actors.ids import AgentId
from actors.settings import Agent
from tests.routing_story import SALES, Story, agent, rung

A, B, C, D = agent("A"), agent("B"), agent("C"), agent("D")
EVERY = sorted(STRATEGIES)

TABLES: dict[str, tuple[str, tuple[Agent, ...], str]] = {
    "most-idle: no answer goes to the tail, and the next is rung at once": (
        "most-idle",
        (A, B, C),
        """
        1 calls             | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:C
        C does not answer   | 1:A
        A serves            |
        2 calls             | 2:B
        """,
    ),
    "most-idle: who was cancelled keeps the place": (
        "most-idle",
        (A, B, C),
        """
        1 calls             | 1:A
        1 gives up          |
        2 calls             | 2:A
        """,
    ),
    "most-idle: two callers at once never get the same agent": (
        "most-idle",
        (A, B, C),
        """
        1 calls             | 1:A
        2 calls             | 2:B
        A does not answer   | 1:C
        B rejects           | 2:A
        """,
    ),
    "most-idle: a break starts the idle clock anew": (
        "most-idle",
        (A, B),
        """
        A pauses            |
        A is back           |
        1 calls             | 1:B
        """,
    ),
    "ring-all: everybody free is rung, the others are free again once one answers": (
        "ring-all",
        (A, B, C),
        """
        1 calls             | 1:A 1:B 1:C
        B answers           |
        2 calls             | 2:A 2:C
        """,
    ),
    "ring-all: who becomes free while it rings joins in": (
        "ring-all",
        (A, B, C),
        """
        C pauses            |
        1 calls             | 1:A 1:B
        C is back           | 1:C
        A answers           |
        2 calls             | 2:B 2:C
        A hangs up          | 2:A
        """,
    ),
    "ring-all: who fails is rung again with the others once free": (
        "ring-all",
        (A, B),
        """
        1 calls             | 1:A 1:B
        A does not answer   | 1:A
        B rejects           |
        10 s pass           | 1:B
        """,
    ),
    "ring-all: the lowest level rings alone, the next only once nobody of it is left": (
        "ring-all",
        (A, B, agent("C", level=2)),
        """
        1 calls             | 1:A 1:B
        A rejects           |
        B rejects           | 1:C
        10 s pass           | 1:A 1:B
        """,
    ),
    "ring-all: the next caller is rung for whoever the first has left": (
        "ring-all",
        (A, B),
        """
        1 calls             | 1:A 1:B
        2 calls             |
        A answers           | 2:B
        A hangs up          | 2:A
        """,
    ),
    "ring-progressively: one more every ten seconds while the others ring on": (
        "ring-progressively",
        (A, B, C),
        """
        1 calls             | 1:A
        9 s pass            |
        1 s pass            | 1:B
        9 s pass            |
        1 s pass            | 1:C
        A answers           |
        2 calls             | 2:B
        """,
    ),
    "ring-progressively: who fails is replaced at once, by the next in the idle order": (
        "ring-progressively",
        (A, B, C),
        """
        1 calls             | 1:A
        10 s pass           | 1:B
        A does not answer   | 1:C
        B does not answer   | 1:A
        7 s pass            |
        1 s pass            | 1:B
        """,
    ),
    "ring-progressively: begins with one again where nobody rings any more": (
        "ring-progressively",
        (A, B),
        """
        1 calls             | 1:A
        10 s pass           | 1:B
        A rejects           |
        B rejects           |
        10 s pass           | 1:A
        8 s pass            |
        1 s pass            | 1:B
        """,
    ),
    "round-robin: goes on after whom it rang last, whatever became of it": (
        "round-robin",
        (A, B, C, D),
        """
        1 calls             | 1:A
        A serves            |
        2 calls             | 2:B
        B rejects           | 2:C
        C serves            |
        3 calls             | 3:D
        D does not answer   | 3:A
        3 gives up          |
        4 calls             | 4:B
        """,
    ),
    "round-robin: whoever is busy loses the turn, nobody else does": (
        "round-robin",
        (A, B, C),
        """
        1 calls             | 1:A
        A answers           |
        2 calls             | 2:B
        B answers           |
        3 calls             | 3:C
        C serves            |
        4 calls             | 4:C
        A hangs up          |
        5 calls             | 5:A
        """,
    ),
    "linear: each caller begins at the top and goes on below": (
        "linear",
        (A, B, C),
        """
        1 calls             | 1:A
        A serves            |
        2 calls             | 2:A
        A does not answer   | 2:B
        B does not answer   | 2:C
        3 calls             | 3:A
        C does not answer   | 2:B
        """,
    ),
    "linear: stays inside the lowest level that has somebody free": (
        "linear",
        (A, B, agent("C", level=2)),
        """
        1 calls             | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:A
        A answers           |
        2 calls             | 2:B
        3 calls             | 3:C
        """,
    ),
    "linear: the order of the configuration may be another than that of the tables": (
        "linear",
        (A, agent("B", order=2), agent("C", order=1)),
        """
        1 calls             | 1:C
        2 calls             | 2:B
        3 calls             | 3:A
        """,
    ),
    "top-down: walks through all levels before it begins anew": (
        "top-down",
        (agent("A", level=2), B, C),
        """
        1 calls             | 1:B
        B does not answer   | 1:C
        C does not answer   | 1:A
        A does not answer   | 1:B
        2 calls             | 2:C
        """,
    ),
    "top-down: whoever becomes free above is not gone back to": (
        "top-down",
        (A, B, C),
        """
        1 calls             | 1:A
        A answers           |
        2 calls             | 2:B
        A hangs up          |
        B does not answer   | 2:C
        """,
    ),
    "fewest-calls: counts answered calls, whoever was idle for longer": (
        "fewest-calls",
        (A, B, C),
        """
        1 calls             | 1:A
        A serves            |
        2 calls             | 2:B
        B rejects           | 2:C
        C serves            |
        10 s pass           |
        3 calls             | 3:B
        B serves            |
        4 calls             | 4:A
        """,
    ),
    "fewest-calls: who did not answer comes last for that call only": (
        "fewest-calls",
        (A, B, C),
        """
        1 calls             | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:C
        2 calls             | 2:A
        C does not answer   | 1:B
        """,
    ),
    "fewest-calls: who logs on later begins level with whoever has fewest": (
        "fewest-calls",
        (A, B),
        """
        B logs off          |
        1 calls             | 1:A
        A serves            |
        2 calls             | 2:A
        A serves            |
        B logs on           |
        3 calls             | 3:A
        A serves            |
        4 calls             | 4:B
        B serves            |
        5 calls             | 5:A
        """,
    ),
    "fewest-calls: a break changes nothing": (
        "fewest-calls",
        (A, B),
        """
        1 calls             | 1:A
        A serves            |
        A pauses            |
        A is back           |
        2 calls             | 2:B
        """,
    ),
    "least-talk-time: counts seconds, not calls": (
        "least-talk-time",
        (A, B),
        """
        1 calls             | 1:A
        A answers           |
        2 calls             | 2:B
        B answers           |
        B hangs up          |
        300 s pass          |
        A hangs up          |
        3 calls             | 3:B
        B serves            |
        4 calls             | 4:B
        B does not answer   | 4:A
        """,
    ),
    "random: who did not answer is rung again only after all others": (
        "random",
        (A, B),
        """
        1 calls             | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:A
        A does not answer   | 1:B
        """,
    ),
    "weighted-random: who did not answer is rung again only after all others": (
        "weighted-random",
        (agent("A", weight=100), B),
        """
        1 calls             | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:A
        """,
    ),
}


@pytest.mark.parametrize(("strategy", "agents", "script"), TABLES.values(), ids=TABLES)
def test_whose_phone_rings(strategy: str, agents: tuple[Agent, ...], script: str) -> None:
    Story(strategy, *agents).check(script)


# ---- what all strategies have in common --------------------------------------------------------


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
    story = Story(strategy, agent("A", level=3), agent("B", level=2), widen_after=(20.0, 60.0))

    story.check(
        """
        1 calls             |
        2 calls             |
        18 s pass           |
        1 s pass            | 1:B
        1 s pass            |
        38 s pass           |
        2 s pass            | 2:A
        """
    )


def test_waiting_brings_the_next_level_in_while_the_first_rings_on() -> None:
    story = Story("ring-all", A, agent("B", level=2), agent("C", level=3), widen_after=(20.0, 30.0))

    story.check(
        """
        1 calls             | 1:A
        19 s pass           |
        1 s pass            | 1:B
        10 s pass           | 1:C
        """
    )


def test_losers_of_a_call_that_rang_everywhere_keep_their_place_in_the_idle_order() -> None:
    story = Story("ring-all", A, B, C)
    story.check(
        """
        1 calls             | 1:A 1:B 1:C
        A answers           |
        A hangs up          |
        """
    )

    assert [one.agent for one in story.floor.pool.shares[SALES].free] == ["B", "C", "A"]


def test_a_call_that_has_waited_keeps_its_reach_after_a_failed_attempt() -> None:
    story = Story("most-idle", agent("A", level=2), agent("B", level=2), widen_after=(5.0,))

    story.check(
        """
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


# ---- round robin as others simulate it -----------------------------------------------------------


def test_round_robin_goes_round() -> None:
    assert rung(Story("round-robin", A, B, C, D), "1 2 3 4 5 6") == "A B C D A B"


def test_round_robin_passes_over_whoever_is_not_there() -> None:
    story = Story("round-robin", A, B, C, D)
    story.tell("B pauses")

    assert rung(story, "1 2 3 4 5 6") == "A C D A C D"


def test_round_robin_keeps_a_turn_for_each_level() -> None:
    story = Story("round-robin", A, B, agent("C", level=2), agent("D", level=2))
    assert rung(story, "1 2 3") == "A B A"

    story.check(
        """
        A pauses            |
        4 calls             | 4:B
        5 calls             | 5:C
        A is back           |
        C answers           |
        B serves            |
        C hangs up          |
        """
    )

    assert rung(story, "6 7 8") == "A B A"


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
