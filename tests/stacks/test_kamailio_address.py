"""Kamailio as call server, known by its address, which is its domain, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.stage import ACD, KAMAILIO, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, KAMAILIO) as made:
        yield made


def test_an_agent_behind_it_logs_on_is_called_and_talks(stage: Stage) -> None:
    stage.kamailio(ACD, domains=(KAMAILIO,))
    server = stage.acd({"sip": {"call_server": f"sip:{KAMAILIO}"}})
    desk, caller = stage.phone("phone1"), stage.phone("caller")
    stage.hear_out_login(desk, "2771")
    assert server.agent("2771")["device"] == f"phone1@{KAMAILIO}"

    talk = stage.talk(caller, desk)
    talk.hold()
    talk.end()

    server.wait_agent("2771", "idle")
    server.wait_calls("sales")
    for seen in stage.sent():
        assert seen.message.sdp is None or seen.message.sdp.address == ACD
