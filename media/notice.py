"""What of a batch is looked at packet by packet: keys, and strangers while a window is open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from media import silence
from media.commands import Sessions, address_of
from media.control import Learned, Pressed, Unreachable
from media.hearing import Datagrams, Heard
from media.icmp import Refusal
from media.learning import Sender
from media.relay import Batch
from media.rtp import HEADER_BYTES, PAYLOAD_TYPE, VERSION, headers
from media.sessions import key_of

MOST_STRANGERS = 64
"""Packets a batch: a flood of them costs no more than these while a learning window is open."""


def keys(sessions: Sessions, heard: Heard) -> Iterator[Pressed]:
    """Yield the keys pressed (RFC 4733), each once."""
    batch = heard.batch.only(heard.batch.dtmf)
    for at, (row, slot) in enumerate(zip(batch.rows, batch.legs.tolist(), strict=True)):
        payload = batch.packets[row, HEADER_BYTES : batch.lengths[at]].tobytes()
        digit = sessions.presses.press(slot, int(batch.ssrc[at]), int(batch.ts[at]), payload)
        if digit:
            yield Pressed(slot, digit)


def passed_on(sessions: Sessions, batch: Batch) -> Batch:
    """Return the batch without the rest of presses by which a leg has come to its peer."""
    wanted = np.ones(len(batch.rows), np.bool_)
    for at in np.flatnonzero(batch.dtmf):
        slot, ssrc, ts = int(batch.legs[at]), int(batch.ssrc[at]), int(batch.ts[at])
        wanted[at] = not sessions.presses.was_for_us(slot, ssrc, ts)
    return batch.only(wanted)


def senders(sessions: Sessions, datagrams: Datagrams, heard: Heard) -> Iterator[Learned]:
    """Let the strangers prove themselves where a window is open; yield those who have."""
    legs = set(sessions.learning.windows).intersection(heard.batch.legs.tolist())
    sessions.heard_directly(iter(legs))
    found = _strangers(datagrams, heard)
    for slot, sender in sessions.learning.learn(found, sessions.tick):
        sessions.point(slot, sender.host, sender.port)
        yield Learned(slot, address_of(sender.host), sender.port)


def refusals(sessions: Sessions, refused: Iterable[tuple[int, Refusal]]) -> Iterator[Unreachable]:
    """Yield the legs of which the network says that nobody is there, and nothing else is heard."""
    for door, (host, port, why) in refused:
        slot = sessions.index.owner(key_of(door, host, port))
        if slot is not None and silence.refused(sessions.table, slot, sessions.tick):
            yield Unreachable(slot, why)


def _strangers(datagrams: Datagrams, heard: Heard) -> Iterator[tuple[Sender, int, int, int]]:
    """Yield sender, payload type, SSRC and sequence of what is RTP and nobody's."""
    header = headers(datagrams.packets)
    for row in heard.strangers[:MOST_STRANGERS]:
        if datagrams.lengths[row] <= HEADER_BYTES or header["first"][row] >> 6 != VERSION:
            continue
        door, host = int(datagrams.doors[row]), int(datagrams.hosts[row])
        sender = Sender(door, host, int(datagrams.ports[row]))
        kind = int(header["second"][row]) & PAYLOAD_TYPE
        yield sender, kind, int(header["ssrc"][row]), int(header["seq"][row])
