"""Session timers (RFC 4028): calls live through refreshes, ours and theirs; without, they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, header

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PATIENT = {"media": {"silent_seconds": 3600.0, "quiet_seconds": 3600.0}}
"""These phones have no RTP; nobody asks them whether they are there."""

SHORTEST = 90
"""Seconds: the shortest interval there may be (section 5); it is refreshed after half of it."""

WITHOUT_UPDATE = b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n"
WITH_UPDATE = b"Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\r\n"


def expires(refresher: bytes) -> bytes:
    """Return the headers of an interval as short as may be, and who is to refresh it."""
    return b"Supported: timer\r\nMin-SE: %d\r\nSession-Expires: %d;refresher=%s\r\n" % (
        SHORTEST,
        SHORTEST,
        refresher,
    )


def origin(message: bytes) -> bytes:
    """Return the o= line of a message's SDP."""
    [line] = [line for line in message.split(b"\r\n") if line.startswith(b"o=")]
    return line


def audio(message: bytes) -> bytes:
    """Return where a message's SDP has the audio sent."""
    [line] = [line for line in message.split(b"\r\n") if line.startswith(b"m=")]
    return line


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, PATIENT) as running:
        yield running


@pytest.mark.parametrize("method", [b"INVITE", b"UPDATE"], ids=["re-INVITE", "UPDATE"])
def test_a_call_lives_through_the_callers_refreshes(centre: CallCentre, method: bytes) -> None:
    port = centre.server.sip_port
    with RawSip() as caller:
        answer = caller.call(port, headers=expires(b"uac"))
        assert header(answer, b"Session-Expires") == b"%d;refresher=uac" % SHORTEST
        body = SDP if method == b"INVITE" else b""
        contact = b"Contact: <sip:user@127.0.0.1:%d>\r\n" % caller.port
        kind = b"Content-Type: application/sdp\r\n" if body else b""
        for cseq in (2, 3):
            caller.follow(port, method, answer, cseq, contact + kind + expires(b"uac"), body)
            refreshed = caller.receive(b"SIP/2.0 200")
            assert header(refreshed, b"Session-Expires") == b"%d;refresher=uac" % SHORTEST
            if body:
                caller.follow(port, b"ACK", answer, cseq)
                assert (origin(refreshed), audio(refreshed)) == (origin(answer), audio(answer))

        centre.server.wait_calls("sales", "waiting")
        caller.hang_up(port, answer)
        centre.server.wait_calls("sales")


def test_an_interval_that_is_too_short_is_refused_with_the_shortest(centre: CallCentre) -> None:
    with RawSip() as caller:
        short = b"Supported: timer\r\nSession-Expires: 30\r\n"
        caller.invite(centre.server.sip_port, headers=short)

        refused = caller.receive(b"SIP/2.0 422")

        assert header(refused, b"Min-SE") == b"%d" % SHORTEST


@pytest.mark.long
def test_a_call_lives_through_our_refreshes_on_both_of_its_legs(centre: CallCentre) -> None:
    port = centre.server.sip_port
    with RawSip() as caller, RawSip() as agent:
        log_on(centre, agent, "2772")
        centre.server.wait_agent("2772", "idle")
        answer = caller.call(port, headers=expires(b"uas") + WITH_UPDATE)
        assert header(answer, b"Session-Expires") == b"%d;refresher=uas" % SHORTEST
        invite = agent.receive(b"INVITE ", 10)
        agent.answer(port, invite, b"200 OK", SDP, expires(b"uac") + WITHOUT_UPDATE)
        agent.receive(b"ACK ")
        centre.server.wait_calls("sales", "connected")

        update = caller.receive(b"UPDATE ", SHORTEST)
        caller.answer(port, update, b"200 OK", headers=expires(b"uac"))
        again = agent.receive(b"INVITE ", SHORTEST)
        agent.answer(port, again, b"200 OK", SDP, expires(b"uac"))
        agent.receive(b"ACK ")

        assert b";refresher=uac" in header(update, b"Session-Expires")
        assert header(again, b"Call-ID") == header(invite, b"Call-ID")
        assert (origin(again), audio(again)) == (origin(invite), audio(invite))
        centre.server.wait_calls("sales", "connected")
        caller.hang_up(port, answer)
        agent.answer(port, agent.receive(b"BYE "), b"200 OK")
        centre.server.wait_agent("2772", "idle")


@pytest.mark.long
def test_a_call_that_nobody_refreshes_ends_and_so_does_one_whose_refresh_finds_nobody(
    centre: CallCentre,
) -> None:
    port = centre.server.sip_port
    with RawSip() as idle, RawSip() as forgetful:
        idle.call(port, headers=expires(b"uac"))
        forgetful.call(port, headers=expires(b"uas") + WITH_UPDATE)

        update = forgetful.receive(b"UPDATE ", SHORTEST)
        forgetful.answer(port, update, b"481 Call/Transaction Does Not Exist")
        forgetful.answer(port, forgetful.receive(b"BYE "), b"200 OK")
        idle.answer(port, idle.receive(b"BYE ", SHORTEST), b"200 OK")

        centre.server.wait_calls("sales")
        centre.settle_journal()
        ends = centre.journal("SELECT result, reason FROM calls ORDER BY finished_at")
        assert ends == [("abandoned", "phone-gone")] * 2
