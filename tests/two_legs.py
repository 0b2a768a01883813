"""Two legs in a pump's table, and ticks taken by hand: for tests byte by byte."""

from __future__ import annotations

import numpy as np

from media.figures import account
from media.hearing import Datagrams, recognise
from media.relay import relay
from media.rtp import PACKET_BYTES, Bytes, headers
from media.sessions import CAPACITY, Index, Table, key_of
from media.silence import note_heard
from media.sources import Frames, build
from media.tick import advance
from tests.media_rig import frames_of

SPOKEN, TUNE_LENGTH = range(10, 13), 4
FRAMES: Frames = build({"word": frames_of(SPOKEN)}, {"tune": frames_of(range(20, 24))})
WORD = FRAMES.prompts["word"]
HOST = 0x7F000001
SSRC = 0xDEADBEEF
NOW = 1000
"""A tick; the tune is at its first frame: 1000 % 4 = 0."""


class Desk:
    """A table with two legs, and ticks one after another."""

    def __init__(self) -> None:
        self.table = Table()
        self.index = Index()
        self.packets: Bytes = np.zeros((CAPACITY, PACKET_BYTES), np.uint8)
        self.tick = NOW - 1
        for slot in (0, 1):
            self.table.begin(slot, door=0)
            self.table.hears[slot] = True
            self.table.gain[slot] = 1.0
            self.table.ssrc[slot] = SSRC + slot
            self.table.seq[slot] = 65535
            self.table.line[slot] = self.table.next_ts[slot] = 0
            self.table.mu_law[slot], self.table.a_law[slot] = 0, 8
            self.table.host[slot], self.table.port[slot] = HOST, 4000 + slot
            self.index.add(key_of(0, HOST, 4000 + slot), slot)

    def move(self, slot: int, port: int) -> None:
        """Let the leg be heard from another port."""
        self.index.remove(key_of(0, HOST, int(self.table.port[slot])), slot)
        self.table.port[slot] = port
        self.index.add(key_of(0, HOST, port), slot)

    def next_tick(self, slot: int = 0) -> bytes | None:
        """Take a tick; return the leg's packet where it is sent one."""
        self.tick += 1
        outgoing = advance(self.table, self.tick, FRAMES, self.packets)
        return self.packets[slot].tobytes() if slot in outgoing.slots else None

    def hear(
        self, *datagrams: bytes, port: int = 4000, arrivals: int = 0, control: bool = False
    ) -> list[bytes]:
        """Receive datagrams from one phone, be it at RTCP's port; return what its peer is sent."""
        packets = np.zeros((len(datagrams), 400), np.uint8)
        for row, data in enumerate(datagrams):
            packets[row, : len(data)] = np.frombuffer(data, np.uint8)
        lengths = np.array([len(data) for data in datagrams], np.int32)
        heard = recognise(
            self.table,
            self.index,
            Datagrams(
                packets,
                lengths,
                np.full(len(datagrams), HOST, np.uint32),
                np.full(len(datagrams), port, np.uint16),
                np.zeros(len(datagrams), np.uint16),
                np.full(len(datagrams), control, np.bool_),
            ),
        )
        account(self.table, heard.batch, np.full(len(datagrams), arrivals, np.int64))
        self.strangers, self.rtcp = heard.strangers, heard.rtcp
        note_heard(self.table, heard.alive, self.tick)
        rows, _ = relay(self.table, heard.batch, self.tick)
        return [packets[row, : lengths[row]].tobytes() for row in rows]


def packet(second: int, seq: int, ts: int, ssrc: int, payload: bytes) -> bytes:
    head = np.zeros((1, 12), np.uint8)
    header = headers(head)
    header["first"], header["second"] = 0x80, second
    header["seq"], header["ts"], header["ssrc"] = seq & 0xFFFF, ts & 0xFFFFFFFF, ssrc
    return head.tobytes() + payload


def spoken(code: int) -> bytes:
    return bytes([code]) * 160
