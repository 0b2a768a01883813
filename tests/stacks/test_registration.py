"""The ACD registers with Kamailio, known by name, and is called where it has registered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.acd import LabServer
from tests.hosts.kamailio import Kamailio
from tests.hosts.stage import KAMAILIO, Stage
from tests.server import eventually

PORT = 5080


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as made:
        yield made


def registration(server: LabServer) -> str:
    return str(server.health()["registration"]["state"])


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_it_is_registered_by_name_and_again_after_the_registrar_has_forgotten_it(
    stage: Stage, transport: str
) -> None:
    resolver = stage.lab.resolver
    resolver.forget("one.example")
    resolver.srv(f"_sip._{transport}.one.example", (1, 1, PORT, "sip.one.example"))
    resolver.a("sip.one.example", KAMAILIO)
    where = f"sip:one.example;transport={transport}"
    with Kamailio(stage.folder, stage.kamailio_host, "", port=PORT, expires=10) as kamailio:
        server = stage.acd(
            {
                "sip": {
                    "call_server": where,
                    "registration": {"registrar": where, "user": "acd", "password": "secret"},
                }
            }
        )
        kamailio.wait_line("registered: acd")
        caller = stage.phone("caller", transport=transport)
        call = stage.call_queue(caller)
        call.hang_up()
        server.wait_calls("sales")

    with Kamailio(stage.folder, stage.kamailio_host, "", port=PORT, expires=10) as kamailio:
        kamailio.wait_line("registered: acd", timeout=20)
        caller.register()
        stage.call_queue(caller).hang_up()
        eventually(lambda: registration(server) == "registered", "the registration to be told")

    registers = [seen for seen in stage.sent() if seen.message.start.startswith("REGISTER ")]
    assert {seen.message.uri.split(";")[0] for seen in registers} == {"sip:one.example"}
    assert {(seen.protocol, seen.target) for seen in registers} == {(transport, (KAMAILIO, PORT))}
