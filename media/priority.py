"""Run before others, as far as that is permitted: a tick that comes late is heard."""

from __future__ import annotations

import contextlib
import ctypes
import os

_PR_SET_TIMERSLACK = 29


def take_priority() -> None:
    """Run before others and wake on the microsecond, where that is permitted."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
        return
    with contextlib.suppress(OSError):
        os.nice(-10)
    ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)  # 1 ns in place of 50 us
