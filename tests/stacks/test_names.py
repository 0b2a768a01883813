"""A call server known by name: names that take their time, lead elsewhere, or to a dead machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.raw_phone import RawPhone
from tests.hosts.stage import ACD, KAMAILIO, PHONES, Stage
from tests.hosts.talk import Talk
from tests.phones import Phone, PhoneCall
from tests.server import eventually

NAME = "pbx.example"
"""Nobody but the server under test asks for this one."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as made:
        yield made


def with_agent(stage: Stage, call_server: str = f"sip:{NAME}", ttl: int = 1) -> Phone:
    """Have agent 2771 logged on behind a call server whose address is good for so many seconds."""
    stage.lab.resolver.a(NAME, KAMAILIO, ttl=ttl)
    stage.kamailio()
    stage.acd({"sip": {"call_server": call_server}})
    desk = stage.phone("phone1")
    stage.log_on(desk, "2771")
    return desk


def wait_asked(stage: Stage, kind: str, more: int) -> None:
    """Wait until the name has been asked for so many times more."""
    resolver = stage.lab.resolver
    resolver.wait_asked(kind, NAME, resolver.asked.count((kind, NAME)) + more, timeout=30)


def call_directly(stage: Stage) -> PhoneCall:
    return stage.call_queue(stage.started("ada", stage.phones_host), f"sip:sales@{ACD}")


def test_a_name_that_is_known_is_not_asked_for_again(stage: Stage) -> None:
    desk = with_agent(stage, ttl=60)
    stage.lab.resolver.silent = True
    before = len(stage.lab.resolver.asked)

    Talk.begin(call_directly(stage), desk)

    asked = stage.lab.resolver.asked[before:]
    assert [name for _, name in asked if name.endswith(NAME)] == []


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


DEAD = {"a machine that is not there": ("192.0.2.99", 5060), "a closed port": (PHONES, 5999)}


def two_machines(stage: Stage, transport: str, dead: tuple[str, int]) -> None:
    """Let the name lead to a dead machine, and next to Kamailio."""
    resolver, (address, port) = stage.lab.resolver, dead
    resolver.a("dead.example", address)
    resolver.a("alive.example", KAMAILIO)
    service = f"_sip._{transport}.{NAME}"
    resolver.srv(service, (1, 1, port, "dead.example"), (2, 1, 5060, "alive.example"))


@pytest.mark.parametrize("place", DEAD.values(), ids=DEAD.keys())
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_where_the_first_of_two_servers_is_dead_the_second_is_used(
    stage: Stage, transport: str, place: tuple[str, int]
) -> None:
    address, port = place
    two_machines(stage, transport, place)
    desk = with_agent(stage, f"sip:{NAME};transport={transport}")
    call_directly(stage)

    desk.wait_ring().answer()

    stage.server.wait_agent("2771", "oncall")
    stage.server.wait_log(f"{transport}:{address}:{port} does not answer")
    assert (stage.offers()[-1].protocol, stage.offers()[-1].target) == (
        transport,
        (KAMAILIO, 5060),
    )


def test_where_the_first_of_two_registrars_is_dead_it_is_registered_with_the_second(
    stage: Stage,
) -> None:
    two_machines(stage, "udp", DEAD["a machine that is not there"])
    kamailio = stage.kamailio("", domains=(NAME,))
    wanted = {"registrar": f"sip:{NAME}", "user": "acd", "password": "secret"}

    stage.acd({"sip": {"call_server": "", "registration": wanted}})

    kamailio.wait_line("registered: acd", timeout=60)  # 32 s of them are timer F


def test_where_the_first_of_two_presence_servers_is_dead_the_second_is_asked(stage: Stage) -> None:
    two_machines(stage, "udp", DEAD["a machine that is not there"])
    stage.kamailio(presence=True)
    server = stage.acd(
        {
            "sip": {"call_server": f"sip:{NAME};transport=udp"},
            "presence": {"subscribe": True, "unknown_is_idle_after": -1.0},
        }
    )
    login = stage.phone("phone1").dial(stage.uri("acdlogin"))
    login.wait_up()
    login.press("2771#")
    eventually(lambda: server.agent("2771")["device"], "agent 2771 to have a phone")
    login.hang_up()

    server.wait_agent("2771", "idle", timeout=60)  # 32 s of them are timer F
