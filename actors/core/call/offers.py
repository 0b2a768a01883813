"""An agent's phone rung for a waiting call: who is rung, and what follows for the caller. Pure."""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.call import introduction
from actors.core.call.events import OfferAgain
from actors.core.call.state import CallStep, Waiting
from actors.core.effects import StartTimer
from actors.core.leg import briefing, machine
from actors.core.leg.attempt import withdraw as stop_ringing
from actors.core.leg.ending import drop
from actors.core.leg.lease import give_back, turned_away
from actors.core.leg.state import (
    CALLER,
    AgentListens,
    Attempt,
    KeyPressed,
    LegState,
    News,
    SessionOpen,
    Sip,
)
from actors.core.leg.timers import NotDialled
from actors.core.routing.strategies import MOST_RINGING, STRATEGIES, Together
from actors.core.wire import codecs
from actors.core.wire.calling_phone import media_source
from actors.ids import Leg
from actors.messages.by import By, by_agent, by_rule
from actors.messages.facts import CallOffered, OffersFailed
from actors.messages.floor import (
    Assigned,
    Failed,
    Resting,
    Returned,
    Ring,
    StillRings,
    Taken,
    Withdraw,
)
from actors.messages.sip import Dial

DIAL_SECONDS = 10.0
"""The gateway sends an INVITE in milliseconds, later only where it must ask for a name first."""

LONGEST_REST = 60
TOLD_AFTER = 3
"""Agents whose phones in a row could not take a call, before the journal and the log say so."""


def ring(step: CallStep, phase: Waiting, event: Ring) -> None:
    """Ring the agent's phone: first an RTP session, so that the INVITE can name it.

    Where several ring, the floor may hear that an agent is free before it hears that his phone
    could not take this call: he is turned away, and the floor told anew how many are to ring.
    """
    here, moving = phase.visit.queue.name, phase.visit.onward is not None
    if event.queue != here or moving:
        step.note(f"offered to agent {event.agent} in {event.queue}, but goes on, or is in {here}")
        step.tell(*turned_away(event))
        return
    if event.agent in phase.place.avoid:
        step.note(f"offered to agent {event.agent}, whose phone could not take it")
        step.tell(*turned_away(event))
        if step.ringing():
            wait_again(step, phase)
        else:
            rest(step, phase)
        return
    if any(leg.pending and leg.pending.taken for leg in step.ringing()):
        step.note(f"offered to agent {event.agent}, but another has picked up")
        step.tell(*turned_away(event))
        return
    together = STRATEGIES[phase.visit.queue.strategy].together
    most = 1 if together is Together.ONE else MOST_RINGING
    if len(step.ringing()) >= most:
        others = "another's phone rings" if most == 1 else f"{most} phones ring"
        step.note(f"offered to agent {event.agent}, but {others}")
        step.tell(*turned_away(event))
        return
    number, step.next_leg = step.next_leg, step.next_leg + 1
    attempt = Attempt(
        event.lease,
        event.agent,
        event.phone,
        event.ring_seconds,
        step.terms.unreachable_seconds,
        event.briefing,
    )
    codec = step.legs[CALLER].codec
    leg = LegState(Leg(step.call, number), codec, step.own, Sip.NONE, attempt=attempt)
    step.note(f"offered to agent {event.agent} at {event.phone}")
    step.tell_queue(Assigned(step.call, event.agent))
    step.take(machine.begin(leg, None, media_source(event.phone)))


def dial(step: CallStep, phase: Waiting, event: SessionOpen) -> None:
    """Have the INVITE sent."""
    leg = step.legs[event.number]
    attempt = leg.pending
    if attempt is None:
        return
    queue, at = phase.visit.queue, step.at
    offer = codecs.offer(event.opened, step.own, step.legs[CALLER].codec)
    dialled = replace(leg, sip=Sip.EARLY, attempt=replace(attempt, dialled_at=at.now))
    step.legs[event.number] = dialled
    step.tell(
        Dial(
            leg.leg,
            attempt.phone.uri,
            offer,
            introduction.shown(step.told.phone, queue),
            attempt.phone.hop,
            step.told.asserted,
            step.told.privacy,
            introduction.headers(step, queue),
        ),
        CallOffered(
            at.wall,
            step.call,
            queue.name,
            attempt.agent,
            str(attempt.phone),
            attempt.lease,
            by_rule(queue.strategy),
        ),
        StartTimer(DIAL_SECONDS, NotDialled(event.number)),
    )


