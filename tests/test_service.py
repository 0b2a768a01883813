"""The services without keys, every end of a call to a service, and its actor."""

from __future__ import annotations

import pytest

from actors.core.leg.timers import Unanswered
from actors.core.service.events import LetGo, SaidByNow
from actors.core.service.machine import new_service, step
from actors.core.wire.aors import Purpose
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
from actors.messages.life import Begin, CallEnded, Fault, Shutdown
from actors.service import ServiceActor
from tests import callkit as kit
from tests.callkit import ADA, CALL, CALLER, Story, done
from tests.fake_gateway import FakeGateway
from tests.harness import Desk
from tests.neighbours import FakeMedia
from tests.service_stories import (
    DEVICE,
    MUTE,
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


@pytest.mark.parametrize(
    ("purpose", "request_", "prompt"),
    [
        (Purpose.LOGOUT, PhoneRequest.LOGOUT, "logged_out"),
        (Purpose.PAUSE, PhoneRequest.PAUSE, "paused"),
        (Purpose.UNPAUSE, PhoneRequest.UNPAUSE, "unpaused"),
        (Purpose.END_WRAPUP, PhoneRequest.END_WRAPUP, "wrapup_ended"),
        (Purpose.EXTEND_WRAPUP, PhoneRequest.EXTEND_WRAPUP, "wrapup_extended"),
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
    for digit in "2771#":
        desk.tell(actor, key(digit))
    assert desk.seats.got == [LogIn(CALL, ADA, None, DEVICE, SOURCE)]

    desk.tell(actor, LoginAnswer(CALL, ADA, LoginResult.ACCEPTED))
    desk.tell(actor, rtp.Played(CALLER, 2))
    network.handle_all()
    desk.settle()

    assert desk.switchboard.got == [CallEnded(CALL)]
    assert actor not in desk.actors
    assert CALL not in desk.post.calls()


@pytest.mark.parametrize("request_", [PhoneRequest.END_WRAPUP, PhoneRequest.EXTEND_WRAPUP])
def test_who_is_in_no_wrap_up_is_told_so(request_: PhoneRequest) -> None:
    telling = story(Purpose(request_.value))

    told = telling.tell(AtPhoneAnswer(CALL, request_, ADA, done=False))

    assert prompts(told) == ["no_wrapup"]
    said(telling)
    assert finished(telling) == [("refused", "no-wrapup", "server")]
