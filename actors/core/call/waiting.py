"""A caller in line: music, announcements, and the agents' phones that are rung meanwhile. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.call import offers, visit
from actors.core.call.ending import always
from actors.core.call.events import AnnouncementDue, Happening, OfferAgain
from actors.core.call.state import CallStep, Waiting
from actors.core.call.talking import connect
from actors.core.effects import StartTimer
from actors.core.leg.state import AgentUp, AttemptFailed, SessionOpen
from actors.messages.by import by_agent
from actors.messages.floor import Connected, Failed, Placed, Ring, Withdraw


def take(step: CallStep, phase: Waiting, event: Happening) -> None:
    """Ring phones as the match says, until one answers or the caller has gone."""
    match event:
        case Placed(place=at_place):
            visit.tell_joined(step, phase, at_place)
        case Ring():
            offers.ring(step, visit.tell_joined(step, phase), event)
        case SessionOpen():
            offers.dial(step, event)
        case AgentUp():
            _agent_answered(step, phase, event)
        case AttemptFailed(outcome=Failed() as outcome):
            offers.failed(step, phase, outcome)
        case AttemptFailed():
            step.phase = replace(phase, place=replace(phase.place, failures=0))
            offers.wait_again(step, phase)
        case OfferAgain():
            offers.rested(step, phase)
        case Withdraw():
            offers.withdraw(step, phase, event)
        case AnnouncementDue(number) if number == phase.place.visits:
            _announce(step, phase)
        case _:
            always(step, event)


def _announce(step: CallStep, phase: Waiting) -> None:
    """Say the next announcement, unless something is being said: nobody is cut short."""
    due = phase.place.announcements
    step.tell(StartTimer(due.every, AnnouncementDue(phase.place.visits)))
    if not step.speech.saying:
        step.say(due.next_prompt)
        step.phase = phase.announced()


def _agent_answered(step: CallStep, phase: Waiting, event: AgentUp) -> None:
    """Connect caller and agent; whoever else still rings has lost."""
    offers.lose_others(step, by_agent(event.agent))
    connect(step, visit.answer(step, phase, event.agent), event.number)
    step.tell_queue(Connected(step.call, event.agent))
