"""Where the calling phone is to be called back: Contact, From or P-Asserted-Identity."""

from __future__ import annotations

import pytest

from actors.core.wire.device import Devices, media_source
from actors.core.wire.uri import SipUri
from actors.ids import CallId, Leg
from actors.messages.phone import Phone
from actors.messages.sip import Incoming, Party
from tests.harness import phone_at

SERVER = "sip:192.0.2.100:5060"


def call(
    contact: str,
    caller: str = "sip:phone1@192.0.2.100",
    asserted: str | None = None,
    source: str = "192.0.2.100",
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
    )


def test_a_phone_that_calls_directly_is_where_its_contact_says() -> None:
    phone = call("sip:ada@192.0.2.11:5070", "sip:ada@acd.example", source="192.0.2.11")

    assert Devices("auto", "").find(phone) == phone_at("sip:ada@192.0.2.11:5070")
    assert Devices("auto", SERVER).find(phone) == phone_at("sip:ada@192.0.2.11:5070")


CONTACT = "sip:ada@192.0.2.11:40001;transport=tcp;line=x7;rinstance=1a%20;ob"


def test_a_contact_is_called_as_it_came() -> None:
    phone = Devices("auto", "").find(call(CONTACT, "sip:ada@acd.example", source="192.0.2.11"))

    assert str(phone.uri) == CONTACT
    assert Phone.parse(phone.written()) == phone


def test_a_phone_is_the_same_from_another_port_and_under_another_random_contact() -> None:
    found = [
        Devices("auto", "").find(call(contact, "sip:Ada@acd.example:5080", source="192.0.2.11"))
        for contact in (CONTACT, "sip:kd82hf7@192.0.2.11:40002", "sip:192.0.2.11")
    ]

    assert {phone.record for phone in found} == {"ada@192.0.2.11"}
    assert [Phone.parse(phone.written()) for phone in found] == found


@pytest.mark.parametrize("caller", ["sip:anonymous@anonymous.invalid", "sip:192.0.2.11"])
def test_a_phone_without_a_name_is_known_by_its_contact(caller: str) -> None:
    phone = Devices("auto", "").find(call("sip:Desk7@192.0.2.11:5070", caller, source="192.0.2.11"))

    assert phone == phone_at("sip:Desk7@192.0.2.11:5070")
    assert phone.record == "desk7@192.0.2.11"


def test_the_way_to_the_call_server_is_the_configured_one() -> None:
    found = Devices("from", "sip:pbx.example;transport=tcp").find(
        call("sip:x@192.0.2.1", "sip:ada:secret@192.0.2.11;user=phone")
    )

    assert str(found.uri) == "sip:ada@pbx.example;transport=tcp"


def test_behind_todays_asterisk_from_names_the_phone() -> None:
    found = Devices("auto", SERVER).find(call("sip:asterisk@192.0.2.100:5060"))

    assert found == phone_at("sip:phone1@192.0.2.100:5060")


def test_behind_chan_sip_the_contact_names_the_phone() -> None:
    found = Devices("auto", SERVER).find(call("sip:phone1@192.0.2.100", "sip:0815@192.0.2.100"))

    assert found == phone_at("sip:phone1@192.0.2.100:5060")


def test_a_contact_user_that_stands_for_two_callers_is_nobodys() -> None:
    devices = Devices("auto", SERVER)
    devices.find(call("sip:pbx@192.0.2.100", "sip:phone1@192.0.2.100"))

    assert devices.find(call("sip:pbx@192.0.2.100", "sip:phone2@192.0.2.100")) == phone_at(
        "sip:phone2@192.0.2.100:5060"
    )
    assert devices.find(call("sip:pbx@192.0.2.100", "sip:phone1@192.0.2.100")) == phone_at(
        "sip:phone1@192.0.2.100:5060"
    )


def test_the_call_servers_own_user_is_never_a_phone() -> None:
    found = Devices("auto", "sip:exchange@192.0.2.100").find(call("sip:Exchange@192.0.2.100"))

    assert found == phone_at("sip:phone1@192.0.2.100")


def test_a_contact_without_user_is_the_call_servers_own() -> None:
    assert Devices("auto", SERVER).find(call("sip:192.0.2.100:5060")) == phone_at(
        "sip:phone1@192.0.2.100:5060"
    )


def test_a_call_server_known_by_name_is_taken_to_send_every_call() -> None:
    found = Devices("auto", "sip:pbx.example").find(call("sip:asterisk@192.0.2.100"))

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
    incoming = call("sip:asterisk@192.0.2.100:5060", asserted="sip:2001@pbx.example")

    assert Devices(device_from, SERVER).find(incoming) == phone_at(found)


def test_without_an_asserted_identity_from_must_do() -> None:
    found = Devices("asserted", SERVER).find(call("sip:asterisk@192.0.2.100"))

    assert found == phone_at("sip:phone1@192.0.2.100:5060")


def test_without_a_call_server_the_address_is_as_it_was_said() -> None:
    assert Devices("from", "").find(call("sip:x@192.0.2.1", "sip:ada@192.0.2.11:5070")) == phone_at(
        "sip:ada@192.0.2.11:5070"
    )


def test_escapes_in_a_user_part_survive() -> None:
    found = Devices("from", SERVER).find(call("sip:x@192.0.2.1", "sip:a%20b@192.0.2.11"))

    assert found == phone_at("sip:a%20b@192.0.2.100:5060")


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("sip:ada@192.0.2.11:5070", "192.0.2.11"),
        ("sip:ada@pbx.example", ""),
        ("tel:+4930", ""),
        ("nonsense", ""),
    ],
)
def test_media_comes_from_the_phones_address_where_that_is_one(uri: str, source: str) -> None:
    assert media_source(SipUri.read(uri)) == source
