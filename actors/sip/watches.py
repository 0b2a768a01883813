"""Presence of the agents' phones: one subscription each, kept alive by us."""

from __future__ import annotations

import heapq
import logging
import random
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2

from actors.core.wire import message, presence, text
from actors.core.wire.uri import SipUri
from actors.ids import AgentId
from actors.messages.phone import Hop
from actors.messages.presence import Presence, Unwatch, Watch
from actors.messages.roles import ToAgent
from actors.sip.account import Account
from actors.sip.dialog import received
from actors.sip.guard import override
from actors.sip.ways import Way, Ways

logger = logging.getLogger(__name__)

BETWEEN_SUBSCRIBES = 0.05
"""20 a second: at the start all agents' subscriptions are wanted at once."""

FIRST_RETRY, LONGEST_RETRY = 1.0, 60.0
LONGEST_UNSUBSCRIBE = 2.0


class Subscription(pjsua2.Buddy):
    """The director of one SUBSCRIBE dialog."""

    log_name = "presence"

    def __init__(self, watches: Watches, number: int) -> None:
        super().__init__()
        self._watches = weakref.ref(watches)
        self._number = number

    @override
    def onBuddyEvSubState(self, prm: pjsua2.OnBuddyEvSubStateParam) -> None:  # noqa: N802 - PJSIP's name
        """Read a NOTIFY that belongs to the subscription: its body is kept from PJSIP's parsers."""
        watches = self._watches()
        came = received(prm.e) if watches else ""
        if watches and came.startswith("NOTIFY "):
            watches.notified(self._number, message.read(came))

    @override
    def onBuddyState(self) -> None:  # noqa: N802 - PJSIP's name
        """Tell when the subscription has ended."""
        watches = self._watches()
        if watches is None:
            return
        info = self.getInfo()
        if info.subState == pjsua2.PJSIP_EVSUB_STATE_TERMINATED:
            watches.ended(self._number, info.subTermCode, text.shown(info.subTermReason))

    def fault(self) -> None:
        """Count it; the state stays as it was told last."""
        watches = self._watches()
        if watches:
            watches.faults += 1


@dataclass(slots=True)
class Watched:
    """One agent's phone `uri`; `target` is who is asked about it, by `hop`."""

    agent: AgentId
    uri: SipUri
    target: SipUri
    hop: Hop | None
    way: Way | None = None
    number: int = 0
    said: presence.Said = presence.NOTHING
    told: tuple[Presence, str] | None = None
    pause: float = FIRST_RETRY


