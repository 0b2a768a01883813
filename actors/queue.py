"""QueueActor: one queue; owns its waiting line and tells the floor who may be offered."""

from __future__ import annotations

import logging
from typing import Any

from actors.core.routing.line import CallState, InLine, Line
from actors.exchange.actor import Actor, World
from actors.ids import AgentId
from actors.messages import floor, views
from actors.settings import Queue

logger = logging.getLogger(__name__)


class QueueActor(Actor):
    """Keeps the line as the calls report; one it does not know, or no longer, changes nothing.

    Its answer to whoever asks is made once for each change of the line, when first asked for.
    """

    def __init__(self, world: World, queue: Queue) -> None:
        super().__init__(world)
        self.queue = queue
        self.line = Line(queue.name)
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
        self._follow(message)
        return None

    def _follow(self, message: Any) -> None:
        match message:
            case floor.Join(call):
                self.line.join(message)
                self.post.to_call(call, floor.Placed(call, self.line.place_of(call)))
                self._offer(self.line.calls[call], message.avoid)
                logger.info("%s: %d waiting", self.log_name, self.line.waiting())
            case floor.Assigned(call, agent):
                self.line.assign(call, agent)
            case floor.Connected(call, agent):
                self.line.connect(call, agent)
            case floor.Resting(call):
                self.line.give_back(call)
            case floor.Returned(call, avoid):
                if (waits := self.line.give_back(call)) is not None:
                    self._offer(waits, avoid)
            case floor.Left(call):
                self._leave(message)
            case _:
                logger.warning("%s: knows no %r", self.log_name, message)

    def _offer(self, waits: InLine, avoid: frozenset[AgentId] = frozenset()) -> None:
        join, name = waits.join, self.queue.name
        priority = self.queue.priority + join.priority
        waiting = floor.Waiting(join.call, name, join.since, priority, avoid, tried=waits.tried)
        self.post.to_floor(waiting)

    def _leave(self, left: floor.Left) -> None:
        """Forget the call; one that was being offered or rung is not to be offered any more."""
        gone = self.line.leave(left.call)
        if gone is None or gone.state is CallState.CONNECTED:
            return
        self.post.to_floor(floor.NotWaiting(left.call))
        logger.info("%s: %d waiting", self.log_name, self.line.waiting())
