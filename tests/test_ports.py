"""The ports that tests use: free, even, and never the same in two runs side by side."""

from __future__ import annotations

import subprocess
import sys
from itertools import chain

from tests.ports import FIRST, LAST, free_from, free_port, free_ports

ANOTHER_RUN = """
import sys
from tests.ports import free_from, free_port
print(*(free_port() for _ in range(400)), free_from(34000), flush=True)
sys.stdin.read()
"""


def test_runs_side_by_side_never_share_a_port() -> None:
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", ANOTHER_RUN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        theirs = [run.stdout.readline().split() for run in runs if run.stdout]
        ours = [str(free_port()) for _ in range(400)] + [str(free_from(34000))]
    finally:
        for run in runs:
            run.communicate()

    assert [len(ports) for ports in theirs] == [401, 401]
    assert len(set(chain(ours, *theirs))) == 3 * 401


def test_neighbouring_ports_are_even_first_and_in_the_range() -> None:
    for count in (1, 4, 102):
        first = free_ports(count)

        assert first % 2 == 0
        assert FIRST <= first <= first + count - 1 <= LAST


def test_a_used_port_is_not_handed_out_again_before_hundreds_of_others() -> None:
    recent = [free_port() for _ in range(400)]

    assert len(set(recent)) == len(recent)
