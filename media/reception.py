"""All the pump's sockets as one source: datagrams, and what the network says of those we sent."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import numpy as np

from media import icmp
from media.hearing import Datagrams
from media.icmp import Refusal
from media.rtp import Bytes, Ints
from media.udp import BATCH, Inbox, kernel_drops

WIDTH = 1040
"""Bytes of a datagram kept: 120 ms of G.711; not a power of two, which would share cache lines."""
MOST_REFUSALS = 256
"""A slice, of each socket: what a flood of ICMP costs at most, some 3 us each."""


class Reception:
    """Door i is the socket `rtp[i]`, and where there is one `rtcp[i]`, the port above it."""

    def __init__(self, rtp: list[int], rtcp: list[int | None]) -> None:
        self.doors = [socket.socket(fileno=fd) for fd in rtp]
        self._control = [None if fd is None else socket.socket(fileno=fd) for fd in rtcp]
        self._sockets = {
            sock.fileno(): (door, sock is not self.doors[door])
            for socks in (self.doors, self._control)
            for door, sock in enumerate(socks)
            if sock is not None
        }
        self._poll = select.epoll()
        for fd in self._sockets:
            self._poll.register(fd, select.EPOLLIN)
        self._inbox = Inbox(WIDTH)
        self._came_to = np.zeros(BATCH, np.uint16)
        self._is_control = np.zeros(BATCH, np.bool_)
        self._refused: set[int] = set()

    @property
    def packets(self) -> Bytes:
        """The matrix in which datagrams are received, a row each."""
        return self._inbox.packets

    def receive(self) -> int:
        """Take what waits, without waiting; return how many datagrams, BATCH where more may be."""
        count = 0
        for fd, events in self._poll.poll(0):
            door, control = self._sockets[fd]
            if events & select.EPOLLERR and not control:
                self._refused.add(door)
            came = self._inbox.receive(fd, count)
            self._came_to[count : count + came] = door
            self._is_control[count : count + came] = control
            count += came
            if count == BATCH:
                break
        return count

    def datagrams(self, count: int) -> Datagrams:
        """Return what was received last."""
        senders = self._inbox.senders[:count]
        return Datagrams(
            self._inbox.packets[:count],
            self._inbox.lengths(count),
            senders["host"].astype(np.uint32),
            senders["port"].astype(np.uint16),
            self._came_to[:count],
            self._is_control[:count],
        )

    def arrivals(self, count: int) -> Ints:
        """Return when the kernel received each, in nanoseconds of Unix time."""
        return self._inbox.arrivals(count)

    @property
    def has_refusals(self) -> bool:
        """Whether the network has said something since the last time."""
        return bool(self._refused)

    def refusals(self) -> Iterator[tuple[int, Refusal]]:
        """Yield door and refusal of what the network would not deliver since the last time."""
        for door in self._refused:
            for refusal in icmp.refusals(self.doors[door], MOST_REFUSALS):
                yield door, refusal
        self._refused.clear()

    def kernel_drops(self) -> int:
        """Return the RTP packets dropped for want of buffer."""
        return sum(kernel_drops(sock) for sock in self.doors)

    def close(self) -> None:
        """Close all of them."""
        self._poll.close()
        for sock in (*self.doors, *self._control):
            if sock is not None:
                sock.close()
