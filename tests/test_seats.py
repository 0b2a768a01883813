"""SeatsActor among probes: logins, requests by phone, restart."""

from __future__ import annotations

import logging

import msgspec
import pytest

from actors.core.seats.alarms import MOST_LINES
from actors.ids import AgentId, CallId
from actors.messages import duty
from actors.messages.by import By, by_agent
from actors.messages.duty import LoginResult, PhoneRequest
from actors.messages.phone import Hop, Phone
from actors.seats import SeatsActor
from actors.settings import Agent, Login, Settings
from tests.harness import Desk, phone_at

ADA, BOB = AgentId("2771"), AgentId("2772")
PHONE = phone_at("sip:phone1@127.0.0.1")
ONE, TWO = CallId("c-1"), CallId("c-2")
SETTINGS = Settings(login=Login(takeover=True), agents=(Agent(ADA), Agent(BOB, pin="12")))


def log_in(agent: AgentId, pin: str | None = None, source: str = "127.0.0.1") -> duty.LogIn:
    return duty.LogIn(ONE, agent, pin, PHONE, source)


def at_phone(
    request: PhoneRequest, phone: Phone = PHONE, source: str = "127.0.0.1"
) -> duty.AtPhone:
    return duty.AtPhone(ONE, phone, request, source)


class Seats:
    """The real seats between probes."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.ada, self.bob = self.desk.agent(ADA), self.desk.agent(BOB)
        self.call = self.desk.call(ONE)
        self.actor = self.desk.seat(SeatsActor(self.desk.world, SETTINGS), role="seats")

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.desk.tell(self.actor, message)


@pytest.fixture
def seats() -> Seats:
    return Seats()


def test_a_login_seats_the_agent_and_answers_the_call(seats: Seats) -> None:
    seats.tell(log_in(ADA))

    assert seats.call.got == [duty.LoginAnswer(ONE, ADA, LoginResult.ACCEPTED)]
    assert seats.ada.got == [duty.LoggedIn(ADA, PHONE)]


def test_a_refused_login_tells_the_agent_nothing(seats: Seats) -> None:
    seats.tell(log_in(BOB), log_in(BOB, "99"))

    results = [answer.result for answer in seats.call.of(duty.LoginAnswer)]
    assert results == [LoginResult.PIN_NEEDED, LoginResult.WRONG]
    assert seats.bob.got == []


def test_whoever_is_displaced_from_a_phone_is_logged_out(seats: Seats) -> None:
    seats.tell(log_in(ADA), log_in(BOB, "12"))

    assert seats.ada.got[-1] == duty.LoggedOut(ADA, "phone taken over by 2772", by_agent(BOB))
    assert seats.bob.got == [duty.LoggedIn(BOB, PHONE)]


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
    seats: Seats, request_: PhoneRequest, told: object
) -> None:
    seats.tell(log_in(ADA))

    seats.tell(at_phone(request_))

    assert seats.ada.got[-1] == told
    assert seats.call.got[-1] == duty.AtPhoneAnswer(ONE, request_, ADA)


def test_whoever_sits_at_a_phone_hears_of_its_calls_to_services(seats: Seats) -> None:
    seats.tell(duty.ServiceBegan(ONE, PHONE), log_in(ADA))
    seats.tell(duty.ServiceBegan(TWO, PHONE), duty.ServiceEnded(ONE))
    assert seats.ada.take() == [duty.LoggedIn(ADA, PHONE, in_call=True), duty.OwnCallBegan(ADA)]

    seats.tell(duty.ServiceEnded(TWO), duty.ServiceEnded(TWO))

    assert seats.ada.take() == [duty.OwnCallEnded(ADA)]


def test_another_phones_call_to_a_service_is_none_of_an_agents(seats: Seats) -> None:
    seats.tell(log_in(ADA))
    seats.ada.take()
    other = phone_at("sip:phone2@127.0.0.1")

    seats.tell(duty.ServiceBegan(TWO, other), duty.ServiceEnded(TWO))

    assert seats.ada.take() == []


FORGED = msgspec.structs.replace(PHONE, hop=Hop("127.0.0.66", 5060))


@pytest.mark.parametrize("request_", PhoneRequest)
def test_who_calls_as_somebodys_phone_from_elsewhere_is_told_what_an_unknown_phone_is(
    seats: Seats, request_: PhoneRequest, caplog: pytest.LogCaptureFixture
) -> None:
    seats.tell(log_in(ADA))
    seats.ada.take()

    seats.tell(at_phone(request_, FORGED, "127.0.0.66"))

    assert seats.ada.take() == []
    assert seats.call.got[-1] == duty.AtPhoneAnswer(ONE, request_, None)
    (line,) = (text for text in caplog.messages if request_ in text)
    assert line == (
        f"security: no {request_} from 127.0.0.66 as phone1@127.0.0.1:"
        " agent 2771 is logged on there from 127.0.0.1"
    )


def test_a_call_as_somebodys_phone_from_elsewhere_keeps_nobody_from_being_rung(
    seats: Seats,
) -> None:
    seats.tell(log_in(ADA), duty.ServiceBegan(TWO, FORGED), log_in(ADA))

    assert seats.ada.take() == [duty.LoggedIn(ADA, PHONE)] * 2


def test_a_phone_nobody_sits_at_is_told_so(seats: Seats) -> None:
    seats.tell(at_phone(PhoneRequest.LOGOUT))

    assert seats.call.got == [duty.AtPhoneAnswer(ONE, PhoneRequest.LOGOUT, None)]


def test_after_a_logout_the_phone_is_free(seats: Seats) -> None:
    seats.tell(log_in(ADA), at_phone(PhoneRequest.LOGOUT))

    seats.tell(at_phone(PhoneRequest.PAUSE))

    assert seats.call.got[-1] == duty.AtPhoneAnswer(ONE, PhoneRequest.PAUSE, None)


def test_a_restart_gives_seats_back_and_passes_the_rest_on(seats: Seats) -> None:
    known = duty.Restore(ADA, PHONE, 7.0, "tea")

    seats.tell(known, duty.Restore(BOB, PHONE, 8.0, None))

    assert seats.ada.got == [known]
    assert seats.bob.got == []


def test_a_lock_is_told_once_with_where_the_packets_came_from(
    seats: Seats, caplog: pytest.LogCaptureFixture
) -> None:
    seats.tell(*[log_in(BOB, f"{guess}", "192.0.2.66") for guess in range(60)])

    (line,) = (text for text in caplog.messages if text.startswith("security: "))
    assert line == (
        "security: no log-ins from 192.0.2.66 for 300 s:"
        " too many wrong numbers or PINs, the last from 192.0.2.66"
    )


def test_a_flood_of_locks_is_no_flood_of_lines(
    seats: Seats, caplog: pytest.LogCaptureFixture
) -> None:
    for source in range(100):
        address = f"198.51.100.{source}"
        numbers = (AgentId(f"{source}{guess}") for guess in range(6))
        seats.tell(*[log_in(number, "0", address) for number in numbers])

    lines = [text for text in caplog.messages if text.startswith("security: ")]
    assert len(lines) == MOST_LINES


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (log_in(ADA), duty.LoginAnswer(ONE, ADA, LoginResult.WRONG)),
        (
            at_phone(PhoneRequest.PAUSE),
            duty.AtPhoneAnswer(ONE, PhoneRequest.PAUSE, None),
        ),
    ],
    ids=["login", "at phone"],
)
def test_a_phone_is_answered_even_where_the_seats_fail(
    seats: Seats, message: object, answer: object
) -> None:
    seats.desk.faults_expected = True
    seats.actor.seats = None  # type: ignore[assignment]
    logging.disable(logging.ERROR)

    seats.tell(message)

    logging.disable(logging.NOTSET)
    assert seats.call.got == [answer]


def test_a_message_they_do_not_know_is_logged(
    seats: Seats, caplog: pytest.LogCaptureFixture
) -> None:
    seats.tell("nonsense")

    assert "seats: knows no 'nonsense'" in caplog.messages


@pytest.mark.parametrize(
    ("request_", "wish"),
    [
        (PhoneRequest.END_WRAPUP, duty.EndWrapUp(ADA, call=ONE)),
        (PhoneRequest.EXTEND_WRAPUP, duty.ExtendWrapUp(ADA, 60.0, call=ONE)),
    ],
)
def test_whether_there_is_a_wrap_up_to_change_is_for_the_agent_to_say(
    seats: Seats, request_: PhoneRequest, wish: object
) -> None:
    seats.tell(log_in(ADA))
    seats.call.take()

    seats.tell(at_phone(request_))

    assert seats.ada.got[-1] == wish
    assert seats.call.got == []


def test_an_agent_is_logged_off_by_whoever_may_and_leaves_the_phone_free(seats: Seats) -> None:
    by = By("user:margaret")
    seats.tell(log_in(ADA), duty.LogOut(ADA, by, "went home"), duty.LogOut(ADA, by, "again"))

    assert seats.ada.got[1:] == [duty.LoggedOut(ADA, "went home", by)]
    seats.tell(log_in(BOB, "12"))
    assert seats.bob.got == [duty.LoggedIn(BOB, PHONE)]
