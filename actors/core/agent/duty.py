"""An agent logging on and off, pausing and coming back, ending the wrap-up. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.agent.events import OfDuty, OfOwnCall, OfWrapUp
from actors.core.agent.lease import reachable
from actors.core.agent.phone import Report
from actors.core.agent.state import (
    OWN_CALL_SECONDS,
    About,
    CoolDown,
    Offered,
    Rest,
    Rules,
    State,
    WrapUp,
    after_call,
    own_call_over,
)
from actors.core.effects import Effects
from actors.ids import AgentId
from actors.messages import duty
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.by import BY_SERVER, By, by_agent
from actors.messages.phone import Phone

Stepped = tuple[State, Effects]

LONGEST_WRAPUP = 86_400.0
"""Seconds from now: who extends it again and again is on a break."""


def decider(event: OfDuty, agent: AgentId) -> By:
    """Return who wants this."""
    if event.by is not None:
        return event.by
    return BY_SERVER if isinstance(event, duty.Restore) else by_agent(agent)


def change(state: State, event: OfDuty, now: float, rules: Rules) -> Stepped:
    """Log in or out, pause or unpause: during a call at its end.

    An offer that rings meanwhile is withdrawn.
    """
    by = decider(event, rules.agent)
    match event:
        case duty.LoggedIn(phone=phone, in_call=in_call):
            state, effects = _logged_in(reachable(state), phone, now, rules, by)
            return replace(state, own_call=now + OWN_CALL_SECONDS if in_call else None), effects
        case duty.Restore(phone=phone):
            state, effects = _logged_in(state, phone, now, rules, by)
            return _restored(state, event, rules), effects
        case duty.LoggedOut() if state.phone:
            unwatch = (p.Unwatch(rules.agent),) if rules.subscribe else ()
            withdrawn = _withdrawn(state, by)
            state = replace(state, phone=None, own_call=None, by=by)
            return _cleared(state, now), (f.LoggedOff(rules.agent), *unwatch, *withdrawn)
        case duty.Pause(reason=reason) if state.phone and rules.may_pause_for(reason):
            return replace(state, paused=reason, by=by), _withdrawn(state, by)
        case duty.Unpause() if state.paused is not None or state.not_responding:
            return replace(_cleared(state, now), report=state.report, by=by), ()
        case _:
            return state, ()


def wrap_up(state: State, event: OfWrapUp, now: float) -> Stepped:
    """End the wrap-up or push its end back; who dialled for that hears whether there is one."""
    match state.work, event:
        case WrapUp(), duty.EndWrapUp():
            after = replace(state, work=Rest(), idle_since=now)
        case WrapUp(until=until) as work, duty.ExtendWrapUp(seconds=seconds):
            until = min(until + max(0.0, seconds), now + LONGEST_WRAPUP)
            after = replace(state, work=replace(work, until=until))
        case _:
            after = state
    if event.call is None:
        return after, ()
    ends = isinstance(event, duty.EndWrapUp)
    request = duty.PhoneRequest.END_WRAPUP if ends else duty.PhoneRequest.EXTEND_WRAPUP
    return after, (duty.AtPhoneAnswer(event.call, request, event.agent, after is not state),)


def own_call(state: State, event: OfOwnCall, now: float) -> State:
    """Take the phone's call to one of our services as its own: free at its end, not before.

    A phone that calls us is there, whatever became of our calls to it.
    """
    match event:
        case duty.OwnCallBegan() if state.phone:
            return replace(reachable(state), own_call=now + OWN_CALL_SECONDS)
        case duty.OwnCallEnded() if state.own_call is not None:
            return own_call_over(state, now)
        case _:
            return state


def _logged_in(state: State, phone: Phone, now: float, rules: Rules, by: By) -> Stepped:
    """Seat the agent at the phone, at the tail; a phone that rings elsewhere is to stop.

    Logging in anew at the same phone keeps what is known of that phone; at any, the figures.
    """
    if phone == state.phone:
        return replace(_cleared(state, now), report=state.report, by=by), ()
    effects = _withdrawn(state, by)
    if state.phone is None:
        state = replace(state, calls=0, talked=0.0)
        effects += (f.LoggedOn(rules.agent),)
    if rules.subscribe and state.phone:
        effects += (p.Unwatch(rules.agent),)
    if rules.subscribe:
        effects += (p.Watch(rules.agent, phone.uri, phone.hop),)
    return replace(_cleared(state, now), phone=phone, by=by), effects


def _restored(state: State, known: duty.Restore, rules: Rules) -> State:
    """Return the agent as the last run knew him; what has ended meanwhile, time takes away.

    One whose call the end of that run cut off has the wrap-up that every call's end brings.
    """
    until = known.cooldown_until
    state = replace(
        state,
        idle_since=known.idle_since,
        paused=known.paused,
        strikes=known.strikes,
        not_responding=known.not_responding,
        cooldown=None if until is None else CoolDown(until, known.cooldown or "busy"),
        calls=known.calls,
        talked=known.talked,
    )
    about = None if known.queue is None else About(known.call, known.queue)
    if known.cut_off and about is not None:
        return after_call(state, known.idle_since, rules, about)
    if known.wrapup_until is not None:
        return replace(state, work=WrapUp(known.wrapup_until, about))
    return state


def _cleared(state: State, now: float) -> State:
    """Return the agent without pause, strikes and cool-down, idle from now, of an unknown phone."""
    return replace(
        state,
        idle_since=now,
        paused=None,
        strikes=0,
        not_responding=False,
        cooldown=None,
        report=Report(p.Presence.UNKNOWN, now),
        work=Rest() if isinstance(state.work, WrapUp) and not state.phone else state.work,
    )


def _withdrawn(state: State, by: By) -> Effects:
    """Ask the call to stop ringing this agent's phone, if it does."""
    match state.work:
        case Offered(offer):
            return (f.Withdraw(offer.lease, offer.call, by),)
        case _:
            return ()
