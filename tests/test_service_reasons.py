"""Breaks for a reason: dialled, chosen by key, or by whoever asks; unknown ones are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from actors.agent import AgentActor
from actors.core.effects import StartTimer
from actors.core.service.events import KeysOver
from actors.core.service.machine import new_service, step
from actors.core.service.state import ServiceTerms
from actors.core.wire.aors import Aors, Purpose, ServiceAor
from actors.ids import PromptId
from actors.messages import duty
from actors.messages import media as rtp
from actors.messages.duty import AtPhone, PhoneRequest
from actors.messages.facts import Booked
from actors.messages.life import Begin
from actors.settings import Agent, PauseReason, Prompt, Settings
from tests import callkit as kit
from tests.callkit import ADA, CALL, Story, done
from tests.configurations import faults_of, settings_of
from tests.harness import Desk
from tests.one_agent import PHONE
from tests.service_stories import DEVICE, SOURCE, finished, key, prompts, said
from tests.service_stories import terms as service_terms

LUNCH = PauseReason("lunch", "acdlunch", "1", Prompt(PromptId("for-lunch"), "For lunch, press 1."))
TRAINING = PauseReason("training", "", "2", Prompt(PromptId("for-training"), "For training ..."))
REASONS = (LUNCH, TRAINING, PauseReason("meeting", "acdmeeting"))
QUESTION = ["ask_reason", "for-lunch", "for-training"]


def terms(reason: str = "") -> ServiceTerms:
    return replace(service_terms(Purpose.PAUSE), reasons=REASONS, reason=reason)


def story(reason: str = "") -> Story:
    """A caller who has dialled for a break and is up."""
    telling = Story(new_service(terms(reason)), step)
    telling.tell(Begin(), Booked(), kit.opened(), kit.confirmed())
    return telling


def asked(reason: str) -> AtPhone:
    return AtPhone(CALL, DEVICE, PhoneRequest.PAUSE, SOURCE, reason)


def test_who_dials_the_address_of_a_reason_is_on_that_break_at_once() -> None:
    assert done(story("meeting").all)[-1] == asked("meeting")


def test_who_dials_for_a_break_is_read_the_reasons_that_have_a_key() -> None:
    assert prompts(done(story().all)) == QUESTION


@pytest.mark.parametrize(("pressed", "reason"), [("1", "lunch"), ("2", "training")])
def test_the_key_of_a_reason_gives_it_also_over_the_question(pressed: str, reason: str) -> None:
    telling = story()

    told = done(telling.tell(key(pressed)))

    assert told == [rtp.StopPlaying(kit.CALLER), asked(reason)]


def test_a_key_pressed_before_there_was_a_question_counts() -> None:
    telling = Story(new_service(terms()), step)
    telling.tell(Begin(), Booked(), kit.opened(), key("2"), kit.confirmed())

    assert done(telling.all)[-1] == asked("training")


def test_a_key_of_no_reason_is_told_and_asked_again_and_three_end_the_call_without_a_break() -> (
    None
):
    telling = story()

    assert prompts(telling.tell(key("7"))) == ["wrong", *QUESTION]
    telling.tell(key("8"))
    assert prompts(telling.tell(key("9"))) == ["wrong", "goodbye"]
    said(telling)
    assert finished(telling) == [("abandoned", "no-reason", "server")]
    assert not telling.of(AtPhone)


def test_who_presses_nothing_is_asked_again() -> None:
    telling = story()
    said(telling)
    timers = [one.message for one in telling.of(StartTimer)]
    number = max(one.number for one in timers if isinstance(one, KeysOver))

    assert prompts(telling.tell(KeysOver(number))) == QUESTION
    assert telling.tell(KeysOver(number)) == []


# ---- what else gives reasons -------------------------------------------------------------------


def agent(reasons: tuple[PauseReason, ...]) -> tuple[Desk, AgentActor]:
    """Return an agent who is logged on."""
    desk = Desk()
    settings = Settings(agents=(Agent(ADA),), pause_reasons=reasons)
    actor = desk.seat(AgentActor(desk.world, settings.agents[0], settings), agent=ADA)
    desk.tell(actor, duty.LoggedIn(ADA, PHONE))
    return desk, actor


def test_a_reason_that_is_none_is_refused_with_those_there_are() -> None:
    desk, actor = agent(REASONS)

    answer = desk.ask(actor, duty.Pause(ADA, "tea"))

    why = 'there is no pause reason "tea"; known: lunch, training, meeting'
    assert answer == duty.Refused(ADA, why, "reason")
    assert actor.state.paused is None
    assert desk.ask(actor, duty.Pause(ADA, "lunch")) == duty.Done(ADA)
    assert (actor.state.told.state, actor.state.told.reason) == ("paused", "lunch")


def test_where_no_reasons_are_named_all_are_good() -> None:
    desk, actor = agent(())

    assert desk.ask(actor, duty.Pause(ADA, "tea")) == duty.Done(ADA)
    assert actor.state.told.reason == "tea"


def test_who_is_not_logged_on_has_no_break() -> None:
    desk, actor = agent(REASONS)
    desk.tell(actor, duty.LoggedOut(ADA, "phone"))

    for wish in (duty.Pause(ADA, "lunch"), duty.Unpause(ADA)):
        assert desk.ask(actor, wish) == duty.Refused(ADA, "agent 2771 is not logged on")


LIST = """
[[pause_reason]]
name = "lunch"
dial = "acdlunch"
key = "1"
[[pause_reason]]
name = "meeting"
"""


def test_the_reasons_of_a_file_are_dialled_and_read_by_their_keys(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, LIST)

    lunch, meeting = settings.pause_reasons
    assert lunch.prompt is not None
    assert lunch.prompt.text == "For lunch, press 1."
    assert meeting == PauseReason("meeting")
    assert Aors(settings).find("ACDlunch") == ServiceAor(Purpose.PAUSE, "lunch")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            '[[pause_reason]]\nname = "lunch"',
            'pause_reason[2].name: there are two with name "lunch"',
        ),
        (
            '[[pause_reason]]\nname = "b"\nkey = "1"',
            'pause_reason[2].key: there are two with key "1"',
        ),
        (
            '[[pause_reason]]\nname = "b"\nkey = "12"',
            "pause_reason[2].key: must be one key of a",
        ),
        (
            '[[pause_reason]]\nname = "b"\ndial = "acdlogin"',
            'pause_reason[2].dial: must differ from login.login: both are "acdlogin"',
        ),
        (
            '[outcomes]\nthen = "pause"\npause_reason = "lunsh"',
            'outcomes.pause_reason: there is no [[pause_reason]] "lunsh"; did you mean lunch?',
        ),
        (
            '[[queue]]\nname = "a"\noutcomes = {then = "pause", pause_reason = "meeting"}',
            'outcomes.pause_reason: there is no [[pause_reason]] "no answer"; known: ',
        ),
    ],
)
def test_a_list_that_cannot_be_is_told(tmp_path: Path, more: str, told: str) -> None:
    (fault,) = faults_of(tmp_path, LIST + more)

    assert told in fault
