"""Ids: unique over nodes, runs of the server and steps of its clock, and short."""

from __future__ import annotations

from actors.ids import Ids

START = 1_700_000_000


def made(ids: Ids) -> list[str]:
    return [one for _ in range(3) for one in (ids.call(), ids.lease())]


def test_a_node_that_is_alone_makes_short_ids_that_tell_calls_from_leases() -> None:
    ids = Ids(run=START)

    assert made(ids) == ["s44we8-1", "s44we8-L1", "s44we8-2", "s44we8-L2", "s44we8-3", "s44we8-L3"]


def test_two_nodes_started_in_one_second_and_two_runs_of_one_make_different_ids() -> None:
    one, two, again = Ids("n1", START), Ids("n2", START), Ids("n1", START + 1)

    assert one.call() == "n1-s44we8-1"
    every = [*made(one), *made(two), *made(again)]
    assert len(set(every)) == len(every)
