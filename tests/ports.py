"""Free UDP and TCP ports on loopback, the same one again only after hundreds of others.

Test processes side by side, of one run or of several, never hand out the same port.
"""

from __future__ import annotations

import socket
from collections import deque

# Below the kernel's ephemeral range (32768 up), so that no client socket takes one between the
# check and the use.
FIRST, LAST = 20000, 31999
BLOCK = 120
"""So many ports a process claims at a time: a server with its pool of RTP ports fits in."""

BLOCKS = (LAST + 1 - FIRST) // BLOCK
MOST_BLOCKS = 8
"""A process that has so many goes through them again: twelve find room side by side."""


class Supply:
    """This process's ports: blocks claimed by socket names, which the kernel gives only once."""

    def __init__(self) -> None:
        self._claims: dict[int, socket.socket] = {}
        self._blocks: deque[range] = deque()
        self._left = range(0)

    def take(self, count: int) -> range:
        """Return the next so many neighbouring ports, the first of them even; free or not."""
        if len(self._left) < count:
            self._left = self._next_block(count)
        taken, self._left = self._left[:count], self._left[count + count % 2 :]
        return taken

    def number(self) -> int:
        """Return a number that no other process has now, below `BLOCKS`."""
        if not self._claims:
            self._left = self._next_block(1)
        return min(self._claims)

    def _next_block(self, count: int) -> range:
        size = -(-count // BLOCK)
        if size > 1 or len(self._blocks) < MOST_BLOCKS:
            for first in range(BLOCKS + 1 - size):
                if self._claim(range(first, first + size)):
                    start = FIRST + first * BLOCK
                    self._blocks.append(range(start, start + size * BLOCK))
                    return self._blocks[-1]
        if size > 1 or not self._blocks:
            message = f"no {count} ports between {FIRST} and {LAST} that no other run has claimed"
            raise RuntimeError(message)
        self._blocks.rotate(-1)
        return self._blocks[-1]

    def _claim(self, numbers: range) -> bool:
        claims = {}
        for number in numbers:
            claims[number] = claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0acd-test-ports-{number}")
            except OSError:
                for made in claims.values():
                    made.close()
                return False
        self._claims.update(claims)
        return True


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


_supply = Supply()


def free_ports(count: int) -> int:
    """Return the first, even one of `count` neighbouring free ports."""
    for _ in range(MOST_BLOCKS * BLOCK):
        ports = _supply.take(count)
        if all(_is_free(port) for port in ports):
            return ports.start
    message = f"no {count} free ports among those this process has claimed"
    raise RuntimeError(message)


def free_port() -> int:
    """Return an even port that is free for UDP and TCP."""
    return free_ports(1)


def free_from(first: int) -> int:
    """Return an even port not far above `first` that is free with its three neighbours."""
    return next(
        port
        for port in range(first + 8 * _supply.number(), 65532, 2)
        if all(_is_free(neighbour) for neighbour in range(port, port + 4))
    )
