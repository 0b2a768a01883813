"""Logging on by keys, and the services without keys: rules and actor."""

from __future__ import annotations

from typing import Any

import pytest

from actors.core.leg.timers import Unanswered
from actors.core.service.events import KeysOver, LetGo, NoVerdict, SaidByNow
from actors.core.service.machine import new_service, step
from actors.core.service.state import ServiceTerms
from actors.core.wire.aors import Purpose
from actors.ids import AgentId, PromptId
from actors.messages import facts, sip
from actors.messages import media as rtp
from actors.messages.duty import (
    AtPhone,
    AtPhoneAnswer,
    LogIn,
    LoginAnswer,
    LoginResult,
    PhoneRequest,
    ServiceEnded,
)
from actors.messages.facts import Booked
from actors.messages.life import Begin, CallEnded, Fault, Shutdown
from actors.service import ServiceActor
from actors.settings import Login, Prompt
from tests import callkit as kit
from tests.callkit import ADA, CALL, CALLER, Story, done
from tests.fake_gateway import FakeGateway
from tests.harness import Desk, phone_at
from tests.neighbours import FakeMedia

DEVICE = phone_at("sip:ada@192.0.2.11:5070")
SOURCE = "192.0.2.11"
PURPOSES = (
    *("ask_id", "ask_pin", "wrong", "accepted", "agent_elsewhere", "phone_taken", "locked"),
    *("goodbye", "logged_out", "nobody_here", "paused", "unpaused"),
)
LOGIN = Login(prompts={purpose: Prompt(PromptId(purpose), purpose) for purpose in PURPOSES})
MUTE = Login(prompts={})


def terms(purpose: Purpose = Purpose.LOGIN, login: Login = LOGIN) -> ServiceTerms:
    return ServiceTerms(kit.caller(kit.incoming(user="acdlogin")), purpose, DEVICE, SOURCE, login)


def story(purpose: Purpose = Purpose.LOGIN, login: Login = LOGIN) -> Story:
    """A caller whose call is up."""
    telling = Story(new_service(terms(purpose, login)), step)
    telling.tell(Begin(), Booked(), kit.opened(), kit.confirmed())
    return telling


def keys(telling: Story, text: str) -> list[Any]:
    return done(telling.tell(*(_key(key) for key in text)))


def said(telling: Story) -> list[Any]:
    """Let the prompt be said to its end."""
    return done(telling.tell(rtp.Played(CALLER, telling.of(rtp.Play)[-1].token)))


def answer(telling: Story, result: LoginResult, agent: AgentId = ADA) -> list[Any]:
    return done(telling.tell(LoginAnswer(CALL, agent, result)))


def prompts(effects: list[Any]) -> list[str]:
    return [str(p) for effect in effects if isinstance(effect, rtp.Play) for p in effect.prompts]


def finished(telling: Story) -> list[tuple[str, str, str]]:
    return [(f.result, f.reason, f.ended_by) for f in telling.of(facts.CallFinished)]


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
    telling.tell(Begin(), Booked(), kit.opened(), *(_key(key) for key in "27"))

    telling.tell(kit.confirmed(), *(_key(key) for key in "71#"))

    assert telling.of(LogIn) == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]


def test_a_whole_id_before_the_ack_is_asked_about_with_it_and_no_more_than_that_is_kept() -> None:
    telling = Story(new_service(terms()), step)
    telling.tell(Begin(), Booked(), kit.opened(), *(_key(key) for key in "2771#" + 99 * "7"))

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


@pytest.mark.parametrize(
    ("purpose", "request_", "prompt"),
    [
        (Purpose.LOGOUT, PhoneRequest.LOGOUT, "logged_out"),
        (Purpose.PAUSE, PhoneRequest.PAUSE, "paused"),
        (Purpose.UNPAUSE, PhoneRequest.UNPAUSE, "unpaused"),
    ],
)
def test_a_service_without_keys_asks_the_floor_at_once(
    purpose: Purpose, request_: PhoneRequest, prompt: str
) -> None:
    telling = story(purpose)
    assert done(telling.all)[-1] == AtPhone(CALL, DEVICE, request_, SOURCE)

    assert prompts(telling.tell(AtPhoneAnswer(CALL, request_, ADA))) == [prompt]
    assert sip.HangUp(CALLER) in said(telling)
    assert finished(telling) == [("served", request_.value, "server")]


