"""The RTP pump: a process of its own with one thread that keeps the 20 ms clock of every session.

``python -m media.pump CONTROL MEMORY``: the descriptors of the wire to MediaActor and of the table.
It sends what we say ourselves (music, prompts, silence) every 20 ms, and relays what bridged phones
say every 5 or 10 ms. IPv4 only.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import mmap
import os
import select
import signal
import socket
import sys
import time

import numpy as np

from media import notice
from media.commands import Sessions
from media.control import Beat, Command, Event, Learn, Ready, Silent, Start, Wire
from media.figures import account
from media.hearing import recognise
from media.lateness import Lateness
from media.lessons import Lessons
from media.priority import take_priority
from media.reception import Reception
from media.relay import relay
from media.rtp import PACKET_BYTES, Ints
from media.sessions import CAPACITY, TABLE_BYTES, Table
from media.silence import Patience, fallen_silent, note_heard
from media.slices import SHORT_NS, TICK_NS, slice_after
from media.sources import load
from media.tick import advance, skip
from media.udp import BATCH, WANTED_BUFFER, Outbox, receive_buffer

logger = logging.getLogger(__name__)

BEAT_NS = 500_000_000
COMPLAINT_NS = 1_000_000_000
"""Whoever can make a batch fail can do it two hundred times a second: one line a second."""
MOST_AT_ONCE = 2
"""Ticks: a pump that woke late sends the frame it missed and the one now due; of more it skips all
but these, for a burst would only fill the phones' jitter buffers."""
MOST_BATCHES = 8
"""Batches between two looks at the clock: a flood keeps the ticks waiting no longer than that."""


