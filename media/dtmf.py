"""Keys pressed on a phone, from telephone-event packets (RFC 4733): each press once. Pure."""

from __future__ import annotations

DIGITS = "0123456789*#ABCD"
EVENT_BYTES = 4
"""Event, end bit and volume, duration (section 2.3)."""
_HALF = 1 << 31
_LINE = 1 << 32


class Presses:
    """The presses of all sessions. A press is a timestamp, which all its packets bear."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[int, int]] = {}
        self._ours: dict[int, tuple[int, int]] = {}
        """The last press before the session had a peer."""

    def press(self, slot: int, ssrc: int, ts: int, payload: bytes) -> str | None:
        """Return the digit where this packet is the first that came of a press.

        Whichever of its packets that is: the first may be lost, or all but a copy of the last. A
        packet of an earlier press that comes late is not news; another SSRC is another sender.
        """
        if len(payload) < EVENT_BYTES or payload[0] >= len(DIGITS):
            return None
        before = self._last.get(slot)
        if before and before[0] == ssrc and not 0 < (ts - before[1]) % _LINE < _HALF:
            return None
        self._last[slot] = (ssrc, ts)
        return DIGITS[payload[0]]

    def joined(self, slot: int) -> None:
        """Take it that the session has a peer from now on: what was pressed before was for us."""
        if (last := self._last.get(slot)) is not None:
            self._ours[slot] = last

    def was_for_us(self, slot: int, ssrc: int, ts: int) -> bool:
        """Tell whether a packet is of a press that began before the session had a peer."""
        return self._ours.get(slot) == (ssrc, ts)

    def forget(self, slot: int) -> None:
        """Forget a session that is over."""
        self._last.pop(slot, None)
        self._ours.pop(slot, None)
