"""Who comes in: peers known by their addresses, calls counted by source, refusals told."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from functools import lru_cache

from actors.core.door import overload
from actors.core.door.peers import Peers, named
from actors.core.door.refusals import Digest
from actors.messages.phone import Hop
from actors.messages.sip import Refused, Rights
from actors.settings import Sip
from actors.sip.dialogs import Record
from actors.sip.door import Door
from actors.sip.hosts import Hosts

logger = logging.getLogger(__name__)

BETWEEN_TELLINGS = 1.0
BETWEEN_LOOKUPS = 5.0
"""Seconds; what the DNS said counts for as long as it says."""

SOURCES_KNOWN = 10_000
FULL = "all of sip.max_calls are taken"
OVERLOAD = "overload"


class Doorkeeper:
    """Tells the door whom it may let in, and others whom it did not."""

    def __init__(self, sip: Sip, hosts: Hosts, tell: Callable[[Refused], None]) -> None:
        self._sip = sip
        self.pass_on = sip.pass_headers
        """Headers of a believed peer's INVITE that are passed on to the agent."""

        self._hosts = hosts
        self._peers = Peers(sip)
        self._named = named(sip)
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._digest = Digest()
        self._tell = tell
        self._overload = overload.Overload()
        self._told = self._asked = float("-inf")
        self.rights_of = lru_cache(SOURCES_KNOWN)(self._rights_of)
        self.door = Door(sip.limits, self.rights_of, hosts)

    def _rights_of(self, source: str) -> Rights:
        return self._peers.of(source)

    def turn(self, now: float, callers: int) -> None:
        """Look up names and tell of refusals when it is time; `callers` calls are here."""
        self.mind(callers)
        if self._named and now - self._asked >= BETWEEN_LOOKUPS:
            self._asked = now
            for host, target in self._named.items():
                self._hosts.find(target, functools.partial(self._learn, host))
        if now - self._told >= BETWEEN_TELLINGS:
            self._told = now
            self.tell_refusals(now)

    def tell_refusals(self, now: float) -> None:
        """Tell whom the door has turned away since the last time."""
        for refused in self.door.refusals():
            self._note(refused)
        for line in self._digest.lines(now):
            logger.info("%s", line)

    def look(self, late: float, now: float) -> None:
        """Refuse new calls while we are `late` (seconds), so that those inside are served."""
        before, state = self._overload, overload.step(self._overload, late, now)
        self._overload = state
        if state.refusing is not before.refusing:
            self.door.shut(OVERLOAD, self._sip.limits.retry_after if state.refusing else None)
        if line := overload.told(before, state):
            logger.warning("%s", line)

    @property
    def overloaded(self) -> bool:
        """Whether new calls are refused, or were a moment ago, because we were late."""
        return self._overload.overloaded

    def mind(self, callers: int) -> None:
        """Shut the door while there are as many callers as may be."""
        full = callers >= self._sip.max_calls
        self.door.shut(FULL, self._sip.limits.retry_after if full else None)

    # -- calls

    def came(self, record: Record, source: str, callers: int) -> None:
        """Count a call that has come in, half open; with it `callers` are here."""
        self.mind(callers)
        record.source = source
        self.door.came(source)

    def confirmed(self, record: Record) -> None:
        """Count it as one that is up."""
        if record.source and not record.confirmed:
            record.confirmed = True
            self.door.confirmed(record.source)

    def left(self, record: Record, callers: int) -> None:
        """Count it no more; without it `callers` are here."""
        self.mind(callers)
        if record.source:
            self.door.left(record.source, confirmed=record.confirmed)

    def refused(self, source: str, code: int, reason: str) -> None:
        """Take note of a call that was refused before it had begun, though not by the door."""
        self._note(Refused(source, "INVITE", code, reason))

    def _note(self, refused: Refused) -> None:
        """For the log and for the journal."""
        self._digest.add(refused)
        self._tell(refused)

    # -- what becomes of it

    def _learn(self, host: str, hops: tuple[Hop, ...]) -> None:
        """Know a peer by the addresses that its name has now; it keeps those it had before."""
        found = tuple(sorted({hop.host for hop in hops}))
        if not found or self._addresses.get(host) == found:
            return
        self._addresses[host] = found
        self._peers = Peers(self._sip, self._addresses)
        self.rights_of.cache_clear()
        self.door.asks_again()
