"""How a caller comes into the line, and back into it with place and age as before. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.call.events import AnnouncementDue
from actors.core.call.state import CallStep, Place, Talking, Waiting
from actors.core.effects import StartTimer
from actors.messages.floor import Returned
from actors.messages.media import PlayMusic, Unbridge


def wait_in_line(step: CallStep, place: Place) -> None:
    """Let the caller wait: music from now on, announcements as the queue wants them."""
    step.phase = Waiting(place, step.at.now)
    step.tell(PlayMusic(step.incoming.leg, step.terms.queue.music))
    if place.announcements.wanted:
        step.tell(StartTimer(place.announcements.every, AnnouncementDue(place.stretch)))


def back_in_line(step: CallStep, phase: Talking) -> None:
    """Let a caller whose agent's phone died wait again."""
    step.tell(Unbridge(step.incoming.leg))
    talked = phase.place.talked + step.at.now - phase.began
    place = replace(phase.place, talked=talked, stretch=phase.place.stretch + 1)
    wait_in_line(step, place)
    step.tell_queue(Returned(step.call, place.avoid))
