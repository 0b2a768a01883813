"""Strategies that ring one phone for a call, as tables: who rings first, who next, upon what."""

from __future__ import annotations

import pytest

from actors.settings import Agent
from tests.routing_story import Story, agent, rung

A, B, C, D = agent("A"), agent("B"), agent("C"), agent("D")

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
