"""One 20 ms tick: what every leg that hears us ourselves is sent, as rows of packets. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from media.ducking import FULL, blend
from media.rtp import FRAME, HEADER_BYTES, MARKER, VERSION_2, Bytes, Ints, headers
from media.sessions import NOTHING, PROMPT, RELAY, SILENT, Table
from media.sources import SILENCE_ROW, Frames

QUIET_TICKS = 10
"""A bridged phone that sends nothing for 200 ms is on VAD, muted or gone: its peer gets silence,
packet by packet, which keeps NAT bindings open and the far jitter buffer running."""
SLACK = 3 * FRAME
"""Samples by which a leg's line may stand behind the clock before it is moved up to it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`slots`: whose packet is to be sent. `said`: legs whose prompt has come to its end."""

    slots: Ints
    said: Ints


def advance(table: Table, tick: int, frames: Frames, packets: Bytes) -> Outgoing:
    """Advance every leg's clock by a frame and fill `packets` (CAPACITY, 172) for those that hear.

    Timestamps follow the clock (`tick`): +160 a tick. Coming back from a bridge the line goes on
    where the peer's last packet ended, unless a pause has taken it more than 60 ms behind.
    """
    high = table.high
    table.clock[0] = tick
    table.line[:high] += np.uint32(FRAME)
    saying = table.open[:high] & (table.cursor[:high] >= 0)
    source, rows, blended, music = _sources(table, tick, frames, saying)
    listening = table.open[:high] & table.hears[:high]
    table.source[:high][~listening] = NOTHING
    slots = np.flatnonzero(listening & (source != RELAY))
    _fill(table, slots, source[slots], packets)
    law = table.law[slots].astype(np.int64) * frames.rows
    packets[slots, HEADER_BYTES:] = frames.data.reshape(-1, FRAME)[law + rows[slots]]
    if len(blended):
        voice = np.where(saying[blended], rows[blended], SILENCE_ROW)
        packets[blended, HEADER_BYTES:] = blend(table, frames, blended, voice, music)
    table.cursor[:high] += saying
    table.play_frame[:high] += saying
    said = np.flatnonzero(saying & (table.cursor[:high] >= table.cursor_end[:high]))
    return Outgoing(slots, said)


def skip(table: Table, ticks: int) -> None:
    """Let every leg's clock run on by ticks in which nothing was sent."""
    table.line[: table.high] += np.uint32(FRAME * ticks & 0xFFFFFFFF)


class _Sources(NamedTuple):
    """What each leg hears, and the row of Frames it is.

    `blended`: the legs whose music changes its level or lies under a prompt, `music` its rows.
    """

    source: npt.NDArray[np.int32]
    rows: Ints
    blended: Ints
    music: Ints


def _sources(table: Table, tick: int, frames: Frames, saying: npt.NDArray[np.bool_]) -> _Sources:
    """Find prompt over bridge over music."""
    high = table.high
    source = np.full(high, SILENT, np.int32)
    rows = np.full(high, SILENCE_ROW, np.int64)
    bridged = table.peer[:high] >= 0
    music = table.music[:high]
    sounding = (music >= 0) & ~bridged
    playing = np.flatnonzero(sounding)
    blended = np.flatnonzero(sounding & (saying | (table.gain[:high] < FULL)))
    if len(playing):
        which = music[playing]
        source[playing] = which
        now = frames.music_start + tick % frames.music_length
        rows[playing] = now[which]
    lying_under = rows[blended]
    if bridged.any():
        flowing = (table.source[:high] == RELAY) & (tick - table.relay_tick[:high] <= QUIET_TICKS)
        source[bridged & flowing] = RELAY
    if saying.any():
        source[saying] = PROMPT + table.cursor_end[:high][saying]
        rows[saying] = table.cursor[:high][saying]
    return _Sources(source, rows, blended, lying_under)


def _fill(table: Table, slots: Ints, source: npt.NDArray[np.int32], packets: Bytes) -> None:
    """Write the headers, and move the legs' lines on by one packet."""
    before = table.source[slots]
    back = slots[before <= RELAY]
    if len(back):
        table.line[back] = resumed_line(table, back)
    line = table.line[slots]
    changed = np.where(source != before, np.uint8(MARKER), np.uint8(0))
    header = headers(packets)
    header["first"][slots] = VERSION_2
    header["second"][slots] = table.payload_type[slots] | changed
    header["seq"][slots] = table.seq[slots]
    header["ts"][slots] = line
    header["ssrc"][slots] = table.ssrc[slots]
    table.seq[slots] += np.uint16(1)
    table.next_ts[slots] = line + np.uint32(FRAME)
    table.source[slots] = source
    table.sent[slots] += 1


def resumed_line(table: Table, slots: Ints) -> npt.NDArray[np.uint32]:
    """Return the timestamp with which a new source begins: the end of the last packet sent.

    Or the clock, where that has run away in a pause: RFC 3550 wants pauses seen (section 5.1).
    """
    line, follow = table.line[slots], table.next_ts[slots]
    behind = (line - follow).view(np.int32)
    return np.where(behind < SLACK, follow, line)
