"""The bench's table: written into its README, read back, and brought up to date part by part."""

from __future__ import annotations

from bench.figures import Figure, merged, read, table

OLD = [
    Figure("waiting", "packets lost", "3 of 1000", "0", met=False),
    Figure("waiting", "ours / bare loop", "1.50"),
    Figure("delays", "INVITE to 200", "p99 9 ms", "p99 under 50 ms", met=True),
]


def test_a_table_reads_back_as_what_was_written() -> None:
    assert read(table(OLD)) == OLD


def test_a_part_measured_anew_takes_the_place_of_its_old_figures() -> None:
    again = [Figure("waiting", "packets lost", "0 of 1000", "0", met=True)]

    assert merged(OLD, again) == [again[0], OLD[2]]


def test_a_part_measured_for_the_first_time_comes_last() -> None:
    reach = [Figure("reach", "tick late", "p99 1 ms")]

    assert merged(OLD, reach) == [*OLD, *reach]
