"""Perl's Net::SIP without a call server: a caller with a late offer, an agent without a 180."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import hears_tone
from tests.hosts.net_sip import NetSip
from tests.hosts.stage import ACD, Stage
from tests.phones import PhoneCall
from tests.server import eventually


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, ACD) as made:
        yield made


def they_talk(bare: NetSip, call: PhoneCall) -> None:
    bare.say_tone(600)
    call.say_tone(1100)
    bare.hears_tone(1100)
    hears_tone(call, 600)


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
def test_it_calls_a_queue_and_talks_whoever_makes_the_offer(stage: Stage, *, late: bool) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    desk, caller = stage.started("desk", stage.phones_host), stage.net_sip("ada")
    stage.log_on(desk, "2771")

    caller.dial(stage.uri("sales"), late=late)
    call = desk.wait_ring()
    call.answer()
    they_talk(caller, call)
    caller.hang_up()

    call.wait_over()
    server.wait_agent("2771", "idle")
    server.wait_calls("sales")


def test_it_holds_in_the_old_way_and_resumes(stage: Stage) -> None:
    stage.acd({"sip": {"call_server": ""}})
    desk, caller = stage.started("desk", stage.phones_host), stage.net_sip("ada")
    stage.log_on(desk, "2771")
    caller.dial(stage.uri("sales"))
    call = desk.wait_ring()
    call.answer()
    they_talk(caller, call)

    caller.hold()
    caller.resume()

    they_talk(caller, call)


def test_it_logs_an_agent_on_and_answers_at_once_without_ringing(stage: Stage) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    desk, caller = stage.net_sip("desk"), stage.started("ada", stage.phones_host)
    desk.dial(stage.uri("acdlogin"))
    desk.press("2771#")
    eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone", 10)
    desk.hang_up()
    server.wait_agent("2771", "idle")

    call = stage.call_queue(caller)
    desk.wait_up()
    they_talk(desk, call)
    call.hang_up()

    desk.wait_over()
    server.wait_agent("2771", "idle")
