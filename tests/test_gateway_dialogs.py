"""Headers and numbers that would leave a call without an answer, a way back, or an end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway_process import PCMU, Gateway, audio
from tests.raw_calls import end, up
from tests.raw_sip import RawSip, all_headers, header

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(90)]

HIGHEST = 2**31 - 1
"""What a CSeq may be (RFC 3261, section 8.1.1.5)."""
DIGIT = b"Signal=5\r\nDuration=100\r\n"
RELAY = b"Content-Type: application/dtmf-relay\r\n"


def hung_up_by_us(gateway: Gateway, caller: RawSip, leg: Any) -> bytes:
    """Hang up; returns the BYE as the caller gets it."""
    gateway.do("HangUp", leg=leg)
    bye = caller.receive(b"BYE ")
    caller.answer(gateway.port, bye, b"200 OK")
    gateway.wait("LegEnded", leg=leg)
    return bye


# ---- From and To, as they came ------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    [
        b"<sip:a@127.0.0.1:5070>",
        b"sip:a@127.0.0.1:5070",
        b"<sip:a@127.0.0.1:5070;transport=tcp;maddr=192.0.2.9;x=1>",
        b'"A \\"B\\" <C>;d" <sip:a%61%3b@h.example:5070;user=phone>',
        b"Ann Lee <sips:a@h.example:5061>",
        b"\xc4nn <sip:a@h.example:5070>",
        b"<tel:+4930;phone-context=example.com>",
    ],
)
def test_an_answer_has_the_from_that_came(gateway: Gateway, caller: RawSip, sender: bytes) -> None:
    answer, leg = up(gateway, caller, sender=sender)
    assert header(answer, b"From").startswith(sender + b";tag=f")

    # In our own request it is the To (RFC 3261, section 12.2.1.1).
    bye = hung_up_by_us(gateway, caller, leg)
    assert header(bye, b"To").startswith(sender + b";tag=f")


def test_a_refusal_has_from_and_to_as_they_came(gateway: Gateway, caller: RawSip) -> None:
    sent = caller.invite(gateway.port, sender=b"<sip:a@h:5070>", headers=b"Require: x\r\n")

    refused = caller.receive(b"SIP/2.0 420")
    assert header(refused, b"From") == header(sent, b"From")
    assert header(refused, b"To").startswith(header(sent, b"To"))


def test_a_name_over_two_lines_is_answered(gateway: Gateway, caller: RawSip) -> None:
    answer, leg = up(gateway, caller, sender=b'"A B"\r\n <sip:a@h.example:5070>')

    assert b"<sip:a@h.example" in header(answer, b"From")
    hung_up_by_us(gateway, caller, leg)


# ---- ways back that we cannot go ----------------------------------------------------------------


@pytest.mark.parametrize(
    "route",
    [
        b"<sip:127.0.0.1:5061;transport=tls;lr>",
        b"<sip:127.0.0.1:5061;transport=TLS;lr>, <sip:192.0.2.9;lr>",
        b"<sip:proxy.nowhere.invalid;transport=wss;lr>",
        b"<sip:[2001:db8::1]:5060;lr>",
    ],
)
def test_a_proxy_that_names_itself_by_another_transport_is_answered_by_the_way_it_took(
    gateway: Gateway, caller: RawSip, route: bytes
) -> None:
    answer, leg = up(gateway, caller, headers=b"Record-Route: %s\r\n" % route)
    assert b", ".join(all_headers(answer, b"Record-Route")) == route

    bye = hung_up_by_us(gateway, caller, leg)
    assert b", ".join(all_headers(bye, b"Route")) == route


def test_a_contact_by_another_transport_is_called_where_its_call_came_from(
    gateway: Gateway, caller: RawSip
) -> None:
    contact = b"<sip:a@127.0.0.1:5061;transport=tls>"
    _, leg = up(gateway, caller, contact=contact)

    assert hung_up_by_us(gateway, caller, leg).startswith(b"BYE " + contact[1:-1])


@pytest.mark.parametrize(
    ("headers", "contact"),
    [
        (b"Record-Route: <sips:127.0.0.1;lr>\r\n", b""),
        (b"Record-Route: <sips:127.0.0.1;lr>\r\n", b"<sip:a@192.0.2.9>"),
        (b"", b"<sips:a@127.0.0.1>"),
    ],
)
def test_what_promises_tls_all_the_way_is_refused_without_it(
    gateway: Gateway, caller: RawSip, headers: bytes, contact: bytes
) -> None:
    caller.invite(gateway.port, headers=headers, contact=contact)

    caller.receive(b"SIP/2.0 416")


@pytest.mark.parametrize("header", [b"Record-Route", b"Route"])
@pytest.mark.parametrize("uri", [b"tel:+1", b"x:y", b"http://192.0.2.1/"])
def test_a_route_that_is_no_sip_uri_is_a_bad_request(
    gateway: Gateway, caller: RawSip, header: bytes, uri: bytes
) -> None:
    for route in (b"<%s>" % uri, b"<sip:192.0.2.9;lr>, <%s>" % uri):
        caller.invite(gateway.port, headers=b"%s: %s\r\n" % (header, route))

        caller.receive(b"SIP/2.0 400")


@pytest.mark.parametrize(
    "route", [b"<tel:+1>", b"<sip:127.0.0.1:5061;transport=tls;lr>", b"<x:y>, <http://192.0.2.1>"]
)
def test_a_phone_is_acknowledged_whatever_routes_its_answer_names(
    gateway: Gateway, route: bytes
) -> None:
    with RawSip() as phone:
        gateway.do(
            "Dial",
            leg=["t-1", 1],
            uri=f"sip:11@127.0.0.1:{phone.port}",
            local=audio(PCMU),
            caller={"uri": "sip:1@192.0.2.1", "display": ""},
        )
        invite = phone.receive(b"INVITE ")
        sdp = invite.partition(b"\r\n\r\n")[2].replace(b"40000", b"17000")
        phone.answer(gateway.port, invite, b"200 OK", sdp, b"Record-Route: %s\r\n" % route)
        phone.receive(b"ACK ")
        gateway.wait("LegAnswered")
        hung_up_by_us(gateway, phone, ["t-1", 1])


# ---- numbers ------------------------------------------------------------------------------------


def test_a_bye_ends_the_call_whatever_was_numbered_higher(gateway: Gateway, caller: RawSip) -> None:
    answer, leg = up(gateway, caller)
    caller.follow(gateway.port, b"INFO", answer, HIGHEST, RELAY, DIGIT)
    caller.receive(b"SIP/2.0 200")
    caller.follow(gateway.port, b"INFO", answer, 2, RELAY, DIGIT)
    caller.receive(b"SIP/2.0 500")  # out of order: RFC 3261, section 12.2.2

    caller.follow(gateway.port, b"BYE", answer, 3)
    caller.receive(b"SIP/2.0 200")
    assert gateway.wait("LegEnded", leg=leg)["by"] == "remote"
    gateway.wait("DigitPressed", leg=leg)


def test_an_ack_with_a_number_of_its_own_stops_nothing(gateway: Gateway, caller: RawSip) -> None:
    answer, leg = up(gateway, caller)
    caller.follow(gateway.port, b"ACK", answer, 4711)

    caller.follow(gateway.port, b"INFO", answer, 2, RELAY, DIGIT)
    caller.receive(b"SIP/2.0 200")
    gateway.wait("DigitPressed", leg=leg)
    end(gateway, caller, answer, leg)
