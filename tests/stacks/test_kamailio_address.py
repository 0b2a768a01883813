"""Kamailio as call server, known by its address, which is its domain, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import hears_something
from tests.hosts.stage import ACD, KAMAILIO, Stage, they_talk


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, KAMAILIO) as made:
        yield made


def test_an_agent_behind_it_logs_on_is_called_and_talks(stage: Stage) -> None:
    stage.kamailio(ACD, domains=(KAMAILIO,))
    server = stage.acd({"sip": {"call_server": f"sip:{KAMAILIO}"}})
    desk, caller = stage.phone("phone1"), stage.phone("caller")
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
