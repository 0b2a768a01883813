"""Phones that fall silent: muted ones stay in their calls, dead ones are found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.core.leg.vigil import AGENT_SECONDS
from tests.centre import CallCentre
from tests.raw_phone import log_on
from tests.raw_sip import SDP, RawSip, header

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SOON = {"media": {"silent_seconds": 0.5, "quiet_seconds": 1.0}}
"""Silence is told so soon that nobody has to wait for it."""

ASKED = r"leg {leg}: (.*): is it still there\?"
GONE = r"leg {leg}: does not answer: the phone is gone"


AS_CONFIGURED = {"media": {"silent_seconds": 2.0}}


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, AS_CONFIGURED) as running:
        yield running


@pytest.fixture(name="hasty")
def fixture_hasty(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SOON) as running:
        yield running


def is_there(phone: RawSip, port: int, status: bytes = b"200 OK") -> bytes:
    """Answer the next OPTIONS; returns it."""
    options = phone.receive(b"OPTIONS ", 20)
    phone.answer(port, options, status)
    return options


def talk(centre: CallCentre, caller: RawSip, agent: RawSip) -> bytes:
    """Connect a caller with agent 2772, both without a packet of RTP; returns the caller's 200."""
    port = centre.server.sip_port
    log_on(centre, agent, "2772")
    centre.server.wait_agent("2772", "idle")
    answer = caller.call(port)
    agent.answer(port, agent.receive(b"INVITE ", 10), b"200 OK", SDP)
    agent.receive(b"ACK ")
    agent.seen.clear()  # what it was asked while it logged on
    centre.server.wait_calls("sales", "connected")
    return answer


def test_two_muted_phones_that_answer_talk_on(hasty: CallCentre) -> None:
    port = hasty.server.sip_port
    with RawSip() as caller, RawSip() as agent:
        answer = talk(hasty, caller, agent)

        asked = is_there(caller, port)
        is_there(agent, port, b"501 Not Implemented")
        is_there(caller, port, b"405 Method Not Allowed")
        is_there(agent, port)

        assert header(asked, b"Call-ID") == header(answer, b"Call-ID")
        assert header(asked, b"To").endswith(header(answer, b"From").partition(b";")[2])
        hasty.server.wait_calls("sales", "connected")
        caller.hang_up(port, answer)
        agent.answer(port, agent.receive(b"BYE "), b"200 OK")
        hasty.server.wait_agent("2772", "idle")


def test_a_muted_caller_who_waits_is_asked_and_waits_on(hasty: CallCentre) -> None:
    port = hasty.server.sip_port
    with RawSip() as caller:
        caller.call(port)

        is_there(caller, port)
        is_there(caller, port)

        hasty.server.wait_calls("sales", "waiting")


def test_a_phone_that_knows_nothing_of_its_call_is_gone_at_once(hasty: CallCentre) -> None:
    port = hasty.server.sip_port
    with RawSip() as caller, RawSip() as agent:
        answer = talk(hasty, caller, agent)

        is_there(agent, port, b"481 Call/Transaction Does Not Exist")
        agent.answer(port, agent.receive(b"BYE "), b"200 OK")

        hasty.server.wait_calls("sales", "assigned")
        invite = agent.receive(b"INVITE ", 10)
        assert header(invite, b"Call-ID") != header(answer, b"Call-ID")


def test_the_caller_of_an_agent_whose_phone_dies_is_served_by_the_next(
    centre: CallCentre,
) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    call = centre.phone("caller").dial(centre.uri("sales"))
    talk = first.wait_ring()
    talk.answer()
    for each in (call, talk):
        each.wait_up()
        each.say_tone(440)
    centre.server.wait_calls("sales", "connected")

    first.kill()
    second.wait_ring().answer()

    centre.server.wait_calls("sales", "connected")
    centre.server.wait_agent("2771", "unavailable")
    assert call.is_up
    why = centre.server.wait_log(ASKED.format(leg=1))[1]
    silent = re.match(r"nothing received for ([0-9.]+) s", why)
    assert why == "port unreachable" or (silent and float(silent[1]) < 2.6)
    found = centre.server.seconds_between(ASKED.format(leg=1), GONE.format(leg=1))
    assert found == pytest.approx(AGENT_SECONDS, abs=0.4)


def test_a_caller_who_holds_and_vanishes_is_found_and_the_agent_freed(hasty: CallCentre) -> None:
    agent = hasty.agent_phone("desk1", "2772")
    caller = hasty.phone("caller")
    call = caller.dial(hasty.uri("sales"))
    talk = agent.wait_ring()
    talk.answer()
    hasty.server.wait_calls("sales", "connected")
    call.hold()
    hasty.server.wait_log("leg 0: holds")

    caller.kill()

    talk.wait_over(30)
    hasty.server.wait_agent("2772", "idle")
    hasty.settle_journal()
    assert hasty.journal("SELECT result, reason, ended_by FROM calls WHERE purpose = 'queue'") == [
        ("answered", "phone-gone", "server")
    ]


def test_a_caller_who_vanishes_while_the_agent_holds_is_found(hasty: CallCentre) -> None:
    agent = hasty.agent_phone("desk1", "2772")
    caller = hasty.phone("caller")
    caller.dial(hasty.uri("sales"))
    talk = agent.wait_ring()
    talk.answer()
    hasty.server.wait_calls("sales", "connected")
    talk.hold()
    hasty.server.wait_log("leg 1: holds")

    caller.kill()

    talk.wait_over(30)
    hasty.server.wait_agent("2772", "idle")
