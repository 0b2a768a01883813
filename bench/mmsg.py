"""Datagrams in batches whose own end is chosen for each: IP_PKTINFO with sendmmsg and recvmmsg.

One socket can so be thousands of phones, each at an address of its own in 127.0.0.0/8 (ip(7)).
"""

from __future__ import annotations

import ctypes
import socket

import numpy as np
import numpy.typing as npt

from media.rtp import Bytes, Ints
from media.udp import BATCH, SOCKADDR, open_socket

_IOVEC = np.dtype([("base", "u8"), ("length", "u8")])
_MMSGHDR = np.dtype(
    [
        *(("name", "u8"), ("namelen", "u4"), ("_1", "u4")),
        *(("iov", "u8"), ("iovlen", "u8"), ("control", "u8"), ("controllen", "u8")),
        *(("flags", "i4"), ("_2", "u4"), ("length", "u4"), ("_3", "u4")),
    ]
)
"""struct mmsghdr on 64-bit Linux."""
_PKTINFO = np.dtype(
    [
        *(("len", "u8"), ("level", "i4"), ("type", "i4")),
        *(("interface", "i4"), ("source", ">u4"), ("destination", ">u4"), ("_", "u4")),
    ]
)
"""struct cmsghdr with struct in_pktinfo, padded as CMSG_SPACE does."""
_CMSG_LEN = 28
_SO_TIMESTAMPNS = 35
_IP_PKTINFO = 8
_DONTWAIT = socket.MSG_DONTWAIT

_libc = ctypes.CDLL(None, use_errno=True)
_INT, _POINTER, _UINT = ctypes.c_int, ctypes.c_void_p, ctypes.c_uint
_libc.recvmmsg.argtypes = [_INT, _POINTER, _UINT, _INT, _POINTER]
_libc.sendmmsg.argtypes = [_INT, _POINTER, _UINT, _INT]


def phones_socket(port: int) -> socket.socket:
    """Return a socket at every local address that tells to which of them a datagram came."""
    sock = open_socket("0.0.0.0", port)  # noqa: S104 - all of 127.0.0.0/8, for one run
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 0)
    sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
    return sock


def plain_socket(port: int) -> socket.socket:
    """Return a socket at 127.0.0.1 that tells nothing but the datagrams."""
    sock = open_socket("127.0.0.1", port)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 0)
    return sock


class Messages:
    """mmsghdr rows over `packets` (n, width) with the far ends' addresses and our own."""

    def __init__(self, packets: Bytes, *, own_ends: bool) -> None:
        count = len(packets)
        self.packets = packets
        self.far = np.zeros(count, SOCKADDR)
        self.far["family"] = socket.AF_INET
        self.own = np.zeros(count, _PKTINFO)
        self.own["len"], self.own["type"] = _CMSG_LEN, _IP_PKTINFO
        iov = np.zeros(count, _IOVEC)
        iov["base"], iov["length"] = _pointers(packets), packets.shape[1]
        self._iov = iov
        self.rows = np.zeros(count, _MMSGHDR)
        self.rows["name"], self.rows["namelen"] = _pointers(self.far), SOCKADDR.itemsize
        self.rows["iov"], self.rows["iovlen"] = _pointers(iov), 1
        self._own_ends = own_ends
        if own_ends:
            self.rows["control"] = _pointers(self.own)
            self.rows["controllen"] = _PKTINFO.itemsize
        self._queue = np.zeros(count, _MMSGHDR)

    def receive(self, fd: int) -> int:
        """Take what waits into the first rows, at most BATCH; return how many came."""
        most = min(BATCH, len(self.rows))
        self.rows["namelen"][:most] = SOCKADDR.itemsize
        if self._own_ends:
            self.rows["controllen"][:most] = _PKTINFO.itemsize
        return max(int(_libc.recvmmsg(fd, self.rows.ctypes.data, most, _DONTWAIT, None)), 0)

    def send(self, fd: int, rows: Ints | slice) -> int:
        """Send these rows; return how many the kernel took."""
        chosen = self.rows[rows]
        count = len(chosen)
        queue = self._queue[:count]
        queue[:] = chosen
        done = taken = 0
        while done < count:
            at = queue.ctypes.data + done * _MMSGHDR.itemsize
            sent = int(_libc.sendmmsg(fd, at, min(BATCH, count - done), _DONTWAIT))
            done += max(sent, 1)  # one that is refused is left out
            taken += max(sent, 0)
        return taken


def _pointers(array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    """Return the address of each row of a contiguous array."""
    first, step = array.ctypes.data, array.strides[0]
    return np.arange(len(array), dtype=np.uint64) * np.uint64(step) + np.uint64(first)