class Watches:
    """All subscriptions; a new Subscription for each attempt, dropped when it has ended."""

    def __init__(
        self,
        server: SipUri | None,
        ways: Ways,
        tell: Callable[[AgentId, ToAgent], None],
        rng: random.Random,
        now: Callable[[], float],
    ) -> None:
        self.faults = 0
        self._server = server
        self._ways = ways
        self._tell = tell
        self._rng = rng
        self._now = now
        self._watched: dict[AgentId, Watched] = {}
        self._alive: dict[int, Subscription] = {}
        self._by_number: dict[int, Watched] = {}
        self._leaving: dict[int, float] = {}
        """Unsubscribed ones: until when their last NOTIFY is waited for."""
        self._ended: set[int] = set()
        self._queue: deque[Watched] = deque()
        self._retries: list[tuple[float, int, Watched]] = []
        self._found: deque[tuple[Watched, Way | None, str]] = deque()
        self._numbers = 0
        self._order = 0
        self._next = 0.0

    def __len__(self) -> int:
        return len(self._alive)

    def watch(self, wanted: Watch) -> None:
        """Subscribe to a phone; the same one again is told what is known of it."""
        known = self._watched.get(wanted.agent)
        if known and known.uri == wanted.uri and (known.hop == wanted.hop or self._server):
            if known.told:
                self._tell(known.agent, presence.told(known.agent, known.uri, *known.told))
            return
        if known:
            self.unwatch(Unwatch(wanted.agent))
        known = Watched(wanted.agent, wanted.uri, wanted.uri, wanted.hop)
        if self._server:
            known.target, known.hop = wanted.uri.at(self._server), None
        self._watched[wanted.agent] = known
        self._queue.append(known)

    def unwatch(self, unwanted: Unwatch) -> None:
        """End a subscription; nothing more is told of it."""
        known = self._watched.pop(unwanted.agent, None)
        if known is None or self._by_number.pop(known.number, None) is None:
            return
        subscription = self._alive[known.number]
        self._leaving[known.number] = self._now() + LONGEST_UNSUBSCRIBE
        subscription.subscribePresence(False)  # noqa: FBT003 - pjsua2's

    def unwatch_all(self) -> None:
        """End every subscription."""
        for agent in list(self._watched):
            self.unwatch(Unwatch(agent))

    def drop_all(self) -> None:
        """Let go of every subscription, ended or not."""
        self._alive.clear()

    def turn(self, account: Account) -> None:
        """Start and retry what is due, drop what has ended."""
        now = self._now()
        overdue = [number for number, deadline in self._leaving.items() if deadline <= now]
        self._ended.update(overdue)
        while self._ended:
            number = self._ended.pop()
            self._leaving.pop(number, None)
            self._alive.pop(number, None)
        while self._retries and self._retries[0][0] <= now:
            self._queue.append(heapq.heappop(self._retries)[2])
        while self._found:
            self._subscribe(account, *self._found.popleft())
        if self._queue and now >= self._next:
            self._next = now + BETWEEN_SUBSCRIBES
            self._resolve(self._queue.popleft())

    def notified(self, number: int, notify: message.Message) -> None:
        """Take a NOTIFY; the state that comes with the end of a subscription says nothing."""
        known = self._by_number.get(number)
        state = notify.header("subscription-state").partition(";")[0].strip().lower()
        if known and notify.body and state == "active":
            known.pause = FIRST_RETRY
            kind = notify.header("content-type")
            known.said = presence.of_body(kind, notify.octets, known.said)
            self._say(known, known.said.presence, known.said.why)

    def ended(self, number: int, code: int, reason: str) -> None:
        """Take note that a subscription is over: nothing is known, and it is tried again."""
        known = self._by_number.pop(number, None)
        # Dropped in the next turn: never in its own callback (docs/pjsua2.md, presence).
        self._ended.add(number)
        if known:
            known.said = presence.NOTHING
            if known.way:
                self._ways.in_vain(known.way, code)
            self._failed(known, f"{code or ''} {reason}".strip())

    def _resolve(self, known: Watched) -> None:
        if self._watched.get(known.agent) is not known:
            return
        if not known.target.is_sip:
            self._failed(known, f"no SIP URI: {known.target!r}")
            return

        # Not at once: PJSIP may be in a callback.
        def found(way: Way | None, why: str) -> None:
            self._found.append((known, way, why))

        if self._server:
            self._ways.look_up(self._server, known.target, found)
        else:
            self._ways.find(known.target, known.hop, found)

    def _subscribe(self, account: Account, known: Watched, way: Way | None, why: str) -> None:
        if self._watched.get(known.agent) is not known:
            return
        if way is None:
            self._failed(known, why)
            return
        known.way = way
        self._numbers += 1
        known.number = self._numbers
        known.said = presence.NOTHING
        self._by_number[known.number] = known
        self._alive[known.number] = Subscription(self, known.number)
        wanted = pjsua2.BuddyConfig()
        wanted.uri = f"<{known.target}>"  # in brackets: as in Dialler
        wanted.subscribe = True
        try:
            with self._ways.led(account, account.user, way):
                self._alive[known.number].create(account, wanted)
        except pjsua2.Error as error:
            error.__traceback__ = None
            self.ended(known.number, 0, error.reason)

    def _failed(self, known: Watched, why: str) -> None:
        news = known.told is None or known.told[0] is not Presence.UNKNOWN
        # A phone that has no presence at all is asked for ever: one line is enough of that.
        level = logging.INFO if news else logging.DEBUG
        logger.log(
            level, "agent %s: presence of %s unknown: %s", known.agent, known.uri.address, why
        )
        # Jitter: or all phones of a call server that restarts come back in the same moment.
        pause = known.pause * self._rng.uniform(0.75, 1.25)
        known.pause = min(2 * known.pause, LONGEST_RETRY)
        self._order += 1
        heapq.heappush(self._retries, (self._now() + pause, self._order, known))
        self._say(known, Presence.UNKNOWN, why)

    def _say(self, known: Watched, said: Presence, why: str) -> None:
        if said is not Presence.IDLE and known.told and known.told[0] is said:
            return  # idle is told each time: it ends what we think of a phone that was not there
        known.told = (said, why)
        self._tell(known.agent, presence.told(known.agent, known.uri, said, why))
