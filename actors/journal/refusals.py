"""Those who were refused at the door, as facts: each kind at once, and then as a sum. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from actors.messages.facts import CallRefused
from actors.messages.sip import Refused

PERIOD = 60.0
"""Seconds that one sum covers."""

MOST_KINDS = 200
"""Sources, methods and reasons told apart in a period: whoever floods us invents more. So a flood
is some 300,000 facts a day, at most."""

OTHERS = "of many kinds"

Kind = tuple[str, str, int, str]


@dataclass
class Sum:
    """What was refused alike since `since` (monotonic seconds), the first not counted."""

    since: float
    count: int = 0


class Refusals:
    """Sums refusals up: the first of a kind is a fact, those of the minute after it are another.

    Times as arguments: `now` in monotonic seconds, `wall` in Unix time.
    """

    def __init__(self) -> None:
        self._sums: dict[Kind, Sum] = {}

    def add(self, refused: Refused, now: float, wall: float) -> CallRefused | None:
        """Take some in; return the fact where they are the first of their kind."""
        kind = (refused.source, refused.method, refused.code, refused.reason)
        if kind not in self._sums and len(self._sums) >= MOST_KINDS:
            kind = ("", refused.method, refused.code, OTHERS)
        known = self._sums.get(kind)
        if known is not None:
            known.count += refused.count
            return None
        self._sums[kind] = Sum(now)
        return CallRefused(wall, *kind, refused.count, 0.0)

    def due(self, now: float, wall: float) -> list[CallRefused]:
        """Return the sums whose period is over; a kind that has ceased is forgotten."""
        over = {kind: one for kind, one in self._sums.items() if now - one.since >= PERIOD}
        for kind, one in over.items():
            if one.count:
                self._sums[kind] = Sum(now)
            else:
                del self._sums[kind]
        return _facts(over, now, wall)

    def rest(self, now: float, wall: float) -> list[CallRefused]:
        """Return what has not been told yet: the server stops."""
        rest, self._sums = self._sums, {}
        return _facts(rest, now, wall)


def _facts(sums: dict[Kind, Sum], now: float, wall: float) -> list[CallRefused]:
    return [
        CallRefused(wall, *kind, one.count, now - one.since)
        for kind, one in sums.items()
        if one.count
    ]
