"""GET /health and PUT /trace: what an operator is told, and may switch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any, cast

import pytest
from msgspec.structs import replace

from actors.exchange.actor import World
from actors.exchange.clock import SystemClock
from actors.http.app import build_app
from actors.ids import AgentId
from actors.messages.facts import Booked, GetJournalState
from actors.messages.life import ExchangeState
from actors.messages.media import GetMediaState
from actors.messages.sip import GetGatewayState, LegConfirmed, Media, TraceSip
from actors.messages.views import AgentSnapshot
from actors.settings import Queue, Settings
from actors.switchboard import SwitchboardActor
from tests import callkit as kit
from tests.house import GATEWAY, JOURNAL, MEDIA, SALES, House, houses
from tests.patience import PATIENCE
from tests.server import eventually


@pytest.fixture
def house() -> Iterator[House]:
    yield from houses()


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
    house.refs["floor"].stop(timeout=PATIENCE)
    house.queue(SALES).stop(timeout=PATIENCE)
    house.state["switchboard"][str] = ValueError("boom")
    house.refs["switchboard"].tell("nonsense")

    response = house.request("GET", "/health")

    told = json.loads(house.text)
    assert response.status == 503
    assert told["problems"] == ["floor is not running", "queue queue1 is not running"]
    assert told["actors"]["dead"] == ["floor", "queue queue1"]
    assert told["actors"]["faults"] == {"switchboard": 1}


def test_the_faults_of_a_call_are_told_while_it_lasts(house: House) -> None:
    exchange = house.exchanges[0]
    world = World(house.post, SystemClock(), exchange, exchange)
    settings = Settings(queues=(Queue(kit.SALES),))
    house.post.add("switchboard", SwitchboardActor.start(world, settings))
    house.post.to_switchboard(kit.incoming())
    eventually(lambda: house.get("/health")["actors"]["calls"] == 1, "the call")

    for event in (Booked(), kit.opened(), LegConfirmed(kit.CALLER, cast("Media", None))):
        house.post.to_call(kit.CALL, event)

    told = eventually(lambda: house.get("/health")["actors"]["faults"], "word of the fault")
    assert told == {"switchboard": 1}
    # Its legs are being ended: nobody has answered our BYE.
    assert house.get("/health")["actors"]["calls"] == 1


# ---- trace -----------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [True, False])
def test_the_trace_is_switched_at_the_gateway(house: House, on: bool) -> None:  # noqa: FBT001
    response = house.request("PUT", "/trace", json.dumps({"on": on}))

    assert response.status == 202
    assert json.loads(house.text) == {"on": on}
    assert house.refs["gateway"].proxy().told.get(timeout=PATIENCE) == [TraceSip(on)]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"on": 1}', "{}", "\xff", "[" * 60_000])
def test_a_bad_body_is_a_400(house: House, body: str) -> None:
    assert house.problem("PUT", "/trace", body)[0] == 400


def test_a_huge_body_is_refused_before_it_is_read(house: House) -> None:
    connection = HTTPConnection("127.0.0.1", house.server.port, timeout=PATIENCE)
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
