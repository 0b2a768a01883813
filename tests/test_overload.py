"""Overload: when new calls are refused, and how soon they are taken again."""

from __future__ import annotations

from actors.core.door.overload import (
    CALM_SECONDS,
    IN_TIME_SECONDS,
    LATE_SECONDS,
    LOOKS,
    Overload,
    step,
    tell,
)

LOOK = 0.001
TAKES_A_CALL, REFUSES_A_CALL = 1 / 500, 1 / 25_000
"""Seconds of work."""


def looked(state: Overload, late: float, times: int, now: float) -> Overload:
    for _ in range(times):
        state = step(state, late, now)
    return state


def test_new_calls_are_refused_once_we_are_late_for_long_and_not_before() -> None:
    assert not looked(Overload(), LATE_SECONDS, 2 * LOOKS, 1.0).refusing
    assert not looked(Overload(), LATE_SECONDS + 0.001, LOOKS - 1, 1.0).refusing
    assert looked(Overload(), LATE_SECONDS + 0.001, LOOKS, 1.0).refusing


def test_a_process_that_was_stopped_for_a_moment_refuses_nobody() -> None:
    state = Overload()
    for moment in range(100):
        state = looked(step(state, 0.5, moment), 0.0, 3, moment)
        assert not state.refusing


def test_calls_are_taken_again_after_a_moment_in_time_and_not_at_the_first_look() -> None:
    state = looked(Overload(), 2 * LATE_SECONDS, LOOKS, 1.0)
    state = step(state, 0.0, 1.1)
    assert state.refusing
    state = step(state, IN_TIME_SECONDS + 0.001, 1.1 + CALM_SECONDS)
    state = step(state, 0.0, 1.2)
    assert state.refusing
    assert not step(state, 0.0, 1.2 + CALM_SECONDS).refusing


def test_an_overload_is_told_at_its_beginning_and_when_it_is_over_for_good() -> None:
    lines = []
    state = Overload()
    for moment in range(3000):
        now = moment * LOOK
        late = 2 * LATE_SECONDS if moment < 1000 and moment % 100 < 50 else 0.0
        state, line = tell(step(state, late, now), now)
        lines += [line] if line else []
    assert len(lines) == 2
    assert lines[0] == "overload: new calls are refused"
    assert lines[1].endswith("refused 10 times")


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
