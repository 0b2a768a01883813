"""Callers whom the operator knows by their numbers: who is preferred, who is not let in. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from actors.core.wire.identity import known, withheld
from actors.messages.sip import Incoming
from actors.settings import KnownCallers

ANYBODY_HIDDEN = "anonymous"
"""In a list: whoever hides his number, where nobody vouches for one."""

HOW_WRITTEN = str.maketrans("", "", " -./()")
"""What people put between digits (RFC 3966, section 5.1.1), and spaces."""


class CallerLists:
    """Finds what is said of a number: the whole one before a beginning of it, the longest first."""

    def __init__(self, lists: Iterable[KnownCallers]) -> None:
        self._whole: dict[str, KnownCallers] = {}
        self._beginnings: dict[str, KnownCallers] = {}
        for one in lists:
            for number in one.numbers:
                written = plain(number)
                if written.endswith("*"):
                    self._beginnings[written[:-1]] = one
                else:
                    self._whole[written] = one
        self._lengths = sorted({len(begins) for begins in self._beginnings}, reverse=True)

    def of(self, incoming: Incoming) -> KnownCallers | None:
        """Return what is said of who calls: of whom a believed peer vouches for, else of From."""
        if incoming.asserted is None and withheld(incoming):
            return self._whole.get(ANYBODY_HIDDEN)
        number = plain(known(incoming).uri.number)
        if (whole := self._whole.get(number)) is not None:
            return whole
        found = (self._beginnings.get(number[:length]) for length in self._lengths)
        return next((one for one in found if one is not None), None)


def plain(number: str) -> str:
    """Return the number as it is compared: without what stands between its digits."""
    return number.translate(HOW_WRITTEN).casefold()


def priority_of(incoming: Incoming, listed: KnownCallers | None) -> int:
    """Return a caller's own priority: what a believed peer asks for, else the list's."""
    if incoming.priority is not None:
        return incoming.priority
    return 0 if listed is None else listed.priority
