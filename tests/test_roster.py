"""Who sits where: PIN, exclusivity both ways, takeover, lock-out, restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actors.core.seats import roster as rosters
from actors.core.seats.roster import Roster, Verdict
from actors.ids import AgentId, CallId
from actors.messages.duty import LogIn, LoginResult
from actors.messages.phone import Phone
from actors.settings import Agent, Login
from tests.harness import phone_at

ADA, BOB, EVE = AgentId("2771"), AgentId("2772"), AgentId("2774")
ONE, TWO = phone_at("sip:phone1@127.0.0.1"), phone_at("sip:phone2@127.0.0.1")
AGENTS = (Agent(ADA), Agent(BOB), Agent(EVE, pin="1234"))
ACCEPTED = Verdict(LoginResult.ACCEPTED)


def log_in(agent: str, phone: Phone = ONE, pin: str | None = None) -> LogIn:
    return LogIn(CallId("c-1"), AgentId(agent), pin, phone)


@pytest.fixture
def roster() -> Roster:
    return Roster(AGENTS, Login(lock_after=3, lock_seconds=60.0))


@pytest.fixture
def taking_over() -> Roster:
    return Roster(AGENTS, replace(Login(), takeover=True))


def test_the_id_alone_seats_an_agent_without_pin(roster: Roster) -> None:
    assert roster.log_in(log_in(ADA), 0.0) == ACCEPTED

    assert roster.agent_at(ONE) == ADA
    assert roster._phones.get(ADA) == ONE


def test_a_phone_back_from_another_port_takes_its_own_seat_along(roster: Roster) -> None:
    roster.log_in(log_in(ADA, phone_at("sip:ada@192.0.2.11:40001;transport=tcp")), 0.0)
    back = phone_at("sip:ada@192.0.2.11:40002;transport=tcp")

    assert roster.log_in(log_in(ADA, back), 1.0) == ACCEPTED
    assert roster.leave(ADA) == back


def test_a_pin_is_asked_for_where_the_agent_has_one(roster: Roster) -> None:
    assert roster.log_in(log_in(EVE), 0.0).result is LoginResult.PIN_NEEDED
    assert roster.log_in(log_in(EVE, pin="1235"), 1.0).result is LoginResult.WRONG
    assert roster.agent_at(ONE) is None

    assert roster.log_in(log_in(EVE, pin="1234"), 2.0) == ACCEPTED


def test_an_unknown_id_is_wrong(roster: Roster) -> None:
    assert roster.log_in(log_in("9999"), 0.0).result is LoginResult.WRONG


def test_one_phone_has_one_agent(roster: Roster) -> None:
    roster.log_in(log_in(ADA, ONE), 0.0)

    assert roster.log_in(log_in(BOB, ONE), 1.0).result is LoginResult.PHONE_TAKEN
    assert (
        roster.log_in(log_in(BOB, phone_at("sip:PHONE1@127.0.0.1:5070;ob")), 1.0).result
        is LoginResult.PHONE_TAKEN
    )

    assert (roster.agent_at(ONE), roster._phones.get(BOB)) == (ADA, None)


def test_one_agent_has_one_phone(roster: Roster) -> None:
    roster.log_in(log_in(ADA, ONE), 0.0)

    assert roster.log_in(log_in(ADA, TWO), 1.0).result is LoginResult.AGENT_ELSEWHERE

    assert (roster._phones.get(ADA), roster.agent_at(TWO)) == (ONE, None)


def test_logging_in_again_at_the_same_phone_is_welcome(roster: Roster) -> None:
    roster.log_in(log_in(ADA), 0.0)

    assert roster.log_in(log_in(ADA), 1.0) == ACCEPTED


def test_a_phone_left_is_free_for_the_next(roster: Roster) -> None:
    roster.log_in(log_in(ADA), 0.0)

    assert roster.leave(ADA) == ONE
    assert roster.leave(ADA) is None

    assert roster.log_in(log_in(BOB), 1.0) == ACCEPTED


def test_takeover_moves_an_agent_from_phone_to_phone(taking_over: Roster) -> None:
    taking_over.log_in(log_in(ADA, ONE), 0.0)

    assert taking_over.log_in(log_in(ADA, TWO), 1.0) == ACCEPTED

    assert (taking_over.agent_at(ONE), taking_over.agent_at(TWO)) == (None, ADA)


def test_takeover_displaces_whoever_sits_there(taking_over: Roster) -> None:
    taking_over.log_in(log_in(ADA, ONE), 0.0)
    taking_over.log_in(log_in(BOB, TWO), 0.0)

    assert taking_over.log_in(log_in(BOB, ONE), 1.0) == Verdict(LoginResult.ACCEPTED, ADA)

    assert (taking_over._phones.get(ADA), taking_over.agent_at(TWO)) == (None, None)
    assert taking_over.agent_at(ONE) == BOB


def test_repeated_failures_lock_the_phone_for_a_while(roster: Roster) -> None:
    answers = [roster.log_in(log_in("9999"), 0.0).result for _ in range(2)]
    answers += [roster.log_in(log_in(EVE, pin="0"), 5.0).result]
    assert answers == [LoginResult.WRONG, LoginResult.WRONG, LoginResult.LOCKED]

    assert roster.log_in(log_in(ADA), 64.9).result is LoginResult.LOCKED
    assert roster.log_in(log_in(ADA, TWO), 64.9) == ACCEPTED
    assert roster.log_in(log_in(BOB), 65.0) == ACCEPTED


def test_failures_long_apart_lock_nothing(roster: Roster) -> None:
    answers = [roster.log_in(log_in("9999"), 61.0 * turn).result for turn in range(9)]

    assert set(answers) == {LoginResult.WRONG}


def test_a_login_forgives_the_failures_before(roster: Roster) -> None:
    for turn in range(9):
        assert roster.log_in(log_in("9999"), turn).result is LoginResult.WRONG
        assert roster.log_in(log_in(ADA), turn) == ACCEPTED


def test_asking_for_the_pin_is_no_failure(roster: Roster) -> None:
    answers = [roster.log_in(log_in(EVE), turn).result for turn in range(9)]

    assert set(answers) == {LoginResult.PIN_NEEDED}


def test_without_a_limit_nothing_is_locked() -> None:
    roster = Roster(AGENTS, Login(lock_after=0))

    answers = [roster.log_in(log_in("9999"), 0.0).result for _ in range(99)]

    assert set(answers) == {LoginResult.WRONG}


def test_failures_from_ever_new_devices_do_not_fill_the_memory(roster: Roster) -> None:
    for turn in range(5 * rosters.MANY_PHONES):
        roster.log_in(log_in("9999", phone_at(f"sip:{turn}@127.0.0.1")), float(turn))

    assert len(roster._wrong) <= rosters.MANY_PHONES


def test_a_restart_seats_agents_where_they_sat(roster: Roster) -> None:
    assert roster.restore(ADA, ONE)

    assert not roster.restore(BOB, ONE)
    assert not roster.restore(ADA, TWO)
    assert not roster.restore(AgentId("9999"), TWO)
    assert (roster.agent_at(ONE), roster.agent_at(TWO)) == (ADA, None)
