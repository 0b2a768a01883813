"""Packets received, lost and their jitter, leg by leg, for a whole batch at once (RFC 3550). Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from media.control import SessionClosed
from media.relay import Batch, starts_of
from media.rtp import CLOCK, Ints, headers
from media.sessions import Table

_FAR = 3000
"""MAX_DROPOUT of RFC 3550, appendix A.1: a jump beyond this is a new beginning."""
_DECAY = 15 / 16
"""A packet's difference counts 1/16 (section 6.4.1)."""


def account(table: Table, batch: Batch, arrivals: Ints) -> None:
    """Count a batch: `arrivals` (rows of batch.packets,) in nanoseconds.

    Telephone-events are packets like any other, but have no jitter: many share one timestamp.
    """
    if not len(batch.rows):
        return
    _count(table, batch)
    audio = batch.only(~batch.dtmf) if batch.dtmf.any() else batch
    if len(audio.rows):
        _jitter(table, audio, arrivals[audio.rows])
    starts = starts_of(batch.legs)
    table.in_ssrc[batch.legs[starts]] = headers(batch.packets)["ssrc"][batch.rows[starts]]


def _count(table: Table, batch: Batch) -> None:
    """Extend sequence numbers (appendix A.1) and count what came and what should have."""
    header = headers(batch.packets)[batch.rows]
    starts = starts_of(batch.legs)
    legs = batch.legs[starts]
    first = header["seq"][starts].astype(np.uint16)
    step = (first - table.in_high[legs].astype(np.uint16)).view(np.int16).astype(np.int32)
    new = table.in_high[legs] < 0
    new |= (np.abs(step) > _FAR) | (table.in_ssrc[legs] != header["ssrc"][starts])
    if new.any():
        fresh = legs[new]
        heard = table.in_high[fresh] >= 0
        table.expected[fresh] += heard * (table.in_high[fresh] - table.in_first[fresh] + 1)
        table.in_first[fresh] = table.in_high[fresh] = first[new]
        table.in_transit[fresh] = _UNKNOWN
    beyond = header["seq"].astype(np.uint16) - table.in_high[batch.legs].astype(np.uint16)
    newest = np.maximum.reduceat(beyond.view(np.int16), starts)
    table.in_high[legs] += np.maximum(newest, 0)
    table.received[legs] += np.diff(starts, append=len(batch.legs))


_UNKNOWN = -(1 << 31)
"""in_transit where no packet came before."""


def _jitter(table: Table, batch: Batch, arrived: Ints) -> None:
    """Move each leg's jitter on by its packets, in samples (section 6.4.1).

    J(k) = J(0)·d^k + sum of |D(i)|/16·d^(k-i), with d = 15/16: the recursion for k packets at once.
    """
    header = headers(batch.packets)[batch.rows]
    starts = starts_of(batch.legs)
    legs = batch.legs[starts]
    counts = np.diff(starts, append=len(batch.legs))
    clock = (arrived * (CLOCK // 1000) // 1_000_000).astype(np.uint32)
    transit = (clock - header["ts"].astype(np.uint32)).view(np.int32)
    before: npt.NDArray[np.int32] = np.empty_like(transit)
    before[1:] = transit[:-1]
    known = table.in_transit[legs]
    before[starts] = np.where(known == _UNKNOWN, transit[starts], known)
    difference = np.abs((transit - before).astype(np.float64))
    difference[difference > CLOCK] = 0.0  # a new timestamp line, not a second of jitter
    last = np.repeat(starts + counts - 1, counts)
    weight = _DECAY ** (last - np.arange(len(last)))
    gained = np.add.reduceat(difference * weight, starts) * (1 - _DECAY)
    table.jitter[legs] = table.jitter[legs] * _DECAY**counts + gained
    table.in_transit[legs] = transit[starts + counts - 1]


def figures(table: Table, slot: int) -> SessionClosed:
    """Return one session's figures; what came twice makes no negative loss."""
    expected = int(table.expected[slot])
    if table.in_high[slot] >= 0:
        expected += int(table.in_high[slot] - table.in_first[slot]) + 1
    received = int(table.received[slot])
    return SessionClosed(
        slot,
        sent=int(table.sent[slot]),
        received=received,
        lost=max(expected - received, 0),
        refused=int(table.refused[slot]),
        jitter_ms=round(float(table.jitter[slot]) * 1000 / CLOCK, 2),
    )
