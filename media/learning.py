"""Who may speak for a leg: its SDP's address, or one learned in a bounded window. Pure.

RTP from elsewhere is dropped unheard (AST-2017-005, CVE-2025-53399): there is no learning outside
the window a new SDP opens, none on silence, and none once the SDP's own address has been heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

PROOF = 4
"""Packets in sequence, of one SSRC and a payload type of the leg, until an address is learned."""
QUARANTINE_TICKS = 500
"""For 10 s after a session has ended, its phone may still be sending: that is nobody's RTP."""


class Sender(NamedTuple):
    """Where a packet came from: our socket's place, their host and port."""

    door: int
    host: int
    port: int


@dataclass(slots=True)
class Window:
    """Open until `until`; only packets from `hosts` count. `run`: in sequence so far, of `ssrc`."""

    until: int
    hosts: frozenset[int]
    kinds: frozenset[int]
    sender: Sender | None = None
    ssrc: int = 0
    seq: int = 0
    run: int = 0

    def proves(self, sender: Sender, ssrc: int, seq: int) -> bool:
        """Count one packet; True where it completes the proof. Anything out of line begins anew."""
        follows = seq == (self.seq + 1) & 0xFFFF
        same = sender == self.sender and ssrc == self.ssrc and follows
        self.run = self.run + 1 if same else 1
        self.sender, self.ssrc, self.seq = sender, ssrc, seq
        return self.run >= PROOF


@dataclass(slots=True)
class Learning:
    """The open windows of all sessions, by slot, and the addresses of sessions that have ended."""

    windows: dict[int, tuple[int, Window]] = field(default_factory=dict)
    ended: dict[Sender, int] = field(default_factory=dict)

    def open(self, slot: int, door: int, window: Window) -> None:
        """Open a window for a session of this door, in place of one that may be open."""
        self.windows[slot] = (door, window)

    def close(self, slot: int) -> None:
        """No more learning for this session until its next SDP."""
        self.windows.pop(slot, None)

    def retire(self, sender: Sender, tick: int) -> None:
        """Quarantine the address of a session that has ended."""
        self.ended[sender] = tick + QUARANTINE_TICKS

    def expire(self, tick: int) -> None:
        """Close windows and end quarantines whose time is over."""
        self.windows = {s: w for s, w in self.windows.items() if w[1].until > tick}
        self.ended = {sender: until for sender, until in self.ended.items() if until > tick}

    def learn(
        self, packets: Iterable[tuple[Sender, int, int, int]], tick: int
    ) -> Iterator[tuple[int, Sender]]:
        """Look at strangers' (sender, payload type, SSRC, sequence); yield whose address is proven.

        Where two legs might be meant, as behind one NAT, none is: better silent than crossed.
        """
        for sender, kind, ssrc, seq in packets:
            if sender in self.ended:
                continue
            fits = [slot for slot, (door, window) in self.windows.items()
                    if door == sender.door and sender.host in window.hosts
                    and window.until > tick]  # fmt: skip
            if len(fits) != 1 or kind not in self.windows[fits[0]][1].kinds:
                continue
            if self.windows[fits[0]][1].proves(sender, ssrc, seq):
                self.close(fits[0])
                yield fits[0], sender
