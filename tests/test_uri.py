"""SIP URIs and the names in front of them: nothing gets lost, nothing is shown that must not be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.wire import text
from actors.core.wire.names import name_addr, parties, party, written
from actors.core.wire.uri import SipUri
from actors.messages.sip import Party


@pytest.mark.parametrize(
    "uri",
    [
        "sip:192.0.2.1",
        "sip:ada@192.0.2.1",
        "sip:ada@192.0.2.11:5070;transport=tcp;line=2a7;ob",
        "sip:ada@192.0.2.11;rinstance=0f%20c;lr;maddr=239.255.255.1;ttl=15",
        "sips:1212@gateway.example",
        "sip:alice:secretword@atlanta.example;transport=tcp",
        "sip:+1-212-555-1212:1234@gateway.example;user=phone",
        "sip:alice@atlanta.example?subject=project%20x&priority=urgent",
        "sip:atlanta.example;method=REGISTER?to=alice%40atlanta.example",
        "sip:alice;day=tuesday@atlanta.example",
        "sip:j%40s0n@example.com",
        "sip:ada@[2001:db8::1]:5061;transport=tcp",
        "sip:[2001:db8::1]",
        "sip:*31%230301234@pbx_1.example",
        "sip:u&=+$,;?/.-_!~*'()@example",
        "sip:@example",
        "tel:+4930;phone-context=example.com",
        "urn:service:sos",
    ],
)
def test_a_uri_is_written_as_it_came(uri: str) -> None:
    assert str(SipUri.read(uri)) == uri.replace(":@", ":")


@pytest.mark.parametrize(
    ("came", "sent"),
    [
        (b"SIP:Ada@HOST", "sip:Ada@HOST"),
        (b" sip:ada@host:5060 ", "sip:ada@host:5060"),
        (b"sip:ada@host:", "sip:ada@host"),
        (b"sip:a@b@host", "sip:a%40b@host"),
        (b"sip:M\xfcller@host", "sip:M%FCller@host"),
        ("sip:Müller@host".encode(), "sip:M%C3%BCller@host"),
        (b"sip:#31#0301@host", "sip:%2331%230301@host"),
        (b"sip:100%@host;x=5%;y=a%2", "sip:100%25@host;x=5%25;y=a%252"),
        (b'sip:a"b c@host;l="x"', "sip:a%22b%20c@host;l=%22x%22"),
        (b"sip:a@host;;lr;", "sip:a@host;lr"),
    ],
)
def test_what_may_not_stand_in_a_uri_is_sent_escaped(came: bytes, sent: str) -> None:
    uri = SipUri.parse(text.of(came))
    assert str(uri) == sent
    assert SipUri.parse(sent) == uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "sip:",
        "sip:ada@",
        "mailto:a@b",
        "tel:+4930",
        "sip:a@b c",
        "sip:a@ho%st",
        "sip:a@h:x",
        "sip:a@h:0",
        "sip:a@h:65536",
        "sip:a@h:0177742",
        "sip:a@h:0000000000005060",
        "sip:a@h:99999999999999999999",
        "sip:a@[::1",
        "sip:a@[1.2.3.4]",
        "sip:a@[::1]x",
        "sip:a@::1",
        "sip:a@²",
    ],
)
def test_what_is_no_sip_uri_is_refused_and_read_as_something_nobody_calls(uri: str) -> None:
    with pytest.raises(ValueError, match=r"in the SIP URI|no SIP URI"):
        SipUri.parse(uri)
    assert not SipUri.read(uri).is_sip


@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_some_uri_that_reads_back(came: bytes) -> None:
    uri = SipUri.read(text.of(came))
    assert str(uri).isascii()
    assert SipUri.read(str(uri)) == uri or not uri.is_sip


parts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(parts, st.lists(st.tuples(parts.filter(bool), st.none() | parts), max_size=3), st.integers())
def test_what_is_built_reads_back(
    user: str, parameters: list[tuple[str, str | None]], n: int
) -> None:
    rest = "".join(f";{a}" if b is None else f";{a}={b}" for a, b in parameters)
    port = 1 + n % 65535
    uri = SipUri.read(f"sip:{user}@host.example:{port}{rest}")
    assert SipUri.read(str(uri)) == uri or not uri.is_sip


def test_a_password_is_nowhere_but_in_the_uri_itself() -> None:
    uri = SipUri.parse("sip:ada:secret@192.0.2.1:5070;ob?x=y")
    seen = [uri.address, repr(uri), uri.number, uri.record, str(uri.target())]
    seen.append(written(Party(uri, "Ada")))
    assert not [one for one in seen if "secret" in one]
    assert repr(Party(uri)) == "Party(uri=<sip:ada@192.0.2.1:5070;ob>, display='')"


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:Sales@host", "Sales"),
        ("sip:a:secret@host:5060;x=y", "a"),
        ("sip:+49;phone-context=b@host", "+49"),
        ("sip:host", ""),
        ("tel:+4930;x=y", "+4930"),
        ("sip:*44@host", "*44"),
        ("sip:caf%C3%A9%20one@host", "café one"),
        ("sip:M%FCller@host", "Müller"),
        ("sip:31%23@host", "31#"),
    ],
)
def test_the_number_of_a_uri(uri: str, number: str) -> None:
    assert SipUri.read(uri).number == number


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("sip:ada@192.0.2.11:5070;transport=tcp", "ada@192.0.2.11:5070"),
        ("sips:ada@[2001:db8::1]:5061", "ada@[2001:db8::1]:5061"),
        ("sip:192.0.2.10", "192.0.2.10"),
        ("tel:+4930;x=y", "+4930"),
        ("", ""),
    ],
)
def test_the_address_that_is_shown(uri: str, address: str) -> None:
    assert SipUri.read(uri).address == address


def test_two_ways_to_write_it_are_one_address_of_record() -> None:
    one, other = SipUri.parse("sip:%61d%C3%A4@Host:5070;ob"), SipUri.parse("sip:ad%c3%a4@host")
    assert one.record == other.record
    assert one.record != SipUri.parse("sip:ad@host").record


def test_a_request_goes_to_the_uri_without_what_only_a_link_has() -> None:
    uri = SipUri.parse("sip:a@h;method=INVITE;line=7?Replaces=x")
    assert str(uri.target()) == "sip:a@h;line=7"


def test_parameters_are_found_whatever_their_case() -> None:
    uri = SipUri.parse("sip:a@h;Transport=TCP;lr")
    assert (uri.parameter("transport"), uri.parameter("lr"), uri.parameter("x")) == (
        "TCP",
        "",
        None,
    )


# ---- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "uri", "display"),
    [
        ('"Lee, \\"Ann\\"" <sip:a@h;x>;tag=1', "sip:a@h;x", 'Lee, "Ann"'),
        ("Ann Lee <sip:a@h>", "sip:a@h", "Ann Lee"),
        ("Lee, Ann <sip:a@h>", "sip:a@h", "Lee, Ann"),
        ("<sip:a@h;x>;y", "sip:a@h;x", ""),
        ("sip:a@h;tag=1", "sip:a@h", ""),
        ("sip:a@h, <sip:b@h>", "sip:a@h", ""),
        ("<sip:a,b@h>, <sip:c@h>", "sip:a,b@h", ""),
        ('"<sip:x@y>" <sip:a@h>', "sip:a@h", "<sip:x@y>"),
        ('"a\\\\" <sip:a@h>', "sip:a@h", "a\\"),
        ('"never closed <sip:a@h>', '"never closed <sip:a@h>', ""),
        ("<sip:a@h", "sip:a@h", ""),
        ("*", "*", ""),
        ("", "", ""),
        ("Ann", "Ann", ""),
    ],
)
def test_a_name_and_its_uri(value: str, uri: str, display: str) -> None:
    assert party(value) == Party(SipUri.read(uri), display)


def test_several_are_separated_by_commas_outside_of_quotes_and_brackets() -> None:
    value = '"A, B" <sip:a,b@h;x="1,2">;q="0,5", tel:+4930,sip:c@h , <sip:d@h>'
    found = [str(one.uri) for one in parties(value)]
    assert found == ["sip:a,b@h;x=%221%2C2%22", "tel:+4930", "sip:c@h", "sip:d@h"]
    assert len(parties("sip:a@h," * 1000)) <= 10


@given(st.text(max_size=30))
def test_a_display_name_is_written_so_that_it_reads_back(display: str) -> None:
    valid = text.shown(display.encode("utf-8", "replace").decode())
    line = name_addr("sip:1@host", valid)
    assert "\r" not in line
    assert "\n" not in line
    assert party(line) == Party(SipUri.parse("sip:1@host"), valid)
