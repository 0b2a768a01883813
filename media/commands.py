"""The pump's side of the actor's commands: sessions opened, aimed, joined, spoken to, closed."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from media.control import (
    AimSession,
    CloseSession,
    Command,
    Event,
    Join,
    OpenSession,
    Part,
    PlayPrompts,
    PromptsPlayed,
    SessionClosed,
    SetMusic,
    StopPrompts,
)
from media.dtmf import Presses
from media.figures import figures
from media.learning import Learning, Sender, Window
from media.rtp import FRAME
from media.sessions import LASTING, Index, Table, key_of
from media.sources import Frames

logger = logging.getLogger(__name__)


def host_of(address: str) -> int:
    """Return an IPv4 address as a number, 0 for anything else (a name, IPv6, 0.0.0.0)."""
    try:
        return int(struct.unpack("!I", socket.inet_pton(socket.AF_INET, address))[0])
    except OSError:
        return 0


def address_of(host: int) -> str:
    """Return the dotted form."""
    return socket.inet_ntop(socket.AF_INET, struct.pack("!I", host))


class Sessions:
    """All that is known of the sessions: their rows, senders, windows, prompts and presses.

    `receivers` (CAPACITY,) of udp.SOCKADDR is kept at where each session's RTP goes. `tick` is now.
    """

    def __init__(
        self, table: Table, frames: Frames, receivers: npt.NDArray[np.void], learning_ticks: int
    ) -> None:
        self.table = table
        self.frames = frames
        self.index = Index()
        self.learning = Learning()
        self.presses = Presses()
        self.tick = 0
        self._receivers = receivers
        self._learning_ticks = learning_ticks
        self._plays: dict[int, PlayPrompts] = {}
        # A pump before this one came as far as this.
        self._left_off = int(table.clock[0])
        table.forget(slice(None), keep=LASTING)

    def carry_out(self, command: Command | Event) -> SessionClosed | PromptsPlayed | None:
        """Do as told; the result is an event for the actor."""
        match command:
            case OpenSession():
                self._open(command)
            case AimSession():
                self._aim(command)
            case PlayPrompts():
                return self._play(command)
            case StopPrompts(slot):
                self._hush(slot)
            case SetMusic(slot, music):
                if self.table.music[slot] < 0:
                    self.table.gain[slot] = 0.0
                self.table.music[slot] = self.frames.music.get(music, -1)
            case Join(one, other):
                self._hush(one)
                self._hush(other)
                self.presses.joined(one)
                self.presses.joined(other)
                self.table.join(one, other)
            case Part(slot):
                self.table.part(slot)
            case CloseSession(slot):
                return self._close(slot)
        return None

    def point(self, slot: int, host: int, port: int) -> None:
        """Send the session's RTP there, and hear it from there alone."""
        table = self.table
        door = int(table.door[slot])
        self.index.remove(key_of(door, int(table.host[slot]), int(table.port[slot])), slot)
        table.host[slot], table.port[slot] = host, port
        self._receivers["host"][slot], self._receivers["port"][slot] = host, port
        if port and not self.index.add(key_of(door, host, port), slot):
            logger.warning("%s:%d is another session's already: not heard", address_of(host), port)

    def heard_directly(self, slots: Iterator[int]) -> None:
        """Close the windows of sessions that were heard from the very address of their SDP."""
        table = self.table
        for slot in slots:
            direct = table.host[slot] == table.sdp_host[slot]
            if direct and table.port[slot] == table.sdp_port[slot]:
                self.learning.close(slot)

    def next_prompt(self, slot: int) -> PromptsPlayed | None:
        """Begin the prompt after the one that has come to its end, or say that it was the last."""
        play = self._plays[slot]
        return self._begin(play, int(self.table.play_index[slot]) + 1, 0)

    def _open(self, command: OpenSession) -> None:
        table, slot = self.table, command.slot
        if not command.resumed:
            table.begin(slot, command.door)
            table.ssrc[slot], table.seq[slot] = command.ssrc, command.seq
            table.line[slot] = table.next_ts[slot] = command.ts
            return
        # While there was no pump, the clock went on.
        gap = (self.tick - self._left_off) * FRAME
        table.resume(slot, command.door)
        table.line[slot] = (int(table.line[slot]) + gap) & 0xFFFFFFFF
        host, port = int(table.host[slot]), int(table.port[slot])
        self.point(slot, host, port)

    def _aim(self, command: AimSession) -> None:
        table, slot = self.table, command.slot
        host = host_of(command.address)
        moved = (host, command.port) != (int(table.sdp_host[slot]), int(table.sdp_port[slot]))
        if moved:
            table.sdp_host[slot], table.sdp_port[slot] = host, command.port
            self.point(slot, host, command.port)
        there = bool(host and command.port)
        table.hears[slot] = command.hears and there
        table.speaks[slot] = command.speaks and there
        table.law[slot], table.payload_type[slot] = command.law, command.payload_type
        table.mu_law[slot], table.a_law[slot] = command.mu_law, command.a_law
        table.dtmf[slot] = command.dtmf
        table.heard_tick[slot] = table.told_tick[slot] = self.tick
        if command.window:
            hosts = frozenset({host, host_of(command.source)} - {0})
            kinds = frozenset({command.mu_law, command.a_law} - {-1})
            window = Window(self.tick + self._learning_ticks, hosts, kinds)
            self.learning.open(slot, int(table.door[slot]), window)

    def _play(self, command: PlayPrompts) -> PromptsPlayed | None:
        self._plays[command.slot] = command
        if not command.resumed:
            return self._begin(command, 0, 0)
        table, slot = self.table, command.slot
        return self._begin(command, int(table.play_index[slot]), int(table.play_frame[slot]))

    def _begin(self, play: PlayPrompts, number: int, frame: int) -> PromptsPlayed | None:
        table, slot = self.table, play.slot
        for index in range(max(number, 0), len(play.prompts)):
            start, end = self.frames.prompts.get(play.prompts[index], (0, 0))
            if start + frame < end:
                table.cursor[slot], table.cursor_end[slot] = start + frame, end
                table.play_index[slot], table.play_frame[slot] = index, frame
                return None
            frame = 0
        self._hush(slot)
        return PromptsPlayed(slot, play.token)

    def _hush(self, slot: int) -> None:
        self._plays.pop(slot, None)
        self.table.cursor[slot] = -1
        self.table.play_index[slot] = self.table.play_frame[slot] = 0

    def _close(self, slot: int) -> SessionClosed:
        table = self.table
        host, port = int(table.host[slot]), int(table.port[slot])
        closed = figures(table, slot)
        self.index.remove(key_of(int(table.door[slot]), host, port), slot)
        self.learning.retire(Sender(int(table.door[slot]), host, port), self.tick)
        self.learning.close(slot)
        self.presses.forget(slot)
        self._hush(slot)
        table.end(slot)
        return closed
