"""Keeps a pump running: starts it, hears whether it lives, and says when another is needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from actors.messages.media import MediaState
from media.child import Child, Memory
from media.control import Beat, Command, Event, Start

logger = logging.getLogger(__name__)

WATCH_SECONDS = 0.5
DEAD_SECONDS = 2.0
LOAD_SECONDS = 20.0
"""A pump that loads its sounds says nothing; it is given this long."""
PAUSE_SECONDS = 1.0
"""Between two starts of a pump that will not run."""


class Pump(Protocol):
    """What is needed of the child process; `stop` and `kill` wait for its end."""

    @property
    def descriptor(self) -> int:
        """What is readable when the pump has said something, or has ended."""

    def receive(self) -> list[Command | Event]:
        """Return the next batch of what it said, empty for none; EOFError: it has ended."""

    def send(self, *commands: Command) -> bool:
        """Send without waiting; False where some are left for the next call."""

    def stop(self) -> None:
        """End it within a second."""

    def kill(self) -> None:
        """End it now."""


StartPump = Callable[[Start, Memory], Pump]
"""Takes tens of milliseconds; raises where no process can be started."""


class Keeper:
    """The present pump; `generation` counts them: late word of a former one is known as such."""

    def __init__(self, start_pump: StartPump = Child) -> None:
        self.memory = Memory()
        self.generation = 0
        self.restarts = 0
        self.ready = False
        self.why = ""
        self.beat = Beat(0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0, 0, 0)
        self._start_pump = start_pump
        self._pump: Pump | None = None
        self._starting = False
        self._started = self._heard = self._watched = 0.0

    def begin(self, now: float) -> int:
        """Note that the next pump is being started; return its generation."""
        self.generation += 1
        self.ready = False
        self._starting = True
        self._started = self._heard = self._watched = now
        return self.generation

    def make(self, beginning: Start) -> Pump:
        """Start the process: to be called where waiting does no harm."""
        return self._start_pump(beginning, self.memory)

    def take(self, pump: Pump, now: float) -> None:
        """Let the pump that was started be the present one."""
        self._starting = False
        self._pump = pump
        self._heard = self._watched = now

    def failed(self, why: str) -> None:
        """Note that none could be started; `wanted` says when to try again. It is said once."""
        self._starting = False
        if self.why != why:
            logger.error("media: no pump can be started: %s; tried every %g s", why, PAUSE_SECONDS)
        self.why = why

    def tell(self, *commands: Command) -> bool:
        """Send commands; False where some wait for the next call.

        Without a pump they are dropped: the next one is told everything.
        """
        return self._pump is None or self._pump.send(*commands)

    def alive(self, now: float) -> None:
        """Note that the pump was heard."""
        self._heard = now

    def watch(self, now: float) -> str:
        """Return why the pump must be dead, empty where it lives; asked every WATCH_SECONDS.

        Where this process itself was held up, the pump's word may still be under way.
        """
        held_up = now - self._watched > 2 * WATCH_SECONDS
        self._watched = now
        patience = DEAD_SECONDS if self.ready else LOAD_SECONDS
        if self._pump is None or held_up or now - self._heard <= patience:
            return ""
        return f"nothing heard of it for {now - self._heard:.1f} s"

    def wanted(self, now: float) -> bool:
        """Return whether there is no pump, and the last start is long enough ago for another."""
        return self._pump is None and not self._starting and now - self._started > PAUSE_SECONDS

    def runs(self) -> None:
        """Note that the pump keeps the clock."""
        self.ready = True
        self.why = ""

    def lose(self, why: str) -> Pump | None:
        """Give the present pump up, and return it: it is to be killed."""
        self.restarts += 1
        self.ready = False
        self.why = why
        return self._let_go()

    def _let_go(self) -> Pump | None:
        pump, self._pump = self._pump, None
        return pump

    def state(self, sessions: int) -> MediaState:
        """Return what is known of the pump; counters begin anew with every pump."""
        beat = self.beat
        return MediaState(
            running=self.ready,
            why=self.why,
            restarts=self.restarts,
            sessions=sessions,
            late_p50_ms=beat.late_p50_ms,
            late_p99_ms=beat.late_p99_ms,
            late_max_ms=beat.late_max_ms,
            skipped_ticks=beat.skipped_ticks,
            received=beat.received,
            sent=beat.sent,
            send_failures=beat.send_failures,
            strangers=beat.strangers,
            kernel_drops=beat.kernel_drops,
            dropped_batches=beat.dropped_batches,
        )

    def close(self) -> Pump | None:
        """Start no more pumps; return the last one, which is to be ended."""
        self.generation += 1
        self.ready = False
        self.memory.close()
        return self._let_go()
