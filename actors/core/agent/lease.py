"""An agent under a lease: granted, followed to its outcome, and what that costs. Pure."""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.agent.outcomes import Unanswered, charge, cool_down
from actors.core.agent.phone import due
from actors.core.agent.shown import shown
from actors.core.agent.state import (
    ANSWER_SECONDS,
    ASK_SECONDS,
    BRIEFING_SECONDS,
    FAILED_CALLS,
    LEG_SECONDS,
    OUTCOME_SECONDS,
    QUESTIONS,
    About,
    Closing,
    Offered,
    OnCall,
    Rest,
    Rules,
    State,
    after_call,
    lease_of,
    under,
)
from actors.core.effects import Effects, Note
from actors.ids import LeaseId, life_of
from actors.messages import floor as f
from actors.messages.by import BY_SERVER
from actors.messages.phone import Phone

Stepped = tuple[State, Effects]

Followed = f.Ringing | f.PickedUp | f.Answered | f.CallGone | f.Withdrawn | f.LeaseHolds | f.LegGone
"""What costs the agent nothing, whatever comes of it."""


def offered(state: State, offer: f.Offer, now: float, rules: Rules) -> Stepped:
    """Grant the lease where the agent is free; the floor then knows without a NotFree.

    Of an agent who answers too late the floor no longer knows that he is free: he tells it anew.
    """
    if state.phone is None or shown(state, rules) != "idle":
        return state, (f.NotGranted(offer.lease, rules.agent),)
    if due(offer.until, now):
        return replace(state, told_free=None), (f.NotGranted(offer.lease, rules.agent),)
    seconds = rules.ring_for(offer.queue)
    briefing = rules.briefing_for(offer.queue)
    lease, call, phone = offer.lease, offer.call, state.phone
    ring = f.Ring(lease, call, rules.agent, phone, seconds, offer.queue, briefing)
    work = Offered(offer, state.phone, now + seconds + OUTCOME_SECONDS)
    granted = f.Granted(offer.lease, rules.agent)
    return replace(state, work=work, told_free=None), (granted, ring)


def failed(state: State, event: Unanswered | f.Failed, now: float, rules: Rules) -> Stepped:
    """Return the agent whose lease has failed, and what that costs him.

    A failure of ours, or of the call's, costs nothing until the phone could not take several
    different calls in a row.
    """
    offer = lease_of(state)
    if offer is None or offer.lease != event.lease or not isinstance(state.work, Offered):
        return state, ()
    state = _closing(state, now)
    if isinstance(event, f.Failed):
        calls = (*state.failed, offer.call) if event.code else state.failed
        if len(set(calls)) < FAILED_CALLS:
            return replace(state, failed=calls), ()
        event = f.Unreachable(event.lease, event.agent, event.code)
    return charge(replace(state, failed=(), idle_since=now), event, offer.queue, now, rules)


def follow(  # noqa: PLR0911 - one arrow each
    state: State, event: Followed, now: float, rules: Rules
) -> State:
    """Follow the lease through ringing and talking to its end; CallGone and Withdrawn cost nothing.

    A word of a lease the agent is not under, or no longer, changes nothing. A LegGone without an
    outcome, from a call that failed, frees the agent all the same.
    """
    if not under(state, event.lease):
        return state
    closing = _closing(state, now)
    match state.work, event:
        case Offered() as work, f.Ringing():
            return replace(state, work=replace(work, alerting=True))
        case Offered() as work, f.PickedUp():
            later = max(work.overdue, now + BRIEFING_SECONDS)
            return replace(state, work=replace(work, alerting=True, overdue=later))
        case Offered(offer, phone), f.Answered():
            talk = OnCall(offer, phone, since=now, check=now + ASK_SECONDS)
            return replace(state, work=talk, strikes=0, failed=(), calls=state.calls + 1)
        case Offered(), f.CallGone() | f.Withdrawn():
            return closing
        case OnCall() as talk, f.LeaseHolds():
            return replace(state, work=replace(talk, check=now + ASK_SECONDS, asked=0))
        case OnCall(offer, phone), f.LegGone(silent=silent):
            state = after_call(state, now, rules, About(offer.call, offer.queue))
            return _silent(state, offer, phone, now, rules) if silent else state
        case Closing(reachable=True), f.LegGone():
            return replace(state, work=Rest(), leg_gone=now)
        case Offered(offer, phone) | Closing(offer, phone), f.LegGone(silent=silent):
            state = replace(state, work=Rest(), leg_gone=now)
            return _silent(state, offer, phone, now, rules) if silent else state
        case _:
            return state


