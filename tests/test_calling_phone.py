"""Where the calling phone is to be called back: Contact, From or P-Asserted-Identity."""

from __future__ import annotations

import msgspec
import pytest

from actors.core.wire import calling_phone
from actors.core.wire.calling_phone import media_source
from actors.core.wire.uri import SipUri
from actors.ids import CallId, Leg
from actors.messages.phone import Hop, Phone
from actors.messages.sip import Incoming, Party, Rights
from tests.harness import phone_at

SERVER = "sip:192.0.2.100:5060"


class CallingPhones(calling_phone.CallingPhones):
    """Of calls that tell which phone they come from."""

    def find(self, incoming: Incoming) -> Phone:
        phone = super().find(incoming)
        assert phone
        return phone


def call(
    contact: str,
    caller: str = "sip:phone1@192.0.2.100",
    asserted: str | None = None,
    source: str = "192.0.2.100",
    transport: str = "udp",
) -> Incoming:
    return Incoming(
        Leg(CallId("t1-1"), 0),
        sip_call_id="x",
        user="acdlogin",
        caller=Party(SipUri.read(caller), "Ada"),
        called=Party(SipUri.parse("sip:acdlogin@192.0.2.9")),
        contact=Party(SipUri.read(contact)),
        asserted=Party(SipUri.read(asserted)) if asserted else None,
        remote=None,
        source=(source, 5060),
        at=0.0,
        transport=transport,
        rights=Rights(is_call_server=source == "192.0.2.100"),
    )


def test_a_phone_that_calls_directly_is_where_its_contact_says() -> None:
    phone = call("sip:ada@192.0.2.11:5070", "sip:ada@acd.example", source="192.0.2.11")

    assert CallingPhones("auto", "").find(phone) == phone_at("sip:ada@192.0.2.11:5070")
    beside = CallingPhones("auto", SERVER).find(phone)
    assert beside.uri == phone_at("sip:ada@192.0.2.11:5070").uri
    # What has no hop goes through the call server.
    assert beside.hop == Hop("192.0.2.11", 5070)


CONTACT = "sip:ada@192.0.2.11:40001;transport=tcp;line=x7;rinstance=1a%20;ob"


def test_a_contact_is_called_as_it_came() -> None:
    phone = CallingPhones("auto", "").find(
        call(CONTACT, "sip:ada@acd.example", source="192.0.2.11")
    )

    assert str(phone.uri) == CONTACT
    assert Phone.parse(phone.written()) == phone


def test_a_phone_is_the_same_from_another_port_and_under_another_random_contact() -> None:
    found = [
        CallingPhones("auto", "").find(
            call(contact, "sip:Ada@acd.example:5080", source="192.0.2.11")
        )
        for contact in (CONTACT, "sip:kd82hf7@192.0.2.11:40002", "sip:192.0.2.11")
    ]

    assert {phone.record for phone in found} == {"ada@192.0.2.11"}
    assert [Phone.parse(phone.written()) for phone in found] == found


@pytest.mark.parametrize("caller", ["sip:anonymous@anonymous.invalid", "sip:192.0.2.11"])
def test_a_phone_without_a_name_is_known_by_its_contact(caller: str) -> None:
    phone = CallingPhones("auto", "").find(
        call("sip:Desk7@192.0.2.11:5070", caller, source="192.0.2.11")
    )

    assert phone == phone_at("sip:Desk7@192.0.2.11:5070")
    assert phone.record == "desk7@192.0.2.11"


def test_the_way_to_the_call_server_is_the_configured_one() -> None:
    found = CallingPhones("from", "sip:pbx.example;transport=tcp").find(
        call("sip:x@192.0.2.1", "sip:ada:secret@192.0.2.11;user=phone")
    )

    assert str(found.uri) == "sip:ada@pbx.example;transport=tcp"


def test_behind_todays_asterisk_from_names_the_phone() -> None:
    found = CallingPhones("auto", SERVER).find(call("sip:asterisk@192.0.2.100:5060"))

    assert found == phone_at("sip:phone1@192.0.2.100:5060")


def test_behind_chan_sip_contact_and_from_name_the_phone() -> None:
    found = CallingPhones("auto", SERVER).find(call("sip:Phone1@192.0.2.100"))

    assert found == phone_at("sip:phone1@192.0.2.100:5060")


@pytest.mark.parametrize(
    ("contact", "caller", "found"),
    [
        ("sip:pbx@192.0.2.100", "sip:phone1@192.0.2.100", None),
        ("sip:phone1@192.0.2.100", "sip:0815@192.0.2.100", None),
        ("sip:asterisk@192.0.2.100", "sip:anonymous@anonymous.invalid", None),
        ("sip:phone1@192.0.2.100", "sip:anonymous@anonymous.invalid", "phone1"),
        ("sip:gw+acd@192.0.2.100:5060;gw=acd", "sip:phone1@192.0.2.100", "phone1"),
    ],
)
def test_behind_a_call_server_it_is_who_is_named_where_one_is_and_otherwise_nobody(
    contact: str, caller: str, found: str | None
) -> None:
    phone = phone_at(f"sip:{found}@192.0.2.100:5060") if found else None
    phones = calling_phone.CallingPhones("auto", SERVER)

    assert [phones.find(call(contact, caller)) for _ in range(2)] == [phone] * 2


