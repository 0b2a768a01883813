"""Random days in random call centres: after every event all rules hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from random import Random

import pytest

from actors.simulation.run import Run
from tests.day_rules import hold_against_all_rules
from tests.random_days import random_centre, random_day

CALLS = 200
DAYS = 100
LONG_DAYS = 1000
AT_A_TIME = 10


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def live_through(seed: int, calls: int = CALLS) -> None:
    """Hold the random day of this number against all rules."""
    settings = random_centre(Random(seed))  # noqa: S311 - no secret
    hold_against_all_rules(Run(settings, random_day(settings, calls, seed)))


@pytest.mark.parametrize("first", range(0, DAYS, AT_A_TIME))
def test_all_rules_hold_after_every_event_of_random_days(first: int) -> None:
    for seed in range(first, first + AT_A_TIME):
        try:
            live_through(seed)
        except AssertionError as error:
            error.add_note(f"on the random day {seed}")
            raise


def test_all_rules_hold_after_every_event_of_a_day_of_ten_thousand_calls() -> None:
    live_through(7, 10_000)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(DAYS, LONG_DAYS, 5 * AT_A_TIME))
def test_all_rules_hold_on_many_more_days(first: int) -> None:
    for seed in range(first, first + 5 * AT_A_TIME):
        live_through(seed)
