"""Stub actors in every place, and the real HTTP server before them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pykka

from actors.exchange.actor import Actor, World
from actors.exchange.exchange import Exchange
from actors.http.app import build_app
from actors.http.server import HttpServer
from actors.ids import QueueName
from actors.messages.facts import GetJournalState, JournalState
from actors.messages.life import ExchangeState
from actors.messages.media import GetMediaState, MediaState
from actors.messages.sip import GatewayState, GetGatewayState
from actors.messages.views import AgentSnapshot, CallView, GetSnapshot, QueueSnapshot
from actors.settings import Http
from tests.harness import Desk
from tests.patience import PATIENCE

SALES, SUPPORT = QueueName("queue1"), QueueName("queue2")

CALL = CallView(
    "335099e931f09ad46ea75b8a451ad65d@192.168.0.3",
    "assigned",
    "gateway@192.168.0.3",
    "queue1@192.168.0.3:5071",
)

GATEWAY = GatewayState("registered", "", 4, 4, 9, 1000, 2, 0, ExchangeState(lag_p99_ms=0.2))
MEDIA = MediaState(
    running=True,
    why="",
    restarts=0,
    sessions=4,
    late_p50_ms=0.1,
    late_p99_ms=0.8,
    late_max_ms=2.0,
    skipped_ticks=0,
    received=100,
    sent=100,
    send_failures=0,
    strangers=0,
    kernel_drops=0,
    dropped_batches=0,
)
JOURNAL = JournalState(0, 17, 0, "")


class Stub(Actor):
    """Answers what it was given, and keeps what it is told."""

    def __init__(self, world: World, answers: dict[type, Any], held: threading.Event) -> None:
        super().__init__(world)
        self.answers = answers
        self.told: list[Any] = []
        self._held = held

    def handle(self, message: Any) -> Any:
        if isinstance(message, GetSnapshot):
            self._held.wait()
        self.told.append(message)
        answer = self.answers.get(type(message))
        if isinstance(answer, Exception):
            raise answer
        return answer


class House:
    """Stub actors in every place, and the real server before them."""

    def __init__(self) -> None:
        desk = Desk()
        self.world = desk.world
        self.post = desk.post
        self.held = threading.Event()
        self.held.set()
        self.exchanges: list[Exchange] = []
        self.state: dict[str, dict[type, Any]] = {
            "gateway": {GetGatewayState: GATEWAY},
            "media": {GetMediaState: MEDIA},
            "journal": {GetJournalState: JOURNAL},
            "floor": {},
            "seats": {},
            "switchboard": {},
            "directory": {},
        }
        self.refs = {role: self._stub(answers) for role, answers in self.state.items()}
        for role, ref in self.refs.items():
            self.post.add(role, ref)
        self.server = HttpServer(build_app(self.post), Http(port=0, threads=4))
        self.server.start()

    def _stub(self, answers: dict[type, Any]) -> pykka.ActorRef[Stub]:
        # An exchange for each: one that is held up keeps none but itself from answering.
        exchange = Exchange()
        exchange.start()
        self.exchanges.append(exchange)
        world = World(self.post, self.world.clock, exchange, exchange)
        return Stub.start(world, answers, self.held)

    def queue(self, name: QueueName, *calls: CallView) -> pykka.ActorRef[Stub]:
        ref = self._stub({GetSnapshot: QueueSnapshot(name, calls)})
        self.post.add_queue(name, ref)
        return ref

    def agent(self, snapshot: AgentSnapshot) -> pykka.ActorRef[Stub]:
        ref = self._stub({GetSnapshot: snapshot})
        self.post.add_agent(snapshot.id, ref)
        return ref

    def request(self, method: str, path: str, body: str = "") -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        connection.request(method, path, body or None)
        response = connection.getresponse()
        self.text = response.read()
        connection.close()
        return response

    def get(self, path: str) -> Any:
        response = self.request("GET", path)
        assert response.status == 200, self.text
        assert response.getheader("Content-Type") == "application/json"
        return json.loads(self.text)

    def problem(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        response = self.request(method, path, body)
        assert response.getheader("Content-Type") == "application/problem+json"
        told = json.loads(self.text)
        assert list(told) == ["type", "title", "status", "detail"]
        assert told["type"] == "about:blank"
        assert told["status"] == response.status
        return response.status, told["detail"]


def houses() -> Iterator[House]:
    """Have a house, and take it down."""
    house = House()
    yield house
    house.held.set()
    house.server.stop()
    pykka.ActorRegistry.stop_all(timeout=PATIENCE)
    for exchange in house.exchanges:
        exchange.stop()
