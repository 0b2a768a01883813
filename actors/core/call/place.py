"""How a caller comes into the line, and back into it with place and age as before. Pure."""

from __future__ import annotations

from actors.core.call import bridge, visit
from actors.core.call.events import AnnouncementDue
from actors.core.call.state import CallStep, Place, Talking, Waiting
from actors.core.effects import StartTimer
from actors.messages.by import BY_SERVER
from actors.messages.media import PlayMusic, Unbridge


def wait_in_line(step: CallStep, place: Place) -> None:
    """Let the caller wait: music from now on, announcements as the queue wants them."""
    visit.join(step, place)
    step.tell(PlayMusic(step.incoming.leg, step.terms.queue.music))
    if place.announcements.wanted and isinstance(step.phase, Waiting):
        number = step.phase.place.visits
        step.tell(StartTimer(place.announcements.every, AnnouncementDue(number)))


def back_in_line(step: CallStep, phase: Talking, reason: str) -> None:
    """Let a caller whose agent's phone died wait again: another visit, with the old place."""
    step.tell(Unbridge(step.incoming.leg))
    wait_in_line(step, bridge.end(step, phase, reason, BY_SERVER))
