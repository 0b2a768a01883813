"""linphone as a caller and as an agent's phone, without a call server and behind one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import hears_tone
from tests.hosts.linphone import Linphone
from tests.hosts.stage import ACD, Stage
from tests.phones import PhoneCall
from tests.server import eventually


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, ACD) as made:
        yield made


def they_talk(linphone: Linphone, call: PhoneCall) -> None:
    linphone.say_tone(600)
    call.say_tone(1100)
    linphone.hears_tone(1100)
    hears_tone(call, 600)


def test_a_linphone_calls_a_queue_talks_holds_and_hangs_up(stage: Stage) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    desk, caller = stage.started("desk", stage.phones_host), stage.linphone("ada")
    stage.log_on(desk, "2771")

    caller.dial(stage.uri("sales"))
    assert server.wait_calls("sales", "assigned")[0]["from"] == f"ada@{stage.phones_host.address}"
    call = desk.wait_ring()
    call.answer()
    they_talk(caller, call)
    caller.hold()
    caller.resume()
    they_talk(caller, call)
    caller.hang_up()

    call.wait_over()
    server.wait_agent("2771", "idle")
    server.wait_calls("sales")


@pytest.mark.parametrize("dtmf", ["rtpevent", "info", "both"])
def test_a_linphone_logs_an_agent_on_and_is_called(stage: Stage, dtmf: str) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    desk, caller = stage.linphone("desk", dtmf=dtmf), stage.started("ada", stage.phones_host)
    desk.dial(stage.uri("acdlogin"))
    desk.press("2771#")
    eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
    desk.hang_up()
    server.wait_agent("2771", "idle")

    call = stage.call_queue(caller)
    desk.wait_ring()
    desk.answer()
    they_talk(desk, call)
    desk.hang_up()

    call.wait_over()
    server.wait_agent("2771", "idle")


def test_two_linphones_behind_kamailio_talk(tmp_path: Path) -> None:
    with Stage(tmp_path) as stage:
        kamailio = stage.kamailio()
        server = stage.acd()
        desk = stage.linphone("desk", registrar="one.example")
        caller = stage.linphone("ada", registrar="one.example")
        kamailio.wait_line("registered: desk")
        kamailio.wait_line("registered: ada")
        desk.dial(stage.uri("acdlogin"))
        desk.press("2771#")
        eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
        desk.hang_up()
        assert server.wait_agent("2771", "idle")["device"] == "desk@one.example"

        caller.dial(stage.uri("sales"))
        desk.wait_ring()
        desk.answer()
        desk.say_tone(1100)
        caller.say_tone(600)
        desk.hears_tone(600)
        caller.hears_tone(1100)
        desk.hang_up()

        caller.wait_over()
        server.wait_agent("2771", "idle")
        server.wait_calls("sales")
        [bye] = [seen.message for seen in stage.sent() if seen.message.start.startswith("BYE ")]
        assert re.match(r"sip:ada@one\.example;gr=urn:uuid:", bye.uri)


def test_a_linphone_refuses_a_call_and_the_next_agent_is_rung(stage: Stage) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    desk, other = stage.linphone("desk"), stage.started("other", stage.phones_host)
    desk.dial(stage.uri("acdlogin"))
    desk.press("2771#")
    eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
    desk.hang_up()
    stage.log_on(other, "2772")
    call = stage.call_queue(stage.started("ada", stage.phones_host))
    desk.wait_ring()

    desk.hang_up()

    other.wait_ring().answer()
    server.wait_agent("2772", "oncall")
    assert call.is_up