def undelivered(state: State, message: object, now: float, rules: Rules) -> State:
    """End a lease whose call has gone without a word: nobody else will say so."""
    match message:
        case f.Ring(lease=lease) | f.Withdraw(lease=lease) | f.AskLease(lease=lease):
            return _call_gone(state, lease, now, rules)
        case _:
            return state


def node_gone(state: State, life: str, now: float, rules: Rules) -> State:
    """End a lease whose call was in that life of a node."""
    offer = lease_of(state)
    if offer is None or life_of(offer.call) != life:
        return state
    return _call_gone(state, offer.lease, now, rules)


def reachable(state: State) -> State:
    """Return the agent whose phone has given a sign of life: it is not unreachable any more.

    Nor does a leg that failed before say so, when it comes to its end.
    """
    if isinstance(state.work, Closing):
        state = replace(state, work=replace(state.work, reachable=True))
    if state.cooldown is not None and state.cooldown.shown == "unavailable":
        return replace(state, cooldown=None)
    return state


def _call_gone(state: State, lease: LeaseId, now: float, rules: Rules) -> State:
    gone: tuple[Followed, ...] = f.CallGone(lease, rules.agent), f.LegGone(lease, rules.agent)
    for said in gone:
        state = follow(state, said, now, rules)
    return state


def _closing(state: State, now: float) -> State:
    """Return the agent with the lease under way failed, its leg still to be over."""
    match state.work:
        case Offered(offer, phone, _, alerting):
            return replace(state, work=Closing(offer, phone, now + LEG_SECONDS, alerting))
        case _:
            return state


def _silent(state: State, offer: f.Offer, phone: Phone, now: float, rules: Rules) -> State:
    """Take a phone that answers nothing as not there, where the agent still sits at it."""
    if state.phone is None or phone.identity != state.phone.identity:
        return state
    state = replace(state, idle_since=now)
    return cool_down(state, "unreachable", rules.outcomes_after(offer.queue), now)


def overdue(state: State, now: float, rules: Rules) -> Stepped:
    """Free the agent of a lease whose call has said nothing for too long; ask one that talks."""
    if state.wake is not None and due(state.wake, now):
        state = replace(state, wake=None)
    match state.work:
        case Offered(offer, overdue=at) if due(at, now):
            text = f"lease {offer.lease} for call {offer.call} never had an outcome"
            effects = (Note(logging.ERROR, text), f.Withdraw(offer.lease, offer.call, BY_SERVER))
            return replace(state, work=Rest(), idle_since=now, leg_gone=now), effects
        case Closing(offer, overdue=at) if due(at, now):
            text = f"lease {offer.lease} for call {offer.call}: its leg never ended"
            return replace(state, work=Rest(), leg_gone=now), (Note(logging.ERROR, text),)
        case OnCall(offer, check=at, asked=asked) as work if due(at, now) and asked < QUESTIONS:
            work = replace(work, check=now + ANSWER_SECONDS, asked=asked + 1)
            question = f.AskLease(offer.lease, offer.call, rules.agent)
            return replace(state, work=work), (question,)
        case OnCall(offer, check=at) if due(at, now):
            text = f"lease {offer.lease} for call {offer.call}: nobody knows whether it goes on"
            state = after_call(state, now, rules, About(offer.call, offer.queue))
            return state, (Note(logging.ERROR, text),)
        case _:
            return state, ()
