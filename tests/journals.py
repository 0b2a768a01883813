"""What tests of the journal share: facts to tell, servers that told some, the file as it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from actors.exchange.clock import Clock
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.journal.backlog import Backlog
from actors.journal.database import Connecting, connect
from actors.journal.rows import COLUMNS, fact_of, named
from actors.journal.store import Store
from actors.messages.by import BY_CALLER, by_agent, by_rule
from actors.messages.facts import (
    AgentInterval,
    CallEntered,
    CallFinished,
    CallJoined,
    CallLeft,
    CallOffered,
    ClockStepped,
    Fact,
    Gap,
    HoldEnded,
    HoldStarted,
    LegBridged,
    LegEnded,
    OfferEnded,
    ServerStarted,
    ServerStopped,
)
from tests.harness import FakeClock
from tests.patience import PATIENCE
from tests.server import eventually

CALL = CallId("t3k2a1-17")
ADA = AgentId("2771")
SALES = QueueName("sales")
PHONE = "sip:phone1@192.0.2.10"
AT = 1_700_000_000.0
"""When FakeClock starts, too."""

LEASE = LeaseId("t3k2a1-L1")
BY_ADA = by_agent(ADA)

ENTERED = CallEntered(AT, CALL, "a@b", "sip:1@gw", "sip:sales@acd", "queue", SALES, "1", "Carla")
JOINED = CallJoined(AT + 1, CALL, SALES, AT, 3, 1, 20.0, 5.0)
OFFERED = CallOffered(AT + 2, CALL, SALES, ADA, PHONE, LEASE, by_rule("most-idle"))
ANSWERED = OfferEnded(AT + 5, CALL, ADA, "answered", 3000, LEASE, BY_ADA)
LEFT = CallLeft(AT + 5, CALL, SALES, "answered", "agent-answered", 4000, BY_ADA, ADA)
BRIDGED = LegBridged(AT + 5, CALL, SALES, ADA, LEASE)
HELD = HoldStarted(AT + 20, CALL, ADA, "agent")
RESUMED = HoldEnded(AT + 30, CALL, ADA, "agent")
LEG_ENDED = LegEnded(AT + 65, CALL, ADA, LEASE, 50_000, 10_000, "caller", "hung-up")
FINISHED = CallFinished(
    AT + 65, CALL, "answered", "hung-up", "caller", 4000, 50_000, 10_000, BY_CALLER
)
TALKED: tuple[Fact, ...] = (
    ENTERED,
    JOINED,
    OFFERED,
    ANSWERED,
    LEFT,
    BRIDGED,
    HELD,
    RESUMED,
    LEG_ENDED,
    FINISHED,
)
"""All facts of one call that was answered."""

OF_THE_SERVER = (ServerStarted, ServerStopped, ClockStepped, Gap)


def entered(number: int) -> CallEntered:
    """The number-th of many calls."""
    return CallEntered(AT + number, CallId(f"c-{number}"), f"{number}@x", "a", "b", "queue")


def interval(at: float, state: str, reason: str = "", device: str = PHONE) -> AgentInterval:
    """Ada enters a state, idle for 3 s before."""
    return AgentInterval(at, ADA, state, reason, device, at - 3)


class Running:
    """A store with facts numbered as the journal's actor does."""

    def __init__(
        self,
        path: Path,
        clock: Clock | None = None,
        backlog: Backlog | None = None,
        connecting: Connecting = connect,
        node: str = "",
    ) -> None:
        self.store = Store(path, clock or FakeClock(), node, backlog=backlog, connecting=connecting)
        self._numbers = count(self.store.past.seq + 1)

    def add(self, *facts: Fact) -> None:
        """Have the facts written."""
        for fact in facts:
            self.store.add(next(self._numbers), fact)


def until(true: Callable[[], object]) -> None:
    """Wait until the thread that writes has come so far."""
    eventually(true, "the journal's thread")


def written(path: Path, *told: Fact, clock: Clock | None = None) -> None:
    """Have a server run, write these facts, and be killed."""
    running = Running(path, clock)
    running.store.begin()
    running.add(*told)
    running.store.close(PATIENCE)


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query, as anybody may ask it."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def facts(path: Path, *, also_of_the_server: bool = False) -> list[Fact]:
    """Return all facts in order; those about the server itself where asked for."""
    query = f"SELECT {named(COLUMNS)} FROM facts ORDER BY seq"  # noqa: S608
    found = [fact_of(row) for row in rows(path, query)]
    return [one for one in found if also_of_the_server or not isinstance(one, OF_THE_SERVER)]
