"""Bridged legs: packets received are rewritten in place to the far leg's line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media import g711
from media.g711 import Law
from media.rtp import CLOCK, FRAME, HEADER_BYTES, MARKER, Bytes, Ints, Mask, headers
from media.sessions import RELAY, Table
from media.tick import resumed_line

_FAR = 3000
"""Packets: a jump of a minute is a new beginning, not loss."""
_BACK = CLOCK
"""Samples a phone's timestamps may go back (a key's packets all bear the time of its press)."""
_AHEAD = 2 * CLOCK
"""Samples they may run ahead of the time that has passed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Recognised packets, by leg, then in order of arrival: `rows` of `packets`, parallel arrays.

    `law`: of each packet's payload; `dtmf`: is a telephone-event. `lengths` of whole packets. `seq`
    and `ts` are as received until `relay` has rewritten them.
    """

    packets: Bytes
    rows: Ints
    legs: Ints
    lengths: Ints
    law: Ints
    dtmf: Mask
    seq: npt.NDArray[np.uint16]
    ts: npt.NDArray[np.uint32]
    ssrc: npt.NDArray[np.uint32]

    def only(self, wanted: Mask) -> Batch:
        """Return the packets where `wanted`, in the same order."""
        if wanted.all():
            return self
        return Batch(
            self.packets,
            self.rows[wanted],
            self.legs[wanted],
            self.lengths[wanted],
            self.law[wanted],
            self.dtmf[wanted],
            self.seq[wanted],
            self.ts[wanted],
            self.ssrc[wanted],
        )


def starts_of(legs: Ints) -> Ints:
    """Return where each leg's packets begin."""
    first = np.empty(len(legs), np.bool_)
    first[:1] = True
    np.not_equal(legs[1:], legs[:-1], out=first[1:])
    return np.flatnonzero(first)


def counts_of(starts: Ints, total: int) -> Ints:
    """Return how many packets each leg has, of `total`: np.diff takes 10 us for the same."""
    counts = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=counts[:-1])
    counts[-1:] = total - starts[-1:]
    return counts


def relay(table: Table, batch: Batch, tick: int) -> tuple[Ints, Ints]:
    """Rewrite what peers are to hear; return (rows, legs to send them to).

    Sequence numbers and timestamps keep the sender's own steps, so that loss and pauses are what
    they were; where the source changes, they are set to go on from the leg's last packet, and the
    first packet has the marker bit. A leg that is being told a prompt gets the prompt alone.
    """
    batch = batch.only(_audible(table, batch))
    if not len(batch.rows):
        return batch.rows, batch.legs
    out = table.peer[batch.legs].astype(np.int64)
    starts = starts_of(out)
    first = out[starts]
    _fit(table, batch, starts, first, tick)
    fits = _fitting(table, batch, out)
    if not fits.all():
        batch, out = batch.only(fits), out[fits]
        if not len(out):  # a leg's only packet may be one from before its input began
            return batch.rows, out
        starts = starts_of(out)
        first = out[starts]
    _rewrite(table, batch, out, starts[table.relay_count[first] == 0])
    _transcode(table, batch, out)
    _move_on(table, batch, out, starts)
    table.relay_tick[first] = tick
    table.source[first] = RELAY
    return batch.rows, out


def _audible(table: Table, batch: Batch) -> Mask:
    """Return which packets a peer hears."""
    out = table.peer[batch.legs]
    heard: Mask = out >= 0
    if heard.any():
        heard &= table.hears[out] & (table.cursor[out] < 0)
        heard &= ~batch.dtmf | (table.dtmf[out] >= 0)
    return heard


def _fit(table: Table, batch: Batch, starts: Ints, first: Ints, tick: int) -> None:
    """Let inputs that are new to the legs' lines begin where those are."""
    seq, ts, ssrc = batch.seq[starts], batch.ts[starts], batch.ssrc[starts]
    step = (seq + table.relay_seq[first] - table.seq[first]).view(np.int16)
    jump = (ts + table.relay_ts[first] - table.next_ts[first]).view(np.int32)
    passed = (tick - table.relay_tick[first]) * FRAME
    new = (table.source[first] != RELAY) | (table.relay_ssrc[first] != ssrc)
    new |= (np.abs(step.astype(np.int32)) > _FAR) | (jump < -_BACK) | (jump > passed + _AHEAD)
    if new.any():
        _begin(table, first[new], seq[new], ts[new])
        table.relay_ssrc[first] = ssrc


def _fitting(table: Table, batch: Batch, out: Ints) -> Mask:
    """Return which packets are of the present input and not from before it began."""
    age = (table.seq[out] - table.relay_seq[out] - batch.seq).view(np.int16)
    fitting: Mask = (batch.ssrc == table.relay_ssrc[out]) & (age <= table.relay_count[out])
    return fitting


def _rewrite(table: Table, batch: Batch, out: Ints, begins: Ints) -> None:
    """Write the legs' own headers; those of packets with which a source begins get the marker."""
    changed = np.zeros(len(out), np.uint8)
    changed[begins] = MARKER
    batch.seq[:] += table.relay_seq[out]
    batch.ts[:] += table.relay_ts[out]
    header = headers(batch.packets)
    kind = np.where(batch.dtmf, table.dtmf[out].astype(np.uint8), table.payload_type[out])
    header["second"][batch.rows] = kind | changed | (header["second"][batch.rows] & MARKER)
    header["seq"][batch.rows] = batch.seq
    header["ts"][batch.rows] = batch.ts
    header["ssrc"][batch.rows] = table.ssrc[out]


def _begin(
    table: Table, out: Ints, seq: npt.NDArray[np.uint16], ts: npt.NDArray[np.uint32]
) -> None:
    """Let an input that begins with `seq` and `ts` go on where the legs' lines are."""
    begin = resumed_line(table, out)
    table.relay_seq[out] = table.seq[out] - seq
    table.relay_ts[out] = begin - ts
    table.next_ts[out] = begin
    table.relay_count[out] = 0


def _transcode(table: Table, batch: Batch, out: Ints) -> None:
    """Turn payloads into the far leg's law."""
    other = np.flatnonzero(~batch.dtmf & (batch.law != table.law[out]))
    if not len(other):
        return
    rows, end = batch.rows[other], int(batch.lengths[other].max())
    payloads = batch.packets[rows, HEADER_BYTES:end]
    law = batch.law[other]
    for one in Law:
        of_one = law == one
        payloads[of_one] = g711.transcode(payloads[of_one], one)
    batch.packets[rows, HEADER_BYTES:end] = payloads


def _move_on(table: Table, batch: Batch, out: Ints, starts: Ints) -> None:
    """Move the legs' lines past the newest packet of each, as rewritten."""
    first = out[starts]
    counts = counts_of(starts, len(out))
    end = batch.ts + np.where(batch.dtmf, 0, batch.lengths - HEADER_BYTES).astype(np.uint32)
    steps = (batch.seq + np.uint16(1) - table.seq[out]).view(np.int16)
    table.seq[first] += np.maximum(np.maximum.reduceat(steps, starts), 0).astype(np.uint16)
    spans = (end - table.next_ts[out]).view(np.int32)
    table.next_ts[first] += np.maximum(np.maximum.reduceat(spans, starts), 0).astype(np.uint32)
    table.relay_count[first] = np.minimum(table.relay_count[first] + counts, _FAR)
    table.sent[first] += counts
