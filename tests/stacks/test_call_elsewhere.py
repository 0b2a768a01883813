"""A phone whose Contact leads elsewhere: by a name, to a third host, or to nothing any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.acd import LabServer
from tests.hosts.raw_phone import RawPhone
from tests.hosts.stage import ACD, PHONES, Stage, they_talk
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


def test_a_phone_that_names_its_host_is_called_by_that_name(stage: Stage) -> None:
    stage.lab.resolver.a("desk.example", PHONES)
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    with RawPhone(stage.phones_host, "desk", 5080, "sip:desk@desk.example:5080") as desk:
        log_on(server, desk)

        stage.call_queue(caller)

        invite = desk.wait_request("INVITE")
        assert invite.message.uri == "sip:desk@desk.example:5080"
        assert invite.message.sdp
        assert invite.message.sdp.address == ACD
        server.wait_agent("2771", "oncall")


def test_a_contact_that_points_at_a_third_host_brings_it_no_packet(stage: Stage) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    with RawPhone(stage.phones_host, "desk", 5080, "sip:desk@192.0.2.77:5060") as desk:
        log_on(server, desk)

        stage.call_queue(caller)

        assert desk.wait_request("INVITE").message.uri == "sip:desk@192.0.2.77:5060"
    assert all(packet.target[0] != "192.0.2.77" for packet in stage.capture.packets())


def test_a_phone_by_tcp_whose_connection_is_gone_is_passed_over_until_it_logs_on_again(
    stage: Stage,
) -> None:
    server = stage.acd({"sip": {"call_server": ""}})
    caller = stage.started("ada", stage.phones_host)
    desk = stage.started("desk", stage.phones_host, 5080, transport="tcp")
    other = stage.started("other", stage.phones_host)
    by_tcp = f"{stage.uri('acdlogin')};transport=tcp"
    stage.log_on(desk, "2771", by_tcp)
    stage.log_on(other, "2772")
    desk.close()

    stage.call_queue(caller)
    other.wait_ring().answer()
    server.wait_agent("2772", "oncall")

    back = stage.started("desk", stage.phones_host, 5080, transport="tcp")
    stage.log_on(back, "2771", by_tcp)
    stage.call_queue(stage.started("grace", stage.phones_host))
    back.wait_ring().answer()
    server.wait_agent("2771", "oncall")
