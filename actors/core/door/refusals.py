"""What is told of those who were refused at the door: counted, and never a line for each. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.messages.sip import Refused

BETWEEN_LINES = 10.0
"""Seconds: refusals of one kind are told at once, and then as a sum."""

KINDS = 100
SOURCES_NAMED = 3
SOURCES_KNOWN = 1000
"""A flood with forged sources is counted, not listed."""


@dataclass
class Kind:
    """Refusals alike since the last line about them."""

    told: float
    count: int = 0
    sources: dict[str, int] = field(default_factory=dict)


class Digest:
    """Sums refusals up for the log."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, int, str], Kind] = {}

    def add(self, refused: Refused) -> None:
        """Take one in."""
        key = (refused.method, refused.code, refused.reason)
        if key not in self._kinds and len(self._kinds) >= KINDS:
            key = ("requests of many kinds", 0, "")
        kind = self._kinds.setdefault(key, Kind(float("-inf")))
        kind.count += refused.count
        if refused.source in kind.sources or len(kind.sources) < SOURCES_KNOWN:
            kind.sources[refused.source] = kind.sources.get(refused.source, 0) + refused.count

    def lines(self, now: float) -> list[str]:
        """Return what is to be logged by now; `now` in monotonic seconds."""
        lines = []
        for key, kind in list(self._kinds.items()):
            if now - kind.told < BETWEEN_LINES:
                continue
            if kind.count:
                lines.append(_line(*key, kind))
                self._kinds[key] = Kind(now)
            else:
                del self._kinds[key]
        return lines


def _line(method: str, code: int, reason: str, kind: Kind) -> str:
    times = "" if kind.count == 1 else f" {kind.count} times"
    how = f"refused with {code}" if code else "not answered"
    most = sorted(kind.sources, key=lambda source: -kind.sources[source])
    named = ", ".join(source or "several" for source in most[:SOURCES_NAMED])
    others = len(most) - SOURCES_NAMED
    more = f" and {others} other sources" if others > 0 else ""
    return f"{method} {how}{times}: {reason}; from {named}{more}"
