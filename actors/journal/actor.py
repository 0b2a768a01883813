"""JournalActor: takes every fact, numbers it and hands it to the store, behind the calls' back."""

from __future__ import annotations

import logging
import typing
from typing import Any

from msgspec.structs import replace

from actors.exchange.actor import Actor, World
from actors.journal.store import Store
from actors.messages.facts import (
    ClockStepped,
    Fact,
    GetJournalState,
    JournalState,
    ServerStopped,
)
from actors.messages.message import Message

logger = logging.getLogger(__name__)

CLOCK_SECONDS = 1.0
"""How often the machine's clock is looked at."""

LEAST_STEP = 0.1
"""Seconds: less is no step but two clocks read a moment apart."""

FACTS = typing.get_args(Fact)


class LookAtClock(Message, frozen=True):
    """journal -> journal: look whether somebody has set the machine's clock."""


class JournalActor(Actor):
    """The one through whom all facts go, so that their order is one."""

    def __init__(self, world: World, store: Store) -> None:
        super().__init__(world)
        self._store = store
        self._last = store.past.seq
        self._stepped = 0.0

    @property
    def log_name(self) -> str:
        """Return the name in log lines."""
        return "journal"

    def on_start(self) -> None:
        """Keep an eye on the machine's clock."""
        self.after(CLOCK_SECONDS, LookAtClock())

    def on_stop(self) -> None:
        """End the run: nothing that comes later is in the journal."""
        self._keep(ServerStopped(self.world.clock.wall(), self._store.past.run, "stopped"))

    def handle(self, message: Any) -> JournalState | None:
        """Keep a fact, or tell how far behind the file is."""
        if isinstance(message, GetJournalState):
            return replace(self._store.state(), clock_stepped_seconds=round(self._stepped, 3))
        if isinstance(message, LookAtClock):
            self._look_at_clock()
            return None
        if not isinstance(message, FACTS):
            raise TypeError(f"no fact: {message!r}")
        self._keep(message)
        return None

    def _look_at_clock(self) -> None:
        clock = self.world.clock
        stepped = clock.stepped()
        by = stepped - self._stepped
        if abs(by) >= LEAST_STEP:
            self._stepped = stepped
            logger.warning(
                "the machine's clock was set by %+.3f s; until a restart the journal and this log "
                "go on as before: the machine's time is theirs and %+.3f s",
                by,
                stepped,
            )
            self._keep(ClockStepped(clock.wall(), by))
        self.after(CLOCK_SECONDS, LookAtClock())

    def _keep(self, fact: Fact) -> None:
        self._store.add(self._last + 1, fact)
        self._last += 1
