"""On which line a key stands: the toml library forgets it, and an operator needs it."""

from __future__ import annotations

import re
from collections.abc import Sequence

KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*([A-Za-z0-9_."'-]+)\s*=""")


def lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of every table and of every key at the start of a line.

    Keys inside an inline table or list have none of their own. A line within a multi-line string
    that looks like a key can be taken for one: such a line only ever misplaces a message.
    """
    found: dict[KeyPath, int] = {(): 0}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _table(header[2], counts, is_list=header[1] == "[[")
            found.setdefault(table, number)
        elif pair := _KEY.match(line):
            found.setdefault(table + _names(pair[1]), number)
    return found


def line_of(known: dict[KeyPath, int], at: Sequence[str | int]) -> int:
    """Return the line of the value, or of the nearest table around it; 0 where there is none."""
    place = tuple(at)
    while place and place not in known:
        place = place[:-1]
    return known.get(place, 0)


def _table(dotted: str, counts: dict[KeyPath, int], *, is_list: bool) -> KeyPath:
    """Return the place a header opens; a name that is a list of tables stands for its last one."""
    place: KeyPath = ()
    names = _names(dotted)
    for depth, name in enumerate(names, start=1):
        place += (name,)
        if is_list and depth == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place += (counts[place],)
    return place


def _names(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
