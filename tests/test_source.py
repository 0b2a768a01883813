"""Who answers for a try to log on: whatever a caller says of himself, his packets tell."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from actors.core.seats.source import source_of
from actors.core.wire import message as sipmsg
from actors.core.wire.origin import MOST_PROXIES, behind
from actors.core.wire.uri import SipUri
from actors.messages.sip import Party, Rights
from tests import callkit as kit

PROXY, OTHER_PROXY = "192.0.2.50", "192.0.2.51"
PHONE = "SIP/2.0/UDP 10.1.2.3:5060;branch=z9hG4bKa;rport=4567;received=198.51.100.7"
FORGED = "SIP/2.0/UDP 203.0.113.66;branch=z9hG4bKx"


def rights_of(address: str) -> Rights:
    return Rights(is_proxy=address in (PROXY, OTHER_PROXY))


def via(host: str) -> str:
    return f"SIP/2.0/UDP {host}:5060;branch=z9hG4bK{host}"


def invite(*vias: str) -> sipmsg.Message:
    lines = "".join(f"Via: {one}\r\n" for one in vias)
    return sipmsg.read(f"INVITE sip:acdlogin@x SIP/2.0\r\n{lines}\r\n")


@pytest.mark.parametrize(
    ("vias", "source", "found"),
    [
        ([PHONE], "198.51.100.7", ""),
        ([PHONE, FORGED], "198.51.100.7", ""),
        ([via(PROXY), PHONE], PROXY, "198.51.100.7"),
        ([f"{via(PROXY)}, {PHONE}"], PROXY, "198.51.100.7"),
        ([via(PROXY), PHONE, FORGED], PROXY, "198.51.100.7"),
        ([via(PROXY), via("198.51.100.7"), FORGED], PROXY, "198.51.100.7"),
        ([via(PROXY), via(OTHER_PROXY), PHONE, FORGED], PROXY, "198.51.100.7"),
        ([via(PROXY), "SIP/2.0/TCP [2001:db8::7]:5060;branch=z9hG4bKa"], PROXY, "2001:db8::7"),
        ([via(PROXY), "SIP/2.0/UDP x;received=2001:db8::7"], PROXY, "2001:db8::7"),
        ([via(PROXY), "SIP / 2.0 / UDP  198.51.100.7 ; branch=x"], PROXY, "198.51.100.7"),
        ([via(PROXY), "SIP/2.0/UDP phone.example;branch=x"], PROXY, ""),
        ([via(PROXY), ""], PROXY, ""),
        ([via(PROXY), ";,;=received"], PROXY, ""),
        ([via(PROXY)], PROXY, ""),
        ([], PROXY, ""),
        ([via(PROXY)] * 3 + [via(PROXY)] * MOST_PROXIES + [PHONE], PROXY, PROXY),
    ],
)
def test_proxies_are_looked_behind_and_nobody_else_is_believed(
    vias: list[str], source: str, found: str
) -> None:
    assert behind(invite(*vias), source, rights_of) == found


def test_a_forged_via_without_end_is_not_read_to_its_end() -> None:
    asked: list[str] = []

    def counting(address: str) -> Rights:
        asked.append(address)
        return Rights(is_proxy=True)

    behind(invite(",".join([FORGED] * 10_000)), PROXY, counting)

    assert len(asked) <= MOST_PROXIES


CALL = kit.incoming(user="acdlogin")
ADA = Party(SipUri.parse("sip:Ada@pbx.example:5080"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, "192.0.2.1"),
        ({"contact": ADA, "caller": ADA, "asserted": ADA}, "192.0.2.1"),
        ({"behind": "198.51.100.7"}, "198.51.100.7 by 192.0.2.1"),
        ({"source": ("2001:db8:1:2:3::4", 5060)}, "2001:db8:1:2::/64"),
        ({"source": ("::ffff:192.0.2.1", 5060)}, "192.0.2.1"),
        ({"rights": Rights(believed=True), "caller": ADA}, "ada@pbx.example by 192.0.2.1"),
        ({"rights": Rights(believed=True), "asserted": ADA}, "ada@pbx.example by 192.0.2.1"),
        (
            {"rights": Rights(believed=True, is_proxy=True), "asserted": ADA, "behind": "10.0.0.1"},
            "ada@pbx.example by 192.0.2.1",
        ),
    ],
)
def test_a_source_is_an_address_or_whom_a_believed_peer_vouches_for(
    change: dict[str, object], found: str
) -> None:
    replace: Callable[..., object] = msgspec.structs.replace
    changed = replace(CALL, **change)
    assert isinstance(changed, type(CALL))
    assert source_of(changed) == found
