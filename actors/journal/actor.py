"""JournalActor: takes every fact, numbers it and hands it to the store, behind the calls' back."""

from __future__ import annotations

import logging
import typing
from typing import Any

from msgspec.structs import replace

from actors.exchange.actor import Actor, World
from actors.journal.refusals import Refusals
from actors.journal.store import Store
from actors.messages.facts import (
    ClockStepped,
    Fact,
    GetJournalState,
    JournalState,
    ServerStopped,
)
from actors.messages.message import Message
from actors.messages.sip import Refused

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the machine's clock, and what is summed up, are looked at."""

LEAST_STEP = 0.1
"""Seconds: less is no step but two clocks read a moment apart."""

FACTS = typing.get_args(Fact)


class Look(Message, frozen=True):
    """journal -> journal: look what time has brought."""


class JournalActor(Actor):
    """The one through whom all facts go, so that their order is one."""

    def __init__(self, world: World, store: Store) -> None:
        super().__init__(world)
        self._store = store
        self._last = store.past.seq
        self._stepped = 0.0
        self._refusals = Refusals()

    @property
    def log_name(self) -> str:
        """Return the name in log lines."""
        return "journal"

    def on_start(self) -> None:
        """Look from time to time."""
        self.after(LOOK_SECONDS, Look())

    def on_stop(self) -> None:
        """End the run: nothing that comes later is in the journal."""
        clock = self.world.clock
        for fact in self._refusals.rest(clock.now(), clock.wall()):
            self._keep(fact)
        self._keep(ServerStopped(clock.wall(), self._store.past.run, "stopped"))

    def handle(self, message: Any) -> JournalState | None:
        """Keep a fact, or tell how far behind the file is."""
        match message:
            case GetJournalState():
                stepped = round(self._stepped, 3)
                return replace(self._store.state(), clock_stepped_seconds=stepped)
            case Refused():
                self._refused(message)
            case Look():
                self._look()
            case _ if isinstance(message, FACTS):
                self._keep(message)
            case _:
                raise TypeError(f"no fact: {message!r}")
        return None

    def _refused(self, message: Refused) -> None:
        clock = self.world.clock
        fact = self._refusals.add(message, clock.now(), clock.wall())
        if fact is not None:
            self._keep(fact)

    def _look(self) -> None:
        clock = self.world.clock
        for fact in self._refusals.due(clock.now(), clock.wall()):
            self._keep(fact)
        self._look_at_clock()
        self.after(LOOK_SECONDS, Look())

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

    def _keep(self, fact: Fact) -> None:
        self._store.add(self._last + 1, fact)
        self._last += 1
