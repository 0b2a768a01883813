"""A caller who may not wait, or no longer: to another queue with his place, or goodbye. Pure."""

from __future__ import annotations

import logging

from actors.core.call import visit
from actors.core.call.ending import always, end
from actors.core.call.events import Happening, SaidByNow
from actors.core.call.place import Place
from actors.core.call.state import CallStep, Joining, Leaving, Waiting
from actors.core.effects import StartTimer
from actors.core.leg.ending import drop
from actors.core.leg.lease import give_back
from actors.core.routing.limits import Limit, destination
from actors.ids import QueueName
from actors.messages.by import BY_CALLER, BY_SERVER, By, by_rule
from actors.messages.facts import JoinRefused
from actors.messages.floor import Left, MoveOn, NotPlaced, Result
from actors.messages.media import Played
from actors.settings import Destination

SAID_SECONDS = 180.0
"""No prompt takes as long; where the pump never says that it was said, the call ends all the same.
"""


def leave(step: CallStep, phase: Waiting, order: MoveOn) -> None:
    """End the visit as ordered, and let the caller go on."""
    place = visit.move(step, phase, order)
    step.tell_queue(Left(step.call))
    _go(step, place, order.to, order.reason, order.by)


def leave_by_key(step: CallStep, phase: Waiting) -> None:
    """Let a caller go who has pressed the key that leads out; no phone rings for him any longer."""
    queue = phase.visit.queue
    for leg in step.ringing():
        step.take(give_back(leg, step.at, BY_CALLER))
        step.take(drop(step.legs[leg.number], step.at))
    to = destination(queue, Limit.KEY)
    leave(step, phase, MoveOn(step.call, queue.name, Limit.KEY, to, BY_CALLER))


def turned_away(step: CallStep, phase: Joining, told: NotPlaced) -> None:
    """Let a caller go on whom the queue does not let in.

    A queue that has done so already and is the destination again lets him in, whatever its limits:
    queues that send him round in a circle are to lose nobody.
    """
    to, refused = told.to, phase.refused | {told.queue}
    step.tell(JoinRefused(step.at.wall, step.call, told.queue, told.reason, to.words or None))
    if to.queue in refused:
        step.note(
            f"queue {told.queue}: {told.reason}, and so is queue {to.queue}: waits all the same"
        )
    _go(step, phase.place, to, told.reason, by_rule(told.reason), refused)


def back_to_the_called(step: CallStep, phase: Joining) -> None:
    """Let a caller wait in the queue he called where the one he was sent to is not there any more.

    He was let in there once, so its limits are not for him. Where that one is gone, too, he cannot
    wait anywhere.
    """
    called = step.terms.queue
    step.note(f"queue {phase.queue} is not there", logging.WARNING)
    if phase.queue == called:
        end(step, Result.FAILED, "no-queue", BY_SERVER)
    else:
        visit.join(step, phase.place, called, phase.refused, anyway=True)


def _go(  # noqa: PLR0913, PLR0917 - all of it is the way on
    step: CallStep,
    place: Place,
    to: Destination,
    reason: str,
    by: By,
    refused: frozenset[QueueName] = frozenset(),
) -> None:
    step.note(f"{reason}: to {to.words or 'nowhere'}")
    if to.queue:
        visit.join(step, place, to.queue, refused)
        return
    result = Result.OVERFLOWED if place.visits else Result.REFUSED
    step.phase = leaving = Leaving(place, result, reason, by)
    if to.say is None:
        _end(step, leaving)
        return
    step.say(to.say.id)
    step.tell(StartTimer(SAID_SECONDS, SaidByNow(step.speech.token)))


def take(step: CallStep, phase: Leaving, event: Happening) -> None:
    """Hang up once the last prompt has been said."""
    match event:
        case Played(token=token) | SaidByNow(token):
            if step.said(token):
                _end(step, phase)
        case _:
            always(step, event)


def _end(step: CallStep, phase: Leaving) -> None:
    end(step, phase.result, phase.reason, phase.by)
