"""Signals, as the main thread waits for them: a handler does nothing, a descriptor wakes it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable
from typing import Any

MOST_BYTES = 4096


class Signals:
    """Takes signals from now on, for the main thread to ask which have come.

    Python runs a handler in the main thread between any two of its instructions: one that takes a
    lock (Event.set, a log line, a message to an actor) may wait for what that thread already holds.
    Here the interpreter writes each signal's number to a pipe (signal.set_wakeup_fd), which is all.
    """

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._heard, said = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        # A full pipe holds 65,536 signals nobody asked for: one more or less of those is the same.
        signal.set_wakeup_fd(said, warn_on_full_buffer=False)
        self.take(numbers)

    @staticmethod
    def take(numbers: Iterable[signal.Signals]) -> None:
        """Take these, too; until then they do what they do by default."""
        for number in numbers:
            signal.signal(number, _nothing)

    def wait(self, seconds: float) -> list[signal.Signals]:
        """Return which have come, in order; empty after so many seconds without any."""
        readable, _, _ = select.select([self._heard], [], [], seconds)
        if not readable:
            return []
        return [signal.Signals(number) for number in os.read(self._heard, MOST_BYTES)]


def _nothing(_number: int, _frame: Any) -> None:
    """Be a handler: without one the interpreter writes nothing to the descriptor."""
