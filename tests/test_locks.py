"""Wrong tries and the locks they bring, in virtual time and bounded room."""

from __future__ import annotations

import pytest

from actors.core.seats.alarms import MINUTE, MOST_LINES, Alarms
from actors.core.seats.locks import LONGEST, MANY, REMEMBERED, Locks
from actors.settings import Login

LOGIN = Login(lock_after=3, lock_seconds=60.0)
ONE, TWO = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def locks() -> Locks:
    return Locks(LOGIN)


def locked_at(locks: Locks, now: float, who: str = ONE) -> float:
    """Be wrong at `now` until that locks; return for how long."""
    for _ in range(LOGIN.lock_after):
        assert not locks.locked(who, now)
        seconds = locks.wrong(who, "2771", now)
    return seconds


def test_so_many_wrong_tries_lock_their_source_and_no_other(locks: Locks) -> None:
    assert [locks.wrong(ONE, "2771", now) for now in (0.0, 1.0, 2.0)] == [0.0, 0.0, 60.0]

    assert locks.locked(ONE, 61.9)
    assert not locks.locked(TWO, 2.0)
    assert not locks.locked(ONE, 62.0)


def test_each_lock_is_twice_as_long_as_the_one_before_up_to_an_hour(locks: Locks) -> None:
    now, lasted = 0.0, []
    for _ in range(9):
        lasted.append(locked_at(locks, now))
        now += lasted[-1]

    assert lasted[:7] == [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, LONGEST]
    assert set(lasted[7:]) == {LONGEST}


def test_a_lock_as_configured_may_be_longer_than_an_hour() -> None:
    locks = Locks(Login(lock_after=3, lock_seconds=7200.0))

    assert [locked_at(locks, at) for at in (0.0, 7200.0)] == [7200.0, 7200.0]


def test_after_a_day_without_a_lock_they_begin_anew(locks: Locks) -> None:
    locked_at(locks, 0.0)

    assert locked_at(locks, 60.0 + REMEMBERED - 1.0) == 120.0
    assert locked_at(locks, 2 * (60.0 + REMEMBERED) + 120.0) == 60.0


def test_wrong_tries_far_apart_lock_nothing(locks: Locks) -> None:
    assert not any(locks.wrong(ONE, "2771", 60.0 * turn) for turn in range(500))


def test_a_little_faster_than_they_are_forgotten_locks_in_the_end(locks: Locks) -> None:
    assert any(locks.wrong(ONE, "2771", 50.0 * turn) for turn in range(20))


def test_what_is_right_forgives_the_wrong_tries_about_the_same_only(locks: Locks) -> None:
    locks.wrong(ONE, "2771", 0.0)
    locks.wrong(ONE, "2772", 0.0)
    for _ in range(9):
        locks.right(ONE, "2771")

    assert locks.wrong(ONE, "2771", 1.0) == 0.0
    assert locks.wrong(ONE, "2771", 1.0) == 60.0


def test_what_is_right_ends_no_lock(locks: Locks) -> None:
    locked_at(locks, 0.0)

    locks.right(ONE, "2771")

    assert locks.locked(ONE, 1.0)


def test_an_agent_is_locked_by_wrong_tries_from_several_sources_only() -> None:
    locks = Locks(LOGIN, of_several=True)

    assert not any(locks.wrong("2771", ONE, 0.1 * turn) for turn in range(50))
    assert locks.wrong("2771", TWO, 6.0) == 60.0


def test_ever_new_sources_do_not_fill_the_memory(locks: Locks) -> None:
    for turn in range(5 * MANY):
        locks.wrong(f"source {turn}", "2771", 0.001 * turn)

    assert len(locks) == MANY


def test_a_lock_outlives_a_flood_of_others_that_are_wrong(locks: Locks) -> None:
    locked_at(locks, 0.0)
    for turn in range(5 * MANY):
        locks.wrong(f"source {turn}", "2771", 0.001 * turn)

    assert locks.locked(ONE, 10.0)


def test_even_a_flood_of_locks_has_its_bound(locks: Locks) -> None:
    for turn in range(2 * MANY):
        locked_at(locks, 0.001 * turn, f"source {turn}")

    assert len(locks) == MANY
    assert locks.locked(f"source {2 * MANY - 1}", 2.0)


def test_alarms_are_told_at_once_and_a_flood_of_them_as_a_sum() -> None:
    alarms = Alarms()
    told = [alarms.line(f"lock {turn}", 0.01 * turn) for turn in range(100)]

    assert told[:MOST_LINES] == [f"lock {turn}" for turn in range(MOST_LINES)]
    assert not any(told[MOST_LINES:])
    assert alarms.line("lock again", MINUTE) == f"lock again (and {100 - MOST_LINES} such before)"
    assert alarms.line("lock once more", MINUTE) == "lock once more"
