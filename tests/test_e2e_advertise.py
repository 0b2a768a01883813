"""Behind a router with a fixed address outside: what phones are told is that address."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, header, uri_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

OUTSIDE, SOUND = "203.0.113.7", "203.0.113.8"


def test_callers_and_agents_are_told_the_addresses_that_lead_here_from_outside(
    tmp_path: Path,
) -> None:
    more = {"sip": {"advertise": OUTSIDE}, "media": {"advertise": SOUND}}
    with CallCentre(tmp_path, more) as centre, RawSip() as ada, RawSip() as caller:
        port = centre.server.sip_port
        log_on(centre, ada, "2771")
        answer = caller.call(port)
        invite = ada.receive(b"INVITE ")
        ada.answer(port, invite, b"200 OK", SDP)
        centre.server.wait_agent("2771", "oncall")

        for told in (answer, invite):
            assert uri_of(header(told, b"Contact")).endswith(b"@%s:%d" % (OUTSIDE.encode(), port))
            assert b"c=IN IP4 %s\r\n" % SOUND.encode() in told
            assert b"127.0.0.1" not in told.partition(b"\r\n\r\n")[2].replace(SDP, b"")
        # Requests to that address are for us: the router brings them here.
        caller.hang_up(port, answer)
        ada.answer(port, ada.receive(b"BYE "), b"200 OK")
        centre.server.wait_agent("2771", "idle")
