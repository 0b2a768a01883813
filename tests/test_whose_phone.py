"""Whether a call comes from the phone it says it is: from where that one's log-in came, or not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from actors.core.door.peers import Peers
from actors.core.wire.calling_phone import CallingPhones
from actors.core.wire.uri import SipUri
from actors.ids import CallId, Leg
from actors.messages.phone import Phone
from actors.messages.sip import Incoming, Party
from actors.settings import Peer, Sip

HERE = Sip(
    peers=(
        Peer("desks", ("10.0.0.0/8", "192.0.2.7", "192.0.2.8"), may_log_on=True),
        Peer("proxies", ("192.0.2.50", "192.0.2.51"), may_log_on=True, is_proxy=True),
        Peer("trusted", ("192.0.2.60", "192.0.2.61"), may_log_on=True, believed=True),
        Peer("named", ("sbc.example", "192.0.2.72"), may_log_on=True),
    )
)
BEHIND_A_SERVER = replace(HERE, call_server="sip:pbx.example")
FOUND = {
    "sbc.example": ("192.0.2.70", "192.0.2.71"),
    "pbx.example": ("192.0.2.100", "192.0.2.101"),
}


@dataclass(frozen=True)
class Came:
    """A call as the network tells of it."""

    source: str
    port: int = 5060
    behind: str = ""
    asserted: str = ""


def phone(came: Came, sip: Sip, contact: str) -> Phone:
    """Return the phone of a call whose From is ada's."""
    asserted = Party(SipUri.parse(f"sip:{came.asserted}@{came.source}")) if came.asserted else None
    found = CallingPhones(sip.device_from, sip.call_server).find(
        Incoming(
            Leg(CallId("t1-1"), 0),
            sip_call_id="x",
            user="acdpause",
            caller=Party(SipUri.parse(f"sip:ada@{came.source}")),
            called=Party(SipUri.parse("sip:acdpause@192.0.2.9")),
            contact=Party(SipUri.parse(contact)),
            asserted=asserted,
            remote=None,
            source=(came.source, came.port),
            at=0.0,
            rights=Peers(sip, FOUND).of(came.source),
            behind=came.behind,
        )
    )
    assert found
    return found


PHONES = {
    "the same": (Came("10.0.0.5"), Came("10.0.0.5"), True),
    "behind NAT, from a new port": (Came("10.0.0.5"), Came("10.0.0.5", 40001), True),
    "somebody of its network": (Came("10.0.0.5"), Came("10.0.0.66"), False),
    "another phone that is named with it": (Came("192.0.2.7"), Came("192.0.2.8"), False),
    "by the other of two proxies": (
        Came("192.0.2.50", behind="198.51.100.7"),
        Came("192.0.2.51", behind="198.51.100.7"),
        True,
    ),
    "somebody else behind its proxy": (
        Came("192.0.2.50", behind="198.51.100.7"),
        Came("192.0.2.50", behind="198.51.100.66"),
        False,
    ),
    "by two proxies that hide who is behind them": (Came("192.0.2.50"), Came("192.0.2.51"), True),
    "directly, as if by its proxy": (
        Came("192.0.2.50", behind="198.51.100.7"),
        Came("198.51.100.7"),
        False,
    ),
    "by the other address of a believed peer": (Came("192.0.2.60"), Came("192.0.2.61"), True),
    "vouched for": (
        Came("192.0.2.60", asserted="1001"),
        Came("192.0.2.61", asserted="1001"),
        True,
    ),
    "another is vouched for": (
        Came("192.0.2.60", asserted="1001"),
        Came("192.0.2.60", asserted="1066"),
        False,
    ),
    "by the other address of one name": (Came("192.0.2.70"), Came("192.0.2.71"), True),
    "by another address of its peer's": (Came("192.0.2.70"), Came("192.0.2.72"), False),
}


@pytest.mark.parametrize(("login", "later", "is_same"), PHONES.values(), ids=PHONES.keys())
def test_a_phone_is_who_it_says_it_is_from_where_it_logged_on(
    login: Came,
    later: Came,
    is_same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    contact = "sip:ada@10.1.2.3:5060;line=7"
    one, other = phone(login, HERE, contact), phone(later, HERE, contact)

    assert one.record == other.record == "ada@10.1.2.3"
    assert (one.identity == other.identity) is is_same
    assert Phone.parse(one.written()).identity == one.identity


SERVED = {
    "by the other address of its call server": (Came("192.0.2.100"), Came("192.0.2.101"), True),
    "vouched for": (
        Came("192.0.2.100", asserted="1001"),
        Came("192.0.2.101", asserted="1001"),
        True,
    ),
    "another is vouched for": (
        Came("192.0.2.100", asserted="1001"),
        Came("192.0.2.100", asserted="1066"),
        False,
    ),
    "past its call server": (Came("192.0.2.100"), Came("10.0.0.66"), False),
    "by somebody who is believed": (Came("192.0.2.100"), Came("192.0.2.60"), False),
    "by a proxy": (Came("192.0.2.100"), Came("192.0.2.50", behind="192.0.2.100"), False),
}


@pytest.mark.parametrize("device_from", ["auto", "from"])
@pytest.mark.parametrize(("login", "later", "is_same"), SERVED.values(), ids=SERVED.keys())
def test_a_phone_at_a_call_server_calls_through_that(
    device_from: str,
    login: Came,
    later: Came,
    is_same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    sip = replace(BEHIND_A_SERVER, device_from=device_from)
    one = phone(login, sip, f"sip:asterisk@{login.source}")
    other = phone(later, sip, f"sip:asterisk@{later.source}")

    assert one.record == "ada@pbx.example"
    assert (one.identity == other.identity) is is_same
    assert Phone.parse(one.written()).identity == one.identity


def test_two_call_servers_that_call_under_the_phones_contact_are_one() -> None:
    sip = replace(BEHIND_A_SERVER, device_from="contact")
    one, other = (
        phone(Came(source), sip, "sip:ada@10.1.2.3") for source in ("192.0.2.100", "192.0.2.101")
    )

    assert one.identity == other.identity


def test_what_a_phone_is_called_spoils_nothing_of_where_it_is() -> None:
    odd = Phone(
        SipUri.parse("sip:ada@10.1.2.3"), "ada;origin=x;record=y@10.1.2.3", origin="ä;hop=x by >%7"
    )

    assert Phone.parse(odd.written()) == odd
