"""Skills with grades, as tables: who is rung, and who once less is asked for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from actors.core.routing.strategies import STRATEGIES
from actors.settings import Relaxed
from tests.routing_story import Story, agent

GOOD, FAIR = agent("A", english=5), agent("B", english=2)
NONE, OTHER = agent("C"), agent("D", billing=9)

ENGLISH = {"english": 3}
RELAXED = (Relaxed(30.0, {"english": 2}), Relaxed(60.0))


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_who_has_not_the_grade_is_not_rung_whoever_waits(strategy: str) -> None:
    Story(strategy, NONE, FAIR, OTHER, GOOD, skills=ENGLISH).check(
        """
        1 calls             | 1:A
        2 calls             |
        A answers           |
        600 s pass          |
        A hangs up          | 2:A
        """
    )


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_less_is_asked_for_exactly_when_the_time_has_come(strategy: str) -> None:
    story = Story(strategy, NONE, FAIR, skills=ENGLISH, relax_skills=RELAXED)

    story.check(
        """
        1 calls             |
        29 s pass           |
        1 s pass            | 1:B
        B answers           |
        2 calls             |
        59 s pass           |
        1 s pass            | 2:C
        """
    )


TABLES: dict[str, tuple[Mapping[str, int], str]] = {
    "each of several skills is asked for": (
        {"english": 2, "billing": 2},
        """
        1 calls             |
        """,
    ),
    "a call that nobody could take keeps nobody else waiting": (
        {"billing": 9},
        """
        1 calls             | 1:D
        D answers           |
        2 calls             |
        D hangs up          | 2:D
        """,
    ),
    "a failed attempt goes to the next who has the grade": (
        {"english": 2},
        """
        1 calls             | 1:A
        A does not answer   | 1:B
        B does not answer   | 1:A
        """,
    ),
}


@pytest.mark.parametrize(("skills", "script"), TABLES.values(), ids=TABLES)
def test_whose_phone_rings(skills: Mapping[str, int], script: str) -> None:
    Story("most-idle", GOOD, FAIR, NONE, OTHER, skills=skills).check(script)


def test_who_is_freed_takes_the_first_call_that_he_has_the_skills_for() -> None:
    story = Story("most-idle", FAIR, GOOD, skills=ENGLISH, relax_skills=RELAXED)

    story.check(
        """
        B pauses            |
        A pauses            |
        1 calls             |
        20 s pass           |
        2 calls             |
        12 s pass           |
        B is back           | 1:B
        B answers           |
        A is back           | 2:A
        """
    )


def test_a_level_where_nobody_with_the_skills_is_logged_on_is_skipped() -> None:
    able = agent("A", level=2, english=5)
    story = Story("most-idle", NONE, able, skills=ENGLISH, widen_after=(20.0,))

    story.check("1 calls | 1:A")


def test_all_who_have_the_grade_ring_together_and_others_once_less_is_asked_for() -> None:
    relaxed = (Relaxed(10.0, {"english": 2}), Relaxed(20.0))
    story = Story("ring-all", GOOD, FAIR, NONE, skills=ENGLISH, relax_skills=relaxed)

    story.check(
        """
        1 calls             | 1:A
        9 s pass            |
        1 s pass            | 1:B
        10 s pass           | 1:C
        """
    )
