"""Logging on by keys: number, PIN, what is pressed too early, late or not at all."""

from __future__ import annotations

import pytest

from actors.core.service.events import KeysOver, NoVerdict
from actors.core.service.machine import new_service, step
from actors.ids import AgentId
from actors.messages import media as rtp
from actors.messages import sip
from actors.messages.duty import (
    LogIn,
    LoginAnswer,
    LoginResult,
)
from actors.messages.facts import Booked
from actors.messages.life import Begin
from tests import callkit as kit
from tests.callkit import ADA, CALL, CALLER, Story, done
from tests.service_stories import (
    DEVICE,
    SOURCE,
    answer,
    finished,
    key,
    keys,
    prompts,
    said,
    story,
    terms,
)


def test_an_agent_without_pin_is_logged_on_by_the_id() -> None:
    telling = story()
    assert prompts(telling.all) == ["ask_id"]

    assert keys(telling, "2771#") == [
        rtp.StopPlaying(CALLER),
        LogIn(CALL, ADA, None, DEVICE, SOURCE),
    ]
    assert prompts(answer(telling, LoginResult.ACCEPTED)) == ["accepted"]
    assert sip.HangUp(CALLER) in said(telling)
    assert finished(telling) == [("served", "accepted", "server")]


def test_keys_that_are_faster_than_the_ack_count() -> None:
    telling = Story(new_service(terms()), step)
    telling.tell(Begin(), Booked(), kit.opened(), *(key(digit) for digit in "27"))

    telling.tell(kit.confirmed(), *(key(digit) for digit in "71#"))

    assert telling.of(LogIn) == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]


def test_a_whole_id_before_the_ack_is_asked_about_with_it_and_no_more_than_that_is_kept() -> None:
    telling = Story(new_service(terms()), step)
    telling.tell(Begin(), Booked(), kit.opened(), *(key(digit) for digit in "2771#" + 99 * "7"))

    telling.tell(kit.confirmed())

    assert telling.of(LogIn) == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]


def test_a_pin_that_is_faster_than_its_question_counts() -> None:
    telling = story()
    keys(telling, "2771#47")

    telling.tell(LoginAnswer(CALL, ADA, LoginResult.PIN_NEEDED))
    keys(telling, "11#")

    assert telling.of(LogIn)[-1] == LogIn(CALL, ADA, "4711", DEVICE, SOURCE)


def test_what_is_pressed_before_an_id_is_known_to_be_wrong_is_no_other_id() -> None:
    telling = story()
    keys(telling, "2771#2772#")

    telling.tell(LoginAnswer(CALL, ADA, LoginResult.WRONG))

    assert len(telling.of(LogIn)) == 1


def test_an_agent_with_pin_is_asked_for_it() -> None:
    telling = story()
    keys(telling, "2771#")

    assert prompts(answer(telling, LoginResult.PIN_NEEDED)) == ["ask_pin"]
    assert LogIn(CALL, ADA, "4711", DEVICE, SOURCE) in keys(telling, "4711#")


def test_a_wrong_pin_begins_anew_with_the_id() -> None:
    telling = story()
    keys(telling, "2771#")
    answer(telling, LoginResult.PIN_NEEDED)
    keys(telling, "1#")

    assert prompts(answer(telling, LoginResult.WRONG)) == ["wrong", "ask_id"]
    assert LogIn(CALL, AgentId("2772"), None, DEVICE, SOURCE) in keys(telling, "2772#")


def test_after_three_tries_it_is_goodbye() -> None:
    telling = story()
    for _ in range(2):
        keys(telling, "9#")
        answer(telling, LoginResult.WRONG, AgentId("9"))
    keys(telling, "9#")

    last = answer(telling, LoginResult.WRONG, AgentId("9"))

    assert prompts(last) == ["wrong", "goodbye"]
    said(telling)
    assert finished(telling) == [("refused", "wrong", "server")]


def test_tries_are_counted_over_id_and_pin() -> None:
    telling = story()
    for _ in range(3):
        keys(telling, "2771#")
        answer(telling, LoginResult.PIN_NEEDED)
        keys(telling, "1#")
        last = answer(telling, LoginResult.WRONG)

    assert prompts(last) == ["wrong", "goodbye"]


def test_silence_after_keys_ends_the_input() -> None:
    telling = story()
    said(telling)
    keys(telling, "2771")

    assert done(telling.fire(KeysOver(5))) == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]


def test_each_key_gives_the_next_one_its_whole_time() -> None:
    telling = story()
    said(telling)
    keys(telling, "27")

    assert telling.fire(KeysOver(1)) == []
    assert telling.fire(KeysOver(2)) == []


def test_saying_nothing_is_a_try_and_is_asked_again() -> None:
    telling = story()
    said(telling)
    assert prompts(telling.fire(KeysOver(1))) == ["ask_id"]
    said(telling)
    assert prompts(telling.fire(KeysOver(2))) == ["ask_id"]
    said(telling)

    assert prompts(telling.fire(KeysOver(3))) == ["goodbye"]
    said(telling)
    assert finished(telling) == [("abandoned", "no-keys", "server")]


def test_a_hash_alone_is_a_try() -> None:
    assert prompts(keys(story(), "#")) == ["ask_id"]


def test_a_star_begins_the_input_anew() -> None:
    assert LogIn(CALL, ADA, None, DEVICE, SOURCE) in keys(story(), "99*2771#")


def test_letters_are_no_input_and_digits_end_at_twenty() -> None:
    told = keys(story(), "A" + "1234567890" * 3 + "#")

    assert LogIn(CALL, AgentId("1234567890" * 2), None, DEVICE, SOURCE) in told


def test_the_first_key_stops_the_prompt_and_its_late_end_changes_nothing() -> None:
    telling = story()

    assert keys(telling, "2") == [rtp.StopPlaying(CALLER)]
    assert said(telling) == []
    assert keys(telling, "7") == []


@pytest.mark.parametrize(
    ("result", "prompt"),
    [
        (LoginResult.AGENT_ELSEWHERE, "agent_elsewhere"),
        (LoginResult.PHONE_TAKEN, "phone_taken"),
        (LoginResult.LOCKED, "locked"),
    ],
)
def test_a_refusal_says_why_and_hangs_up(result: LoginResult, prompt: str) -> None:
    telling = story()
    keys(telling, "2771#")

    assert prompts(answer(telling, result)) == [prompt]
    said(telling)
    assert finished(telling) == [("refused", result.value, "server")]


def test_keys_while_the_floor_is_asked_are_ignored() -> None:
    telling = story()
    keys(telling, "2771#")

    assert keys(telling, "5#") == []


def test_an_answer_for_another_agent_is_ignored() -> None:
    telling = story()
    keys(telling, "2771#")

    assert answer(telling, LoginResult.ACCEPTED, AgentId("1")) == []


def test_a_floor_that_does_not_answer_is_not_waited_for() -> None:
    telling = story()
    keys(telling, "2771#")

    assert prompts(telling.fire(NoVerdict(telling.state.stage.number))) == ["goodbye"]


@pytest.mark.parametrize("first", sip.KeySource)
def test_keys_sent_by_info_and_in_rtp_count_once_whichever_comes_first(
    first: sip.KeySource,
) -> None:
    telling = story()
    second = next(source for source in sip.KeySource if source is not first)

    for digit in "2771#":
        telling.tell(key(digit, first), key(digit, second))

    assert telling.of(LogIn) == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]
