"""REST over real sockets: the seed's resources to the letter, health, trace, every refusal."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NoReturn, cast

import pykka
import pytest
from msgspec.structs import replace

from actors.exchange.actor import Actor, World
from actors.exchange.exchange import Exchange
from actors.exchange.post import Ref
from actors.http import asking
from actors.http.app import build_app
from actors.http.asking import ask_all
from actors.http.calls import Calls
from actors.http.server import HttpServer
from actors.ids import AgentId, QueueName
from actors.messages.facts import GetJournalState, JournalState
from actors.messages.life import ExchangeState
from actors.messages.media import GetMediaState, MediaState
from actors.messages.sip import GatewayState, GetGatewayState, TraceSip
from actors.messages.views import AgentSnapshot, CallView, GetSnapshot, QueueSnapshot
from actors.settings import Http
from tests.harness import Desk, FakeClock

SALES, SUPPORT = QueueName("queue1"), QueueName("queue2")

CALL = CallView(
    "335099e931f09ad46ea75b8a451ad65d@192.168.0.3",
    "assigned",
    "gateway@192.168.0.3",
    "queue1@192.168.0.3:5071",
)

GATEWAY = GatewayState("registered", "", 4, 4, 1000, 2, 0, ExchangeState(lag_p99_ms=0.2))
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
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=5)
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


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.held.set()
    house.server.stop()
    pykka.ActorRegistry.stop_all(timeout=5)
    for exchange in house.exchanges:
        exchange.stop()


# ---- the seed's two resources ----------------------------------------------------------------


def test_queues_are_told_to_the_letter(house: House) -> None:
    house.queue(SALES, CALL)
    house.queue(SUPPORT)

    house.get("/queues")

    assert house.text == (
        b'{"queues": [{"name": "queue1", "calls": '
        b'[{"id": "335099e931f09ad46ea75b8a451ad65d@192.168.0.3", "state": "assigned", '
        b'"from": "gateway@192.168.0.3", "to": "queue1@192.168.0.3:5071"}]}, '
        b'{"name": "queue2", "calls": []}]}\n'
    )


def test_a_call_is_told_as_it_is_now_and_no_more_once_it_is_gone(house: House) -> None:
    ref = house.queue(SALES, CALL)
    assert house.get("/queues")["queues"][0]["calls"][0]["state"] == "assigned"

    for calls in ((replace(CALL, state="connected"),), ()):
        ref.proxy().answers.get(timeout=5)[GetSnapshot] = QueueSnapshot(SALES, calls)

        told = house.get("/queues")["queues"][0]["calls"]

        assert [call["state"] for call in told] == [call.state for call in calls]


def test_texts_are_kept_for_the_calls_told_last_only() -> None:
    calls = Calls()
    other = replace(CALL, id='"2"@192.0.2.1', caller='"M\u00fcller" <sip:m@192.0.2.1>')
    told = calls.told([QueueSnapshot(SALES, (CALL, other)), QueueSnapshot(SUPPORT, ())])

    assert json.loads(told)["queues"][0]["calls"][1]["id"] == '"2"@192.0.2.1'
    assert calls.told([QueueSnapshot(SALES, (CALL, other)), QueueSnapshot(SUPPORT, ())]) == told
    calls.told([QueueSnapshot(SALES, (other,))])
    assert list(calls._kept) == [other]


def test_agents_are_told_to_the_letter(house: House) -> None:
    house.agent(
        AgentSnapshot(
            AgentId("2771"),
            "idle",
            time.monotonic() - 14.5,
            "phone1@192.0.2.10:5080",
            (SALES, SUPPORT),
        )
    )
    house.agent(AgentSnapshot(AgentId("2772"), "loggedout", None, "", (SUPPORT,)))

    house.get("/agents")

    assert house.text == (
        b'{"agents": [{"id": "2771", "state": "idle", "idletime": "14", '
        b'"device": "phone1@192.0.2.10:5080", "memberof": ["queue1", "queue2"]}, '
        b'{"id": "2772", "state": "loggedout", "idletime": "0", "device": "", '
        b'"memberof": ["queue2"]}]}\n'
    )


def test_a_server_without_queues_and_agents_says_so(house: House) -> None:
    assert house.get("/queues") == {"queues": []}
    assert house.get("/agents") == {"agents": []}


# ---- actors that do not answer ---------------------------------------------------------------


class Silent:
    """An actor that does not answer: whoever waits for it lets the whole time pass."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def ask(self, _message: object, *, block: bool) -> Silent:
        assert not block
        return self

    def get(self, timeout: float) -> NoReturn:
        self.clock.at += timeout
        raise pykka.Timeout


