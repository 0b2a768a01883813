"""How long the pump waits for bridged phones' packets: by how many came in the last tick."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.slices import BUSY, LONG_NS, QUIET, SHORT_NS, TICK_NS, slice_after

LENGTHS = (SHORT_NS, LONG_NS)


@pytest.mark.parametrize("before", LENGTHS)
@pytest.mark.parametrize(("calls", "after"), [(1, LONG_NS), (20, LONG_NS), (100, SHORT_NS)])
def test_small_centres_have_long_slices_and_large_ones_short(
    before: int, calls: int, after: int
) -> None:
    assert slice_after(before, 2 * calls) == after


@given(st.sampled_from(LENGTHS), st.lists(st.integers(QUIET, BUSY - 1)))
def test_a_rate_in_between_changes_nothing_however_it_moves(before: int, came: list[int]) -> None:
    now = before
    for packets in came:
        now = slice_after(now, packets)
    assert now == before


@pytest.mark.parametrize("length", LENGTHS)
def test_a_tick_is_whole_slices(length: int) -> None:
    assert TICK_NS % length == 0
