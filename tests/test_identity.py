"""Who a caller is, and to whom: asserted identities, privacy, and what nobody is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.wire import message, text
from actors.core.wire.identity import Told, told
from actors.core.wire.names import written
from actors.core.wire.uri import SipUri
from actors.ids import CallId, Leg
from actors.messages.phone import Hop
from actors.messages.sip import Incoming, Party, Rights
from actors.settings import Privacy

STRANGER = Rights("", may_call=True)
BELIEVED = Rights("trunk", may_call=True, believed=True)
CARLA = '"Carla" <sip:5551234@192.0.2.1>'
NETWORK = "P-Asserted-Identity: <sip:+4930777@trunk.example;user=phone>\r\n"
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
KEPT = Privacy()
NOBODY = "anonymous@anonymous.invalid"


def invite(sender: str, headers: str = "", rights: Rights = STRANGER) -> Incoming:
    came = message.read(
        f"INVITE sip:sales@acd.example SIP/2.0\r\nFrom: {sender};tag=1\r\nTo: <sip:sales@acd>\r\n"
        f"Call-ID: 1\r\nContact: <sip:192.0.2.1>\r\n{headers}\r\n"
    )
    return message.incoming(Leg(CallId("c"), 0), came, None, Hop("192.0.2.1", 5060), 0.0, rights)


def everybody(incoming: Incoming, kept: Privacy = KEPT) -> Told:
    return told(incoming, kept)


@pytest.mark.parametrize(
    ("sender", "headers", "rights", "phone", "address"),
    [
        # From is what is there, where nobody vouches for more.
        (CARLA, "", STRANGER, CARLA, "5551234@192.0.2.1"),
        (CARLA, NETWORK, STRANGER, CARLA, "5551234@192.0.2.1"),
        (CARLA, "P-Preferred-Identity: <sip:2@b>\r\n", BELIEVED, CARLA, "5551234@192.0.2.1"),
        # A believed peer's word counts, and the name that goes with it.
        (
            CARLA,
            NETWORK,
            BELIEVED,
            '"Carla" <sip:+4930777@trunk.example;user=phone>',
            "+4930777@trunk.example",
        ),
        (CARLA, 'P-Asserted-Identity: "C" <sip:1@b>\r\n', BELIEVED, '"C" <sip:1@b>', "1@b"),
        (CARLA, "P-Asserted-Identity: tel:+4930\r\n", BELIEVED, '"Carla" <tel:+4930>', "+4930"),
        (CARLA, "P-Asserted-Identity: <tel:+1>, <sip:1@b>\r\n", BELIEVED, '"Carla" <tel:+1>', "+1"),
        (
            CARLA,
            "P-Asserted-Identity: <sip:1@b>\r\nP-Asserted-Identity: <tel:+1>\r\n",
            BELIEVED,
            '"Carla" <sip:1@b>',
            "1@b",
        ),
        (CARLA, "P-Asserted-Identity: \r\n", BELIEVED, CARLA, "5551234@192.0.2.1"),
        (CARLA, "P-Asserted-Identity: Ann\r\n", BELIEVED, CARLA, "5551234@192.0.2.1"),
        (CARLA, "P-Asserted-Identity: <sip:b>\r\n", BELIEVED, CARLA, "5551234@192.0.2.1"),
        # Privacy, from anybody.
        (CARLA, "Privacy: id\r\n", STRANGER, ANONYMOUS, NOBODY),
        (CARLA, "Privacy: user\r\n", STRANGER, ANONYMOUS, NOBODY),
        (CARLA, "Privacy: HEADER ; critical\r\n", STRANGER, ANONYMOUS, NOBODY),
        (CARLA, NETWORK + "Privacy: critical;id\r\n", BELIEVED, ANONYMOUS, NOBODY),
        (CARLA, NETWORK + "Privacy: session, user\r\n", BELIEVED, ANONYMOUS, NOBODY),
        (CARLA, "Privacy: session;critical\r\n", STRANGER, CARLA, "5551234@192.0.2.1"),
        (CARLA, "Privacy: none\r\n", STRANGER, CARLA, "5551234@192.0.2.1"),
        (CARLA, "Privacy: \r\n", STRANGER, CARLA, "5551234@192.0.2.1"),
        # An anonymous From, as RFC 3323 has it and as trunks write it.
        (ANONYMOUS, NETWORK, BELIEVED, ANONYMOUS, NOBODY),
        ("<sip:Anonymous@192.0.2.1>", NETWORK, BELIEVED, ANONYMOUS, NOBODY),
        ("sip:unknown@anonymous.invalid", "", STRANGER, ANONYMOUS, NOBODY),
        (
            ANONYMOUS,
            NETWORK + "Privacy: none\r\n",
            BELIEVED,
            "<sip:+4930777@trunk.example;user=phone>",
            "+4930777@trunk.example",
        ),
        # A password is nobody's.
        ("<sip:bob:secret@192.0.2.1>", "", STRANGER, "<sip:bob@192.0.2.1>", "bob@192.0.2.1"),
    ],
)
def test_who_the_caller_is(
    sender: str, headers: str, rights: Rights, phone: str, address: str
) -> None:
    seen = everybody(invite(sender, headers, rights))

    assert written(seen.phone) == phone
    assert (seen.rest, seen.journal.uri.address) == (address, address)


def test_a_strangers_assertion_is_not_read_and_so_passed_on_to_nobody() -> None:
    assert everybody(invite(CARLA, NETWORK, STRANGER)).asserted is None
    assert everybody(invite(CARLA, "", BELIEVED)).asserted is None


def test_believed_peers_are_told_an_anonymous_caller_and_that_nobody_else_may_know() -> None:
    seen = everybody(invite(CARLA, NETWORK + "Privacy: id\r\n", BELIEVED))

    assert seen.asserted
    assert str(seen.asserted.uri) == "sip:+4930777@trunk.example;user=phone"
    assert seen.privacy == "id"
    assert everybody(invite(CARLA, NETWORK, BELIEVED)).privacy == ""


@pytest.mark.parametrize("place", ["agents", "rest", "journal"])
def test_privacy_is_kept_where_the_configuration_keeps_it(place: str) -> None:
    call = invite(CARLA, "Privacy: id\r\n")
    seen = everybody(call, Privacy(**{place: False}))

    known = {
        "agents": seen.phone.uri.address,
        "rest": seen.rest,
        "journal": seen.journal.uri.address,
    }
    assert known.pop(place) == "5551234@192.0.2.1"
    assert set(known.values()) == {NOBODY}
    assert bool(seen.privacy) is (place != "agents")


def test_what_is_no_uri_shows_no_password_either() -> None:
    odd = SipUri.read("sip:bob:secret@bad host")

    assert "secret" not in f"{odd}{odd!r}{odd.address}{odd.number}{written(Party(odd))}"


@pytest.mark.parametrize(
    ("came", "logged"),
    [
        ("From: <sip:bob:secret@h>;tag=1", "From: <sip:bob:***@h>;tag=1"),
        ("INVITE SIPS:b%20:s;x=1@h SIP/2.0", "INVITE SIPS:b%20:***@h SIP/2.0"),
        ("Contact: <sip:bob@192.0.2.1:5060>", "Contact: <sip:bob@192.0.2.1:5060>"),
        ("To: sip:192.0.2.1:5060, sip:a@b", "To: sip:192.0.2.1:5060, sip:a@b"),
    ],
)
def test_a_message_is_logged_without_passwords(came: str, logged: str) -> None:
    assert text.without_passwords(came) == logged


@given(st.lists(st.text(max_size=20)), st.lists(st.text(max_size=20)))
@pytest.mark.parametrize("rights", [STRANGER, BELIEVED])
def test_nothing_that_comes_is_too_odd(
    rights: Rights, asserted: list[str], wishes: list[str]
) -> None:
    lines = [f"P-Asserted-Identity: {one}\r\n" for one in asserted]
    lines += [f"Privacy: {one}\r\n" for one in wishes]

    seen = everybody(invite(CARLA, "".join(lines), rights))

    assert rights.believed or seen.asserted is None
    assert len(f"{seen.rest}{written(seen.journal)}{written(seen.phone)}".splitlines()) == 1
