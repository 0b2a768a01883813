"""A caller in line: music, announcements, and the agents' phones that are rung meanwhile. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.call import announcements, offers, onward, visit
from actors.core.call.ending import always
from actors.core.call.events import AnnouncementDue, Happening, OfferAgain
from actors.core.call.state import CallStep, Visit, Waiting
from actors.core.call.talking import connect
from actors.core.effects import StartTimer
from actors.core.leg.state import (
    CALLER,
    AgentListens,
    AgentUp,
    AttemptFailed,
    KeyPressed,
    SessionOpen,
)
from actors.messages.by import by_agent
from actors.messages.floor import Connected, Failed, MoveOn, Ring, Withdraw
from actors.messages.media import Played


def take(step: CallStep, phase: Waiting, event: Happening) -> None:
    """Ring phones as the match says, until one answers or the caller has gone.

    Who is to go on does so as soon as no phone rings for him.
    """
    _take(step, phase, event)
    match step.phase:
        case Waiting(visit=Visit(onward=MoveOn() as order)) as now if not step.ringing():
            onward.leave(step, now, order)
        case _:
            pass


def _take(  # noqa: C901, PLR0912 - one arrow each
    step: CallStep, phase: Waiting, event: Happening
) -> None:
    match event:
        case Ring():
            offers.ring(step, phase, event)
        case SessionOpen():
            offers.dial(step, phase, event)
        case AgentListens():
            offers.picked_up(step, event)
        case KeyPressed(number, key) if number == CALLER and key == phase.visit.queue.leave_key:
            onward.leave_by_key(step, phase)
        case KeyPressed() | Played():
            _briefing(step, phase, event)
        case AgentUp():
            _agent_answered(step, phase, event)
        case AttemptFailed(outcome=Failed() as outcome):
            offers.failed(step, phase, outcome)
        case AttemptFailed():
            step.phase = replace(phase, place=replace(phase.place, failures=0))
            offers.wait_again(step, phase)
        case OfferAgain(number) if number == phase.place.visits:
            offers.rested(step, phase)
        case MoveOn(queue=queue) if queue == phase.visit.queue.name:
            step.phase = replace(phase, visit=replace(phase.visit, onward=event))
        case Withdraw():
            offers.withdraw(step, phase, event)
        case AnnouncementDue(number) if number == phase.place.visits:
            _announce(step, phase)
        case _:
            always(step, event)


def _briefing(step: CallStep, phase: Waiting, event: KeyPressed | Played) -> None:
    """Go on with an agent who has picked up; what comes from the caller's leg is another matter."""
    match event:
        case KeyPressed(number) if number != CALLER:
            news = offers.pressed(step, event)
        case Played(leg=leg) if leg.number != CALLER:
            news = offers.briefed(step, leg.number)
        case _:
            always(step, event)
            return
    if news is not None:
        _take(step, phase, news)


def _announce(step: CallStep, phase: Waiting) -> None:
    """Say the next announcement, unless something is being said: nobody is cut short."""
    queue, place = phase.visit.queue, phase.place
    step.tell(StartTimer(queue.announcement.every, AnnouncementDue(place.visits)))
    if not step.speech.saying:
        step.say(announcements.announcement(queue, place.said_in(queue.name)))
        step.phase = replace(phase, place=place.announced(queue.name))


def _agent_answered(step: CallStep, phase: Waiting, event: AgentUp) -> None:
    """Connect caller and agent; whoever else still rings has lost."""
    offers.lose_others(step, by_agent(event.agent))
    connect(step, visit.answer(step, phase, event.agent), phase.visit.queue, event.number)
    step.tell_queue(Connected(step.call, event.agent))
