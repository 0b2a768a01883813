"""The HTTP server's start and stop, whatever its clients do."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from actors.http import asking
from actors.http.app import build_app
from actors.http.server import HttpServer
from actors.settings import Http
from tests.house import SALES, House, houses
from tests.patience import PATIENCE


@pytest.fixture
def house() -> Iterator[House]:
    yield from houses()


def test_an_address_in_use_is_told_at_the_start(house: House) -> None:
    other = HttpServer(build_app(house.post), Http(port=house.server.port))

    with pytest.raises(OSError, match=rf"http: cannot listen on 127.0.0.1:{house.server.port}: "):
        other.start()


def test_when_it_has_stopped_the_port_is_free_again(house: House) -> None:
    port = house.server.port
    house.server.stop()

    again = HttpServer(build_app(house.post), Http(port=port))
    again.start()
    again.stop()


def connected(house: House, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", house.server.port), timeout=PATIENCE)
    client.sendall(sent)
    return client


SLOW: dict[str, Callable[[House], socket.socket]] = {
    "says nothing": lambda house: connected(house, b""),
    "says half": lambda house: connected(house, b"GET /queues HTTP/1.1\r\nHos"),
    "waits for an actor": lambda house: connected(house, b"GET /queues HTTP/1.0\r\n\r\n"),
}


@pytest.mark.parametrize("connect", SLOW.values(), ids=SLOW)
def test_no_client_can_hold_up_the_stop(
    house: House, connect: Callable[[House], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "SECONDS", 3600.0)
    house.held.clear()
    house.queue(SALES)
    clients = [connect(house) for _ in range(3)]
    house.request("HEAD", "/nowhere")

    house.server.stop()

    words = [told(client) for client in clients]
    for client in clients:
        client.close()
    assert not any(b" 504 " in word for word in words), "it has waited for the actor's time to pass"


def told(client: socket.socket) -> bytes:
    """Return what a client has been told by now."""
    client.setblocking(False)  # noqa: FBT003 - socket's own argument
    try:
        return client.recv(1000)
    except (BlockingIOError, ConnectionResetError):
        return b""


def test_clients_that_say_nothing_take_no_threads(house: House) -> None:
    clients = [connected(house, b"") for _ in range(30)]

    assert house.get("/queues") == {"queues": []}
    for client in clients:
        client.close()
