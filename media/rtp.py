"""The RTP packet (RFC 3550, section 5.1) as a view over a matrix with a datagram a row."""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

HEADER = np.dtype(
    [("first", "u1"), ("second", "u1"), ("seq", ">u2"), ("ts", ">u4"), ("ssrc", ">u4")]
)
HEADER_BYTES = 12
FRAME = 160
"""Samples, and bytes of G.711, in 20 ms at 8,000 Hz."""
PACKET_BYTES = HEADER_BYTES + FRAME
CLOCK = 8000
VERSION = 2
VERSION_2 = VERSION << 6
"""The first byte of a packet without padding, extension and CSRC."""
MARKER = 0x80
PAYLOAD_TYPE = 0x7F
RTCP_BYTES = 8
"""Header and SSRC of the shortest packet that says who sent it."""
RTCP_FIRST, RTCP_LAST = 200, 204
"""The second byte of RTCP on the RTP port (RFC 5761, section 4)."""

_PADDING, _EXTENSION, _CSRC = 0x20, 0x10, 0x0F
_WORD = 4


def headers(batch: Bytes) -> npt.NDArray[np.void]:
    """Return the headers of a batch (n, >= 12) as a view (n,) of HEADER: writes go through."""
    view: npt.NDArray[np.void] = batch[:, :HEADER_BYTES].view(HEADER)[:, 0]
    return view


def plain(packet: bytes) -> bytes | None:
    """Return the packet without CSRC, extension and padding; None where it is not RTP version 2."""
    if len(packet) < HEADER_BYTES or packet[0] & 0xC0 != VERSION_2:
        return None
    start = HEADER_BYTES + _WORD * (packet[0] & _CSRC)
    if packet[0] & _EXTENSION:
        if len(packet) < start + _WORD:
            return None
        start += _WORD + _WORD * int(struct.unpack_from("!H", packet, start + 2)[0])
    end = len(packet) - (packet[-1] if packet[0] & _PADDING else 0)
    if end <= start:
        return None
    return bytes([VERSION_2]) + packet[1:HEADER_BYTES] + packet[start:end]
