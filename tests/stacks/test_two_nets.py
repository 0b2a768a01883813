"""A server with two networks: each side is told the address that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.acd import LabServer
from tests.hosts.capture import Capture
from tests.hosts.kamailio import Kamailio
from tests.hosts.lab import Lab
from tests.hosts.nets import COUNTRY, TOWN, Nets, log_on, own_addresses, talk


@pytest.fixture
def nets(tmp_path: Path) -> Iterator[Nets]:
    with Lab() as lab:
        yield Nets(lab, tmp_path)


def test_each_side_is_told_the_address_that_leads_to_it(nets: Nets) -> None:
    with (
        Capture(nets.acd_host) as town,
        Capture(nets.acd_host, "eth1") as country,
        LabServer(nets.folder, nets.acd_host) as server,
        nets.phone("ada", nets.town) as caller,
        nets.phone("desk", nets.country) as desk,
    ):
        log_on(server, desk, COUNTRY)
        talk(caller, desk).end()
        server.wait_agent("2771", "idle")

        assert own_addresses(town, TOWN) == {TOWN}
        assert own_addresses(country, COUNTRY) == {COUNTRY}


def test_so_it_is_with_a_call_server_known_by_name(nets: Nets) -> None:
    by_name = {"sip": {"call_server": "sip:one.example"}}
    with (
        Capture(nets.acd_host, "eth1") as country,
        Kamailio(nets.folder, nets.country, "acd.example"),
        LabServer(nets.folder, nets.acd_host, by_name) as server,
        nets.phone("desk", nets.country, registrar="one.example") as desk,
        nets.phone("ada", nets.town) as caller,
    ):
        desk.register()
        log_on(server, desk, "one.example")
        talk(caller, desk).end()
        server.wait_agent("2771", "idle")

        assert own_addresses(country, COUNTRY) == {COUNTRY}


def test_it_registers_with_the_address_that_leads_to_its_registrar_and_tells_it_nobody_else(
    nets: Nets,
) -> None:
    where = "sip:one.example"
    wanted = {"registrar": where, "user": "acd", "password": "secret"}
    with (
        Capture(nets.acd_host, "eth1") as country,
        Kamailio(nets.folder, nets.country, "") as kamailio,
        Capture(nets.acd_host) as town,
        LabServer(
            nets.folder, nets.acd_host, {"sip": {"call_server": where, "registration": wanted}}
        ) as server,
        nets.phone("ada", nets.town) as caller,
    ):
        kamailio.wait_line("registered: acd")
        call = caller.dial(f"sip:sales@{TOWN}")
        call.wait_up()
        call.hang_up()
        server.wait_calls("sales")

        assert own_addresses(country, COUNTRY) == {COUNTRY}
        assert own_addresses(town, TOWN) == {TOWN}
