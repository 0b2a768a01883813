"""Where an agent's phone is: called as its Contact says, reached where its login came from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.acd import LabServer
from tests.hosts.raw_phone import RawPhone
from tests.hosts.stage import ACD, KAMAILIO, PHONES, Stage
from tests.server import eventually


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, ACD) as made:
        yield made


def log_on(server: LabServer, desk: RawPhone) -> None:
    login = desk.dial(f"sip:acdlogin@{ACD}", (ACD, 5060))
    login.press("2771#")
    eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
    login.hang_up()
    server.wait_agent("2771", "idle")


@pytest.mark.parametrize(
    "contact",
    [
        f"sip:desk@{PHONES}:5080;line=9xyz",
        f"sip:desk@{PHONES}:5080;rinstance=5f1c2ad3b4e6;ob",
        "sip:desk@desk.example:5080",
        f"sip:desk%23@{PHONES}:5080;transport=udp",
        f"sip:{PHONES}:5080",
    ],
)
def test_a_phone_is_called_by_its_contact_as_it_came(stage: Stage, contact: str) -> None:
    stage.lab.resolver.a("desk.example", PHONES)
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    with RawPhone(stage.phones_host, "desk", 5080, contact) as desk:
        log_on(server, desk)

        stage.call_queue(caller)

        invite = desk.wait_request("INVITE")
        assert invite.message.uri == contact
        assert invite.message.sdp
        assert invite.message.sdp.address == ACD
        server.wait_agent("2771", "oncall")


def test_a_contact_that_points_at_a_third_host_brings_it_no_packet(stage: Stage) -> None:
    # The third host is there: what was sent to it would be seen.
    contact = f"sip:desk@{KAMAILIO}:5060"
    server = stage.acd({"sip": {"call_server": ""}, "presence": {"subscribe": True}})
    caller = stage.started("ada", stage.phones_host)
    with RawPhone(stage.phones_host, "desk", 5080, contact) as desk:
        log_on(server, desk)
        assert desk.wait_request("SUBSCRIBE").message.uri == contact

        call = stage.call_queue(caller)

        assert desk.wait_request("INVITE").message.uri == contact
        server.wait_agent("2771", "oncall")
        call.hang_up()
        desk.wait_request("BYE")
    assert all(packet.target[0] != KAMAILIO for packet in stage.capture.packets())


def test_a_phone_that_logs_on_by_tcp_is_called_on_its_connection(stage: Stage) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    desk = stage.started("desk", stage.phones_host, 5080, transport="tcp")
    stage.log_on(desk, "2771", f"{stage.uri('acdlogin')};transport=tcp")

    stage.talk(caller, desk).end()
    server.wait_agent("2771", "idle")

    [login] = [seen for seen in stage.capture.sip() if "acdlogin" in seen.message.start]
    [offer] = stage.offers()
    assert (offer.protocol, offer.target) == ("tcp", login.source)
    assert offer.message.uri == login.message.contact


def test_a_phone_by_tcp_whose_connection_is_gone_is_not_reached_until_it_is_back(
    stage: Stage,
) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    desk = stage.started("desk", stage.phones_host, 5080, transport="tcp")
    stage.log_on(desk, "2771", f"{stage.uri('acdlogin')};transport=tcp")
    desk.close()

    call = stage.call_queue(caller)

    server.wait_agent("2771", "unavailable")
    back = stage.started("desk", stage.phones_host, 5080, transport="tcp")
    back.answer_calls()
    back.dial(f"{stage.uri('acdlogin')};transport=tcp").press("2771#")
    server.wait_agent("2771", "oncall")
    call.hang_up()


def test_a_phone_back_on_another_port_takes_its_seat_again(stage: Stage) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    before = stage.started("desk", stage.phones_host, 5080)
    stage.log_on(before, "2771")
    before.close()
    back = stage.started("desk", stage.phones_host, 5090)

    stage.log_on(back, "2771")

    stage.talk(caller, back)
    assert server.agent("2771")["state"] == "oncall"
