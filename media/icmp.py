"""What the network says of packets we sent: ICMP errors, from a UDP socket's queue of them. IPv4.

A packet goes to a port that nobody listens at, or a host that is not there: with IP_RECVERR the
kernel keeps the error with the address that was sent to (RFC 1122, section 4.1.3.3).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from media.udp import IP_RECVERR

_EXTENDED_ERROR = struct.Struct("=IBBBBII")
"""struct sock_extended_err: errno, origin, type, code, padding, info, data."""
_ROOM = socket.CMSG_SPACE(_EXTENDED_ERROR.size + 16) + 64
"""The error and the sockaddr of who sent it, and a time stamp."""
_MSG_ERRQUEUE = 0x2000
_ORIGIN_ICMP = 2
_UNREACHABLE = 3
_TOO_BIG = 4
_CODES = {0: "network unreachable", 1: "host unreachable", 3: "port unreachable"}
"""RFC 792; what else there is are ways of being unreachable, too."""


class Refusal(NamedTuple):
    """Nothing that is sent to this IPv4 host and port arrives."""

    host: int
    port: int
    why: str


def refusals(sock: socket.socket, most: int) -> Iterator[Refusal]:
    """Yield what is in the socket's error queue, at most so many."""
    for _ in range(most):
        try:
            _, told, _, receiver = sock.recvmsg(0, _ROOM, _MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:  # the queue is empty
            return
        for level, kind, data in told:
            if (level, kind) != (socket.IPPROTO_IP, IP_RECVERR):
                continue
            _, origin, icmp, code, *_ = _EXTENDED_ERROR.unpack_from(data)
            if (origin, icmp) == (_ORIGIN_ICMP, _UNREACHABLE) and code != _TOO_BIG:
                (host,) = struct.unpack("!I", socket.inet_aton(receiver[0]))
                yield Refusal(host, receiver[1], _CODES.get(code, "unreachable"))
