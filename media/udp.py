"""UDP in batches: recvmmsg and sendmmsg through ctypes over numpy arrays made once."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import logging
import os
import socket
import struct

import numpy as np
import numpy.typing as npt

from media.rtp import Bytes, Ints

logger = logging.getLogger(__name__)

BATCH = 1024
"""Messages a system call takes at most (UIO_MAXIOV)."""
WANTED_BUFFER = 8 << 20
"""Bytes: a second of 5,000 callers is 250,000 packets of some 768 bytes of kernel memory each; this
holds 200 ms of them."""

SOCKADDR = np.dtype([("family", "<u2"), ("port", ">u2"), ("host", ">u4"), ("zero", "u1", (8,))])
"""struct sockaddr_in."""
_IOVEC = np.dtype([("base", "u8"), ("length", "u8")])
_MMSGHDR = np.dtype(
    [
        ("name", "u8"),
        ("namelen", "u4"),
        ("_1", "u4"),
        ("iov", "u8"),
        ("iovlen", "u8"),
        ("control", "u8"),
        ("controllen", "u8"),
        ("flags", "i4"),
        ("_2", "u4"),
        ("length", "u4"),
        ("_3", "u4"),
    ]
)
"""struct mmsghdr on 64-bit Linux."""
_CMSG = np.dtype([("len", "u8"), ("level", "i4"), ("type", "i4"), ("sec", "i8"), ("nsec", "i8")])
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
IP_RECVERR = 11
"""ICMP errors are kept with the address they are about, and reported once by the next call."""
_IP_MTU_DISCOVER = 10
_IP_PMTUDISC_DO = 2
"""Never fragment: DF is set by default too, but then the kernel makes up an IP identification for
each packet all the same, which is a tenth of what relaying costs."""
_SO_MEMINFO = 55
_MEMINFO = struct.Struct("9I")
_DROPS = 8
_DONTWAIT = socket.MSG_DONTWAIT
_TRUNC = socket.MSG_TRUNC

_libc = ctypes.CDLL(None, use_errno=True)
_libc.recvmmsg.argtypes = [
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_uint,
    ctypes.c_int,
    ctypes.c_void_p,
]
_libc.sendmmsg.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int]


def open_socket(address: str, port: int) -> socket.socket:
    """Bind a UDP socket with a large receive buffer and kernel time stamps; OSError where taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    with contextlib.suppress(PermissionError):  # beyond net.core.rmem_max for root only
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, WANTED_BUFFER)
    if receive_buffer(sock) < WANTED_BUFFER:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WANTED_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WANTED_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    return sock


def receive_buffer(sock: socket.socket) -> int:
    """Return the bytes the kernel really granted (it reports the double of what was asked for)."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def kernel_drops(sock: socket.socket) -> int:
    """Return the packets dropped for want of buffer: SO_RXQ_OVFL's count, asked once a second.

    As ancillary data it would cost every packet 32 bytes more; SO_MEMINFO has the same counter.
    """
    info: tuple[int, ...] = _MEMINFO.unpack(
        sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    )
    return info[_DROPS]


class Inbox:
    """Datagrams as received: `packets` (BATCH, width), and per row length, sender and time.

    Rows below the count returned last are valid until the next `receive`.
    """

    def __init__(self, width: int) -> None:
        self.packets: Bytes = np.zeros((BATCH, width), np.uint8)
        self.senders = np.zeros(BATCH, SOCKADDR)
        self._control = np.zeros(BATCH, _CMSG)
        self._iov, self._messages = _messages(self.packets, self.senders)
        self._iov["length"] = width
        self._messages["control"] = _pointers(self._control)
        self._base = self._messages.ctypes.data

    def receive(self, fd: int, start: int) -> int:
        """Take what waits at `fd` into rows `start` and up, without waiting; return how many."""
        self._messages["namelen"][start:] = SOCKADDR.itemsize
        self._messages["controllen"][start:] = _CMSG.itemsize
        at = self._base + start * _MMSGHDR.itemsize
        count = int(_libc.recvmmsg(fd, at, BATCH - start, _DONTWAIT, None))
        if count < 0 and ctypes.get_errno() != errno.EAGAIN:  # an ICMP error, reported once
            count = int(_libc.recvmmsg(fd, at, BATCH - start, _DONTWAIT, None))
        return max(count, 0)

    def lengths(self, count: int) -> npt.NDArray[np.int32]:
        """Return the datagrams' lengths, 0 for one that was longer than the matrix is wide."""
        messages = self._messages[:count]
        lengths = messages["length"].astype(np.int32)
        lengths[messages["flags"] & _TRUNC != 0] = 0
        return lengths

    def arrivals(self, count: int) -> Ints:
        """Return when the kernel received each, in nanoseconds of Unix time."""
        control = self._control[:count]
        arrived: Ints = control["sec"] * 1_000_000_000 + control["nsec"]
        return arrived


class Outbox:
    """Datagrams to send: rows of `packets` (n, width), each with its `receivers` and `lengths`."""

    def __init__(self, packets: Bytes) -> None:
        self.packets = packets
        self.receivers = np.zeros(len(packets), SOCKADDR)
        self.receivers["family"] = socket.AF_INET
        self._iov, self._messages = _messages(packets, self.receivers)
        self.lengths: npt.NDArray[np.uint64] = self._iov["length"]
        self._queue = np.zeros(len(packets), _MMSGHDR)
        self._base = self._queue.ctypes.data

    def send(self, fd: int, rows: Ints) -> int:
        """Send these rows, BATCH a system call; return how many the kernel refused.

        A refused packet (no route, no buffer) is left out and the rest are sent: one unreachable
        phone silences nobody else. What ICMP says of an earlier one is reported by whichever is
        sent next, which is tried again: it is another phone's.
        """
        count = len(rows)
        # "clip" writes straight into `out`; the default goes through a copy: 200 rows 21 us, not 3.
        np.take(self._messages, rows, out=self._queue[:count], mode="clip")
        done = failures = 0
        tried = -1
        while done < count:
            at = self._base + done * _MMSGHDR.itemsize
            sent = int(_libc.sendmmsg(fd, at, min(BATCH, count - done), _DONTWAIT))
            if sent > 0:
                done += sent
            elif tried < done:
                tried = done
            else:
                logger.debug("sendmmsg: %s", os.strerror(ctypes.get_errno()))
                done += 1
                failures += 1
        return failures


def _pointers(array: npt.NDArray[np.generic]) -> npt.NDArray[np.uint64]:
    """Return the address of each row of a contiguous array."""
    first, step = array.ctypes.data, array.strides[0]
    return np.arange(len(array), dtype=np.uint64) * np.uint64(step) + np.uint64(first)


def _messages(
    packets: Bytes, names: npt.NDArray[np.void]
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
    """Return (iovec, mmsghdr) rows: row i points at packets[i] and names[i]."""
    iov = np.zeros(len(packets), _IOVEC)
    iov["base"] = _pointers(packets)
    messages = np.zeros(len(packets), _MMSGHDR)
    messages["name"] = _pointers(names)
    messages["namelen"] = SOCKADDR.itemsize
    messages["iov"] = _pointers(iov)
    messages["iovlen"] = 1
    return iov, messages
