"""The clock: two hands that move together, whatever is done to the machine's."""

from __future__ import annotations

import time

import pytest

from actors.exchange.clock import SystemClock

NEAR = 0.2
"""Seconds that a busy machine may let pass between two readings; no step is as short."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return by how much the machine's clock is set forward: to be changed."""
    true, by = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: true() + by[0])
    return by


def test_the_wall_clock_shows_the_machines_time_at_the_start() -> None:
    clock = SystemClock()

    assert clock.wall() == pytest.approx(time.time(), abs=NEAR)
    assert clock.stepped() == pytest.approx(0.0, abs=NEAR)


@pytest.mark.parametrize("by", [-7200.0, 0.5, 86_400.0])
def test_a_machines_clock_that_is_set_moves_no_hand_and_is_noticed(
    machine: list[float], by: float
) -> None:
    clock = SystemClock()
    apart = clock.wall() - clock.now()

    machine[0] = by

    assert clock.wall() - clock.now() == pytest.approx(apart, abs=NEAR)
    assert clock.stepped() == pytest.approx(by, abs=NEAR)


def test_a_thread_that_had_to_wait_between_two_readings_sees_no_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SystemClock()
    true, held_up = time.time, iter([0.3, 0.3])

    def slowly() -> float:
        time.sleep(next(held_up, 0.0))
        return true()

    monkeypatch.setattr(time, "time", slowly)

    assert clock.stepped() == pytest.approx(0.0, abs=NEAR)
