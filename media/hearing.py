"""What a batch of datagrams is: whose, audio or key; everything else is counted. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from media.g711 import Law
from media.relay import Batch
from media.rtp import (
    HEADER_BYTES,
    PAYLOAD_TYPE,
    RTCP_BYTES,
    RTCP_FIRST,
    RTCP_LAST,
    VERSION_2,
    Bytes,
    Ints,
    Mask,
    headers,
    plain,
)
from media.sessions import Index, Table


@dataclass(frozen=True, slots=True)
class Datagrams:
    """As received: `packets` (n, width), `lengths`, senders, and the door each came to.

    `control`: it came to the port above the door's, which is RTCP's (RFC 3550, section 11).
    """

    packets: Bytes
    lengths: npt.NDArray[np.int32]
    hosts: npt.NDArray[np.uint32]
    ports: npt.NDArray[np.uint16]
    doors: npt.NDArray[np.uint16]
    control: Mask


@dataclass(frozen=True, slots=True)
class Heard:
    """What they are: `batch` of sessions, `strangers` (rows nobody has), RTCP packets counted.

    `alive`: the legs that sent anything at all, be it RTCP: from the port of their RTP (RFC 5761)
    or the one above.
    """

    batch: Batch
    alive: Ints
    strangers: Ints
    rtcp: int


def recognise(table: Table, index: Index, datagrams: Datagrams) -> Heard:
    """Tell the sessions' packets by their senders; what a session may not send is `refused`."""
    packets, lengths = datagrams.packets, datagrams.lengths
    second = packets[:, 1]
    rtcp = (second >= RTCP_FIRST) & (second <= RTCP_LAST) & (lengths >= RTCP_BYTES)
    keys = _keys(datagrams)
    legs = index.find(keys)
    above = rtcp & (legs < 0)
    if above.any():  # from the port above their RTP's: the next lower key
        legs = np.where(above, index.find(keys - np.uint64(1)), legs)
    _simplify(datagrams, legs)
    kind = (second & PAYLOAD_TYPE).astype(np.int16)
    known = legs >= 0
    mu_law, dtmf = kind == table.mu_law[legs], kind == table.dtmf[legs]
    good = mu_law | dtmf | (kind == table.a_law[legs])
    good &= (packets[:, 0] == VERSION_2) & (lengths > HEADER_BYTES) & known & ~rtcp
    good &= ~datagrams.control
    refused = legs[known & ~good & ~rtcp]
    if len(refused):
        np.add.at(table.refused, refused, 1)
    rows = np.flatnonzero(good)
    rows = rows[np.argsort(legs[rows], kind="stable")]
    header = headers(packets)[rows]
    batch = Batch(
        packets,
        rows,
        legs[rows].astype(np.int64),
        lengths[rows].astype(np.int64),
        np.where(mu_law[rows], int(Law.MU), int(Law.A)),
        dtmf[rows],
        header["seq"].astype(np.uint16),
        header["ts"].astype(np.uint32),
        header["ssrc"].astype(np.uint32),
    )
    alive = legs[known].astype(np.int64)
    return Heard(batch, alive, np.flatnonzero(~known), int(np.count_nonzero(rtcp & known)))


def _keys(datagrams: Datagrams) -> npt.NDArray[np.uint64]:
    """Return sessions.key_of for every row."""
    keys = datagrams.doors.astype(np.uint64) << np.uint64(48)
    keys |= datagrams.hosts.astype(np.uint64) << np.uint64(16)
    keys |= datagrams.ports
    return keys


def _simplify(datagrams: Datagrams, legs: npt.NDArray[np.int16]) -> None:
    """Take CSRC, extension and padding out of the few packets that have them."""
    first = datagrams.packets[:, 0]
    odd: Mask = (legs >= 0) & (first != VERSION_2) & (first & 0xC0 == VERSION_2)
    for row in np.flatnonzero(odd):
        simple = plain(datagrams.packets[row, : datagrams.lengths[row]].tobytes())
        if simple is not None:
            datagrams.packets[row, : len(simple)] = np.frombuffer(simple, np.uint8)
            datagrams.lengths[row] = len(simple)
