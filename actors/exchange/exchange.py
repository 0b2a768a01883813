"""The exchange: one thread on which all actors' messages, the timers, SIP and the pump take turns.

Actors hand each other messages by an append to one queue: no lock, no change of thread, no wake-up.
What another thread puts there (REST, the resolver) wakes the wait through an eventfd. Nothing here
may block: what has to wait is done `aside`.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pykka
from pykka._envelope import Envelope

from actors.exchange.delivery import START, hand_over
from actors.exchange.lengths import Lengths
from actors.exchange.mailbox import Mailbox, claim_thread, refuse
from actors.exchange.post import Ref
from actors.exchange.served import LONGEST_WAIT, Served
from actors.messages.life import ExchangeState
from actors.messages.message import Message

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 64
SLICE_SECONDS = 0.002
"""Messages, and seconds, before SIP and the timers have their turn again."""

SLOW_SECONDS = 0.02
"""A handler that takes longer holds up every call: it is told and counted."""


class Exchange:
    """The queue of messages, the timers, and the descriptors that are waited for.

    `turns` are the lengths of its turns and `lags` how long a message waits in the queue: what
    `/health` shows, and by which overload is known.
    """

    def __init__(self, name: str = "exchange") -> None:
        self.turns = Lengths()
        self.lags = Lengths()
        self.slow = 0
        self.longest = 0.0
        self._queue: deque[tuple[Mailbox | None, Any]] = deque()
        self._waits = False
        self._ident = 0
        self._stopping = self._ended = False
        self._marked: float | None = None
        self._lag = 0.0
        self._timers: list[tuple[float, int, Ref, Message]] = []
        self._order = itertools.count()
        self._soon: list[Callable[[], None]] = []
        self._aside: list[threading.Thread] = []
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll = select.epoll()
        self._epoll.register(self._event, select.EPOLLIN)
        self._served: dict[int, Served] = {}
        self._readers: dict[int, Callable[[], None]] = {}
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # -- life

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Deliver nothing more, answer what was asked meanwhile, end the thread and those aside."""
        until = time.monotonic() + seconds
        self._stopping = True
        self.wake()
        self._thread.join(seconds)
        if self._thread.is_alive():
            logger.error("the exchange did not end within %g s", seconds)
            return
        self._ended = self._waits = True
        self._refuse_all()
        for thread in self._aside:
            thread.join(max(0.0, until - time.monotonic()))
        self._epoll.close()
        os.close(self._event)

    def count_from_now(self) -> None:
        """Forget how long starting took: nobody was served yet. Safe from every thread."""
        self.turns, self.lags = Lengths(), Lengths()
        self.longest, self.slow = 0.0, 0

    def state(self) -> ExchangeState:
        """Return its figures. Safe from every thread."""
        now = time.monotonic()
        return ExchangeState(
            turn_p50_ms=self.turns.most_ms(now, 0.5),
            turn_p99_ms=self.turns.most_ms(now, 0.99),
            turn_max_ms=round(1000 * self.longest, 3),
            lag_p99_ms=self.lags.most_ms(now, 0.99),
            slow_messages=self.slow,
        )

    # -- for everybody: safe from every thread

    def post(self, mailbox: Mailbox | None, envelope: Any) -> None:
        """Put a message for a mailbox, or an action for the exchange itself, into the queue."""
        self._queue.append((mailbox, envelope))
        if self._waits:
            self.wake()

    def wake(self) -> None:
        """End the wait."""
        if self._ended:
            self._refuse_all()
            return
        self._waits = False
        os.eventfd_write(self._event, 1)

    def after(self, seconds: float, ref: Ref, message: Message) -> None:
        """Tell `ref` the message in so many seconds."""
        entry = (time.monotonic() + seconds, next(self._order), ref, message)
        if threading.get_ident() == self._ident:
            heapq.heappush(self._timers, entry)
        else:
            self.post(None, lambda: heapq.heappush(self._timers, entry))

    # -- for actors, on the exchange's own thread

    def adopt(self, actor: pykka.Actor, mailbox: Mailbox) -> None:
        """Serve an actor from now on. Safe from every thread."""
        if type(actor).on_start is not pykka.Actor.on_start:
            mailbox.actor = actor
            self.post(mailbox, START)
        mailbox.open(actor, self)

    def aside(self, work: Callable[[], None], name: str) -> None:
        """Do what may block on a thread of its own; `stop` waits for it."""
        self._aside = [one for one in self._aside if one.is_alive()]
        self._aside.append(threading.Thread(target=work, name=name, daemon=True))
        self._aside[-1].start()

    def soon(self, action: Callable[[], None]) -> None:
        """Do this once the messages at hand are delivered: so many sends become one."""
        self._soon.append(action)

    def serve(self, descriptor: int, turn: Callable[[], float]) -> Served:
        """Call `turn` when the descriptor is readable and when the seconds it returned are over.

        It returns 0 where more has come than it has taken in.
        """
        served = self._served[descriptor] = Served(turn)
        self._epoll.register(descriptor, select.EPOLLIN)
        return served

    def read_on(self, descriptor: int, read: Callable[[], None]) -> None:
        """Call `read` whenever the descriptor is readable."""
        self._readers[descriptor] = read
        self._epoll.register(descriptor, select.EPOLLIN)

    def forget(self, descriptor: int) -> None:
        """Wait no more for a descriptor; to be called before it is closed."""
        if self._served.pop(descriptor, None) or self._readers.pop(descriptor, None):
            with contextlib.suppress(OSError):
                self._epoll.unregister(descriptor)

    def _refuse_all(self) -> None:
        """Nobody delivers any more."""
        with contextlib.suppress(IndexError):
            while True:
                mailbox, envelope = self._queue.popleft()
                if mailbox is not None:
                    refuse(envelope, mailbox.actor)

    def late(self, now: float) -> float:
        """Return for how many seconds messages wait: the mark until now, or the one before it."""
        if self._marked is None:
            return self._lag if self._queue else 0.0
        return max(now - self._marked, self._lag)

    # -- the thread

    def _run(self) -> None:
        self._ident = threading.get_ident()
        claim_thread()
        while not self._stopping:
            try:
                self._turn()
            except Exception:
                logger.exception("exchange: a turn failed")

    def _turn(self) -> None:
        events = self._wait()
        began = time.monotonic()
        busy = bool(events or self._queue)
        self._hear(events, began)
        # After a standstill what came in it is heard first: our own delay is nobody's fault.
        self._fire(min([began, *(served.heard(began) for served in self._served.values())]))
        if self._queue:
            self._deliver()
        if self._soon:
            actions, self._soon = self._soon, []
            for action in actions:
                self._guarded(action)
        if busy:
            ended = time.monotonic()
            self.turns.add(ended - began, ended)
            self.longest = max(self.longest, ended - began)

    def _wait(self) -> list[tuple[int, int]]:
        """Return what is readable; wait for it where there is nothing else to do."""
        now = time.monotonic()
        wait = min([served.due - now for served in self._served.values()], default=LONGEST_WAIT)
        if self._timers:
            wait = min(wait, self._timers[0][0] - now)
        if self._queue or wait <= 0 or self._stopping:
            return self._epoll.poll(0)
        self._waits = True
        try:
            # A message put before this line is in the queue; one put after it wakes the wait.
            return self._epoll.poll(0 if self._queue or self._stopping else min(wait, LONGEST_WAIT))
        finally:
            self._waits = False

    def _hear(self, events: list[tuple[int, int]], now: float) -> None:
        for descriptor, _ in events:
            if descriptor == self._event:
                os.eventfd_read(self._event)
            elif descriptor in self._served:
                self._served[descriptor].due = 0.0
            elif descriptor in self._readers:
                self._guarded(self._readers[descriptor])
        for served in list(self._served.values()):
            if served.due <= now:
                served.take_turn(now)

    def _fire(self, until: float) -> None:
        timers = self._timers
        while timers and timers[0][0] <= until:
            _, _, ref, message = heapq.heappop(timers)
            if ref.is_alive():
                ref.actor_inbox.put(Envelope(message))

    def _deliver(self) -> None:
        """Deliver for one slice of time. One mark is always under way, to measure the waiting."""
        queue = self._queue
        before = time.monotonic()
        until = before + SLICE_SECONDS
        if self._marked is None:
            self._marked = before
            queue.append((None, self._measure))
        for _ in range(MOST_AT_ONCE):
            mailbox, envelope = queue.popleft()
            if mailbox is None:
                self._guarded(envelope)
            else:
                hand_over(mailbox, envelope)
            now = time.monotonic()
            if now - before > SLOW_SECONDS and envelope is not START:
                self._tell_slow(mailbox, envelope, now - before)
            if now > until or not queue:
                return
            before = now

    def _measure(self) -> None:
        now = time.monotonic()
        self._lag = now - (self._marked or now)
        self.lags.add(self._lag, now)
        self._marked = None

    def _tell_slow(self, mailbox: Mailbox | None, envelope: Any, seconds: float) -> None:
        self.slow += 1
        what = envelope if mailbox is None else envelope.message
        logger.warning("exchange: %.0f ms for one message: %.200r", 1000 * seconds, what)

    @staticmethod
    def _guarded(action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:
            logger.exception("exchange: failed on %r", action)
