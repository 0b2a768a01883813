"""Agents who take a break or log off while a phone rings, in a call, and for which reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_sip import SDP, RawSip, header
from tests.test_e2e_outcomes import phones

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SETTINGS = {
    "queue": [{"name": "sales", "ring_seconds": 60.0}],
    "agent": [{"id": agent, "queues": ["sales"]} for agent in ("2771", "2772")],
    "pause_reason": [
        {"name": "lunch", "dial": "acdlunch", "key": "1"},
        {"name": "training", "key": "2"},
    ],
}
ENDS = [(b"acdlunch", "paused"), (b"acdlogout", "loggedout")]


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SETTINGS) as running:
        yield running


@pytest.mark.parametrize(("wish", "state"), ENDS)
def test_who_leaves_while_it_rings_is_rung_no_more_without_a_strike_and_the_next_one_is(
    centre: CallCentre, wish: bytes, state: str
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771", "2772") as (ada, bob), RawSip() as caller:
        caller.call(port)
        invite = ada.receive(b"INVITE ")
        ada.answer(port, invite, b"180 Ringing")
        centre.server.wait_agent("2771", "ringing")

        own = ada.call(port, wish)

        bob.answer(port, bob.receive(b"INVITE "), b"200 OK", SDP)
        cancel = ada.receive(b"CANCEL ")
        ada.answer(port, cancel, b"200 OK")
        ada.answer(port, invite, b"487 Request Terminated")
        ada.hang_up(port, own)
        centre.server.wait_agent("2771", state)
        centre.server.wait_agent("2772", "oncall")
        first, second = centre.offers()
        assert (first.agent, first.outcome) == ("2771", "withdrawn")
        assert (second.agent, second.outcome) == ("2772", "answered")
        query = "SELECT max(strikes) FROM agent_intervals WHERE agent = '2771'"
        assert centre.journal(query) == [(0,)]


@pytest.mark.parametrize(("wish", "state"), ENDS)
def test_who_leaves_in_a_call_talks_to_its_end_and_gets_no_other(
    centre: CallCentre, wish: bytes, state: str
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771") as (ada,), RawSip() as caller, RawSip() as other:
        call = caller.call(port)
        ada.answer(port, ada.receive(b"INVITE "), b"200 OK", SDP)
        centre.server.wait_agent("2771", "oncall")
        ada.hang_up(port, ada.call(port, wish))
        other.call(port)
        centre.server.wait_calls("sales", "waiting", "connected")
        assert centre.server.agent("2771")["state"] == "oncall"
        assert not any(one.startswith(b"BYE ") for one in (*ada.seen, *caller.seen))

        caller.hang_up(port, call)
        talk = header(call, b"Call-ID").decode()
        ada.answer(port, ada.receive(b"BYE "), b"200 OK")

        centre.server.wait_agent("2771", state)
        centre.server.wait_calls("sales", "waiting")
        assert len(centre.offers()) == 1
        assert talk not in {found["id"] for found in centre.server.calls("sales")}


def test_a_break_is_for_the_reason_that_was_keyed_in(centre: CallCentre) -> None:
    phone = centre.agent_phone("desk1", "2771")
    call = phone.dial(centre.uri("acdpause"))
    call.wait_up()
    centre.hears(call, centre.login_prompt("ask_reason"))

    call.press("2")

    centre.hears(call, centre.login_prompt("paused"))
    call.wait_over()
    centre.server.wait_agent("2771", "paused")
    centre.settle_journal()
    query = "SELECT reason FROM agent_intervals WHERE state = 'paused' ORDER BY seq DESC LIMIT 1"
    assert centre.journal(query) == [("training",)]