def test_actors_that_do_not_answer_are_waited_for_one_second_together() -> None:
    clock = FakeClock()
    began = clock.at

    answers = ask_all(
        {name: (cast("Ref", Silent(clock)), GetSnapshot()) for name in (SALES, SUPPORT)}, clock
    )

    assert answers.late == [SALES, SUPPORT]
    assert clock.at - began == asking.SECONDS


def test_queues_that_do_not_answer_are_named_in_a_504(house: House) -> None:
    house.held.clear()
    house.queue(SALES)
    house.queue(SUPPORT)

    told = house.problem("GET", "/queues")

    assert told == (504, "no answer in time: queue queue1, queue2")


def test_an_agent_whose_actor_is_dead_is_a_503(house: House) -> None:
    house.agent(AgentSnapshot(AgentId("2771"), "idle", 14, "", ())).stop(timeout=5)

    assert house.problem("GET", "/agents") == (503, "not running: agent 2771")


def test_an_actor_that_fails_on_the_question_is_a_504(house: House) -> None:
    ref = house._stub({GetSnapshot: ValueError("boom")})
    house.post.add_queue(SALES, ref)

    assert house.problem("GET", "/queues")[0] == 504


# ---- health ----------------------------------------------------------------------------------


def test_health_is_200_where_all_is_well(house: House) -> None:
    house.queue(SALES)
    house.agent(AgentSnapshot(AgentId("2771"), "idle", 14, "", ()))

    told = house.get("/health")

    assert told["status"] == "ok"
    assert told["problems"] == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["version"])
    assert told["uptime_seconds"] >= 0
    assert told["registration"] == {"state": "registered", "why": ""}
    assert told["exchange"]["lag_p99_ms"] == 0.2
    assert told["media"]["running"] is True
    assert told["journal"] == {
        "backlog": 0,
        "written": 17,
        "lost": 0,
        "error": "",
        "clock_stepped_seconds": 0.0,
        "begun_anew": 0,
        "entries_late": 0,
        "entries_failed": 0,
    }
    assert told["actors"] == {"calls": 0, "queues": 1, "agents": 1, "dead": [], "faults": {}}


HEALTH: dict[str, tuple[str, type, Any, str]] = {
    "registration": (
        "gateway",
        GetGatewayState,
        replace(GATEWAY, registration="failed", why="403 Forbidden"),
        "registration failed: 403 Forbidden",
    ),
    "exchange stuck": (
        "gateway",
        GetGatewayState,
        replace(GATEWAY, exchange=ExchangeState(lag_p99_ms=1500.0)),
        "messages between actors wait 1500 ms",
    ),
    "overload": (
        "gateway",
        GetGatewayState,
        replace(GATEWAY, overloaded=True),
        "overload: new calls are refused",
    ),
    "pump": ("media", GetMediaState, replace(MEDIA, running=False), "the RTP pump is not running"),
    "no pump": (
        "media",
        GetMediaState,
        replace(MEDIA, running=False, why="[Errno 24] Too many open files"),
        "the RTP pump is not running: [Errno 24] Too many open files",
    ),
    "disk": (
        "journal",
        GetJournalState,
        replace(JOURNAL, error="disk is full"),
        "the journal cannot be written: disk is full",
    ),
    "backlog": (
        "journal",
        GetJournalState,
        replace(JOURNAL, backlog=20_000),
        "20000 facts wait for the journal",
    ),
    "no answer": ("media", GetMediaState, ValueError("boom"), "media does not answer"),
}


