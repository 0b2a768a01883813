"""Asks many actors at once, with one deadline for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pykka

from actors.exchange.clock import Clock
from actors.exchange.post import Ref

K = TypeVar("K")

SECONDS = 1.0
"""How long a request may wait for all its answers together."""


@dataclass(slots=True)
class Answers(Generic[K]):
    """What was answered, in the order asked, and who did not answer."""

    given: dict[K, Any] = field(default_factory=dict)
    dead: list[K] = field(default_factory=list)
    late: list[K] = field(default_factory=list)


def ask_all(asked: Mapping[K, tuple[Ref | None, object]], clock: Clock) -> Answers[K]:
    """Ask each ref its message. An actor whose handler failed (it answers None) counts as late."""
    deadline = clock.now() + SECONDS
    answers: Answers[K] = Answers()
    futures: dict[K, pykka.Future[Any]] = {}
    for who, (ref, message) in asked.items():
        try:
            if ref is None:
                answers.dead.append(who)
            else:
                futures[who] = ref.ask(message, block=False)
        except pykka.ActorDeadError:
            answers.dead.append(who)
    for who, future in futures.items():
        try:
            answer = future.get(timeout=max(0.0, deadline - clock.now()))
        except pykka.Timeout:
            answers.late.append(who)
        except pykka.ActorDeadError:
            answers.dead.append(who)
        else:
            if answer is None:
                answers.late.append(who)
            else:
                answers.given[who] = answer
    return answers
