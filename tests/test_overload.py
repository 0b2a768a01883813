"""Overload: when new calls are refused, and how soon they are taken again."""

from __future__ import annotations

from actors.core.door.overload import (
    AGAIN_SECONDS,
    IN_TIME_SECONDS,
    LATE_SECONDS,
    LOOKS,
    OVER_SECONDS,
    STANDING_SECONDS,
    VERY_LATE_SECONDS,
    Overload,
    step,
    told,
)

LOOK = 0.001
TAKES_A_CALL, REFUSES_A_CALL = 1 / 500, 1 / 25_000
"""Seconds of work."""

A_LITTLE = 1e-6


def looked(state: Overload, late: float, seconds: float, now: float) -> Overload:
    for look in range(round(seconds / LOOK) + 1):
        state = step(state, late, now + look * LOOK)
    return state


def overloaded() -> Overload:
    state = looked(Overload(), 2 * LATE_SECONDS, STANDING_SECONDS, 1.0)
    assert state.refusing
    return state


def test_new_calls_are_refused_once_we_are_late_on_end_and_not_before() -> None:
    late, long = LATE_SECONDS + A_LITTLE, STANDING_SECONDS
    assert not looked(Overload(), LATE_SECONDS, 2 * long, 1.0).refusing
    assert not looked(Overload(), late, long - LOOK, 1.0).refusing
    assert looked(Overload(), late, long, 1.0).refusing


def test_a_burst_that_is_worked_off_in_time_refuses_nobody() -> None:
    state = Overload()
    for burst in range(100):
        state = looked(state, VERY_LATE_SECONDS, STANDING_SECONDS - 2 * LOOK, burst)
        state = step(state, 0.0, burst + STANDING_SECONDS)
        assert not state.refusing


def test_a_flood_is_refused_before_it_has_lasted_long() -> None:
    late = VERY_LATE_SECONDS + A_LITTLE
    assert not looked(Overload(), late, (LOOKS - 2) * LOOK, 1.0).refusing
    assert looked(Overload(), late, LOOKS * LOOK, 1.0).refusing


def test_a_process_that_was_stopped_for_a_moment_refuses_nobody() -> None:
    state = Overload()
    for moment in range(100):
        state = looked(looked(state, 0.5, LOOK * LOOKS / 2, moment), 0.0, LOOK, moment + 0.5)
        assert not state.refusing


def test_calls_are_taken_again_as_soon_as_we_are_in_time() -> None:
    state = step(overloaded(), IN_TIME_SECONDS + A_LITTLE, 2.0)
    assert state.refusing
    assert not step(state, IN_TIME_SECONDS, 2.001).refusing


def test_in_an_overload_calls_are_refused_again_at_once_but_not_for_one_slow_moment() -> None:
    state = step(overloaded(), 0.0, 2.0)
    moment = looked(state, 2 * LATE_SECONDS, AGAIN_SECONDS - 2 * LOOK, 2.1)
    assert not moment.refusing
    assert not step(moment, 0.0, 2.2).refusing
    assert looked(state, 2 * LATE_SECONDS, AGAIN_SECONDS + LOOK, 2.1).refusing


def test_an_overload_is_over_when_nobody_was_refused_for_a_second() -> None:
    state = step(overloaded(), 0.0, 2.0)
    assert looked(state, 0.0, OVER_SECONDS - LOOK, 2.0).overloaded
    assert looked(state, 0.0, OVER_SECONDS + LOOK, 2.0) == Overload()


def test_an_overload_is_told_at_its_beginning_and_when_it_is_over_for_good() -> None:
    lines = []
    state = Overload()
    for moment in range(8000):
        now = moment * LOOK
        late = 2 * LATE_SECONDS if moment < 6000 and moment % 2000 < 1100 else 0.0
        before, state = state, step(state, late, now)
        lines += [line] if (line := told(before, state)) else []
    assert lines == [
        "overload: new calls are refused",
        "overload is over: new calls were refused 3 times",
    ]


def served(rate: float, seconds: float) -> tuple[float, float, float]:
    """Return the calls taken a second, the longest lateness, and how long until normal again.

    A model of the exchange: work comes in at `rate`, and waits in one line.
    """
    state, now, behind, due = Overload(), 0.0, 0.0, 0.0
    taken, worst, normal = 0, 0.0, 0.0
    while now < seconds + 10.0:
        state = step(state, behind, now)
        if now < seconds:
            due += rate * LOOK
        while due >= 1.0:
            due -= 1.0
            taken += not state.refusing
            behind += REFUSES_A_CALL if state.refusing else TAKES_A_CALL
        behind = max(0.0, behind - LOOK)
        worst = max(worst, behind)
        now += LOOK
        if now >= seconds and (behind > 0 or state.refusing):
            normal = now - seconds
    return taken / seconds, worst, normal


def test_at_one_and_a_half_times_what_we_can_we_do_nine_tenths_of_it_and_are_never_late() -> None:
    taken, worst, normal = served(750.0, 60.0)
    assert taken > 450
    assert worst < 0.4
    assert normal < 2.0


def test_a_flood_of_calls_leaves_the_server_working() -> None:
    taken, worst, _ = served(8000.0, 20.0)
    assert taken > 250
    assert worst < 0.7


def test_what_we_can_do_is_never_refused() -> None:
    taken, _, _ = served(450.0, 20.0)
    assert round(taken) == 450
