"""Strategies that ring several phones for a call, as tables: who rings first, next, upon what."""

from __future__ import annotations

import pytest

from actors.settings import Agent
from tests.routing_story import SALES, Story, agent

A, B, C = agent("A"), agent("B"), agent("C")

TABLES: dict[str, tuple[str, tuple[Agent, ...], str]] = {
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
    "ring-all: nobody joins in once somebody has picked up": (
        "ring-all",
        (A, B),
        """
        B pauses            |
        1 calls             | 1:A
        A picks up          |
        B is back           |
        A rejects           | 1:B
        """,
    ),
    "ring-progressively: no further phone rings once somebody has picked up": (
        "ring-progressively",
        (A, B),
        """
        1 calls             | 1:A
        A picks up          |
        12 s pass           |
        A rejects           | 1:B
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
}


@pytest.mark.parametrize(("strategy", "agents", "script"), TABLES.values(), ids=TABLES)
def test_whose_phone_rings(strategy: str, agents: tuple[Agent, ...], script: str) -> None:
    Story(strategy, *agents).check(script)


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

    assert [one.agent for one in story.floor.pool.shares[SALES].able[()].free] == ["B", "C", "A"]
