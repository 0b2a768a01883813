"""A call server known by name, while names take their time or lead elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.raw_phone import RawPhone
from tests.hosts.stage import ACD, KAMAILIO, PHONES, Stage
from tests.phones import Phone

NAME = "pbx.example"
"""Nobody but the server under test asks for this one."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as made:
        yield made


def with_agent(stage: Stage) -> Phone:
    """Have agent 2771 logged on behind a call server whose address is good for a second."""
    stage.lab.resolver.a(NAME, KAMAILIO, ttl=1)
    stage.kamailio()
    stage.acd({"sip": {"call_server": f"sip:{NAME}"}})
    desk = stage.phone("phone1")
    stage.log_on(desk, "2771")
    return desk


def wait_asked(stage: Stage, kind: str, more: int) -> None:
    """Wait until the name has been asked for so many times more."""
    resolver = stage.lab.resolver
    resolver.wait_asked(kind, NAME, resolver.asked.count((kind, NAME)) + more, timeout=30)


def call_directly(stage: Stage) -> None:
    call = stage.started("ada", stage.phones_host).dial(f"sip:sales@{ACD}")
    call.wait_up()


def test_a_name_server_that_does_not_answer_is_no_fault_of_the_phones(stage: Stage) -> None:
    desk = with_agent(stage)
    stage.lab.resolver.silent = True
    wait_asked(stage, "NAPTR", 1)

    call_directly(stage)

    desk.wait_ring().answer()
    stage.server.wait_agent("2771", "oncall")
    assert len(stage.offers()) == 1


def test_a_call_server_that_has_moved_is_called_where_it_is(stage: Stage) -> None:
    with_agent(stage)
    with RawPhone(stage.phones_host, "other", 5060) as other:
        stage.lab.resolver.a(NAME, PHONES, ttl=1)
        wait_asked(stage, "A", 2)

        call_directly(stage)

        assert other.wait_request("INVITE").message.uri == "sip:phone1@one.example"
        stage.server.wait_agent("2771", "oncall")
