"""An agent's phone rung for a waiting call: who is rung, and what follows for the caller. Pure."""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.call.events import OfferAgain
from actors.core.call.state import CallStep, Waiting
from actors.core.effects import StartTimer
from actors.core.leg import machine
from actors.core.leg.attempt import withdraw as stop_ringing
from actors.core.leg.ending import drop
from actors.core.leg.lease import give_back, turned_away
from actors.core.leg.state import CALLER, Attempt, LegState, SessionOpen, Sip
from actors.core.leg.timers import NotDialled
from actors.core.wire import codecs
from actors.core.wire.calling_phone import media_source
from actors.ids import Leg
from actors.messages.by import By, by_rule
from actors.messages.facts import CallOffered, OffersFailed
from actors.messages.floor import Assigned, Failed, Resting, Returned, Ring, Withdraw
from actors.messages.sip import Dial

MAX_RINGING = 1
"""How many phones ring for one call at a time."""

DIAL_SECONDS = 10.0
"""The gateway sends an INVITE in milliseconds, later only where it must ask for a name first."""

LONGEST_REST = 60
TOLD_AFTER = 3
"""Agents whose phones in a row could not take a call, before the journal and the log say so."""


def ring(step: CallStep, event: Ring) -> None:
    """Ring the agent's phone: first an RTP session, so that the INVITE can name it."""
    if len(step.ringing()) >= MAX_RINGING:
        step.note(f"offered to agent {event.agent}, but another's phone rings")
        step.tell(*turned_away(event))
        return
    number, step.next_leg = step.next_leg, step.next_leg + 1
    attempt = Attempt(
        event.lease,
        event.agent,
        event.phone,
        event.ring_seconds,
        step.terms.unreachable_seconds,
    )
    codec = step.legs[CALLER].codec
    leg = LegState(Leg(step.call, number), codec, step.own, Sip.NONE, attempt=attempt)
    step.note(f"offered to agent {event.agent} at {event.phone}")
    step.tell_queue(Assigned(step.call, event.agent))
    step.take(machine.begin(leg, None, media_source(event.phone)))


def dial(step: CallStep, event: SessionOpen) -> None:
    """Have the INVITE sent."""
    leg = step.legs[event.number]
    attempt = leg.pending
    if attempt is None:
        return
    terms, at = step.terms, step.at
    offer = codecs.offer(event.opened, step.own, step.legs[CALLER].codec)
    dialled = replace(leg, sip=Sip.EARLY, attempt=replace(attempt, dialled_at=at.now))
    step.legs[event.number] = dialled
    step.tell(
        Dial(
            leg.leg,
            attempt.phone.uri,
            offer,
            step.told.phone,
            attempt.phone.hop,
            step.told.asserted,
            step.told.privacy,
        ),
        CallOffered(
            at.wall,
            step.call,
            terms.queue.name,
            attempt.agent,
            str(attempt.phone),
            attempt.lease,
            by_rule(terms.queue.strategy),
        ),
        StartTimer(DIAL_SECONDS, NotDialled(event.number)),
    )


def withdraw(step: CallStep, phase: Waiting, event: Withdraw) -> None:
    """Stop ringing as the agent asks; too late where the phone was answered."""
    for leg in step.ringing():
        if leg.pending and leg.pending.lease == event.lease:
            step.take(stop_ringing(leg, step.at, event.by))
            wait_again(step, phase)


def lose_others(step: CallStep, winner: By) -> None:
    """End the ringing of whoever did not answer first: no missed call, no strike."""
    for leg in step.ringing():
        step.take(give_back(leg, step.at, winner))
        step.take(drop(step.legs[leg.number], step.at, elsewhere=True))


def wait_again(step: CallStep, phase: Waiting) -> None:
    """Let the call be offered again, where nothing rings for it any more."""
    if not step.ringing():
        step.tell_queue(Returned(step.call, phase.place.avoid))


def failed(step: CallStep, phase: Waiting, outcome: Failed) -> None:
    """Let the call rest: offered again at once it would fail again at once, for ever.

    Its rest grows, it keeps away from the phones that could not take it, and it comes after all
    other calls: none of them is to wait for what is wrong with this one.
    """
    place = phase.place
    failures = place.failures + 1
    place = replace(place, avoid=place.avoid | {outcome.agent}, failures=failures)
    step.phase = replace(phase, place=place)
    step.tell_queue(Resting(step.call))
    step.tell(StartTimer(rest_seconds(failures), OfferAgain()))
    if failures == TOLD_AFTER:
        why = f"{outcome.code} by the last phone" if outcome.code else "a failure of our own"
        reason = f"{failures} phones in a row could not take it, {why}"
        step.tell(OffersFailed(step.at.wall, step.call, step.terms.queue.name, reason))
        step.note(f"waits behind all others: {reason}", logging.WARNING)


def rest_seconds(failures: int) -> float:
    """Return how long a call rests after so many failures in a row: 1, 2, 4 ... at most 60 s."""
    return float(min(LONGEST_REST, 2 ** (failures - 1)))
