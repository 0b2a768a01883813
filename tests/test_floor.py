"""FloorActor among probes: offers and their answers, logins, requests by phone, restart."""

from __future__ import annotations

import logging

import pytest

from actors.floor import ANSWER_SECONDS, FloorActor
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages import duty
from actors.messages import floor as f
from actors.messages.duty import LoginResult, PhoneRequest
from actors.settings import Agent, Login, Queue, Settings
from tests.harness import Desk, Probe

ADA, BOB = AgentId("2771"), AgentId("2772")
SALES, SUPPORT = QueueName("sales"), QueueName("support")
PHONE, OTHER_PHONE = "sip:phone1@127.0.0.1", "sip:phone2@127.0.0.1"
ONE, TWO = CallId("c-1"), CallId("c-2")
SETTINGS = Settings(
    login=Login(takeover=True),
    queues=(Queue(SALES), Queue(SUPPORT)),
    agents=(Agent(ADA, queues=(SALES, SUPPORT)), Agent(BOB, pin="12", queues=(SALES,))),
)


class Floor:
    """A real floor between probes."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.desk = Desk()
        self.ada, self.bob = self.desk.agent(ADA), self.desk.agent(BOB)
        self.call = self.desk.call(ONE)
        self.actor = self.desk.seat(FloorActor(self.desk.world, settings), role="floor")

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.desk.tell(self.actor, message)


def waits(call: CallId, since: float = 0.0, queue: QueueName = SALES) -> f.Waiting:
    return f.Waiting(call, queue, since, 0)


def lease(number: int) -> LeaseId:
    """The number-th lease of the run."""
    return LeaseId(f"0-L{number}")


def offers(probe: Probe) -> list[tuple[LeaseId, str]]:
    return [(offer.lease, offer.call) for offer in probe.of(f.Offer)]


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_call_that_waits_is_offered_when_an_agent_becomes_free(floor: Floor) -> None:
    floor.tell(waits(ONE))
    assert offers(floor.ada) == []

    floor.tell(f.Free(ADA, 0.0))

    until = floor.desk.clock.at + ANSWER_SECONDS
    assert floor.ada.got == [f.Offer(lease(1), ONE, SALES, until)]


def test_a_free_agent_is_offered_the_call_that_comes(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 5.0), f.Free(BOB, 2.0), waits(ONE), waits(TWO))

    assert offers(floor.bob) == [(lease(1), ONE)]
    assert offers(floor.ada) == [(lease(2), TWO)]


def test_an_offer_not_granted_goes_to_the_next_agent_at_once(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE))

    floor.tell(f.NotGranted(lease(1), ADA))

    assert offers(floor.bob) == [(lease(2), ONE)]


def test_a_call_that_comes_back_from_a_failed_attempt_goes_to_the_next_agent(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE), f.Granted(lease(1), ADA))
    assert offers(floor.bob) == []

    floor.tell(waits(ONE))

    assert offers(floor.bob) == [(lease(2), ONE)]
    floor.tell(f.NotGranted(lease(2), BOB), f.Free(ADA, 20.0))
    assert offers(floor.ada) == [(lease(1), ONE), (lease(3), ONE)]


def test_an_agent_in_two_queues_is_offered_one_call(floor: Floor) -> None:
    floor.tell(waits(TWO, 1.0, SUPPORT), waits(ONE, 2.0))

    floor.tell(f.Free(ADA, 0.0), f.Free(ADA, 0.0))

    assert offers(floor.ada) == [(lease(1), TWO)]


def test_a_call_that_has_left_is_not_offered(floor: Floor) -> None:
    floor.tell(waits(ONE), f.NotWaiting(ONE), f.Free(ADA, 0.0))

    assert offers(floor.ada) == []


def test_an_agent_no_longer_free_is_not_offered_anything(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 0.0), f.NotFree(ADA), waits(ONE))

    assert offers(floor.ada) == []


def test_an_offer_nobody_answers_is_taken_back(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE))

    floor.desk.advance(ANSWER_SECONDS)

    assert offers(floor.bob) == [(lease(2), ONE)]
    assert "agent 2771: no answer to the offer of call c-1" in caplog.messages


def test_an_answered_offer_is_not_complained_of(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.tell(f.Free(ADA, 2.0), waits(ONE), f.Granted(lease(1), ADA))

    floor.desk.advance(ANSWER_SECONDS)

    assert caplog.messages == []


def test_an_offer_to_an_agent_who_is_not_there_goes_on_to_the_next() -> None:
    floor = Floor()
    floor.desk.post._agents.pop(ADA)

    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE))

    assert offers(floor.bob) == [(lease(2), ONE)]


def test_a_login_seats_the_agent_and_answers_the_call(floor: Floor) -> None:
    floor.tell(duty.LogIn(ONE, ADA, None, PHONE))

    assert floor.call.got == [duty.LoginAnswer(ONE, ADA, LoginResult.ACCEPTED)]
    assert floor.ada.got == [duty.LoggedIn(ADA, PHONE)]


def test_a_refused_login_tells_the_agent_nothing(floor: Floor) -> None:
    floor.tell(duty.LogIn(ONE, BOB, None, PHONE), duty.LogIn(ONE, BOB, "99", PHONE))

    results = [answer.result for answer in floor.call.of(duty.LoginAnswer)]
    assert results == [LoginResult.PIN_NEEDED, LoginResult.WRONG]
    assert floor.bob.got == []


def test_whoever_is_displaced_from_a_phone_is_logged_out(floor: Floor) -> None:
    floor.tell(duty.LogIn(ONE, ADA, None, PHONE), duty.LogIn(ONE, BOB, "12", PHONE))

    assert floor.ada.got[-1] == duty.LoggedOut(ADA, "phone taken over by 2772")
    assert floor.bob.got == [duty.LoggedIn(BOB, PHONE)]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (PhoneRequest.LOGOUT, duty.LoggedOut(ADA, "phone")),
        (PhoneRequest.PAUSE, duty.Pause(ADA, "phone")),
        (PhoneRequest.UNPAUSE, duty.Unpause(ADA)),
    ],
    ids=lambda value: str(value) if isinstance(value, PhoneRequest) else "",
)
def test_what_is_asked_at_a_phone_is_done_for_who_sits_there(
    floor: Floor, request_: PhoneRequest, told: object
) -> None:
    floor.tell(duty.LogIn(ONE, ADA, None, PHONE))

    floor.tell(duty.AtPhone(ONE, PHONE, request_))

    assert floor.ada.got[-1] == told
    assert floor.call.got[-1] == duty.AtPhoneAnswer(ONE, request_, ADA)


def test_a_phone_nobody_sits_at_is_told_so(floor: Floor) -> None:
    floor.tell(duty.AtPhone(ONE, PHONE, PhoneRequest.LOGOUT))

    assert floor.call.got == [duty.AtPhoneAnswer(ONE, PhoneRequest.LOGOUT, None)]


def test_after_a_logout_the_phone_is_free(floor: Floor) -> None:
    floor.tell(duty.LogIn(ONE, ADA, None, PHONE), duty.AtPhone(ONE, PHONE, PhoneRequest.LOGOUT))

    floor.tell(duty.AtPhone(ONE, PHONE, PhoneRequest.PAUSE))

    assert floor.call.got[-1] == duty.AtPhoneAnswer(ONE, PhoneRequest.PAUSE, None)


def test_a_restart_gives_seats_back_and_passes_the_rest_on(floor: Floor) -> None:
    known = duty.Restore(ADA, PHONE, 7.0, "tea")

    floor.tell(known, duty.Restore(BOB, PHONE, 8.0, None))

    assert floor.ada.got == [known]
    assert floor.bob.got == []


def test_an_unknown_strategy_refuses_to_start() -> None:
    settings = Settings(queues=(Queue(SALES, strategy="most-idel"),))

    with pytest.raises(ValueError, match="unknown strategy most-idel: most-idle would be right"):
        Floor(settings)


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (duty.LogIn(ONE, ADA, None, PHONE), duty.LoginAnswer(ONE, ADA, LoginResult.WRONG)),
        (
            duty.AtPhone(ONE, PHONE, PhoneRequest.PAUSE),
            duty.AtPhoneAnswer(ONE, PhoneRequest.PAUSE, None),
        ),
    ],
    ids=["login", "at phone"],
)
def test_a_phone_is_answered_even_where_the_floor_fails(
    floor: Floor, message: object, answer: object
) -> None:
    floor.desk.faults_expected = True
    floor.actor.roster = None  # type: ignore[assignment]
    logging.disable(logging.ERROR)

    floor.tell(message)

    logging.disable(logging.NOTSET)
    assert floor.call.got == [answer]
    floor.tell(f.Free(ADA, 0.0), waits(TWO))
    assert offers(floor.ada) == [(lease(1), TWO)]


def test_a_message_it_does_not_know_is_logged(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.tell("nonsense")

    assert "floor: knows no 'nonsense'" in caplog.messages
