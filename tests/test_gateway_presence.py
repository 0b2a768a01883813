"""Presence, registration and the trace, on real SIP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway_process import CALLER, Gateway, dial, serving
from tests.notifier import Notifier
from tests.ports import free_ports
from tests.registrar import Registrar

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]


@pytest.fixture(name="gateway")
def fixture_gateway() -> Iterator[Gateway]:
    with serving() as gateway:
        yield gateway


def registered_at(port: int, password: str = "secret") -> dict[str, Any]:  # noqa: S107 - a test's
    return {"registrar": f"sip:127.0.0.1:{port}", "user": "acd", "password": password}


def wait_registration(gateway: Gateway, wanted: str, seconds: float = 5.0) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        state = gateway.state()
        if state["registration"] == wanted:
            return state
        assert time.monotonic() < deadline, f"{state}\n{gateway.log}"


def test_presence_is_told_once_for_each_change_and_idle_each_time(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        uri = f"sip:phone1@127.0.0.1:{notifier.port}"
        notifier.set("phone1", "Ready")
        gateway.do("Watch", agent="2771", uri=uri)
        assert gateway.wait("PresenceIdle", agent="2771")["uri"] == uri
        notifier.set("phone1", "Ready")
        gateway.wait("PresenceIdle", agent="2771")
        notifier.set("phone1", "Ringing")
        notifier.set("phone1", "Ringing")
        assert gateway.wait("PresenceBusy")["ringing"] is True
        notifier.set("phone1", "On the phone")
        assert gateway.wait("PresenceBusy")["ringing"] is False
        notifier.set("phone1", "On hold")
        notifier.set("phone1", "Unavailable")
        gateway.wait("PresenceUnavailable")
        notifier.set("phone1", "Gone fishing")
        assert "fishing" in gateway.wait("PresenceUnknown")["reason"]
        assert gateway.is_quiet()
        assert gateway.state()["subscriptions"] == 1
        gateway.do("Unwatch", agent="2771")
        notifier.wait_subscribed("phone1", subscribed=False)
        assert gateway.is_quiet()


def test_a_subscription_that_ends_is_unknown_at_once_and_made_anew(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        notifier.set("phone1", "On the phone")
        gateway.do("Watch", agent="2771", uri=f"sip:phone1@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceBusy")
        notifier.drop("phone1")
        gateway.wait("PresenceUnknown")
        notifier.set("phone1", "Ready")
        gateway.wait("PresenceIdle")


def test_a_refused_subscription_is_tried_again(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        notifier.refuse["phone1"] = "404 Not Found"
        gateway.do("Watch", agent="2771", uri=f"sip:phone1@127.0.0.1:{notifier.port}")
        assert "404" in gateway.wait("PresenceUnknown")["reason"]
        del notifier.refuse["phone1"]
        notifier.set("phone1", "Ready")
        gateway.wait("PresenceIdle")


def test_subscriptions_at_the_start_are_paced(gateway: Gateway) -> None:
    with Notifier(gateway.port + 4) as notifier:
        for number in range(12):
            gateway.do("Watch", agent=str(number), uri=f"sip:p{number}@127.0.0.1:{notifier.port}")
        for number in range(12):
            notifier.wait_subscribed(f"p{number}")
        assert notifier.arrivals[-1] - notifier.arrivals[0] > 0.5


def test_the_trace_is_switched_while_running(gateway: Gateway) -> None:
    gateway.do("TraceSip", on=True)
    with Notifier(gateway.port + 4) as notifier:
        gateway.do("Watch", agent="1", uri=f"sip:p@127.0.0.1:{notifier.port}")
        gateway.wait("PresenceUnavailable")
        gateway.do("Unwatch", agent="1")
        notifier.wait_subscribed("p", subscribed=False)
    gateway.do("TraceSip", on=False)
    gateway.state()
    assert f"-> UDP 127.0.0.1:{notifier.port} Request msg SUBSCRIBE" in gateway.log
    assert f"<- UDP 127.0.0.1:{notifier.port} Request msg NOTIFY" in gateway.log


def test_it_registers_with_digest_calls_as_its_account_and_unregisters() -> None:
    ports = free_ports(8)
    with (
        Registrar(ports + 4, "acd", "secret") as registrar,
        Gateway(ports, registration=registered_at(ports + 4)) as gateway,
    ):
        gateway.wait("started")
        wait_registration(gateway, "registered")
        peer = gateway.sipp("phone_refuses")
        leg = dial(gateway, asserted=CALLER)
        assert gateway.wait("LegEnded", leg=leg)["code"] == 486
        peer.finish()
        gateway.stop()
    assert 'From: "Ann \\"A\\" Lee" <sip:acd@127.0.0.1>' in gateway.log
    assert 'P-Asserted-Identity: "Ann \\"A\\" Lee" <sip:0301234@192.0.2.7>' in gateway.log
    assert registrar.seen[-1]["expires"] == "0"


def test_a_registration_that_fails_says_why_and_is_tried_again() -> None:
    ports = free_ports(8)
    with Registrar(ports + 4, "acd", "secret") as registrar:
        registrar.refusals = ["503 Service Unavailable"]
        with Gateway(ports, registration=registered_at(ports + 4)) as gateway:
            gateway.wait("started")
            assert "503" in wait_registration(gateway, "failed")["why"]
            wait_registration(gateway, "registered")
        with Gateway(ports, registration=registered_at(ports + 4, "wrong")) as gateway:
            gateway.wait("started")
            assert "403" in wait_registration(gateway, "failed")["why"]
