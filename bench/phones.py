"""RTP phones by the thousand on one socket: each sends once it hears, and counts what it hears.

Phone i has the address FIRST_HOST + i. Pure but for the socket; bench/generator.py runs it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import numpy as np

from bench.mmsg import Messages, phones_socket
from media.rtp import FRAME, PACKET_BYTES, Bytes, Ints, headers
from media.udp import BATCH, kernel_drops

FIRST_HOST = int(ipaddress.IPv4Address("127.1.0.1"))
GROUPS = 5
"""The phones send in so many groups, 4 ms apart: real ones do not all send at the same instant."""
TURN_SECONDS = 0.020 / GROUPS
PATIENCE_TURNS = int(2.0 / TURN_SECONDS)
"""A phone that has heard nothing for so long has been hung up, and is silent."""
HEARING_TURNS = int(0.1 / TURN_SECONDS)
_NEVER = -(1 << 40)


def address(phone: int) -> str:
    """Return the phone's address for SDP."""
    return str(ipaddress.IPv4Address(FIRST_HOST + phone))


@dataclass(frozen=True, slots=True)
class Heard:
    """What phones sent and heard since the beginning.

    `lost`: gaps in the sequence numbers they heard. `lines`: RTP streams (SSRCs) heard.
    `hearing`: phones that heard something in the last 0.1 s. `dropped`: by this end's own socket.
    """

    sent: int
    received: int
    lost: int
    lines: int
    hearing: int
    dropped: int

    def since(self, before: Heard) -> Heard:
        """Return what came after `before`."""
        return Heard(
            self.sent - before.sent,
            self.received - before.received,
            self.lost - before.lost,
            self.lines - before.lines,
            self.hearing,
            self.dropped - before.dropped,
        )


class Phones:
    """`count` phones at one port."""

    def __init__(self, port: int, count: int) -> None:
        self._sock = phones_socket(port)
        self._turn = 0
        self._count = count
        self._group = np.arange(count) % GROUPS
        self._heard = np.full(count, _NEVER, np.int64)
        self._aimed = np.zeros(count, np.bool_)
        self._forced = np.zeros(count, np.bool_)
        self._muted = False
        self._sent = 0
        self._received: Ints = np.zeros(count, np.int64)
        self._expected: Ints = np.zeros(count, np.int64)
        self._first: Ints = np.zeros(count, np.int64)
        self._high: Ints = np.full(count, -1, np.int64)
        self._ssrc = np.zeros(count, np.uint32)
        self._lines = 0
        self._out = self._voices(count)
        self._in = Messages(np.zeros((BATCH, PACKET_BYTES), np.uint8), own_ends=True)

    @staticmethod
    def _voices(count: int) -> Messages:
        """Return each phone's packet, from its own address."""
        rng = np.random.default_rng(count)
        packets: Bytes = rng.integers(0, 255, (count, PACKET_BYTES), np.uint8)
        packets[:, 0], packets[:, 1] = 0x80, 0
        out = Messages(packets, own_ends=True)
        out.own["source"] = FIRST_HOST + np.arange(count)
        return out

    def aim(self, first: int, last: int, port: int) -> None:
        """Let phones first..last-1 speak to 127.0.0.1:`port` whether they hear anything or not."""
        self._out.far["host"][first:last] = int(ipaddress.IPv4Address("127.0.0.1"))
        self._out.far["port"][first:last] = port
        self._aimed[first:last] = self._forced[first:last] = True

    def mute(self, *, muted: bool) -> None:
        """Silence all phones, or let them speak again."""
        self._muted = muted

    def turn(self) -> None:
        """Hear what has come; let the next group of phones speak."""
        self._turn += 1
        while (count := self._in.receive(self._sock.fileno())) > 0:
            self._take(count)
            if count < BATCH:
                break
        if not self._muted:
            self._speak()

    def _speak(self) -> None:
        wanted = self._forced | (self._aimed & (self._turn - self._heard < PATIENCE_TURNS))
        rows = np.flatnonzero(wanted & (self._group == self._turn % GROUPS))
        header = headers(self._out.packets)
        header["seq"][rows] = header["seq"][rows].astype(np.uint16) + np.uint16(1)
        header["ts"][rows] = header["ts"][rows].astype(np.uint32) + np.uint32(FRAME)
        self._sent += self._out.send(self._sock.fileno(), rows)

    def _take(self, count: int) -> None:
        phone = self._in.own["destination"][:count].astype(np.int64) - FIRST_HOST
        rows = np.flatnonzero((phone >= 0) & (phone < self._count))
        phone = phone[rows]
        header = headers(self._in.packets)[rows]
        self._heard[phone] = self._turn
        self._out.far[phone] = self._in.far[rows]
        self._aimed[phone] = True
        ssrc = header["ssrc"].astype(np.uint32)
        self._begin_lines(phone, ssrc, header["seq"].astype(np.int64))
        np.add.at(self._received, phone, 1)
        before = self._high[phone]
        step = (header["seq"].astype(np.uint16) - before.astype(np.uint16)).view(np.int16)
        np.maximum.at(self._high, phone, before + step)

    def _begin_lines(
        self, phone: Ints, ssrc: np.ndarray[tuple[int, ...], np.dtype[np.uint32]], seq: Ints
    ) -> None:
        """Start counting anew where another stream than before is heard."""
        new = np.flatnonzero((self._ssrc[phone] != ssrc) | (self._high[phone] < 0))
        if not len(new):
            return
        fresh, at = np.unique(phone[new], return_index=True)
        self._expected[fresh] += np.where(
            self._high[fresh] >= 0, self._high[fresh] - self._first[fresh] + 1, 0
        )
        self._first[fresh] = self._high[fresh] = seq[new][at]
        self._ssrc[fresh] = ssrc[new][at]
        self._lines += len(fresh)

    def hearing(self, first: int, last: int) -> int:
        """Return how many of phones first..last-1 hear something."""
        return int((self._turn - self._heard[first:last] < HEARING_TURNS).sum())

    def heard(self) -> Heard:
        """Return the counts of all phones together."""
        open_lines = np.where(self._high >= 0, self._high - self._first + 1, 0)
        return Heard(
            self._sent,
            int(self._received.sum()),
            int((self._expected + open_lines - self._received).sum()),
            self._lines,
            self.hearing(0, self._count),
            kernel_drops(self._sock),
        )
