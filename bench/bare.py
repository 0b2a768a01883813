"""The least there is to sending and receiving: the bare loops our pump is measured against.

No logic at all: what comes is thrown away, what is sent goes out as it is, over and over.
"""

from __future__ import annotations

import gc
import multiprocessing
import select
import sys
import time
from typing import Self

import numpy as np

from bench.mmsg import Messages, plain_socket
from bench.phones import FIRST_HOST
from media.rtp import PACKET_BYTES
from media.udp import BATCH
from tests.ports import free_port

TICK_SECONDS = 0.020
TOGETHER_SECONDS = 0.003
"""How long packets to be relayed are left to gather before they are taken and sent on."""


def music(port: int, count: int, to_port: int) -> None:
    """Every 20 ms: take what came, send one packet to each of `count` phones."""
    inbound, outbound = _both(count, to_port)
    fd = _open(port)
    deadline = time.monotonic()
    while True:
        while inbound.receive(fd) == BATCH:
            pass
        outbound.send(fd, slice(0, count))
        deadline += TICK_SECONDS
        time.sleep(max(0.0, deadline - time.monotonic()))


def relay(port: int, count: int, to_port: int) -> None:
    """Whenever packets have come: take them, send as many to the next of `count` phones in turn."""
    inbound, outbound = _both(count, to_port)
    fd = _open(port)
    poller = select.epoll()
    poller.register(fd, select.EPOLLIN)
    at = 0
    while True:
        poller.poll(1.0)
        time.sleep(TOGETHER_SECONDS)
        while (came := inbound.receive(fd)) > 0:
            outbound.send(fd, np.arange(at, at + came) % count)
            at += came


_keep: list[object] = []


def _open(port: int) -> int:
    sys.setswitchinterval(0.0005)
    gc.freeze()
    gc.disable()
    sock = plain_socket(port)
    _keep.append(sock)
    return sock.fileno()


def _both(count: int, to_port: int) -> tuple[Messages, Messages]:
    """Return what is received into, and one packet for each phone."""
    outbound = Messages(np.zeros((max(count, BATCH), PACKET_BYTES), np.uint8), own_ends=False)
    outbound.packets[:, 0] = 0x80
    outbound.far["host"][:count] = FIRST_HOST + np.arange(count)
    outbound.far["port"] = to_port
    return Messages(np.zeros((BATCH, PACKET_BYTES), np.uint8), own_ends=False), outbound


class Bare:
    """One bare loop, `music` or `relay`, for the first `count` phones at `to_port`."""

    def __init__(self, loop: str, count: int, to_port: int) -> None:
        self.port = free_port()
        target = {"music": music, "relay": relay}[loop]
        self._process = multiprocessing.get_context("spawn").Process(
            target=target, args=(self.port, count, to_port), name=f"bare {loop}", daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_unused: object) -> None:
        self._process.kill()
        self._process.join(5)

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process.pid is not None  # noqa: S101 - for mypy
        return self._process.pid
