"""Names and numbers in bytes that are no UTF-8: what old call servers send must stop nobody."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, header
from tests.server import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

LATIN = "Müller".encode("iso-8859-1")


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def test_a_caller_whose_name_is_latin_1_reaches_an_agent_whose_phone_shows_it(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with RawSip() as phone, RawSip() as caller:
        log_on(centre, phone, "2771")
        up = caller.call(port, sender=b'"%s" <sip:0301@127.0.0.1>' % LATIN)

        invite = phone.receive(b"INVITE ")
        assert header(invite, b"From").startswith('"Müller" <sip:0301@'.encode())
        phone.answer(port, invite, b"200 OK", SDP)
        phone.receive(b"ACK ")
        centre.server.wait_calls("sales", "connected")
        caller.hang_up(port, up)
        centre.server.wait_calls("sales")


def test_a_call_id_of_any_bytes_is_shown_told_and_written_as_valid_text(
    centre: CallCentre,
) -> None:
    server = centre.server
    with RawSip() as caller:
        up = caller.call(server.sip_port, call_id=b"%s\xff@pbx" % LATIN)
        assert header(up, b"Call-ID") == b"%s\xff@pbx" % LATIN
        server.wait_calls("sales", "waiting")

        url = f"http://127.0.0.1:{server.http_port}/queues"
        with urllib.request.urlopen(url) as answer:
            told = json.loads(answer.read().decode("utf-8", "strict"))
        assert told["queues"][0]["calls"][0]["id"] == "Müllerÿ@pbx"
        caller.hang_up(server.sip_port, up)
    server.wait_calls("sales")

    over = "SELECT sip_call_id FROM calls WHERE finished_at IS NOT NULL"
    eventually(lambda: centre.journal(over), "the call's end in the journal")
    assert centre.journal(over) == [("Müllerÿ@pbx",)]
    server.wait_log("Call-ID Müllerÿ@pbx")


def test_a_number_of_any_bytes_is_answered_and_called_by_that_number(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with RawSip() as phone, RawSip() as caller:
        log_on(centre, phone, "2771")
        up = caller.call(port, sender=b"<sip:%s@127.0.0.1>" % LATIN)

        invite = phone.receive(b"INVITE ")
        assert b"<sip:M%fcller@" in header(invite, b"From")
        assert centre.server.calls("sales")[0]["from"] == "M%FCller@127.0.0.1"
        phone.answer(port, invite, b"486 Busy Here")
        caller.hang_up(port, up)


def test_a_number_that_nobody_has_is_refused_whatever_its_bytes(centre: CallCentre) -> None:
    with RawSip() as caller:
        caller.invite(centre.server.sip_port, LATIN)
        caller.receive(b"SIP/2.0 404")