def test_the_first_call_finds_what_later_ones_do() -> None:
    calls = [call("sip:pbx@192.0.2.100", f"sip:phone{one}@192.0.2.100") for one in range(3)]
    phones = calling_phone.CallingPhones("auto", SERVER)

    assert [phones.find(one) for one in calls] == [None] * 3
    named = CallingPhones("auto", "sip:pbx@192.0.2.100:5060")
    assert [named.find(one) for one in calls] == [
        phone_at(f"sip:phone{one}@192.0.2.100:5060") for one in range(3)
    ]


def test_the_call_servers_own_user_is_never_a_phone() -> None:
    found = CallingPhones("auto", "sip:exchange@192.0.2.100").find(call("sip:Exchange@192.0.2.100"))

    assert found == phone_at("sip:phone1@192.0.2.100")


def test_a_contact_without_user_is_the_call_servers_own() -> None:
    assert CallingPhones("auto", SERVER).find(call("sip:192.0.2.100:5060")) == phone_at(
        "sip:phone1@192.0.2.100:5060"
    )


def test_a_call_server_of_several_domains_knows_its_phones_by_theirs() -> None:
    phones = CallingPhones("auto", "sip:one.example;transport=tcp")
    found = [
        phones.find(call("sip:x@192.0.2.30:5062", f"sip:phone1@{domain}"))
        for domain in ("One.example", "two.example")
    ]

    assert [str(phone.uri) for phone in found] == [
        "sip:phone1@one.example;transport=tcp",
        "sip:phone1@two.example",
    ]
    assert [phone.hop for phone in found] == [None, None]
    assert found[0].record != found[1].record


@pytest.mark.parametrize("device_from", ["auto", "contact", "from", "asserted"])
@pytest.mark.parametrize(
    "uri", ["sip:ada@203.0.113.66", "sip:ada@evil.example", "sip:ada@10.1.2.3"]
)
def test_whatever_a_phone_says_its_packets_go_to_where_its_call_came_from(
    device_from: str, uri: str
) -> None:
    found = CallingPhones(device_from, "").find(call(uri, uri, uri, source="192.0.2.11"))

    assert (str(found.uri), found.hop) == (uri, Hop("192.0.2.11", 5060))
    assert Phone.parse(found.written()) == found


def test_a_phone_that_names_another_way_to_its_own_host_gets_its_packets_where_it_is() -> None:
    found = CallingPhones("auto", "").find(
        call("sip:ada@192.0.2.11;maddr=203.0.113.66", source="192.0.2.11")
    )

    assert found.hop == Hop("192.0.2.11", 5060)


def test_a_phone_is_called_on_the_connection_it_has_opened() -> None:
    found = CallingPhones("auto", "").find(
        call("sip:ada@192.0.2.11:5070;transport=tcp", source="192.0.2.11", transport="tcp")
    )

    assert found.hop == Hop("192.0.2.11", 5060, "tcp")
    assert Phone.parse(found.written()) == found


def test_a_phone_behind_a_proxy_is_called_by_way_of_it() -> None:
    incoming = msgspec.structs.replace(
        call("sip:ada@10.1.2.3:5070", source="192.0.2.50"), rights=Rights(is_proxy=True)
    )
    found = CallingPhones("auto", "").find(incoming)

    assert found.hop == Hop("192.0.2.50", 5060, by_proxy=True)
    assert Phone.parse(found.written()) == found


def test_a_call_server_known_by_name_is_known_by_its_addresses() -> None:
    found = CallingPhones("auto", "sip:pbx.example").find(call("sip:asterisk@192.0.2.100"))

    assert found == phone_at("sip:phone1@pbx.example")


@pytest.mark.parametrize(
    ("device_from", "found"),
    [
        ("contact", "sip:asterisk@192.0.2.100:5060"),
        ("from", "sip:phone1@192.0.2.100:5060"),
        ("asserted", "sip:2001@192.0.2.100:5060"),
    ],
)
def test_configuration_may_say_where_to_look(device_from: str, found: str) -> None:
    incoming = call("sip:asterisk@192.0.2.100:5060", asserted="sip:2001@192.0.2.100")

    assert CallingPhones(device_from, SERVER).find(incoming).uri == phone_at(found).uri


def test_without_an_asserted_identity_from_must_do() -> None:
    found = CallingPhones("asserted", SERVER).find(call("sip:asterisk@192.0.2.100"))

    assert found == phone_at("sip:phone1@192.0.2.100:5060")


def test_without_a_call_server_the_address_is_as_it_was_said() -> None:
    incoming = call("sip:x@192.0.2.1", "sip:ada@192.0.2.11:5070", source="192.0.2.11")

    assert CallingPhones("from", "").find(incoming) == phone_at("sip:ada@192.0.2.11:5070")


def test_escapes_in_a_user_part_survive() -> None:
    found = CallingPhones("from", SERVER).find(call("sip:x@192.0.2.1", "sip:a%20b@192.0.2.11"))

    assert found == phone_at("sip:a%20b@192.0.2.100:5060")


@pytest.mark.parametrize(
    ("uri", "hop", "source"),
    [
        ("sip:ada@192.0.2.11:5070", None, "192.0.2.11"),
        ("sip:ada@10.1.2.3", Hop("192.0.2.11", 4567), "192.0.2.11"),
        ("sip:ada@pbx.example", None, ""),
        ("tel:+4930", None, ""),
        ("nonsense", None, ""),
    ],
)
def test_media_comes_from_the_phones_address_where_that_is_one(
    uri: str, hop: Hop | None, source: str
) -> None:
    assert media_source(Phone(SipUri.read(uri), "x", hop)) == source
