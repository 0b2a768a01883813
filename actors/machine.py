"""What a call's and an agent's actor is: it steps a pure machine and does what that wants."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, get_args

from actors.core.effects import (
    AgentEffect,
    AtQueue,
    CallEffect,
    Effect,
    Effects,
    FloorEffect,
    GatewayEffect,
    Instant,
    MediaEffect,
    Note,
    SeatsEffect,
    StartTimer,
)
from actors.exchange.actor import Actor
from actors.messages.facts import Fact

Way = Callable[["Machine", Any], None]


class Machine(Actor):
    """An actor around a pure state machine; `logger` is its own module's."""

    logger: logging.Logger

    def moment(self) -> Instant:
        """Return the present moment, for the machine's next step."""
        return Instant(self.world.clock.now(), self.world.clock.wall())

    def carry_out(self, effects: Effects) -> None:
        """Do all of them: one that fails must not keep an agent from hearing of its lease."""
        failure: Exception | None = None
        for effect in effects:
            try:
                self._do(effect)
            except Exception as error:  # noqa: BLE001 - raised below, after the others
                failure = failure or error
        if failure is not None:
            raise failure

    def _do(self, effect: Effect) -> None:
        WAYS[type(effect)](self, effect)


def _way(kinds: Any, way: Way) -> dict[type, Way]:
    return dict.fromkeys(get_args(kinds), way)


WAYS: dict[type, Way] = {
    Note: lambda self, one: self.logger.log(one.level, "%s: %s", self.log_name, one.text),
    StartTimer: lambda self, one: self.after(one.seconds, one.message),
    AtQueue: lambda self, one: self.post.to_queue(one.queue, one.message, self.actor_ref),
    **_way(CallEffect, lambda self, one: self.post.to_call(one.call, one, self.actor_ref)),
    **_way(AgentEffect, lambda self, one: self.post.to_agent(one.agent, one)),
    **_way(FloorEffect, lambda self, one: self.post.to_floor(one)),
    **_way(SeatsEffect, lambda self, one: self.post.to_seats(one)),
    **_way(GatewayEffect, lambda self, one: self.post.to_gateway(one)),
    **_way(MediaEffect, lambda self, one: self.post.to_media(one)),
    **_way(Fact, lambda self, one: self.post.to_journal(one)),
}
"""How each kind of effect is carried out."""
