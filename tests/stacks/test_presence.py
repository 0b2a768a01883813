"""Agents' phones behind Kamailio are watched: by its presence server, and by the phone itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.publisher import Publisher
from tests.hosts.stage import KAMAILIO, Stage
from tests.hosts.talk import Talk
from tests.hosts.watched_phone import WatchedPhone
from tests.server import eventually

SERVER = (KAMAILIO, 5060)
WATCHED = {"presence": {"subscribe": True, "unknown_is_idle_after": -1.0}}

PIDF = """<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf"
 entity="sip:phone1@one.example"><tuple id="t"><status><basic>{}</basic></status></tuple>
</presence>"""
DIALOG_INFO = """<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info"
 version="{}" state="full" entity="sip:phone1@one.example">{}</dialog-info>"""
DIALOG = '<dialog id="d" direction="initiator"><state>confirmed</state></dialog>'


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as made:
        yield made


def test_a_phone_that_its_presence_server_calls_busy_is_rung_when_it_is_free_again(
    stage: Stage,
) -> None:
    stage.kamailio(presence=True)
    server = stage.acd(WATCHED)
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.log_on(desk, "2771")
    with Publisher(stage.phones_host, "phone1@one.example", SERVER) as publisher:
        publisher.publish("on-the-phone")
        server.wait_agent("2771", "busy")
        call = stage.call_queue(caller)
        server.wait_calls("sales", "waiting")

        publisher.publish("")

        Talk.begin(call, desk)
        assert desk.ring_count() == 1


def test_a_phone_that_is_no_longer_registered_is_not_there_until_it_is_back(stage: Stage) -> None:
    stage.kamailio(presence=True)
    server = stage.acd(WATCHED)
    desk = stage.phone("phone1")
    stage.log_on(desk, "2771")

    desk.unregister()

    server.wait_agent("2771", "unavailable")
    desk.register()
    server.wait_agent("2771", "idle")
    assert not stage.offers()


@pytest.mark.parametrize(
    ("kind", "free", "taken", "state"),
    [
        ("application/pidf+xml", PIDF.format("open"), PIDF.format("closed"), "unavailable"),
        (
            "application/dialog-info+xml",
            DIALOG_INFO.format(0, ""),
            DIALOG_INFO.format(1, DIALOG),
            "busy",
        ),
    ],
    ids=["pidf", "dialog-info"],
)
def test_a_phone_that_answers_for_itself_is_watched_through_its_call_server(
    stage: Stage, kind: str, free: str, taken: str, state: str
) -> None:
    stage.kamailio()
    server = stage.acd(WATCHED)
    caller = stage.phone("caller")
    with WatchedPhone(stage.phones_host, "phone1", "one.example", SERVER, kind) as desk:
        desk.says(free)
        login = desk.dial("sip:acdlogin@one.example", SERVER)
        login.press("2771#")
        eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
        login.hang_up()
        server.wait_agent("2771", "idle")
        desk.says(taken)
        server.wait_agent("2771", state)
        stage.call_queue(caller)
        server.wait_calls("sales", "waiting")
        assert not stage.offers()

        desk.says(free.replace('version="0"', 'version="2"'))

        assert desk.wait_request("INVITE").message.uri == desk.contact
        server.wait_agent("2771", "oncall")
        assert {came.source for came in desk.came} == {SERVER}
