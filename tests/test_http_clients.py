"""REST among clients that say nothing, drip, never take their answer, or come in crowds."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import resource
import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pykka
import pytest
from msgspec.structs import replace

from actors.http.gate import MOST, MOST_OF_ONE, too_many
from tests.house import CALL, SALES, SUPPORT, House
from tests.patience import PATIENCE
from tests.server import eventually

ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4")
A_CROWD = 16
"""Four times the threads of the server in these tests."""
CALLS = 2_000


class SlowClient:
    """Says `begun`, then one more byte whenever it is told to; takes nothing of what it is told."""

    def __init__(self, house: House, begun: bytes, host: str) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.bind((host, 0))
        self.socket.connect(("127.0.0.1", house.server.port))
        self.socket.sendall(begun)

    def drip(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.send(b"x")

    def has_been_closed(self) -> bool:
        """Whether the server has ended the connection, read as far as it has come."""
        self.socket.settimeout(0)
        try:
            return self.socket.recv(65_536) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def all_heard(self) -> bytes:
        """Return what the server says until it closes the connection."""
        self.socket.settimeout(PATIENCE)
        return b"".join(iter(lambda: self.socket.recv(65_536), b""))


Come = Callable[..., SlowClient]


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    # More of an answer than the kernel keeps for a client that does not read.
    house.queue(SALES, *([CALL] * CALLS))
    house.server._server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    yield house
    house.server.stop()
    pykka.ActorRegistry.stop_all(timeout=PATIENCE)


@pytest.fixture
def come(house: House) -> Iterator[Come]:
    """Have a client come from 127.0.0.1 or another address, who has begun to say something."""
    there: list[SlowClient] = []

    def come(begun: bytes, host: str = "127.0.0.1") -> SlowClient:
        there.append(SlowClient(house, begun, host))
        return there[-1]

    yield come
    for one in there:
        one.socket.close()


SLOW = {
    "says nothing": b"",
    "drips its first line": b"GET /que",
    "drips its headers": b"GET /queues HTTP/1.1\r\nHost: acd\r\nX-Slow: ",
    "drips its body": b"PUT /trace HTTP/1.1\r\nHost: acd\r\nContent-Length: 60000\r\n\r\n[",
    "never takes its answer": b"GET /queues HTTP/1.1\r\nHost: acd\r\n\r\n",
}


@pytest.mark.parametrize("begun", SLOW.values(), ids=SLOW)
def test_slow_clients_of_any_address_hold_nobody_up(house: House, come: Come, begun: bytes) -> None:
    slow = [come(begun, ADDRESSES[at % 4]) for at in range(A_CROWD)]
    for _ in range(3):
        for one in slow:
            one.drip()

        assert len(house.get("/queues")["queues"][0]["calls"]) == CALLS
        assert house.get("/health")["status"] == "ok"

    # None was sent away for the honest ones' sake: they are served beside each other.
    eventually(lambda: len(house.server._server._there) == A_CROWD, "the slow ones alone")


@pytest.mark.parametrize("begun", [SLOW[one] for one in SLOW if "drips" in one])
def test_a_client_that_drips_is_told_that_it_took_too_long(
    house: House, come: Come, begun: bytes
) -> None:
    house.server._server.timeout = 1
    slow = come(begun)

    def dripped_until_ended() -> bool:
        slow.drip()
        return bool(select.select([slow.socket], [], [], 0.05)[0])

    eventually(dripped_until_ended, "the server to have enough")

    assert slow.socket.recv(1000).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize("kind", ["says nothing", "never takes its answer"])
def test_a_client_that_does_nothing_is_let_go(house: House, come: Come, kind: str) -> None:
    house.server._server.timeout = 1
    slow = come(SLOW[kind])

    eventually(lambda: not house.server._server._there, "the server to have enough")

    eventually(slow.has_been_closed, "the end of the connection")


def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(house: House, come: Come) -> None:
    slow = come(b"GET /queues HTTP/1.1\r\nHost: acd\r\n\r\n")
    house.get("/health")

    _, _, body = slow.all_heard().partition(b"\r\n\r\n")

    assert len(json.loads(body)["queues"][0]["calls"]) == CALLS


@pytest.mark.parametrize("request_size", [1, 7, 1000])
def test_a_request_in_pieces_is_answered_as_one_in_one_piece(come: Come, request_size: int) -> None:
    body = json.dumps({"on": True, "why": "x" * 300})
    whole = f"PUT /trace HTTP/1.1\r\ncontent-LENGTH: {len(body)}\r\n\r\n{body}".encode()
    client = come(b"")

    for at in range(0, len(whole), request_size):
        client.socket.sendall(whole[at : at + request_size])

    assert client.all_heard().startswith(b"HTTP/1.1 202 Accepted\r\n")


# ---- crowds ----------------------------------------------------------------------------------


def test_of_a_crowd_at_one_address_the_one_that_waits_longest_makes_room(
    house: House, come: Come
) -> None:
    others = [come(b"", "127.0.0.2") for _ in range(3)]
    crowd = [come(b"GET ") for _ in range(MOST_OF_ONE)]
    assert house.get("/health")["status"] == "ok"

    eventually(crowd[0].has_been_closed, "the oldest to be sent away")

    assert not any(one.has_been_closed() for one in crowd[1:])
    assert not any(one.has_been_closed() for one in others)


def test_a_crowd_of_many_addresses_never_shuts_an_honest_client_out(
    house: House, come: Come
) -> None:
    for at in range(MOST + 72):
        come(b"GET ", f"127.0.1.{1 + at % 100}")

    for _ in range(5):
        assert house.get("/health")["status"] == "ok"

    assert len(house.server._server._there) <= MOST


@dataclass(eq=False)
class One:
    address: str
    since: float = 0.0
    keeps_waiting: bool = True


def test_there_is_room_up_to_the_bounds() -> None:
    few = [One("192.0.2.1") for _ in range(MOST_OF_ONE - 1)]
    many = [One(f"192.0.2.{at}") for at in range(MOST - 1)]

    assert too_many(One("192.0.2.1"), few) is None
    assert too_many(One("198.51.100.1"), many) is None


def test_where_all_are_being_answered_the_newcomer_goes() -> None:
    busy = [One("192.0.2.1", keeps_waiting=False) for _ in range(MOST_OF_ONE)]
    newcomer = One("192.0.2.1")

    assert too_many(newcomer, [*busy, newcomer]) is newcomer
    assert too_many(One("192.0.2.2"), busy) is None


def test_where_all_together_are_too_many_the_address_with_most_makes_room() -> None:
    honest = [One(f"192.0.2.{at}", since=1.0) for at in range(MOST - MOST_OF_ONE)]
    greedy = [One("198.51.100.1", since=5.0 + at) for at in range(MOST_OF_ONE)]

    assert too_many(One("203.0.113.1", since=99.0), [*honest, *greedy]) is greedy[0]


# ---- what else may go wrong ------------------------------------------------------------------


BAD: dict[str, tuple[bytes, bytes]] = {
    "in chunks": (
        b"PUT /trace HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"411 Length Required",
    ),
    "no address": (b"GET //[ HTTP/1.1\r\nHost: acd\r\n\r\n", b"400 Bad Request"),
    "a first header that goes on": (b"GET / HTTP/1.1\r\n a: b\r\n\r\n", b"400 Bad Request"),
    "bare line feeds": (b"GET /health HTTP/1.1\n\n", b"400 Bad Request"),
    "half a request, then the end": (b"GET /health HTTP/1.1\r\nHo", b"400 Bad Request"),
    "endless headers": (b"GET /health HTTP/1.1\r\nX: " + b"x" * 70_000, b"413 "),
    "an endless first line": (b"GET /" + b"x" * 70_000, b"414 "),
    "a length of a terabyte": (
        b"PUT /trace HTTP/1.1\r\nContent-Length: 1099511627776\r\n\r\n",
        b"413 ",
    ),
    "a length below nothing": (
        b"PUT /trace HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"400 Bad Request",
    ),
}


@pytest.mark.parametrize(("said", "answered"), BAD.values(), ids=BAD)
def test_what_is_no_request_is_told_so_at_once(
    come: Come, caplog: pytest.LogCaptureFixture, said: bytes, answered: bytes
) -> None:
    client = come(said)
    client.socket.shutdown(socket.SHUT_WR)

    assert client.all_heard().startswith(b"HTTP/1.1 " + answered)
    assert not caplog.records


def test_a_process_without_descriptors_says_so_briefly_and_recovers(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(one.name) for one in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 20, before[1]))
    fillers: list[int] = []
    client = socket.socket()
    client.settimeout(PATIENCE)
    try:
        with contextlib.suppress(OSError):
            while True:
                fillers.append(os.dup(0))
        with caplog.at_level(logging.ERROR):
            client.connect(("127.0.0.1", house.server.port))
            client.sendall(b"GET /health HTTP/1.1\r\nHost: acd\r\n\r\n")
            eventually(lambda: caplog.records, "a line about it")
    finally:
        for one in fillers:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert client.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")
    client.close()
    assert "Too many open files" in caplog.text
    assert len(caplog.records) < 5


def test_errors_that_a_stranger_causes_are_told_once_a_second(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.queue(SUPPORT, replace(CALL, caller=object()))

    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            assert house.request("GET", "/queues").status == 500

    assert "TypeError" in caplog.text
    assert len(caplog.records) < 20
