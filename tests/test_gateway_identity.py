"""Who calls, byte by byte: what is believed of whom, and what is sent to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway_process import PCMU, Gateway, audio, serving
from tests.raw_sip import RawSip, all_headers, header

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

TRUNK, STRANGER = "127.0.0.5", "127.0.0.6"
PAI = b"P-Asserted-Identity: <sip:+4930777@trunk.example;user=phone>\r\n"
ASSERTED = {"uri": "sip:+4930777@trunk.example;user=phone", "display": ""}
PEERS = [{"name": "trunk", "addresses": [TRUNK], "believed": True}]


@pytest.fixture(name="gateway", scope="module")
def fixture_gateway() -> Iterator[Gateway]:
    with serving(peers=PEERS) as gateway:
        yield gateway


def told_of(gateway: Gateway, host: str, **invite: bytes) -> Any:
    """Call from this address; returns what the switchboard is told."""
    with RawSip(host=host) as caller:
        caller.invite(gateway.port, **invite)
        incoming = gateway.wait("Incoming")
        gateway.do("Refuse", leg=incoming["leg"], code=404)
        caller.receive(b"SIP/2.0 404")
        gateway.wait("LegEnded", leg=incoming["leg"])
        return incoming


def sent_to(gateway: Gateway, host: str, **dial: Any) -> bytes:
    """Dial a phone at this address; returns the INVITE that it gets."""
    with RawSip(host=host) as phone:
        gateway.do("Dial", leg=["t-1", 1], uri=f"sip:11@{host}:{phone.port}", **dial)
        invite = phone.receive(b"INVITE ")
        phone.answer(gateway.port, invite, b"486 Busy Here")
        gateway.wait("LegEnded", leg=["t-1", 1])
        return invite


def caller(uri: str, display: str = "") -> Any:
    return {
        "local": audio(PCMU),
        "caller": {"uri": uri, "display": display},
        "asserted": ASSERTED,
        "privacy": "id",
    }


def test_an_assertion_is_taken_from_a_believed_peer_alone(gateway: Gateway) -> None:
    headers = PAI + b"Privacy: id;critical\r\n"
    assert told_of(gateway, TRUNK, headers=headers)["asserted"] == ASSERTED

    stranger = told_of(gateway, STRANGER, headers=headers)
    assert stranger["asserted"] is None
    assert sorted(stranger["privacy"]) == ["critical", "id"]


def test_an_assertion_is_sent_to_a_believed_peer_alone(gateway: Gateway) -> None:
    carla = caller("sip:5551234:secret@192.0.2.1;x=1", "Carla")

    trunk = sent_to(gateway, TRUNK, **carla)
    assert header(trunk, b"P-Asserted-Identity") == PAI[21:-2]
    assert header(trunk, b"Privacy") == b"id"

    phone = sent_to(gateway, STRANGER, **carla)
    assert all_headers(phone, b"P-Asserted-Identity") == all_headers(phone, b"Privacy") == []
    assert b"4930777" not in phone


def test_from_shows_the_callers_name_and_number_and_no_password(gateway: Gateway) -> None:
    phone = sent_to(gateway, STRANGER, **caller("sip:5551234:secret@192.0.2.1", "Carla"))

    assert header(phone, b"From").startswith(b'"Carla" <sip:5551234@127.0.0.1>;tag=')
    assert b"secret" not in phone


def test_an_anonymous_caller_is_nobody_in_from(gateway: Gateway) -> None:
    phone = sent_to(gateway, STRANGER, **caller("sip:anonymous@anonymous.invalid", "Anonymous"))

    nobody = b'"Anonymous" <sip:anonymous@anonymous.invalid>;tag='
    assert header(phone, b"From").startswith(nobody)


def test_the_trace_shows_no_password(gateway: Gateway) -> None:
    told_of(gateway, STRANGER, sender=b"<sip:bob:letmein@192.0.2.1>")

    gateway.wait_log("sip:bob:***@192.0.2.1")
    assert "letmein" not in gateway.log