def withdraw(step: CallStep, phase: Waiting, event: Withdraw) -> None:
    """Stop ringing as the agent asks; too late where the phone was answered."""
    for leg in step.ringing():
        if leg.pending and leg.pending.lease == event.lease:
            step.take(stop_ringing(leg, step.at, event.by))
            wait_again(step, phase)


def picked_up(step: CallStep, event: AgentListens) -> None:
    """Let who needs no key have the call; of several who do, who presses it first has it."""
    attempt = step.legs[event.number].pending
    if attempt is not None and attempt.taken:
        lose_others(step, by_agent(event.agent), event.number)
        step.tell_queue(Taken(step.call, event.agent))


def pressed(step: CallStep, event: KeyPressed) -> News | None:
    """Take the key of an agent who has picked up."""
    return step.take(briefing.pressed(step.legs[event.number], event.key, step.at))


def briefed(step: CallStep, number: int) -> News | None:
    """Take it that this agent has heard which call it is."""
    leg = step.legs.get(number)
    return step.take(briefing.said(leg, step.at)) if leg is not None else None


def lose_others(step: CallStep, winner: By, number: int = CALLER) -> None:
    """End the ringing of whoever did not answer first: no missed call, no strike.

    `number` is the winner's leg, where its lease has no outcome yet.
    """
    for leg in step.ringing():
        if leg.number == number:
            continue
        step.take(give_back(leg, step.at, winner))
        step.take(drop(step.legs[leg.number], step.at, elsewhere=True))


def wait_again(step: CallStep, phase: Waiting) -> None:
    """Let the call be offered again: to somebody else in place of one of several, or anew."""
    avoid, ringing = phase.place.avoid, step.ringing()
    if not ringing:
        step.tell_queue(Returned(step.call, avoid))
        return
    agents = frozenset(leg.pending.agent for leg in ringing if leg.pending)
    step.tell_queue(StillRings(step.call, agents, avoid))


def rested(step: CallStep, phase: Waiting) -> None:
    """Let the call be offered again after its rest, unless a late offer has made phones ring."""
    if not step.ringing():
        wait_again(step, phase)


def failed(step: CallStep, phase: Waiting, outcome: Failed) -> None:
    """Let the call rest: offered again at once it would fail again at once, for ever.

    Its rest grows, it keeps away from the phones that could not take it, and it comes after all
    other calls: none of them is to wait for what is wrong with this one. Where others still ring it
    need not rest.
    """
    place = replace(phase.place, avoid=phase.place.avoid | {outcome.agent})
    if step.ringing():
        step.phase = replace(phase, place=place)
        wait_again(step, step.phase)
        return
    failures = place.failures + 1
    step.phase = resting = replace(phase, place=replace(place, failures=failures))
    rest(step, resting)
    if failures == TOLD_AFTER:
        why = f"{outcome.code} by the last phone" if outcome.code else "a failure of our own"
        reason = f"{failures} phones in a row could not take it, {why}"
        step.tell(OffersFailed(step.at.wall, step.call, phase.visit.queue.name, reason))
        step.note(f"waits behind all others: {reason}", logging.WARNING)


def rest(step: CallStep, phase: Waiting) -> None:
    """Let the call not be offered for a while."""
    step.tell_queue(Resting(step.call))
    step.tell(
        StartTimer(rest_seconds(max(1, phase.place.failures)), OfferAgain(phase.place.visits))
    )


def rest_seconds(failures: int) -> float:
    """Return how long a call rests after so many failures in a row: 1, 2, 4 ... at most 60 s."""
    return float(min(LONGEST_REST, 2 ** (failures - 1)))