def test_a_phone_at_which_nobody_sits_hears_so() -> None:
    telling = story(Purpose.LOGOUT)

    told = telling.tell(AtPhoneAnswer(CALL, PhoneRequest.LOGOUT, None))

    assert prompts(told) == ["nobody_here"]


def test_hanging_up_during_the_last_prompt_changes_nothing_of_the_result() -> None:
    telling = story()
    keys(telling, "2771#")
    answer(telling, LoginResult.ACCEPTED)
    telling.tell(kit.hung_up(), kit.closed())

    assert finished(telling) == [("served", "accepted", "caller")]
    assert telling.state.done


def test_a_phone_that_leaves_our_bye_unanswered_is_let_go() -> None:
    telling = story(Purpose.LOGOUT)
    telling.tell(AtPhoneAnswer(CALL, PhoneRequest.LOGOUT, ADA))
    said(telling)

    assert telling.fire(LetGo()) == [ServiceEnded(CALL)]


def test_hanging_up_while_asked_is_giving_up() -> None:
    telling = story()
    telling.tell(kit.hung_up())

    assert finished(telling) == [("abandoned", "caller-hung-up", "caller")]
    assert done(telling.tell(LoginAnswer(CALL, ADA, LoginResult.ACCEPTED))) == []


def test_without_prompts_it_works_in_silence() -> None:
    telling = story(login=MUTE)
    keys(telling, "2771#")

    assert sip.HangUp(CALLER) in answer(telling, LoginResult.ACCEPTED)


def test_a_prompt_whose_end_is_never_told_does_not_hold_the_call() -> None:
    telling = story()
    keys(telling, "2771#")
    answer(telling, LoginResult.ACCEPTED)

    assert sip.HangUp(CALLER) in telling.fire(SaidByNow(telling.of(rtp.Play)[-1].token))


@pytest.mark.parametrize(
    "last",
    [
        (Shutdown("stopped"),),
        (Fault(Begin()),),
        (rtp.MediaSilent(CALLER, 30), Unanswered(0, 1)),
    ],
)
def test_every_other_end_is_an_end_too(last: tuple[object, ...]) -> None:
    telling = story()
    telling.tell(*last, kit.over(), kit.closed(), *last)

    assert len(finished(telling)) == 1
    assert telling.state.done


@pytest.mark.parametrize("last", [Shutdown("stopped"), Fault(Begin()), kit.hung_up()])
def test_a_call_that_ends_before_it_began_has_a_beginning_and_an_end(last: object) -> None:
    telling = Story(new_service(terms()), step)
    telling.tell(last, kit.over(), Begin())

    ends = [*telling.of(facts.CallEntered), *telling.of(facts.CallFinished)]
    assert kit.kinds(ends) == ["CallEntered", "CallFinished"]
    assert telling.state.done


def test_the_actor_takes_an_agent_from_invite_to_hang_up() -> None:
    desk = Desk()
    network = FakeGateway(desk.post, desk.gateway)
    FakeMedia(desk.post, desk.media, at_once=True)
    network.invite(kit.incoming(user="acdlogin"))
    desk.switchboard.take()
    actor = desk.seat(ServiceActor(desk.world, terms()), call=CALL)
    desk.tell(actor, Begin())
    network.handle_all()
    network.confirm(CALLER)
    for key in "2771#":
        desk.tell(actor, _key(key))
    assert desk.seats.got == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]

    desk.tell(actor, LoginAnswer(CALL, ADA, LoginResult.ACCEPTED))
    desk.tell(actor, rtp.Played(CALLER, 2))
    network.handle_all()
    desk.settle()

    assert desk.switchboard.got == [CallEnded(CALL)]
    assert actor not in desk.actors
    assert CALL not in desk.post.calls()


@pytest.mark.parametrize("first", sip.KeySource)
def test_keys_sent_by_info_and_in_rtp_count_once_whichever_comes_first(
    first: sip.KeySource,
) -> None:
    telling = story()
    second = next(source for source in sip.KeySource if source is not first)

    for key in "2771#":
        telling.tell(_key(key, first), _key(key, second))

    assert telling.of(LogIn) == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]


def _key(digit: str, source: sip.KeySource = sip.KeySource.RTP) -> sip.DigitPressed:
    return sip.DigitPressed(CALLER, digit, source)
