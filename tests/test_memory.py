"""Memory that a flood of calls has left free: when it is given back, and that it is."""

from __future__ import annotations

import subprocess
import sys

from actors.sip.memory import FEWEST, Ebb


def given_back(*counts: int) -> list[int]:
    """Return the counts at which memory is given back."""
    ebb = Ebb()
    return [count for count in counts if ebb.fell(count)]


def test_memory_is_given_back_when_a_flood_is_over_and_when_nothing_is_left_of_it() -> None:
    flood = [*range(20_000), *range(20_000, -1, -1)]

    assert given_back(*flood) == [2000, 200]


def test_nothing_is_given_back_while_calls_come_as_before_or_more() -> None:
    assert given_back(*range(0, 50_000, 100), *[10_000, 50_000] * 100) == []


def test_few_calls_are_not_worth_it() -> None:
    assert given_back(*[0, FEWEST - 1] * 10) == []


KEEPS_ONE_PIECE_IN_TEN_THOUSAND = """
import ctypes, psutil
from actors.sip.memory import give_back
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
held = lambda: psutil.Process().memory_info().rss
pieces = [libc.malloc(4000) for _ in range(50_000)]
for piece in pieces:
    ctypes.memset(piece, 1, 4000)
full = held()
for at, piece in enumerate(pieces):
    if (at + 1) % 10_000:
        libc.free(piece)
freed = held()
give_back()
print(full - freed, full - held())
"""


def test_what_lies_between_pieces_in_use_is_given_back() -> None:
    said = subprocess.run(
        [sys.executable, "-c", KEEPS_ONE_PIECE_IN_TEN_THOUSAND],
        capture_output=True,
        text=True,
        check=True,
    )
    by_itself, asked = map(int, said.stdout.split())

    assert by_itself < 50_000_000
    assert asked > 150_000_000
