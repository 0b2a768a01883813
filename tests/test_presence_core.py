"""What presence documents mean, of every make, and that nothing in one does any harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.wire import document, presence
from actors.core.wire.presence import NOTHING, Said, of_body
from actors.core.wire.uri import SipUri
from actors.ids import AgentId
from actors.messages.presence import (
    Presence,
    PresenceBusy,
    PresenceIdle,
    PresenceUnavailable,
    PresenceUnknown,
)

CORPUS = Path(__file__).parent / "corpus" / "presence"
PIDF, DIALOGS = "application/pidf+xml", "application/dialog-info+xml"

MEANT = {
    "asterisk_ready": "idle",
    "asterisk_ringing": "ringing",
    "asterisk_talking": "busy",
    "asterisk_holding": "busy",
    "asterisk_unavailable": "unavailable",
    "asterisk_dialog_ready": "idle",
    "asterisk_dialog_ringing": "ringing",
    "asterisk_dialog_talking": "busy",
    "asterisk_xpidf_ready": "idle",
    "asterisk_xpidf_talking": "busy",
    "asterisk_xpidf_unavailable": "unavailable",
    "freeswitch_available": "idle",
    "freeswitch_ringing": "ringing",
    "freeswitch_calling": "busy",
    "freeswitch_talking": "busy",
    "freeswitch_private_talking": "busy",
    "freeswitch_holding": "busy",
    "freeswitch_busy": "busy",
    "freeswitch_idle": "idle",
    "freeswitch_unregistered": "unavailable",
    "freeswitch_latin1": "busy",
    "freeswitch_xpidf_talking": "busy",
    "kamailio_available": "idle",
    "kamailio_talking": "busy",
    "kamailio_busy": "busy",
    "kamailio_offline": "unavailable",
    "kamailio_usrloc": "idle",
    "kamailio_dialogs": "busy",
    "kamailio_dialogs_over": "idle",
    "kamailio_no_dialog": "idle",
    "softphone_meeting": "busy",
    "softphone_away": "idle",
    "softphone_own_words": "unknown",
}


def read(name: str) -> bytes:
    return (CORPUS / f"{name}.xml").read_bytes()


def test_every_document_of_the_corpus_has_its_meaning_here() -> None:
    assert {path.stem for path in CORPUS.glob("*.xml")} == set(MEANT)


@pytest.mark.parametrize("name", MEANT)
def test_a_document_means_what_its_maker_meant(name: str) -> None:
    assert of_body(PIDF, read(name)).presence == MEANT[name]


@pytest.mark.parametrize("note", ["Ready", "Ringing", "On the phone", "Gone fishing"])
def test_a_closed_phone_is_unavailable_whatever_the_note(note: str) -> None:
    body = read("asterisk_unavailable").replace(b"Unavailable", note.encode())
    assert of_body(PIDF, body) == Said(Presence.UNAVAILABLE)


@pytest.mark.parametrize(
    ("note", "meant"),
    [
        (" ready\n", "idle"),
        ("Not in use", "idle"),
        ("In use", "busy"),
        ("Registered(UDP-NAT)", "idle"),
        ("Ringing at the door", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_note_by_itself(note: str, meant: str) -> None:
    assert presence.of_note(note) == meant


def test_words_that_nobody_knows_are_told_as_the_reason() -> None:
    assert of_body(PIDF, read("softphone_own_words")).why == "note 'Gone fishing'"


# ---- dialogs that change one by one -------------------------------------------------------------


def partial(version: int, **dialogs: str) -> bytes:
    inside = "".join(
        f'<dialog id="{name}" direction="initiator"><state>{state}</state></dialog>'
        for name, state in dialogs.items()
    )
    return f'<dialog-info version="{version}" state="partial">{inside}</dialog-info>'.encode()


def test_dialogs_told_one_by_one_add_up() -> None:
    said = NOTHING
    for version, dialogs, meant in [
        (1, {"a": "confirmed"}, "busy"),
        (2, {"b": "confirmed"}, "busy"),
        (3, {"a": "terminated"}, "busy"),
        (3, {"b": "terminated"}, "busy"),  # not newer than what is known: late or sent twice
        (4, {"b": "terminated"}, "idle"),
    ]:
        said = of_body(DIALOGS, partial(version, **dialogs), said)
        assert said.presence == meant, version


def test_a_full_document_forgets_the_dialogs_before_it() -> None:
    said = of_body(DIALOGS, partial(7, a="confirmed"))
    assert of_body(DIALOGS, read("kamailio_no_dialog"), said).presence is Presence.IDLE


def test_the_dialogs_of_a_phone_are_bounded() -> None:
    said = NOTHING
    for version in range(200):
        said = of_body(DIALOGS, partial(version, **{f"d{version}": "confirmed"}), said)
    assert len(said.dialogs) == presence.MOST_DIALOGS


# ---- multipart ----------------------------------------------------------------------------------


def test_a_document_is_found_within_a_multipart_body() -> None:
    body = (
        b"preamble\r\n--x1\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
        b"--x1\r\ncontent-type: application/pidf+xml;charset=UTF-8\r\n\r\n"
        + read("asterisk_talking")
        + b"\r\n--x1--\r\n"
    )
    assert of_body('Multipart/Mixed; boundary="x1"', body) == Said(Presence.BUSY)


def test_a_multipart_body_without_presence_says_so() -> None:
    assert "without presence" in of_body("multipart/mixed;boundary=x", b"nothing").why
    assert "taken apart" in of_body("multipart/mixed", b"--x\r\n\r\n").why


def test_parts_within_parts_come_to_an_end() -> None:
    body = b""
    for _ in range(100):
        body = b"--x\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n" + body
    assert of_body("multipart/mixed;boundary=x", body).presence is Presence.UNKNOWN


# ---- what no phone sends ------------------------------------------------------------------------

LAUGHS = b'<!DOCTYPE presence [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><presence><note>&b;</note>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "nothing to read"),
        (b"\x00\xff", "nothing to read"),
        (LAUGHS + b"</presence>", "document type of its own"),
        (b"<presence><tuple></presence>", "no XML"),
        (b"<a>" * 100, "too many elements"),
        (b"<presence>" + b"<a/>" * 5000 + b"</presence>", "too many elements"),
        (b"<presence>" + b" " * 70000 + b"</presence>", "too many"),
        (b"<presence/>", "neither status nor note"),
        (b"<resource-lists/>", "no presence but 'resource-lists'"),
    ],
)
def test_what_says_nothing_says_why(body: bytes, why: str) -> None:
    said = of_body(PIDF, body)
    assert said.presence is Presence.UNKNOWN
    assert why in said.why


def test_a_tuple_without_id_and_rubbish_after_the_end_do_no_harm() -> None:
    body = read("asterisk_ready").replace(b' id="phone1"', b"") + b"\x00\x00rubbish"
    assert of_body(PIDF, body) == Said(Presence.IDLE)


@given(st.binary(max_size=300))
def test_no_body_raises_anything(body: bytes) -> None:
    assert of_body(PIDF, b"<presence>" + body).presence in set(Presence)


@given(st.sampled_from(sorted(MEANT)), st.data())
def test_no_mutated_document_raises_anything(name: str, data: st.DataObject) -> None:
    body = bytearray(read(name))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                body[at] = data.draw(st.integers(0, 255))
            case 1:
                del body[at : at + data.draw(st.integers(1, 40))]
            case 2:
                body[at:at] = body[: data.draw(st.integers(1, 80))]
            case _:
                body[at:at] = data.draw(st.binary(max_size=8))
    assert of_body(data.draw(st.sampled_from([PIDF, ""])), bytes(body)).presence in set(Presence)


@given(st.text(max_size=60), st.binary(max_size=300))
def test_no_content_type_raises_anything(kind: str, body: bytes) -> None:
    assert of_body(f"multipart/{kind}", body).presence in set(Presence)
    assert document.parts(body, document.boundary_of(kind) or b"x") is not None


# ---- told ---------------------------------------------------------------------------------------

AGENT, URI = AgentId("2771"), SipUri.parse("sip:phone1@pbx")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (Presence.IDLE, PresenceIdle(AGENT, URI)),
        (Presence.RINGING, PresenceBusy(AGENT, URI, ringing=True)),
        (Presence.BUSY, PresenceBusy(AGENT, URI)),
        (Presence.UNAVAILABLE, PresenceUnavailable(AGENT, URI)),
        (Presence.UNKNOWN, PresenceUnknown(AGENT, URI, "why")),
    ],
)
def test_an_agent_is_told_of_its_phone(said: Presence, told: presence.Told) -> None:
    assert presence.told(AGENT, URI, said, "why") == told
