"""SIP over TCP: in pieces, many in one, endless, of a wrong length; connections by the dozen."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.hostile.chance import Chance
from tests.hostile.ground import Ground
from tests.hostile.sip_texts import METHODS, Place, no_sip, outside, request
from tests.hostile.stranger import STRANGER, Stranger

AT_ONCE = 8
ROUNDS = 12
A_SECOND = 300.0
USERS = (b"wait", b"nobody")
LENGTHS = (
    b"-1", b"0", b"1", b"4", b"65535", b"65536", b"1000000", b"2147483648", b"4294967297",
    b"99999999999999999999", b"x", b"", b"10, 20", b"1 0", b"+3",
)  # fmt: skip


class Streams:
    """Each burst: some connections, on which something is said bit by bit."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        self._pacer = Stranger(chance, ground.server.sip_port)
        self._place = Place(STRANGER.encode(), 5060, ground.server.sip_port, b"TCP")
        self._kept: list[socket.socket] = []

    def close(self) -> None:
        """Leave, and hang up on what was kept open."""
        for one in self._kept:
            one.close()
        self._pacer._socket.close()

    def burst(self) -> None:
        """Open, talk in turn, shut some, keep others."""
        chance = self._chance
        with contextlib.ExitStack() as stack:
            open_ = [
                (self._connected(), chance.one(WAYS)(chance, self._place)) for _ in range(AT_ONCE)
            ]
            for sock, _ in open_:
                stack.enter_context(sock)
            for _ in range(ROUNDS):
                for sock, pieces in open_:
                    self._say(sock, pieces)
            if chance.happens(0.3) and len(self._kept) < 2 * AT_ONCE:
                self._kept.append(open_[0][0].dup())
            for sock, _ in open_:
                if chance.happens(0.3):  # a reset in place of an end
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    def _connected(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.bind((STRANGER, 0))
        sock.settimeout(1)
        with contextlib.suppress(OSError):  # one that is not let in has nothing to say
            sock.connect(("127.0.0.1", self._place.server_port))
        sock.settimeout(0)
        return sock

    def _say(self, sock: socket.socket, pieces: Iterator[bytes]) -> None:
        piece = next(pieces, b"")
        if not piece:
            return
        with contextlib.suppress(OSError):
            sock.send(self._ground.note(piece))
            while sock.recv(65_536):
                pass
        self._pacer.pace(A_SECOND)


# ---- ways of talking: each yields the next piece -----------------------------------------------


def _message(chance: Chance, place: Place) -> bytes:
    place = replace(place, port=chance.randrange(1024, 65_536))
    return request(chance, place, chance.one(METHODS), chance.one(USERS), chance.noise(100))


def _in_pieces(chance: Chance, place: Place) -> Iterator[bytes]:
    whole = _message(chance, place) + _message(chance, place)
    step = chance.one((1, 3, 17, 100, 500))
    for at in range(0, len(whole), step):
        yield whole[at : at + step]


def _many_in_one(chance: Chance, place: Place) -> Iterator[bytes]:
    while True:
        yield b"".join(_message(chance, place) for _ in range(chance.randint(2, 20)))


def _wrong_length(chance: Chance, place: Place) -> Iterator[bytes]:
    while True:
        message = _message(chance, place)
        head, _, tail = message.partition(b"Content-Length: ")
        length = chance.one(LENGTHS)
        again = b"Content-Length: 5\r\n" if chance.happens(0.2) else b""
        yield head + again + b"Content-Length: " + length + b"\r\n" + tail.partition(b"\r\n")[2]


def _no_length(chance: Chance, place: Place) -> Iterator[bytes]:
    while True:
        yield _message(chance, place).replace(b"Content-Length:", b"X:")


def _endless_header(chance: Chance, place: Place) -> Iterator[bytes]:
    yield _message(chance, place).partition(b"Content-Length")[0] + b"X: "
    while True:
        yield chance.one((b"x", b" ", b"\r\n ", b"y: z\r\n")) * chance.randrange(5000)


def _endless_line(_chance: Chance, _place: Place) -> Iterator[bytes]:
    yield b"INVITE sip:"
    while True:
        yield b"x" * 4000


def _keep_alives(chance: Chance, _place: Place) -> Iterator[bytes]:
    while True:
        yield chance.one((b"\r\n", b"\r\n\r\n", b"\r", b"\n", b"\x00")) * chance.randint(1, 3000)


def _noise(chance: Chance, _place: Place) -> Iterator[bytes]:
    while True:
        yield no_sip(chance)


def _spoilt(chance: Chance, place: Place) -> Iterator[bytes]:
    while True:
        yield outside(chance, place, USERS)


def _nothing(_chance: Chance, _place: Place) -> Iterator[bytes]:
    yield from ()


WAYS: tuple[Callable[[Chance, Place], Iterator[bytes]], ...] = (
    _in_pieces,
    _many_in_one,
    _wrong_length,
    _wrong_length,
    _no_length,
    _endless_header,
    _endless_line,
    _keep_alives,
    _noise,
    _spoilt,
    _spoilt,
    _nothing,
)
