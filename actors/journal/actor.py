"""JournalActor: takes every fact, numbers it and hands it to the store, behind the calls' back."""

from __future__ import annotations

import typing
from typing import Any

from actors.exchange.actor import Actor, World
from actors.journal.store import Store
from actors.messages.facts import Fact, GetJournalState, JournalState, ServerStopped

FACTS = typing.get_args(Fact)


class JournalActor(Actor):
    """The one through whom all facts go, so that their order is one."""

    def __init__(self, world: World, store: Store) -> None:
        super().__init__(world)
        self._store = store
        self._last = store.past.seq

    @property
    def log_name(self) -> str:
        """Return the name in log lines."""
        return "journal"

    def on_stop(self) -> None:
        """End the run: nothing that comes later is in the journal."""
        self._keep(ServerStopped(self.world.clock.wall(), self._store.past.run, "stopped"))

    def handle(self, message: Any) -> JournalState | None:
        """Keep a fact, or tell how far behind the file is."""
        if isinstance(message, GetJournalState):
            return self._store.state()
        if not isinstance(message, FACTS):
            raise TypeError(f"no fact: {message!r}")
        self._keep(message)
        return None

    def _keep(self, fact: Fact) -> None:
        self._store.add(self._last + 1, fact)
        self._last += 1
