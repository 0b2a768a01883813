"""Several phones that ring for one caller: one has the call, for the others it never happened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.books import AT_ONCE_SECONDS
from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, header
from tests.test_e2e_outcomes import phones

pytestmark = pytest.mark.e2e

ROUNDS = 7
AGENTS = ("2771", "2772", "2773")
ELSEWHERE = b'SIP;cause=200;text="Call completed elsewhere"'
SETTINGS = {
    "queue": [{"name": "sales", "strategy": "ring-all", "ring_seconds": 30.0}],
    "agent": [{"id": agent, "queues": ["sales"]} for agent in AGENTS],
}


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SETTINGS) as running:
        yield running


def ringing(centre: CallCentre, phone: RawSip) -> bytes:
    """Let the phone ring; return the INVITE."""
    invite = phone.receive(b"INVITE ")
    phone.answer(centre.server.sip_port, invite, b"180 Ringing")
    return invite


def obey(centre: CallCentre, phone: RawSip, invite: bytes) -> bytes:
    """Take the CANCEL as a phone does that still rings; return it."""
    cancel = phone.receive(b"CANCEL ")
    phone.answer(centre.server.sip_port, cancel, b"200 OK")
    phone.answer(centre.server.sip_port, invite, b"487 Request Terminated")
    phone.receive(b"ACK ")
    return cancel


def idle_since(centre: CallCentre, agent: str) -> set[float]:
    """Return when the agent's idle clock began, by all the journal has told since log-on."""
    rows = centre.journal("SELECT agent, state, idle_since FROM agent_intervals ORDER BY seq")
    return {round(since, 3) for who, state, since in rows if who == agent and state != "loggedout"}


def test_of_two_who_answer_at_once_one_has_the_call_and_nobody_else_has_missed_it(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, *AGENTS) as all_phones, RawSip() as caller:
        centre.settle_journal()
        before = {agent: max(idle_since(centre, agent)) for agent in AGENTS}
        caller.call(port)
        invites = [ringing(centre, phone) for phone in all_phones]
        for agent in AGENTS:
            centre.server.wait_agent(agent, "ringing")

        for phone, invite in zip(all_phones[:2], invites[:2], strict=True):
            phone.answer(port, invite, b"200 OK", SDP)
        cancel = obey(centre, all_phones[2], invites[2])

        assert header(cancel, b"Reason") == ELSEWHERE
        assert header(all_phones[0].receive(b"ACK "), b"CSeq").endswith(b"ACK")
        bye = all_phones[1].receive(b"BYE ")
        all_phones[1].answer(port, bye, b"200 OK")
        told = [message for message in (bye, *all_phones[1].seen) if b"\r\nReason:" in message]
        assert {header(message, b"Reason") for message in told} == {ELSEWHERE}
        assert centre.server.wait_agent("2771", "oncall")
        for loser in AGENTS[1:]:
            centre.server.wait_agent(loser, "idle")
        centre.settle_journal()
        outcomes = {offer.agent: offer for offer in centre.offers()}
        assert {agent: outcomes[agent].outcome for agent in AGENTS} == {
            "2771": "answered",
            "2772": "call-gone",
            "2773": "call-gone",
        }
        rows = centre.journal(
            "SELECT agent, since, strikes, idle_since FROM agent_intervals "
            "WHERE state = 'idle' ORDER BY seq"
        )
        last = {agent: (since, strikes, idle) for agent, since, strikes, idle in rows}
        for loser in AGENTS[1:]:
            since, strikes, idle = last[loser]
            assert since - outcomes["2771"].ended_at < AT_ONCE_SECONDS
            assert (strikes, round(idle, 3)) == (0, before[loser])


IDLE_AGAIN = """
SELECT lost.agent, (
    SELECT min(since) FROM agent_intervals
    WHERE agent = lost.agent AND state = 'idle' AND since >= lost.ended_at
) - won.ended_at
FROM offers won JOIN offers lost USING (call)
WHERE won.outcome = 'answered' AND lost.outcome = 'call-gone' ORDER BY lost.seq
"""


def test_losers_are_idle_a_tenth_of_a_second_after_another_has_answered(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, *AGENTS) as (ada, *losers), RawSip() as caller:
        for _ in range(ROUNDS):
            answer = caller.call(port)
            invite, *others = [ringing(centre, phone) for phone in (ada, *losers)]
            ada.answer(port, invite, b"200 OK", SDP)
            for loser, other in zip(losers, others, strict=True):
                obey(centre, loser, other)
            ada.receive(b"ACK ")
            caller.hang_up(port, answer)
            ada.answer(port, ada.receive(b"BYE "), b"200 OK")
            for agent in AGENTS:
                centre.server.wait_agent(agent, "idle")

        centre.settle_journal()
        seconds = [took for _, took in centre.journal(IDLE_AGAIN)]
        assert len(seconds) == ROUNDS * len(losers)
        assert median(seconds) < 0.1


def test_who_logs_on_while_it_rings_is_rung_too_and_a_refusal_ends_nobody_elses_ringing(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with phones(centre, "2771", "2772") as (ada, bob), RawSip() as cyd, RawSip() as caller:
        caller.call(port)
        ringing(centre, ada)
        refused = ringing(centre, bob)

        log_on(centre, cyd, "2773")
        invite = ringing(centre, cyd)
        bob.answer(port, refused, b"486 Busy Here")
        bob.receive(b"ACK ")
        centre.server.wait_agent("2772", "busy")
        assert centre.server.agent("2771")["state"] == "ringing"

        cyd.answer(port, invite, b"200 OK", SDP)
        cyd.receive(b"ACK ")
        ada.receive(b"CANCEL ")
        centre.server.wait_agent("2773", "oncall")
