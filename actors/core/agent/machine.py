"""One agent: pure, step(state, event, now, rules) -> (state, effects). The states: agent_state."""

from __future__ import annotations

from dataclasses import replace

from actors.core.agent import phone as phones
from actors.core.agent.effects import (
    Complain,
    Effect,
    Effects,
    Tell,
    ToCall,
    ToFloor,
    ToGateway,
    Wake,
)
from actors.core.agent.phone import Phone, due
from actors.core.agent.state import (
    LEG_SECONDS,
    OUTCOME_SECONDS,
    Closing,
    CoolDown,
    Offered,
    OnCall,
    Rest,
    Rules,
    Shown,
    State,
    WrapUp,
    after_call,
    at_phone,
    deadlines,
    lease_of,
    pass_time,
    shown,
    under,
)
from actors.messages import duty, life
from actors.messages import floor as f
from actors.messages import sip as s

Outcome = f.Answered | f.NoAnswer | f.Busy | f.Declined | f.Unreachable | f.CallGone | f.Withdrawn
FromCall = f.Ringing | Outcome | f.LegGone
OfPhone = s.PresenceIdle | s.PresenceBusy | s.PresenceUnavailable | s.PresenceUnknown
FromFloor = duty.LoggedIn | duty.LoggedOut | duty.Pause | duty.Unpause | duty.Restore
Event = f.Offer | FromCall | OfPhone | FromFloor | life.TimerFired

Stepped = tuple[State, Effects]


def step(state: State, event: Event, now: float, rules: Rules) -> Stepped:
    """Return the agent after the event, and what is to be done about it.

    Whatever is due by now is in effect first. Events of another lease or phone change nothing.
    """
    state = pass_time(state, now, rules)
    match event:
        case f.Offer():
            state, effects = offered(state, event, now, rules)
        case _ if late(state, event):
            effects = ()
        case f.Ringing() | f.LegGone() | f.Answered() | f.CallGone() | f.Withdrawn():
            state, effects = from_call(state, event, now, rules), ()
        case f.NoAnswer() | f.Busy() | f.Declined() | f.Unreachable():
            state, effects = failed(state, event, now, rules), ()
        case life.TimerFired():
            state, effects = overdue(state, now)
        case duty.LoggedIn() | duty.LoggedOut() | duty.Pause() | duty.Unpause() | duty.Restore():
            state, effects = from_floor(state, event, now, rules)
        case _:
            state, effects = presence(state, event, now), ()
    state, told = tell(pass_time(state, now, rules), now, rules)
    return state, effects + told


def offered(state: State, offer: f.Offer, now: float, rules: Rules) -> Stepped:
    """Grant the lease where the agent is free; the floor then knows without a NotFree.

    Of an agent who answers too late the floor no longer knows that he is free: he tells it anew.
    """
    refused = (ToFloor(f.NotGranted(offer.lease, rules.agent)),)
    if shown(state, rules) != "idle":
        return state, refused
    if due(offer.until, now):
        return replace(state, told_free=None), refused
    seconds = rules.ring_for(offer.queue)
    ring = f.Ring(offer.lease, offer.call, rules.agent, state.device, seconds)
    work = Offered(offer, now + seconds + OUTCOME_SECONDS)
    granted = ToFloor(f.Granted(offer.lease, rules.agent))
    return replace(state, work=work, told_free=None), (granted, ToCall(offer.call, ring))


def late(state: State, event: Event) -> bool:
    """Tell whether the event belongs to a lease the agent is not under, or no longer."""
    return isinstance(event, FromCall) and not under(state, event.lease)


def from_call(state: State, event: FromCall, now: float, rules: Rules) -> State:
    """Follow the lease through ringing and talking to its end; CallGone and Withdrawn cost nothing.

    A LegGone without an outcome, from a call that failed, frees the agent all the same.
    """
    match state.work, event:
        case Offered() as work, f.Ringing():
            return replace(state, work=replace(work, alerting=True))
        case Offered(offer), f.Answered():
            return replace(state, work=OnCall(offer), strikes=0)
        case Offered(offer), f.CallGone() | f.Withdrawn():
            return replace(state, work=Closing(offer, now + LEG_SECONDS))
        case OnCall(offer), f.LegGone():
            return after_call(state, now, rules.wrapup_after(offer.queue))
        case Offered() | Closing(), f.LegGone():
            return replace(state, work=Rest(), leg_gone=now)
        case _:
            return state


def failed(
    state: State,
    event: f.NoAnswer | f.Busy | f.Declined | f.Unreachable,
    now: float,
    rules: Rules,
) -> State:
    """Put the agent to the tail, with the strike or the cool-down that this outcome costs.

    Two strikes are in a row when no answer and no refusal, which shows a living agent, is between.
    """
    if not isinstance(state.work, Offered):
        return state
    offer = state.work.offer
    state = replace(state, work=Closing(offer, now + LEG_SECONDS), idle_since=now)
    match event:
        case f.NoAnswer():
            strikes = state.strikes + 1
            return replace(state, strikes=strikes, not_responding=0 < rules.strikes <= strikes)
        case f.Busy():
            return cooling(replace(state, strikes=0), now, rules.busy_cooldown, "busy")
        case f.Declined():
            return cooling(replace(state, strikes=0), now, rules.reject_cooldown, "busy")
        case f.Unreachable():
            return cooling(state, now, rules.unreachable_cooldown, "unavailable")


