"""The bench's search for the highest rate, and what it reads from SIPp's files."""

from __future__ import annotations

import pytest

from bench.desks import Outcome
from bench.rates import STEP, highest
from bench.sipp import Taken, read_taken


@pytest.mark.parametrize("most", [100.0, 349.0, 350.0, 620.0, 799.0, 5000.0])
def test_the_search_ends_between_what_goes_and_what_does_not(most: float) -> None:
    tried: list[float] = []

    def is_clean(rate: float) -> bool:
        tried.append(rate)
        return rate <= most

    good, bad = highest(is_clean, 100.0, 800.0)

    assert good <= max(most, 100.0)
    assert bad > most or bad == 800.0
    assert 0 < bad - good <= STEP
    assert len(tried) <= 5


def test_response_times_are_read_but_for_the_head_and_what_is_half_written() -> None:
    lines = ["Date_ms;response_time_ms;rtd_no", "72;20;1", "108;4.5;2", "156.00"]

    assert list(read_taken(lines)) == [Taken(0.072, 20.0, 1), Taken(0.108, 4.5, 2)]


def test_a_rate_is_clean_only_where_nothing_failed_and_nothing_was_sent_again() -> None:
    assert Outcome(10, 0, 0, 0, [], {}).clean
    assert not Outcome(10, 1, 0, 0, [], {}).clean
    assert not Outcome(10, 0, 1, 0, [], {}).clean
    assert not Outcome(10, 0, 0, 1, [], {}).clean


def test_a_call_costs_what_was_used_by_the_calls_that_ended_well() -> None:
    outcome = Outcome(10, 2, 3, 0, [], {"main": 0.04, "pump": 0.01})

    assert outcome.ms_per_call("main", "pump") == pytest.approx(10.0)
