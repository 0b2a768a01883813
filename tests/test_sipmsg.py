"""Reading SIP messages and URIs as phones and call servers write them."""

from __future__ import annotations

import pytest

from actors.core.wire import message as sipmsg
from actors.core.wire.uri import SipUri
from actors.ids import CallId, Leg
from actors.messages.phone import Hop
from actors.messages.sip import Party, Rights

INVITE = (
    "INVITE sip:caf%C3%A9%20one@acd.example;transport=udp SIP/2.0\r\n"
    "v: SIP/2.0/UDP 192.0.2.4\r\n"
    'f: "Lee, \\"Ann\\"" <sip:+4930@example.org:5070;user=phone>;tag=1\r\n'
    "t: sip:sales@acd.example;x=y\r\n"
    "i: abc@def\r\n"
    "P-Asserted-Identity: Ann <sip:30@pbx>,\r\n <tel:+4930>\r\n"
    "m: <sip:phone1@192.0.2.4:5061;ob>\r\n"
    "Content-Type: application/SDP ; x=1\r\n"
    "\r\nv=0\r\n"
)


def test_an_invite_is_read_whole() -> None:
    found = sipmsg.incoming(
        Leg(CallId("c-1"), 0),
        sipmsg.read(INVITE),
        None,
        Hop("192.0.2.4", 5061, "tcp"),
        7.5,
        Rights("sbc", believed=True),
    )
    assert found.user == "café one"
    assert found.caller == Party(
        SipUri.parse("sip:+4930@example.org:5070;user=phone"), 'Lee, "Ann"'
    )
    assert found.called == Party(SipUri.parse("sip:sales@acd.example"))
    assert found.contact == Party(SipUri.parse("sip:phone1@192.0.2.4:5061;ob"))
    assert found.asserted == Party(SipUri.parse("sip:30@pbx"), "Ann")
    assert found.sip_call_id == "abc@def"
    assert (found.source, found.transport) == (("192.0.2.4", 5061), "tcp")
    assert found.rights.peer == "sbc"


def test_the_body_is_sdp_where_the_message_says_so() -> None:
    assert sipmsg.read(INVITE).sdp == "v=0\r\n"
    assert sipmsg.read(INVITE.replace("application/SDP", "text/plain")).sdp is None


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", "Signal= #\nDuration= 100", "#"),
        ("application/dtmf-relay", "signal=a\r\n", "A"),
        ("application/dtmf-relay", "Signal=11\r\n", "#"),
        ("application/dtmf", "10", "*"),
        ("application/dtmf", " 7 \r\n", "7"),
        ("application/dtmf", "Signal=3", "3"),
        ("application/dtmf", "x", None),
        ("application/dtmf", "²", None),
        ("application/dtmf", "", None),
        ("application/dtmf", "99", None),
        ("text/plain", "5", None),
    ],
)
def test_keys_in_info(kind: str, body: str, digit: str | None) -> None:
    text = f"INFO sip:a@b SIP/2.0\r\nContent-Type: {kind}\r\n\r\n{body}"
    assert sipmsg.digit(sipmsg.read(text)) == digit


def test_headers_that_go_on_are_those_named_and_neither_long_nor_many() -> None:
    lines = ["X-Order: 7", "User-to-User: 00ab;encoding=hex", "X-Secret: no", "x-order: 8"]
    many = [f"X-Many: {number}" for number in range(20)]
    long = ["X-Long: " + "y" * (sipmsg.LONGEST_PASSED + 1), "X-Empty:"]
    invite = sipmsg.read("\r\n".join(["INVITE sip:a@b SIP/2.0", *lines, *long, *many, "", ""]))

    names = ("User-to-User", "X-Order", "X-Long", "X-Empty", "X-Nobody", "X-Many")
    found = sipmsg.passed(invite, names)

    assert found[:4] == (
        ("User-to-User", "00ab;encoding=hex"),
        ("X-Order", "7"),
        ("X-Order", "8"),
        ("X-Many", "0"),
    )
    assert len(found) == sipmsg.MOST_PASSED
