"""An agent who picks up hears which queue it is, or has to press 1: the caller hears music."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.centre import CallCentre, find_part, hears_tone
from tests.hearing import Pcm
from tests.phones import PhoneCall
from tests.test_e2e_audio import hears_music

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

WHISPER = "This is a call for our support department."
SETTINGS: dict[str, Any] = {
    "queue": [
        {"name": "support", "whisper": WHISPER, "ring_seconds": 30.0},
        {"name": "mobile", "must_accept": True, "ring_seconds": 30.0},
        {"name": "all", "must_accept": True, "strategy": "ring-all", "ring_seconds": 30.0},
    ],
    "accept": {"seconds": 30.0},
    "agent": [
        {"id": "2771", "queues": ["support", "mobile", "all"]},
        {"id": "2772", "queues": ["mobile", "all"]},
    ],
}
IMPATIENT = {**SETTINGS, "accept": {"seconds": 1.0}}


@pytest.fixture(name="centre")
def fixture_centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path, SETTINGS) as running:
        yield running


def never_hears(call: PhoneCall, prompt: Pcm) -> None:
    """Make sure that no part of the prompt was heard on the call so far."""
    assert find_part(prompt, call.heard()).likeness < 0.8, "heard what was said to another"


def they_talk(caller: PhoneCall, agent: PhoneCall) -> None:
    """Wait until the two hear each other."""
    caller.say_tone(600)
    agent.say_tone(1000)
    hears_tone(caller, 1000)
    hears_tone(agent, 600)


def test_the_agent_hears_which_queue_it_is_and_the_caller_hears_music_until_they_talk(
    centre: CallCentre,
) -> None:
    phone = centre.agent_phone("desk1", "2771")
    caller = centre.phone("caller").dial(centre.uri("support"))
    caller.wait_up()
    agent = phone.wait_ring()

    agent.answer()

    centre.hears(agent, centre.whisper("support"))
    they_talk(caller, agent)
    never_hears(caller, centre.whisper("support"))
    centre.server.wait_agent("2771", "oncall")


@pytest.mark.parametrize("dtmf", ["info", "rtpevent"])
def test_who_has_to_press_1_talks_once_he_has(centre: CallCentre, dtmf: str) -> None:
    phone = centre.phone("desk1", dtmf)
    centre.log_on_at_once(phone, "2771")
    caller = centre.phone("caller").dial(centre.uri("mobile"))
    caller.wait_up()
    agent = phone.wait_ring()
    agent.answer()
    centre.hears(agent, centre.accept_prompt())
    hears_music(centre, caller)
    assert centre.server.agent("2771")["state"] == "ringing"
    centre.server.wait_calls("mobile", "assigned")

    agent.press("1")

    centre.server.wait_calls("mobile", "connected")
    they_talk(caller, agent)
    never_hears(caller, centre.accept_prompt())
    assert caller.digits == ""


def test_who_answers_and_presses_nothing_has_missed_the_call_and_the_next_is_rung(
    tmp_path: Path,
) -> None:
    with CallCentre(tmp_path, IMPATIENT) as centre:
        mailbox = centre.agent_phone("desk1", "2771")
        phone = centre.agent_phone("desk2", "2772")
        caller = centre.phone("caller").dial(centre.uri("mobile"))
        voice = mailbox.wait_ring()
        voice.answer()
        voice.say_tone(440)

        phone.wait_ring()

        voice.wait_over()
        assert caller.is_up
        centre.settle_journal()
        first, *_ = centre.offers()
        assert (first.agent, first.outcome) == ("2771", "no-answer")
        query = "SELECT max(strikes) FROM agent_intervals WHERE agent = '2771'"
        assert centre.journal(query) == [(1,)]


def test_another_key_rejects_the_call_and_the_next_is_rung(centre: CallCentre) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    caller = centre.phone("caller").dial(centre.uri("mobile"))
    declining = first.wait_ring()
    declining.answer()

    declining.press("9")

    declining.wait_over()
    centre.server.wait_agent("2771", "busy")
    taking = second.wait_ring()
    taking.answer()
    taking.press("1")
    they_talk(caller, taking)


def test_of_several_who_have_picked_up_the_first_to_press_1_has_the_call(
    centre: CallCentre,
) -> None:
    phones = [centre.agent_phone(f"desk{n}", f"277{n}") for n in (1, 2)]
    caller = centre.phone("caller").dial(centre.uri("all"))
    one, other = (phone.wait_ring() for phone in phones)
    one.answer()
    other.answer()
    centre.hears(one, centre.accept_prompt())

    other.press("1")

    they_talk(caller, other)
    one.wait_over()
    centre.server.wait_agent("2771", "idle")
    centre.settle_journal()
    assert {offer.agent: offer.outcome for offer in centre.offers()} == {
        "2771": "call-gone",
        "2772": "answered",
    }