class Pump:
    """Sockets, sessions and the clock."""

    def __init__(self, wire: Wire, table: Table, start: Start) -> None:
        self.wire = wire
        self.table = table
        self.epoch = start.epoch_ns
        self.patience = Patience(start.silent_ticks, start.quiet_ticks)
        self.reception = Reception(start.sockets, start.control)
        # Little room to wait in: the sockets are emptied every slice.
        self.small_buffer = receive_buffer(self.reception.doors[0]) < WANTED_BUFFER
        self.relayed = Outbox(self.reception.packets)
        self.packets = np.zeros((CAPACITY, PACKET_BYTES), np.uint8)
        self.spoken = Outbox(self.packets)
        self.spoken.lengths[:] = PACKET_BYTES
        self.lessons = Lessons(load(start.prompts, start.music))
        self.slice = SHORT_NS
        self.came = 0
        self.tick = self.due()
        self.sessions = Sessions(
            table, self.lessons.frames, self.spoken.receivers, start.learning_ticks
        )
        self.sessions.tick = self.tick
        self.lateness = Lateness()
        self.next_beat = 0
        self.beats = 0
        self.received = self.sent = self.failures = 0
        self.skipped = self.strangers = self.rtcp = self.dropped_batches = 0
        self.next_complaint = 0
        self.events: list[Event] = [Ready(len(start.prompts), len(start.music))]

    def run(self) -> None:
        """Pump until the actor's end of the wire is closed."""
        self._throw_away_what_waited()
        gc.collect()
        gc.freeze()
        gc.disable()
        while True:
            self._flush()
            commanded = self._wait()
            if not self.table.high:
                self.tick = self.due()
            self.sessions.tick = self.tick
            self.sessions.frames = self.lessons.frames
            self._tick_if_due()
            if commanded:
                self.obey(self.wire.receive())
            self._hear()
            if time.monotonic_ns() >= self.next_beat:
                self._beat()

    def due(self) -> int:
        """Return the tick that time.monotonic_ns() has reached."""
        return (time.monotonic_ns() - self.epoch) // TICK_NS

    # -- the clock

    def _wait(self) -> bool:
        """Wait for the next deadline, or for a command: True. `select` takes microseconds."""
        now = time.monotonic_ns()
        if not self.table.high:
            until = now + BEAT_NS // 2
        else:
            often = self.small_buffer or (self.table.peer[: self.table.high] >= 0).any()
            step = self.slice if often else TICK_NS
            until = self.epoch + ((now - self.epoch) // step + 1) * step
            until = min(until, self.epoch + (self.tick + 1) * TICK_NS)
        readable, _, _ = select.select([self.wire.sock], [], [], max(until - now, 0) / 1e9)
        return bool(readable)

    def _tick_if_due(self) -> None:
        missing = self.due() - self.tick
        if missing <= 0 or not self.table.high:
            return
        self.slice = slice_after(self.slice, self.came / missing)
        self.came = 0
        self.lateness.add(time.monotonic_ns() - self.epoch - (self.tick + 1) * TICK_NS)
        if missing > MOST_AT_ONCE:
            self.skipped += missing - MOST_AT_ONCE
            skip(self.table, missing - MOST_AT_ONCE)
            self.tick += missing - MOST_AT_ONCE
        for _ in range(min(missing, MOST_AT_ONCE)):
            self.tick += 1
            self._take_tick()

    def _take_tick(self) -> None:
        self.sessions.tick = self.tick
        outgoing = advance(self.table, self.tick, self.sessions.frames, self.packets)
        self._send(self.spoken, outgoing.slots, outgoing.slots)
        for slot in outgoing.said:
            played = self.sessions.next_prompt(int(slot))
            if played:
                self.events.append(played)

    def _send(self, outbox: Outbox, rows: Ints, slots: Ints) -> None:
        """Send rows from the ports of the sessions they are for."""
        doors = self.table.door[slots]
        failures = 0
        for door in np.unique(doors) if doors.any() else doors[:1]:
            some = rows[doors == door]
            failures += outbox.send(self.reception.doors[door].fileno(), some)
        self.failures += failures
        self.sent += len(rows) - failures

    # -- what is heard

    def _hear(self) -> None:
        for _ in range(MOST_BATCHES):
            count = self.reception.receive()
            self.came += count
            if count or self.reception.has_refusals:
                self._take_in_or_drop(count)
            if count < BATCH:
                return

    def _take_in_or_drop(self, count: int) -> None:
        """Drop a batch that cannot be taken in: no packet ends the pump, and with it all calls."""
        try:
            self._take_in(count)
        except Exception:
            self.dropped_batches += 1
            if time.monotonic_ns() >= self.next_complaint:
                self.next_complaint = time.monotonic_ns() + COMPLAINT_NS
                dropped = self.dropped_batches
                logger.exception("a batch of %d packets was dropped, the %d.", count, dropped)

    def _take_in(self, count: int) -> None:
        datagrams = self.reception.datagrams(count)
        heard = recognise(self.table, self.sessions.index, datagrams)
        self.received += len(heard.batch.rows)
        self.strangers += len(heard.strangers)
        self.rtcp += heard.rtcp
        account(self.table, heard.batch, self.reception.arrivals(count))
        note_heard(self.table, heard.alive, self.tick)
        batch = heard.batch
        if batch.dtmf.any():
            self.events += notice.keys(self.sessions, heard)
            batch = notice.passed_on(self.sessions, batch)
        if self.sessions.learning.windows:
            self.events += notice.senders(self.sessions, datagrams, heard)
        rows, slots = relay(self.table, batch, self.tick)
        if len(rows):
            self.relayed.receivers[rows] = self.spoken.receivers[slots]
            self.relayed.lengths[rows] = datagrams.lengths[rows]
            self._send(self.relayed, rows, slots)
        if self.reception.has_refusals:
            self.events += notice.refusals(self.sessions, self.reception.refusals())

    def _throw_away_what_waited(self) -> None:
        """Nobody wants to hear now what was said before this pump began."""
        self.tick = self.due()
        while self.reception.receive() and self.due() < self.tick + MOST_BATCHES:
            continue

    # -- the wire

    def obey(self, commands: list[Command | Event]) -> None:
        """Carry out the actor's commands; one that cannot be is logged, and the calls go on."""
        for command in commands:
            if isinstance(command, Learn):
                self.lessons.learn(command)
                continue
            try:
                event = self.sessions.carry_out(command)
            except Exception:
                logger.exception("could not carry out %r", command)
            else:
                self.events += [event] if event else []

    def _flush(self) -> None:
        events, self.events = self.events, []
        self.wire.send(*events)

    def _beat(self) -> None:
        self.next_beat = time.monotonic_ns() + BEAT_NS
        self.beats += 1
        if self.beats % (1_000_000_000 // BEAT_NS) == 0:
            self.lateness.next_second()
        self.sessions.learning.expire(self.tick)
        for slot in fallen_silent(self.table, self.tick, self.patience):
            ticks = self.tick - int(self.table.heard_tick[slot])
            self.events.append(Silent(int(slot), ticks * TICK_NS / 1e9))
        half, most, worst = self.lateness.percentiles_ms()
        self.events.append(
            Beat(
                half,
                most,
                worst,
                self.skipped,
                self.received,
                self.sent,
                self.failures,
                self.strangers,
                self.rtcp,
                self.reception.kernel_drops(),
                self.dropped_batches,
            )
        )


def main(control: int, memory: int) -> None:
    """Serve the wire `control` over the table in `memory`; return when the actor has gone."""
    # Ctrl-C, a closed terminal and a stop of the whole group reach us too: the actor decides when
    # we end.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # The lowest number there is: `select` takes none above 1,023.
    wire = Wire(socket.socket(fileno=os.dup(control)))
    os.close(control)
    take_priority()
    with contextlib.suppress(EOFError, ConnectionError):
        first, *others = wire.receive()
        if not isinstance(first, Start):
            raise TypeError(f"the first message is to be Start, not {first!r}")
        pump = Pump(wire, Table(mmap.mmap(memory, TABLE_BYTES)), first)
        pump.obey(others)
        pump.run()


if __name__ == "__main__":
    logging.basicConfig(format="pump: %(levelname)s: %(message)s")
    main(int(sys.argv[1]), int(sys.argv[2]))
