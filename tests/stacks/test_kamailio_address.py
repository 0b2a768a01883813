"""Kamailio as call server, known by its address, which is its domain, too; by UDP and by TCP.

It keeps itself in the way of every dialog (Record-Route).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import hears_something
from tests.hosts.acd import LabServer
from tests.hosts.stage import ACD, KAMAILIO, Stage, they_talk
from tests.phones import Phone

TRANSPORTS = pytest.mark.parametrize("transport", ["udp", "tcp"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, KAMAILIO) as made:
        yield made


def centre(stage: Stage, transport: str = "udp") -> tuple[LabServer, Phone, Phone]:
    """Return server, an agent's phone and a caller's, all behind Kamailio."""
    stage.kamailio(f"{ACD};transport={transport}", domains=(KAMAILIO,))
    server = stage.acd({"sip": {"call_server": f"sip:{KAMAILIO};transport={transport}"}})
    return server, stage.phone("phone1"), stage.phone("caller")


def test_an_agent_behind_it_logs_on_is_called_and_talks(stage: Stage) -> None:
    server, desk, caller = centre(stage)
    login = desk.dial(stage.uri("acdlogin"))
    login.wait_up()
    hears_something(login)
    login.press("2771#")
    login.wait_over(15)
    assert server.wait_agent("2771", "idle")["device"] == f"phone1@{KAMAILIO}"

    call = stage.call_queue(caller)
    ringing = desk.wait_ring()
    server.wait_agent("2771", "ringing")
    ringing.answer()
    they_talk(call, ringing)
    ringing.hold()
    ringing.resume()
    they_talk(call, ringing)
    call.hang_up()
    ringing.wait_over()

    server.wait_agent("2771", "idle")
    server.wait_calls("sales")
    for seen in stage.sent():
        assert seen.message.sdp is None or seen.message.sdp.address == ACD


@TRANSPORTS
def test_a_caller_who_gives_up_stops_the_ringing_behind_it(stage: Stage, transport: str) -> None:
    server, desk, caller = centre(stage, transport)
    stage.log_on(desk, "2771")
    call = stage.call_queue(caller)
    ringing = desk.wait_ring()

    call.hang_up()

    ringing.wait_over(2)
    server.wait_agent("2771", "idle")


def test_an_agent_who_hangs_up_behind_it_ends_the_call(stage: Stage) -> None:
    server, desk, caller = centre(stage)
    stage.log_on(desk, "2771")
    call = stage.call_queue(caller)
    ringing = desk.wait_ring()
    ringing.answer()
    server.wait_calls("sales", "connected")

    ringing.hang_up()

    call.wait_over()
    server.wait_agent("2771", "idle")


def test_a_phone_that_is_not_registered_passes_the_call_on(stage: Stage) -> None:
    server, gone, caller = centre(stage)
    there = stage.phone("phone2")
    stage.log_on(gone, "2771")
    stage.log_on(there, "2772")
    gone.unregister()

    stage.call_queue(caller)

    there.wait_ring().answer()
    server.wait_agent("2772", "oncall")
    assert server.agent("2771")["state"] == "unavailable"


def test_agents_take_breaks_and_log_off_behind_it(stage: Stage) -> None:
    server, desk, _ = centre(stage)
    stage.log_on(desk, "2771")

    for user, state in (("acdpause", "paused"), ("acdunpause", "idle"), ("acdlogout", "loggedout")):
        call = desk.dial(stage.uri(user))
        server.wait_agent("2771", state)
        call.hang_up()

    assert server.agent("2771")["device"] == ""
