"""Host names to places, found out on threads of their own and kept for as long as the DNS says.

All but the looking-up itself is on the SIP thread, which never waits for an answer.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from actors.core.wire.locate import Dns, DnsFailed, Located, Target, at_once, locate
from actors.messages.phone import Hop

logger = logging.getLogger(__name__)

THREADS = 4
"""A dead name server holds one look-up for some seconds: the others go on."""

MOST_WAITING = 200
MOST_KEPT = 2000
"""Strangers may name hosts, too, in their Contacts."""

SHORTEST_TTL = 1.0
FAILED_TTL = 5.0
STALE_SECONDS = 86_400.0
"""While the DNS does not answer, what it said last is taken for so long (RFC 8767)."""

RENEWED_AFTER = 0.8
"""Asked for when so much of its time is over, a name is looked up anew beside its use."""

DOWN_SECONDS = 60.0
"""For so long a place at which nobody answered comes after the others of its name."""

Then = Callable[[tuple[Hop, ...]], None]


@dataclass(slots=True)
class Entry:
    """What is known of a target: `since` when the DNS said so, and `until` when it is taken."""

    hops: tuple[Hop, ...] = ()
    since: float = 0.0
    until: float = 0.0
    asking: bool = False
    waiting: list[Then] = field(default_factory=list)


class Hosts:
    """Finds out where names lead."""

    def __init__(
        self,
        dns: Dns,
        transports: tuple[str, ...],
        soon: Callable[[Callable[[], None]], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`soon` does an action on the SIP thread, called from any other."""
        self._dns = dns
        self._transports = transports
        self._soon = soon
        self._now = now
        self._rng = random.Random()  # noqa: S311 - shares load, no secret
        self._known: dict[Target, Entry] = {}
        self._down: dict[Hop, float] = {}
        self._jobs: queue.Queue[Target | None] = queue.Queue(MOST_WAITING)
        self._threads: list[threading.Thread] = []

    def find(self, target: Target, then: Then) -> None:
        """Call `then` with where the target leads, best first: at once where it is known."""
        literal = at_once(target)
        if literal:
            then(literal.hops)
            return
        entry, now = self._entry(target), self._now()
        if now < entry.until:
            if now > entry.since + RENEWED_AFTER * (entry.until - entry.since):
                self._ask(target, entry)
            then(self._ranked(entry.hops))
            return
        entry.waiting.append(then)
        self._ask(target, entry)

    def failed(self, hop: Hop) -> None:
        """Let this one come after the others for a while: nobody answers there."""
        self._down[hop] = self._now() + DOWN_SECONDS

    def _ranked(self, hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
        """Return them best first, and last those at which nobody answered lately."""
        now = self._now()
        self._down = {hop: until for hop, until in self._down.items() if now < until}
        return tuple(sorted(hops, key=lambda hop: hop in self._down))

    def stop(self) -> None:
        """End the threads once they have nothing to do."""
        for _ in self._threads:
            with contextlib.suppress(queue.Full):
                self._jobs.put_nowait(None)

    def _entry(self, target: Target) -> Entry:
        entry = self._known.get(target)
        if entry is None:
            if len(self._known) >= MOST_KEPT:
                idle = (one for one, kept in self._known.items() if not kept.asking)
                del self._known[next(idle)]
            entry = self._known[target] = Entry()
        return entry

    def _ask(self, target: Target, entry: Entry) -> None:
        if entry.asking:
            return
        entry.asking = True
        while len(self._threads) < THREADS:
            number = len(self._threads)
            thread = threading.Thread(target=self._run, name=f"hosts-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()
        try:
            self._jobs.put_nowait(target)
        except queue.Full:
            self._answered(target, "too many names are being looked up")

    # -- on the SIP thread, when an answer is there

    def _answered(self, target: Target, found: Located | str) -> None:
        entry, now = self._known[target], self._now()
        entry.asking = False
        if isinstance(found, Located):
            entry.hops, entry.since = found.hops, now
            entry.until = now + max(found.ttl, SHORTEST_TTL)
        else:
            self._failed(target, entry, found, now)
        waiting, entry.waiting = entry.waiting, []
        for then in waiting:
            then(self._ranked(entry.hops))

    def _failed(self, target: Target, entry: Entry, why: str, now: float) -> None:
        stale = entry.hops and now - entry.since < STALE_SECONDS
        taken = "what was known before is taken" if stale else "nothing is known of it"
        logger.warning("hosts: %s: %s; %s", target.host, why, taken)
        if not stale:
            entry.hops = ()
        entry.until = now + FAILED_TTL

    # -- on threads of their own

    def _run(self) -> None:
        while (target := self._jobs.get()) is not None:
            found = self._look_up(target)
            self._soon(functools.partial(self._answered, target, found))

    def _look_up(self, target: Target) -> Located | str:
        try:
            return locate(target, self._dns, self._transports, self._rng)
        except DnsFailed as error:
            return str(error)
        except Exception:
            logger.exception("hosts: %s", target.host)
            return "a fault of ours"
