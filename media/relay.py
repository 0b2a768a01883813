"""Bridged legs: packets received are rewritten in place to the far leg's line. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media import g711
from media.g711 import Law
from media.rtp import CLOCK, FRAME, HEADER_BYTES, MARKER, Bytes, Ints, Mask, headers
from media.sessions import RELAY, Table
from media.turn import resumed_line

_FAR = 3000
"""Packets: a jump of a minute is a new beginning, not loss."""
_BACK = CLOCK
"""Samples a phone's timestamps may go back (a key's packets all bear the time of its press)."""
_AHEAD = 2 * CLOCK
"""Samples they may run ahead of the time that has passed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Recognised packets, by leg, then in order of arrival: `rows` of `packets`, parallel arrays.

    `law`: of each packet's payload; `dtmf`: is a telephone-event. `lengths` of whole packets.
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


def relay(table: Table, batch: Batch, tick: int) -> tuple[Ints, Ints]:
    """Rewrite what peers are to hear; return (rows, legs to send them to).

    Sequence numbers and timestamps keep the sender's own steps, so that loss and pauses are what
    they were; where the source changes, they are set to go on from the leg's last packet, and the
    first packet has the marker bit. A leg that is being told a prompt gets the prompt alone.
    """
    batch = _audible(table, batch)
    batch = _in_line(table, batch, tick)
    if not len(batch.rows):
        return batch.rows, batch.legs
    out = table.peer[batch.legs].astype(np.int64)
    header = headers(batch.packets)
    rows, starts = batch.rows, starts_of(out)
    first = out[starts]
    changed = np.zeros(len(rows), np.uint8)
    changed[starts[table.relay_count[first] == 0]] = MARKER
    seq = batch.seq + table.relay_seq[out]
    ts = batch.ts + table.relay_ts[out]
    kind = np.where(batch.dtmf, table.dtmf[out].astype(np.uint8), table.payload_type[out])
    header["second"][rows] = kind | changed | (header["second"][rows] & MARKER)
    header["seq"][rows] = seq
    header["ts"][rows] = ts
    header["ssrc"][rows] = table.ssrc[out]
    _transcode(table, batch, out)
    samples = np.where(batch.dtmf, 0, batch.lengths - HEADER_BYTES).astype(np.uint32)
    _move_on(table, out, starts, seq, ts + samples)
    table.relay_tick[first] = tick
    table.source[first] = RELAY
    return rows, out


def _audible(table: Table, batch: Batch) -> Batch:
    """Keep what the peer hears."""
    out = table.peer[batch.legs]
    if not (out >= 0).any():
        return batch.only(out >= 0)
    heard = (out >= 0) & table.hears[out] & (table.cursor[out] < 0)
    heard &= ~batch.dtmf | (table.dtmf[out] >= 0)
    return batch.only(heard)


def _in_line(table: Table, batch: Batch, tick: int) -> Batch:
    """Fit new inputs to the legs' lines; keep what is of the present input and not too old."""
    if not len(batch.rows):
        return batch
    out = table.peer[batch.legs].astype(np.int64)
    starts = starts_of(out)
    first = out[starts]
    seq, ts, ssrc = batch.seq[starts], batch.ts[starts], batch.ssrc[starts]
    step = (seq + table.relay_seq[first] - table.seq[first]).view(np.int16)
    jump = (ts + table.relay_ts[first] - table.next_ts[first]).view(np.int32)
    passed = (tick - table.relay_tick[first]) * FRAME
    new = (table.source[first] != RELAY) | (table.relay_ssrc[first] != ssrc)
    new |= (np.abs(step.astype(np.int32)) > _FAR) | (jump < -_BACK) | (jump > passed + _AHEAD)
    if new.any():
        _begin(table, first[new], seq[new], ts[new])
        table.relay_ssrc[first] = ssrc
    age = (table.seq[out] - table.relay_seq[out] - batch.seq).view(np.int16)
    current = batch.ssrc == table.relay_ssrc[out]
    return batch.only(current & (age <= table.relay_count[out]))


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


def _move_on(
    table: Table,
    out: Ints,
    starts: Ints,
    seq: npt.NDArray[np.uint16],
    end: npt.NDArray[np.uint32],
) -> None:
    """Move the legs' lines past the newest packet of each."""
    first = out[starts]
    counts = np.diff(starts, append=len(out))
    steps = (seq + np.uint16(1) - table.seq[out]).view(np.int16)
    table.seq[first] += np.maximum(np.maximum.reduceat(steps, starts), 0).astype(np.uint16)
    spans = (end - table.next_ts[out]).view(np.int32)
    table.next_ts[first] += np.maximum(np.maximum.reduceat(spans, starts), 0).astype(np.uint32)
    table.relay_count[first] = np.minimum(table.relay_count[first] + counts, _FAR)
    table.sent[first] += counts
