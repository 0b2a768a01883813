"""Where the calling phone is to be called back: Contact, From or P-Asserted-Identity."""

from __future__ import annotations

import pytest

from actors.core.wire.device import Devices, address, media_source
from actors.ids import CallId, Leg
from actors.messages.sip import Incoming, Party

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
        caller=Party(caller, "Ada"),
        called=Party("sip:acdlogin@192.0.2.9"),
        contact=Party(contact),
        asserted=Party(asserted) if asserted else None,
        remote=None,
        source=(source, 5060),
    )


def test_a_phone_that_calls_directly_is_where_its_contact_says() -> None:
    phone = call("sip:ada@192.0.2.11:5070", "sip:ada@acd.example", source="192.0.2.11")

    assert Devices("auto", "").find(phone) == "sip:ada@192.0.2.11:5070"
    assert Devices("auto", SERVER).find(phone) == "sip:ada@192.0.2.11:5070"


def test_behind_todays_asterisk_from_names_the_phone() -> None:
    found = Devices("auto", SERVER).find(call("sip:asterisk@192.0.2.100:5060"))

    assert found == "sip:phone1@192.0.2.100:5060"


def test_behind_chan_sip_the_contact_names_the_phone() -> None:
    found = Devices("auto", SERVER).find(call("sip:phone1@192.0.2.100", "sip:0815@192.0.2.100"))

    assert found == "sip:phone1@192.0.2.100:5060"


def test_a_contact_user_that_stands_for_two_callers_is_nobodys() -> None:
    devices = Devices("auto", SERVER)
    devices.find(call("sip:pbx@192.0.2.100", "sip:phone1@192.0.2.100"))

    assert devices.find(call("sip:pbx@192.0.2.100", "sip:phone2@192.0.2.100")) == (
        "sip:phone2@192.0.2.100:5060"
    )
    assert devices.find(call("sip:pbx@192.0.2.100", "sip:phone1@192.0.2.100")) == (
        "sip:phone1@192.0.2.100:5060"
    )


def test_the_call_servers_own_user_is_never_a_phone() -> None:
    found = Devices("auto", "sip:exchange@192.0.2.100").find(call("sip:Exchange@192.0.2.100"))

    assert found == "sip:phone1@192.0.2.100"


def test_a_contact_without_user_is_the_call_servers_own() -> None:
    assert Devices("auto", SERVER).find(call("sip:192.0.2.100:5060")) == (
        "sip:phone1@192.0.2.100:5060"
    )


def test_a_call_server_known_by_name_is_taken_to_send_every_call() -> None:
    found = Devices("auto", "sip:pbx.example").find(call("sip:asterisk@192.0.2.100"))

    assert found == "sip:phone1@pbx.example"


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

    assert Devices(device_from, SERVER).find(incoming) == found


def test_without_an_asserted_identity_from_must_do() -> None:
    found = Devices("asserted", SERVER).find(call("sip:asterisk@192.0.2.100"))

    assert found == "sip:phone1@192.0.2.100:5060"


def test_without_a_call_server_the_address_is_as_it_was_said() -> None:
    assert Devices("from", "").find(call("sip:x@192.0.2.1", "sip:ada@192.0.2.11:5070")) == (
        "sip:ada@192.0.2.11:5070"
    )


def test_escapes_in_a_user_part_survive() -> None:
    found = Devices("from", SERVER).find(call("sip:x@192.0.2.1", "sip:a%20b@192.0.2.11"))

    assert found == "sip:a%20b@192.0.2.100:5060"


def test_an_address_is_shown_without_scheme() -> None:
    assert address("sip:ada@192.0.2.11:5070;transport=tcp") == "ada@192.0.2.11:5070"
    assert address("sips:ada@[2001:db8::1]:5061") == "ada@[2001:db8::1]:5061"


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
    assert media_source(uri) == source