def cooling(state: State, now: float, seconds: float, word: str) -> State:
    """Return the agent in a cool-down of so many seconds."""
    return replace(state, cooldown=CoolDown(now + seconds, word) if seconds > 0 else None)


def overdue(state: State, now: float) -> Stepped:
    """Free the agent of a lease whose call has said nothing for too long."""
    if state.wake is not None and due(state.wake, now):
        state = replace(state, wake=None)
    match state.work:
        case Offered(offer, at) if due(at, now):
            text = f"lease {offer.lease} for call {offer.call} never had an outcome"
            effects = (Complain(text), ToCall(offer.call, f.Withdraw(offer.lease, offer.call)))
            return replace(state, work=Rest(), idle_since=now, leg_gone=now), effects
        case Closing(offer, at) if due(at, now):
            text = f"lease {offer.lease} for call {offer.call}: its leg never ended"
            return replace(state, work=Rest(), leg_gone=now), (Complain(text),)
        case _:
            return state, ()


def presence(state: State, event: OfPhone, now: float) -> State:
    """Take in what the phone's presence says. Idle also ends an unreachable phone's cool-down."""
    if not state.device or event.uri != state.device:
        return state
    match event:
        case s.PresenceBusy(ringing=ringing):
            ours = lease_of(state) is not None or now - state.leg_gone <= phones.ECHO_SECONDS
            kind = s.Presence.RINGING if ringing else s.Presence.BUSY
            return at_phone(state, phones.engaged(state.phone, kind, now, ours=ours))
        case s.PresenceIdle():
            if state.cooldown is not None and state.cooldown.shown == "unavailable":
                state = replace(state, cooldown=None)
            return at_phone(state, phones.idle(state.phone, now))
        case s.PresenceUnavailable():
            return at_phone(state, phones.lost(state.phone, s.Presence.UNAVAILABLE, now))
        case s.PresenceUnknown():
            return at_phone(state, phones.lost(state.phone, s.Presence.UNKNOWN, now))


# ---- login, logout, pause ------------------------------------------------------------------------


def from_floor(state: State, event: FromFloor, now: float, rules: Rules) -> Stepped:
    """Log in or out, pause or unpause: during a call all take effect at its end."""
    match event:
        case duty.LoggedIn(device=device):
            return logged_in(state, device, now, rules)
        case duty.Restore(device=device, idle_since=idle_since, paused=paused):
            state, effects = logged_in(state, device, now, rules)
            return replace(state, idle_since=idle_since, paused=paused), effects
        case duty.LoggedOut() if state.device:
            effects = (ToGateway(s.Unwatch(rules.agent)),) if rules.subscribe else ()
            return cleared(replace(state, device=""), now), effects + withdrawn(state)
        case duty.Pause(reason=reason) if state.device:
            return replace(state, paused=reason), withdrawn(state)
        case duty.Unpause() if state.paused is not None or state.not_responding:
            return replace(cleared(state, now), phone=state.phone), ()
        case _:
            return state, ()


def logged_in(state: State, device: str, now: float, rules: Rules) -> Stepped:
    """Seat the agent at the phone, at the tail; a phone that rings elsewhere is to stop.

    Logging in anew at the same phone keeps what is known of that phone.
    """
    if device == state.device:
        return replace(cleared(state, now), phone=state.phone), ()
    effects = withdrawn(state)
    if rules.subscribe and state.device:
        effects += (ToGateway(s.Unwatch(rules.agent)),)
    if rules.subscribe:
        effects += (ToGateway(s.Watch(rules.agent, device)),)
    return replace(cleared(state, now), device=device), effects


def cleared(state: State, now: float) -> State:
    """Return the agent without pause, strikes and cool-down, idle from now, of an unknown phone."""
    return replace(
        state,
        idle_since=now,
        paused=None,
        strikes=0,
        not_responding=False,
        cooldown=None,
        phone=Phone(s.Presence.UNKNOWN, now),
        work=Rest() if isinstance(state.work, WrapUp) and not state.device else state.work,
    )


def withdrawn(state: State) -> Effects:
    """Ask the call to stop ringing this agent's phone, if it does."""
    match state.work:
        case Offered(offer):
            return (ToCall(offer.call, f.Withdraw(offer.lease, offer.call)),)
        case _:
            return ()


# ---- telling -------------------------------------------------------------------------------------


def tell(state: State, now: float, rules: Rules) -> Stepped:
    """Tell the journal and the floor what has changed, and have the timers call at the next moment.

    There is no cancelling timers: one armed for an earlier moment than needed is let fire.
    """
    effects: list[Effect] = []
    word = shown(state, rules)
    view = Shown(word, state.paused or "", state.device, state.idle_since)
    if view != state.told:
        offer = lease_of(state)
        effects.append(Tell(state.told, view, offer.call if offer else None))
    free = state.idle_since if word == "idle" else None
    if free != state.told_free:
        message = f.NotFree(rules.agent) if free is None else f.Free(rules.agent, free)
        effects.append(ToFloor(message))
    wake = min(deadlines(state, rules), default=None)
    if wake is not None and (state.wake is None or wake < state.wake):
        effects.append(Wake(max(0.0, wake - now)))
        state = replace(state, wake=wake)
    return replace(state, told=view, told_free=free), tuple(effects)