@pytest.mark.parametrize(("role", "question", "answer", "told"), HEALTH.values(), ids=HEALTH)
def test_health_is_503_where_there_is_something_to_do(
    house: House, role: str, question: type, answer: object, told: str
) -> None:
    house.state[role][question] = answer

    response = house.request("GET", "/health")

    assert response.status == 503
    assert json.loads(house.text)["problems"] == [told]


def test_registering_nowhere_or_for_the_first_time_is_no_problem(house: House) -> None:
    for registration in ("off", "registering"):
        house.state["gateway"][GetGatewayState] = replace(GATEWAY, registration=registration)

        assert house.get("/health")["registration"]["state"] == registration


def test_dead_actors_and_faults_are_named(house: House) -> None:
    house.refs["floor"].stop(timeout=5)
    house.queue(SALES).stop(timeout=5)
    house.state["switchboard"][str] = ValueError("boom")
    house.refs["switchboard"].tell("nonsense")

    response = house.request("GET", "/health")

    told = json.loads(house.text)
    assert response.status == 503
    assert told["problems"] == ["floor is not running", "queue queue1 is not running"]
    assert told["actors"]["dead"] == ["floor", "queue queue1"]
    assert told["actors"]["faults"] == {"switchboard": 1}


# ---- trace -----------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [True, False])
def test_the_trace_is_switched_at_the_gateway(house: House, on: bool) -> None:  # noqa: FBT001
    response = house.request("PUT", "/trace", json.dumps({"on": on}))

    assert response.status == 202
    assert json.loads(house.text) == {"on": on}
    assert house.refs["gateway"].proxy().told.get(timeout=5) == [TraceSip(on)]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"on": 1}', "{}", "\xff", "[" * 60_000])
def test_a_bad_body_is_a_400(house: House, body: str) -> None:
    assert house.problem("PUT", "/trace", body)[0] == 400


def test_a_huge_body_is_refused_before_it_is_read(house: House) -> None:
    connection = HTTPConnection("127.0.0.1", house.server.port, timeout=5)
    connection.putrequest("PUT", "/trace")
    connection.putheader("Content-Length", "100000000")
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()


def test_the_trace_is_switched_from_this_machine_only(house: House) -> None:
    app = build_app(house.post)
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": "/trace",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_X_FORWARDED_FOR": "127.0.0.1",
    }

    app(environ, lambda line, *_: status.append(line))

    assert status == ["403 Forbidden"]


# ---- HTTP ------------------------------------------------------------------------------------


def test_an_unknown_path_is_a_404(house: House) -> None:
    assert house.problem("GET", "/nowhere") == (404, "there is no /nowhere")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/queues", "GET, HEAD"),
        ("DELETE", "/agents", "GET, HEAD"),
        ("GET", "/trace", "PUT"),
    ],
)
def test_a_wrong_method_is_a_405_that_says_which_is_right(
    house: House, method: str, path: str, allowed: str
) -> None:
    assert house.problem(method, path) == (405, f"{path} knows no {method}")
    got = house.request(method, path).getheader("Allow")
    assert got
    assert set(got.replace(" ", "").split(",")) == set(allowed.replace(" ", "").split(","))


def test_head_is_get_without_the_body(house: House) -> None:
    house.queue(SALES, CALL)
    got = house.request("GET", "/queues")
    length = len(house.text)

    head = house.request("HEAD", "/queues")

    assert head.status == 200
    assert house.text == b""
    assert head.getheader("Content-Length") == got.getheader("Content-Length") == str(length)
    assert head.getheader("Content-Type") == "application/json"
    assert house.request("HEAD", "/nowhere").status == 404


def test_every_answer_closes_its_connection_and_may_not_be_kept(house: House) -> None:
    got = house.request("GET", "/queues")

    assert got.getheader("Connection") == "close"
    assert got.getheader("Cache-Control") == "no-store"


def test_an_error_of_ours_is_a_500_without_the_inside_and_in_the_log(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.queue(SALES, replace(CALL, caller=object()))

    with caplog.at_level(logging.ERROR):
        told = house.problem("GET", "/queues")

    assert told == (500, "this should not have happened; the log says more")
    assert "TypeError" in caplog.text


# ---- start and stop --------------------------------------------------------------------------


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
    client = socket.create_connection(("127.0.0.1", house.server.port), timeout=5)
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
