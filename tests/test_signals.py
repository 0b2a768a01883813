"""Signals: heard in order by whoever waits, whatever the main thread holds at that moment."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from actors.signals import Signals
from tests.patience import PATIENCE

USED = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


@pytest.fixture
def signals() -> Iterator[Signals]:
    handlers = {number: signal.getsignal(number) for number in USED}
    yield Signals(USED)
    signal.set_wakeup_fd(-1)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_signals_that_came_before_somebody_waits_are_heard_in_order(signals: Signals) -> None:
    for number in (signal.SIGHUP, signal.SIGUSR2, signal.SIGHUP):
        os.kill(os.getpid(), number)

    heard: list[signal.Signals] = []
    while len(heard) < 3:
        heard += signals.wait(PATIENCE)

    assert heard == [signal.SIGHUP, signal.SIGUSR2, signal.SIGHUP]
    assert signals.wait(0) == []


def test_more_signals_than_the_pipe_holds_do_no_harm(signals: Signals) -> None:
    for _ in range(70_000):
        signal.raise_signal(signal.SIGUSR1)

    assert signals.wait(PATIENCE)
