"""Packets received, lost, and their jitter (RFC 3550), for a whole batch at once. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from media.control import SessionClosed
from media.relay import Batch, counts_of, starts_of
from media.rtp import CLOCK, Ints
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
    starts = starts_of(batch.legs)
    _count(table, batch, starts)
    table.in_ssrc[batch.legs[starts]] = batch.ssrc[starts]
    audio = batch.only(~batch.dtmf)
    if len(audio.rows):
        starts = starts if audio is batch else starts_of(audio.legs)
        _jitter(table, audio, starts, arrivals[audio.rows])


def _count(table: Table, batch: Batch, starts: Ints) -> None:
    """Extend sequence numbers (appendix A.1) and count what came and what should have."""
    legs, first = batch.legs[starts], batch.seq[starts]
    high = table.in_high[legs]
    step = (first - high.astype(np.uint16)).view(np.int16).astype(np.int32)
    new = (high < 0) | (np.abs(step) > _FAR) | (table.in_ssrc[legs] != batch.ssrc[starts])
    if new.any():
        fresh = legs[new]
        heard = high[new] >= 0
        table.expected[fresh] += heard * (high[new] - table.in_first[fresh] + 1)
        table.in_first[fresh] = high[new] = first[new]
        table.in_transit[fresh] = _UNKNOWN
    counts = counts_of(starts, len(batch.legs))
    beyond = (batch.seq - np.repeat(high.astype(np.uint16), counts)).view(np.int16)
    table.in_high[legs] = high + np.maximum(np.maximum.reduceat(beyond, starts), 0)
    table.received[legs] += counts


_UNKNOWN = -(1 << 31)
"""in_transit where no packet came before."""


def _jitter(table: Table, batch: Batch, starts: Ints, arrived: Ints) -> None:
    """Move each leg's jitter on by its packets, in samples (section 6.4.1).

    J(k) = J(0)·d^k + sum of |D(i)|/16·d^(k-i), with d = 15/16: the recursion for k packets at once.
    """
    legs = batch.legs[starts]
    clock = (arrived // (1_000_000_000 // CLOCK)).astype(np.uint32)
    transit = (clock - batch.ts).view(np.int32)
    before: npt.NDArray[np.int32] = np.empty_like(transit)
    before[1:] = transit[:-1]
    known = table.in_transit[legs]
    before[starts] = np.where(known == _UNKNOWN, transit[starts], known)
    difference = np.abs((transit - before).astype(np.float64))
    difference[difference > CLOCK] = 0.0  # a new timestamp line, not a second of jitter
    if len(starts) == len(transit):  # as nearly always: one packet a leg
        table.jitter[legs] = table.jitter[legs] * _DECAY + difference * (1 - _DECAY)
        table.in_transit[legs] = transit
        return
    counts = counts_of(starts, len(transit))
    last = starts + counts - 1
    weight = _DECAY ** (np.repeat(last, counts) - np.arange(len(transit)))
    gained = np.add.reduceat(difference * weight, starts) * (1 - _DECAY)
    table.jitter[legs] = table.jitter[legs] * _DECAY**counts + gained
    table.in_transit[legs] = transit[last]


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
