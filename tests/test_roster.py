"""Who sits where: PIN, exclusivity both ways, takeover, locks, restart."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from actors.core.seats.roster import Lock, Roster, Verdict
from actors.ids import AgentId, CallId
from actors.messages.duty import LogIn, LoginResult
from actors.messages.phone import Hop, Phone
from actors.settings import Agent, Login
from tests.harness import phone_at

ADA, BOB, EVE = AgentId("2771"), AgentId("2772"), AgentId("2774")
ONE, TWO = phone_at("sip:phone1@127.0.0.1"), phone_at("sip:phone2@127.0.0.1")
AGENTS = (Agent(ADA), Agent(BOB), Agent(EVE, pin="1234"))
ACCEPTED = Verdict(LoginResult.ACCEPTED)


def log_in(
    agent: str, phone: Phone = ONE, pin: str | None = None, source: str = "127.0.0.1"
) -> LogIn:
    return LogIn(CallId("c-1"), AgentId(agent), pin, phone, source)


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


def test_an_unknown_number_is_wrong_with_whatever_pin(roster: Roster) -> None:
    assert roster.log_in(log_in("9999"), 0.0).result is LoginResult.PIN_NEEDED
    assert roster.log_in(log_in("9999", pin="1234"), 0.0).result is LoginResult.WRONG


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


AT_HOME = msgspec.structs.replace(ONE, hop=Hop("192.0.2.11", 40001))
ELSEWHERE = {
    "another port of the same router": (Hop("192.0.2.11", 40002), True),
    "another place": (Hop("198.51.100.66", 40001), False),
}


@pytest.mark.parametrize(("hop", "at_once"), ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_phones_name_moves_a_seat_to_another_place_only_with_the_pin(
    roster: Roster,
    hop: Hop,
    at_once: bool,  # noqa: FBT001 - a column of the table
) -> None:
    there = msgspec.structs.replace(ONE, hop=hop)
    for agent, pin, moves in ((ADA, None, at_once), (EVE, "1234", True)):
        roster.log_in(log_in(agent, AT_HOME, pin), 0.0)

        result = roster.log_in(log_in(agent, there, pin), 1.0).result

        assert result is (LoginResult.ACCEPTED if moves else LoginResult.AGENT_ELSEWHERE)
        assert roster.leave(agent) == (there if moves else AT_HOME)


def test_whoever_takes_a_phones_name_takes_neither_its_seat_nor_its_agents(
    taking_over: Roster,
) -> None:
    forged = phone_from("198.51.100.66", ONE)
    taking_over.log_in(log_in(ADA, ONE), 0.0)

    assert taking_over.log_in(log_in(BOB, forged), 1.0) == ACCEPTED

    assert (taking_over.agent_at(ONE), taking_over.agent_at(forged)) == (ADA, BOB)
    assert taking_over.namesake(forged) == (ADA, ONE)
    assert taking_over.namesake(TWO) is None


def test_phones_of_one_name_in_two_homes_are_two_phones(roster: Roster) -> None:
    for agent, home in ((ADA, "198.51.100.1"), (BOB, "198.51.100.2")):
        assert roster.log_in(log_in(agent, phone_from(home, ONE)), 0.0) == ACCEPTED


def test_wrong_pins_lock_their_source_under_whatever_contact(roster: Roster) -> None:
    guesses = [
        roster.log_in(log_in(EVE, phone_at(f"sip:x{turn}@127.0.0.1"), f"{turn:04}"), 0.1 * turn)
        for turn in range(60)
    ]

    assert [guess.result for guess in guesses[:3]] == [
        LoginResult.WRONG,
        LoginResult.WRONG,
        LoginResult.LOCKED,
    ]
    assert [guess.locks for guess in guesses[:3]] == [(), (), (Lock("from 127.0.0.1", 60.0),)]
    assert {guess.result for guess in guesses[3:]} == {LoginResult.LOCKED}
    assert not any(guess.locks for guess in guesses[3:])
    assert roster.log_in(log_in(EVE, pin="1234"), 6.0).result is LoginResult.LOCKED
    assert roster.log_in(log_in(ADA), 6.0).result is LoginResult.LOCKED


def test_nobody_elsewhere_is_shut_out_by_one_who_guesses(roster: Roster) -> None:
    for _ in range(60):
        roster.log_in(log_in(EVE, ONE, "0"), 0.0)

    assert roster.log_in(log_in(ADA, ONE, source="127.0.0.2"), 1.0) == ACCEPTED
    assert roster.log_in(log_in(EVE, TWO, "1234", source="127.0.0.3"), 1.0) == ACCEPTED


def guess_from_many_places(roster: Roster, agent: str, now: float) -> list[Verdict]:
    """Guess a PIN twice from each of many addresses, under names that are not theirs."""
    return [
        roster.log_in(log_in(agent, phone, "0", source=f"198.51.100.{turn}"), now)
        for turn in range(30)
        for phone in (phone_from(f"198.51.100.{turn}", ONE), phone_from(f"198.51.100.{turn}", TWO))
    ]


def phone_from(source: str, phone: Phone) -> Phone:
    """Return a phone that says it is another."""
    return msgspec.structs.replace(phone, hop=Hop(source, 5060))


def test_guesses_from_many_places_lock_the_agent(roster: Roster) -> None:
    guesses = guess_from_many_places(roster, EVE, 0.0)

    assert [guess.locks for guess in guesses if guess.locks] == [(Lock("of agent 2774", 60.0),)]
    assert [guess.result for guess in guesses].count(LoginResult.WRONG) == 2
    fresh = log_in(EVE, TWO, "1234", source="192.0.2.77")
    assert roster.log_in(fresh, 59.9).result is LoginResult.LOCKED
    assert roster.log_in(fresh, 60.0) == ACCEPTED


def test_an_agents_lock_does_not_hold_at_phones_where_agents_have_sat(roster: Roster) -> None:
    roster.log_in(log_in(EVE, ONE, "1234"), 0.0)
    roster.leave(EVE)
    roster.restore(ADA, TWO)
    roster.leave(ADA)
    for hour in range(100):
        guess_from_many_places(roster, EVE, 1.0 + 3600 * hour)

    assert roster.log_in(log_in(EVE, ONE, "1234"), 360_000.0) == ACCEPTED
    roster.leave(EVE)
    assert roster.log_in(log_in(EVE, TWO, "1234", source="192.0.2.77"), 360_000.0) == ACCEPTED


@pytest.mark.parametrize("guess", [guess_from_many_places, None])
def test_a_number_that_nobody_has_is_answered_as_an_agents(guess: object) -> None:
    answers = []
    for number in (EVE, "9999"):
        roster = Roster(AGENTS, Login(lock_after=3, lock_seconds=60.0))
        seen = [roster.log_in(log_in(number), 0.0).result]
        if guess:
            seen += [one.result for one in guess_from_many_places(roster, number, 0.0)]
        for now in (1.0, 2.0, 3.0, 70.0, 80.0, 90.0, 200.0):
            seen += [
                roster.log_in(log_in(number), now).result,
                roster.log_in(log_in(number, pin="1235"), now).result,
            ]
        answers.append(seen)

    assert answers[0] == answers[1]
    assert {LoginResult.PIN_NEEDED, LoginResult.WRONG, LoginResult.LOCKED} == set(answers[0])


def test_where_no_agent_has_a_pin_nobody_is_asked_for_one() -> None:
    roster = Roster((Agent(ADA),), Login())

    assert roster.log_in(log_in("9999"), 0.0).result is LoginResult.WRONG


def test_a_login_forgives_his_own_mistakes_before(roster: Roster) -> None:
    for turn in range(9):
        assert roster.log_in(log_in(EVE, pin="0"), turn).result is LoginResult.WRONG
        assert roster.log_in(log_in(EVE, pin="1234"), turn) == ACCEPTED


def test_a_login_of_ones_own_forgives_no_guesses_at_others(roster: Roster) -> None:
    results = []
    for turn in range(3):
        results.append(roster.log_in(log_in(EVE, pin=f"{turn}"), turn).result)
        roster.log_in(log_in(ADA), turn)

    assert results[-1] is LoginResult.LOCKED


def test_asking_for_the_pin_is_no_failure(roster: Roster) -> None:
    answers = [roster.log_in(log_in(EVE), turn).result for turn in range(9)]

    assert set(answers) == {LoginResult.PIN_NEEDED}


def test_a_restart_seats_agents_where_they_sat(roster: Roster) -> None:
    assert roster.restore(ADA, ONE)

    assert not roster.restore(BOB, ONE)
    assert not roster.restore(ADA, TWO)
    assert not roster.restore(AgentId("9999"), TWO)
    assert (roster.agent_at(ONE), roster.agent_at(TWO)) == (ADA, None)
