"""Free UDP and TCP ports on the loopback interface, never the same one twice in a run."""

from __future__ import annotations

import itertools
import os
import socket

# Below the kernel's ephemeral range (32768 up), so that no client socket takes one between the
# check and the use; each process starts elsewhere, so that runs side by side rarely meet.
FIRST, LAST = 20000, 31998

_next = itertools.count(os.getpid() * 97)


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


def free_ports(count: int) -> int:
    """Return the first, even one of `count` neighbouring free ports."""
    size = (LAST - FIRST) // 2
    for _ in range(size):
        first = FIRST + 2 * (next(_next) % size)
        for _ in range(count // 2):
            next(_next)
        if first + count <= LAST and all(_is_free(port) for port in range(first, first + count)):
            return first
    message = f"no {count} free ports between {FIRST} and {LAST}"
    raise RuntimeError(message)


def free_port() -> int:
    """Return an even port that is free for UDP and TCP."""
    return free_ports(1)


def free_from(first: int) -> int:
    """Return the first even port from `first` on that is free with its three neighbours."""
    return next(
        port
        for port in range(first, 65532, 2)
        if all(_is_free(neighbour) for neighbour in range(port, port + 4))
    )
