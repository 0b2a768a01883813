"""QueueActor: one queue; owns its waiting line and tells the floor who may be offered."""

from __future__ import annotations

import logging
from typing import Any, assert_never

from actors.core.routing.limits import Limits, destination
from actors.core.routing.line import CallState, InLine, Line
from actors.core.routing.strategies import STRATEGIES, Together
from actors.exchange.actor import Actor, World
from actors.ids import AgentId, CallId
from actors.messages import directory, floor, views
from actors.messages.by import by_rule
from actors.messages.life import Undelivered
from actors.messages.message import Message
from actors.settings import Queue

logger = logging.getLogger(__name__)


class RingMore(Message, frozen=True):
    """Phones have rung for this call for a while, in that round: one more may."""

    call: CallId
    ring_round: int


class WaitedLong(Message, frozen=True):
    """This call may have waited here for as long as one may."""

    call: CallId


class NobodyHere(Message, frozen=True):
    """No agent has been there for a while, if none has come since; the latest `number` counts."""

    number: int


EMPTY_SECONDS = 5.0
"""How long no agent is there before who waits goes on: a phone that is away for a moment, or an
agent who changes to another, is to cost nobody his place."""


class QueueActor(Actor):
    """Keeps the line as the calls report; one it does not know, or no longer, changes nothing.

    Its answer to whoever asks is made once for each change of the line, when first asked for.
    """

    def __init__(self, world: World, queue: Queue) -> None:
        super().__init__(world)
        self.queue = queue
        self.line = Line(queue.name, queue.priority_every)
        self.strategy = STRATEGIES[queue.strategy]
        self._resting: set[CallId] = set()
        self._closing = self._nobody_enters = False
        self.limits = Limits.of(queue)
        self.there: set[AgentId] = set()
        """Agents who are there, busy or not; only where that makes a difference."""
        self._looks = 0
        self._snapshot: views.QueueSnapshot | None = None

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return f"queue {self.queue.name}"

    def handle(self, message: Any) -> views.QueueSnapshot | None:
        """Follow the calls, or answer GetSnapshot."""
        if isinstance(message, views.GetSnapshot):
            self._snapshot = self._snapshot or self.line.snapshot()
            return self._snapshot
        self._snapshot = None
        match message:
            case directory.QueueChanged(queue, _, closing):
                self._change(queue, closing=closing)
            case directory.NobodyEnters():
                self._nobody_enters = True
            case _:
                self._follow(message)
        if self._closing and self._nobody_enters and not self.line.calls:
            self.post.to_directory(directory.QueueEmpty(self.queue.name))
        return None

    def handle_fault(self, message: Any) -> None:
        """Tell a call that it is not in line, where it could not join: it would wait for ever."""
        if isinstance(message, floor.Join):
            self.line.leave(message.call)
            self.post.to_floor(floor.NotWaiting(message.call, message.visit))
            self.post.to_call(message.call, Undelivered(message))

    def _change(self, queue: Queue, *, closing: bool) -> None:
        """Be so from now on; who waits keeps place and age, and has the new priority at once."""
        before, self.queue = self.queue, queue
        self.strategy = STRATEGIES[queue.strategy]
        self.limits = Limits.of(queue)
        self.line.grow(queue.priority_every)
        self._closing = closing
        self._nobody_enters = self._nobody_enters and closing
        if (before.priority, before.strategy) != (queue.priority, queue.strategy):
            for call, waits in self.line.calls.items():
                if waits.state is CallState.WAITING and call not in self._resting:
                    self._offer(waits)

    def _follow(self, message: Any) -> None:  # noqa: C901 - one arrow each
        if isinstance(message, floor.OfCall):
            self._resting.discard(message.call)
        match message:
            case floor.Join():
                self._join(message)
            case WaitedLong() | floor.AgentIs() | NobodyHere():
                self._hold_limits(message)
            case floor.Assigned() | floor.StillRings() | RingMore():
                self._ring(message)
            case floor.Taken(call, agent):
                self._nobody_more(self.line.take(call, agent))
            case floor.Connected(call, agent):
                self._nobody_more(self.line.connect(call, agent))
            case floor.Resting(call):
                self._resting.add(call)
                self._nobody_more(self.line.give_back(call))
            case floor.Returned(call, avoid):
                if (waits := self.line.give_back(call, avoid)) is not None:
                    self._offer(waits)
            case floor.Left(call):
                self._leave(message)
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)

    def _join(self, join: floor.Join) -> None:
        """Let the call wait, or say where else it is to go."""
        call, queue = join.call, self.queue
        wall, anybody = self.world.clock.wall(), bool(self.there)
        limit = self.limits.at_entry(self.line.in_all(), wall, anybody=anybody)
        if join.anyway:
            limit = None
        if limit is not None:
            logger.info("%s: call %s may not join: %s", self.log_name, call, limit)
            to = destination(queue, limit)
            self.post.to_call(call, floor.NotPlaced(call, queue.name, limit, to))
            return
        waits = self.line.join(join, self.world.clock.now())
        self._offer(waits)
        if queue.max_wait > 0:
            self.after(queue.max_wait, WaitedLong(call))
        self.post.to_call(call, floor.Placed(call, queue, self.line.place_of(call)))
        logger.info("%s: %d waiting", self.log_name, self.line.waiting())

    def _hold_limits(self, message: WaitedLong | floor.AgentIs | NobodyHere) -> None:
        """Look again at who waits whenever a limit may have been reached."""
        match message:
            case WaitedLong(call):
                self._look_at(call)
            case floor.AgentIs():
                self._agent_is(message)
            case NobodyHere(number):
                if number == self._looks and not self.there:
                    for call in list(self.line.calls):
                        self._look_at(call)
            case _:
                assert_never(message)

    def _agent_is(self, told: floor.AgentIs) -> None:
        """Note who is there; where nobody is any more, look again at who waits, in a while."""
        if told.state not in self.queue.absent:
            self.there.add(told.agent)
            return
        self.there.discard(told.agent)
        if not self.there and self.queue.no_agents == "leave":
            self._looks += 1
            self.after(EMPTY_SECONDS, NobodyHere(self._looks))

    def _look_at(self, call: CallId) -> None:
        """Send a caller on who may wait no longer; the phone that rings may be answered."""
        waits = self.line.calls.get(call)
        if waits is None or waits.moving or waits.state is CallState.CONNECTED:
            return
        waited = self.world.clock.now() - waits.joined
        limit = self.limits.in_line(waited, anybody=bool(self.there))
        if limit is not None:
            waits.moving = True
            logger.info("%s: call %s goes on: %s", self.log_name, call, limit)
            self.post.to_floor(floor.NotWaiting(call, waits.join.visit))
            to = destination(self.queue, limit)
            order = floor.MoveOn(call, self.queue.name, limit, to, by_rule(limit))
            self.post.to_call(call, order)

    def _ring(self, message: floor.Assigned | floor.StillRings | RingMore) -> None:
        """Follow whose phones ring; have more of them rung where the strategy says so."""
        match message:
            case floor.Assigned(call, agent):
                rung = self.line.assign(call, agent)
                if rung is not None and len(rung.ringing) == 1:
                    self._ring_more_later(rung)
            case floor.StillRings(call, agents, avoid):
                if (rung := self.line.still_rings(call, agents, avoid)) is not None:
                    self._offer(rung)
            case RingMore(call, ring_round):
                if (rung := self.line.one_more(call, ring_round)) is not None:
                    self._offer(rung)
                    self._ring_more_later(rung)
            case _:
                assert_never(message)

    def _ring_more_later(self, rung: InLine) -> None:
        if self.strategy.together is Together.MORE:
            self.after(self.queue.ring_delay, RingMore(rung.join.call, rung.rounds))

    def _offer(self, waits: InLine) -> None:
        if waits.moving:
            return
        join, ringing = waits.join, len(waits.ringing)
        waiting = floor.Waiting(
            join.call,
            self.queue.name,
            join.since,
            self.queue.priority + join.priority,
            waits.avoid,
            self.strategy.phones(waits.steps) - ringing,
            ringing,
            waits.tried,
            join.visit,
        )
        self.post.to_floor(waiting)

    def _nobody_more(self, call: InLine | None) -> None:
        """Let no further phone ring; where one rings at a time, the floor wants none anyway."""
        if call is not None and self.strategy.together is not Together.ONE:
            self.post.to_floor(floor.NotWaiting(call.join.call, call.join.visit))

    def _leave(self, left: floor.Left) -> None:
        """Forget the call; one that was being offered or rung is not to be offered any more."""
        gone = self.line.leave(left.call)
        if gone is None or gone.state is CallState.CONNECTED:
            return
        self.post.to_floor(floor.NotWaiting(left.call, gone.join.visit))
        logger.info("%s: %d waiting", self.log_name, self.line.waiting())
