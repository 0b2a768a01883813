"""Phones behind a router that hides them: agents and callers, by UDP and by TCP of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import hears_something
from tests.hosts.nat import INHABITANT, home
from tests.hosts.stage import ACD, Stage
from tests.phones import Phone

ROUTER = "192.0.2.99"
TRANSPORTS = pytest.mark.parametrize("transport", ["udp", "tcp"])


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, ACD) as made:
        yield made


def log_on(stage: Stage, phone: Phone, transport: str = "udp") -> None:
    """Hear the question first: until its audio has come out, a phone behind NAT is not known."""
    stage.log_on(
        phone, "2771", f"{stage.uri('acdlogin')};transport={transport}", first=hears_something
    )


@TRANSPORTS
def test_an_agent_behind_nat_is_called_where_the_login_came_from(
    stage: Stage, transport: str
) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    room = home(stage.lab, stage.town, ROUTER)
    desk = stage.started("desk", room, 5060, transport=transport)
    caller = stage.started("ada", stage.phones_host)
    log_on(stage, desk, transport)

    talk = stage.talk(caller, desk)
    talk.hold()
    talk.end()

    server.wait_agent("2771", "idle")
    [login] = [seen for seen in stage.capture.sip() if "acdlogin" in seen.message.start]
    [offer] = stage.offers()
    assert offer.target == login.source
    assert offer.protocol == transport
    assert offer.message.uri == login.message.contact
    assert all(seen.target[0] != INHABITANT for seen in stage.capture.sip())


@TRANSPORTS
def test_a_caller_behind_nat_hears_the_end_of_the_call(stage: Stage, transport: str) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    room = home(stage.lab, stage.town, ROUTER)
    caller = stage.started("ada", room, 5060, transport=transport)
    desk = stage.started("desk", stage.phones_host)
    stage.log_on(desk, "2771")
    talk = stage.talk(caller, desk, f"{stage.uri('sales')};transport={transport}")

    talk.agent.hang_up()

    talk.caller.wait_over()
    server.wait_calls("sales")


def test_a_phone_behind_nat_that_gives_up_its_port_is_rung_after_logging_on_again(
    stage: Stage,
) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    room = home(stage.lab, stage.town, ROUTER)
    caller = stage.started("ada", stage.phones_host)
    with_port = stage.started("desk", room, 5060)
    log_on(stage, with_port)
    with_port.close()
    back = stage.started("desk", room, 5080)

    log_on(stage, back)

    stage.talk(caller, back)
    server.wait_agent("2771", "oncall")
