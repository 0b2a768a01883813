"""REST over real sockets: the seed's resources to the letter, and what HTTP asks for."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import NoReturn, cast

import pykka
import pytest
from msgspec.structs import replace

from actors.exchange.post import Ref
from actors.http import asking
from actors.http.asking import ask_all
from actors.http.calls import MOST_STALE, Calls
from actors.ids import AgentId
from actors.messages.views import AgentSnapshot, GetSnapshot, QueueSnapshot
from tests.harness import FakeClock
from tests.house import CALL, SALES, SUPPORT, House, houses
from tests.patience import PATIENCE


@pytest.fixture
def house() -> Iterator[House]:
    yield from houses()


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
        ref.proxy().answers.get(timeout=PATIENCE)[GetSnapshot] = QueueSnapshot(SALES, calls)

        told = house.get("/queues")["queues"][0]["calls"]

        assert [call["state"] for call in told] == [call.state for call in calls]


def test_each_call_is_told_in_its_queue() -> None:
    calls = Calls()
    other = replace(CALL, id='"2"@192.0.2.1', caller='"M\u00fcller" <sip:m@192.0.2.1>')
    told = calls.told([QueueSnapshot(SALES, (CALL, other)), QueueSnapshot(SUPPORT, ())])

    assert json.loads(told)["queues"][0]["calls"][1]["id"] == '"2"@192.0.2.1'
    assert calls.told([QueueSnapshot(SALES, (CALL, other)), QueueSnapshot(SUPPORT, ())]) == told


def test_texts_of_ended_calls_are_forgotten() -> None:
    calls = Calls()
    for number in range(2 * MOST_STALE):
        calls.told([QueueSnapshot(SALES, (replace(CALL, id=f"{number}@192.0.2.1"),))])

    assert len(calls._kept) <= MOST_STALE + 3


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
    house.agent(AgentSnapshot(AgentId("2771"), "idle", 14, "", ())).stop(timeout=PATIENCE)

    assert house.problem("GET", "/agents") == (503, "not running: agent 2771")


def test_an_actor_that_fails_on_the_question_is_a_504(house: House) -> None:
    ref = house._stub({GetSnapshot: ValueError("boom")})
    house.post.add_queue(SALES, ref)

    assert house.problem("GET", "/queues")[0] == 504


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
