"""What is read out of real-world messages: who calls whom, from where, with which audio."""

from __future__ import annotations

import pytest

from actors.core.wire import message, sdp
from actors.core.wire.message import Message
from actors.ids import CallId, Leg
from actors.messages.phone import Hop
from actors.messages.sip import Incoming, Party, Rights
from tests.corpus_case import FOLDER, Case, cases

LEG = Leg(CallId("corpus"), 0)
CASES = cases()


def read(case: Case) -> Message:
    """Read the message as the gateway does: bytes that are no UTF-8 stay what they are."""
    return message.read(case.data.decode("utf-8", "surrogateescape"))


def incoming(case: Case) -> Incoming:
    came = Hop("192.0.2.30", 5060)
    return message.incoming(LEG, read(case), None, came, 0.0, Rights(believed=True))


def having(key: str) -> list[Case]:
    return [case for case in CASES if key in case.read]


def shown(party: Party) -> list[str]:
    return [str(party.uri), party.display]


def test_each_message_says_what_we_make_of_it_and_each_saying_has_its_message() -> None:
    messages = {file.stem for file in FOLDER.glob("*.sip")}
    assert messages == {file.stem for file in FOLDER.glob("*.toml")}
    assert len(messages) > 70
    assert all("answer" in case.wire for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_message_is_too_odd_to_be_read(case: Case) -> None:
    found = read(case)

    assert found.start
    # Whatever is shown of it is text that can be written anywhere.
    seen = incoming(case)
    f"{seen.caller}{seen.called}{seen.contact}{seen.sip_call_id}{seen.user}".encode()


@pytest.mark.parametrize("case", having("user"), ids=str)
def test_whom_it_is_for(case: Case) -> None:
    assert incoming(case).user == case.read["user"]


@pytest.mark.parametrize("case", having("caller"), ids=str)
def test_who_calls(case: Case) -> None:
    assert shown(incoming(case).caller) == case.read["caller"]


@pytest.mark.parametrize("case", having("called"), ids=str)
def test_who_is_called(case: Case) -> None:
    assert shown(incoming(case).called) == case.read["called"]


@pytest.mark.parametrize("case", having("contact"), ids=str)
def test_where_the_caller_is_reached_with_all_that_its_contact_says(case: Case) -> None:
    assert shown(incoming(case).contact) == case.read["contact"]


@pytest.mark.parametrize("case", having("asserted"), ids=str)
def test_who_the_caller_is_said_to_be(case: Case) -> None:
    asserted = incoming(case).asserted
    assert asserted
    assert shown(asserted)[: len(case.read["asserted"])] == case.read["asserted"]


@pytest.mark.parametrize("case", having("audio"), ids=str)
def test_what_audio_it_offers(case: Case) -> None:
    wanted = case.read["audio"]
    text = read(case).sdp
    assert text is not None

    media = sdp.parse(text)

    assert (media.address, media.port) == (wanted["address"], wanted["port"])
    assert [codec.name.upper() for codec in media.codecs] == wanted["codecs"]
    assert media.dtmf == wanted.get("dtmf")
    assert media.direction.value == wanted.get("direction", "sendrecv")


@pytest.mark.parametrize("case", having("digit"), ids=str)
def test_which_key_was_pressed(case: Case) -> None:
    assert message.digit(read(case)) == case.read["digit"]
