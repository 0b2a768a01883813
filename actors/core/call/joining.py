"""A caller on his way into a queue: asked to join it, until the queue has placed him. Pure."""

from __future__ import annotations

from actors.core.call import announcements, onward, visit
from actors.core.call.ending import always
from actors.core.call.events import AnnouncementDue, Happening
from actors.core.call.state import CallStep, Joining
from actors.core.effects import StartTimer
from actors.messages.floor import Join, NotPlaced, Placed
from actors.messages.life import Undelivered
from actors.messages.media import PlayMusic
from actors.settings import Queue


def take(step: CallStep, phase: Joining, event: Happening) -> None:
    """Let the caller wait as soon as the queue has him in its line."""
    match event:
        case Placed(queue=queue, place=at_place) if queue.name == phase.queue:
            _wait(step, phase, queue, at_place)
        case NotPlaced(queue=queue_name) if queue_name == phase.queue:
            onward.turned_away(step, phase, event)
        case Undelivered(Join(queue=queue_name)) if queue_name == phase.queue:
            onward.back_to_the_called(step, phase)
        case _:
            always(step, event)


def _wait(step: CallStep, phase: Joining, queue: Queue, at_place: int) -> None:
    """Let the caller wait: music from now on, announcements as the queue wants them.

    The welcome is said over the music once in a call.
    """
    place = visit.begin(step, phase, queue, at_place).place
    step.tell(PlayMusic(step.incoming.leg, queue.music))
    if announcements.wanted(queue):
        step.tell(StartTimer(queue.announcement.every, AnnouncementDue(place.visits)))
    if place.visits == 1:
        step.say(*announcements.welcome(queue))
    step.note(f"waits in queue {queue.name}")
