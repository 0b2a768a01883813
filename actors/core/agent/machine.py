"""The state machine of an agent: an event in, the next state and what to do out. Pure.

What the agent does under our lease is in `lease`, logging on and pausing in `duty`, what the phone
tells by its presence here and in `phone`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, assert_never, get_args

from actors.core.agent import duty, lease, phone
from actors.core.agent.events import Event, OfPhone, Wake
from actors.core.agent.shown import shown
from actors.core.agent.state import (
    Rules,
    Shown,
    State,
    WrapUp,
    about,
    at_phone,
    deadlines,
    lease_of,
    pass_time,
    phone_of,
)
from actors.core.effects import Effect, Effects, Instant, Note, StartTimer
from actors.messages import floor as f
from actors.messages import presence as p
from actors.messages.by import By, by_agent, by_rule
from actors.messages.duty import (
    EndWrapUp,
    ExtendWrapUp,
    LoggedIn,
    LoggedOut,
    OwnCallBegan,
    OwnCallEnded,
    Pause,
    Restore,
    Unpause,
)
from actors.messages.facts import AgentInterval
from actors.messages.life import NodeGone, Undelivered

EVENTS = get_args(Event)

AT_WORK = frozenset({"reserved", "ringing", "oncall", "wrapup"})
"""States that are about a call. A leg that is still to be over makes no other state so."""


def step(  # noqa: C901 - one arrow each
    state: State, event: Event, at: Instant, rules: Rules
) -> tuple[State, Effects]:
    """Return the agent after the event, and what is to be done about it.

    Whatever is due by now is in effect first. Events of another lease or phone change nothing.
    """
    effects: Effects = ()
    by: By | None = None
    now = at.now
    state = pass_time(state, now, rules)
    match event:
        case f.Offer():
            state, effects = lease.offered(state, event, now, rules)
        case Undelivered(message):
            state = lease.undelivered(state, message, now, rules)
        case NodeGone(life):
            state = lease.node_gone(state, life, now, rules)
        case Wake():
            state, effects = lease.overdue(state, now, rules)
        case f.Ringing() | f.PickedUp() | f.LeaseHolds() | f.LegGone() | f.Answered():
            state = lease.follow(state, event, now, rules)
        case f.CallGone() | f.Withdrawn():
            state = lease.follow(state, event, now, rules)
        case f.NoAnswer() | f.Busy() | f.Declined() | f.Unreachable() | f.Failed():
            state, effects = lease.failed(state, event, now, rules)
        case LoggedIn() | LoggedOut() | Pause() | Unpause() | Restore():
            by = duty.decider(event, rules.agent)
            state, effects = duty.change(state, event, now, rules)
        case EndWrapUp() | ExtendWrapUp():
            by = event.by or by_agent(rules.agent)
            state, effects = duty.wrap_up(state, event, now)
        case OwnCallBegan() | OwnCallEnded():
            state = duty.own_call(state, event, now)
        case p.PresenceIdle() | p.PresenceBusy() | p.PresenceUnavailable() | p.PresenceUnknown():
            state = presence(state, event, now)
        case _:
            assert_never(event)
    state, told = tell(pass_time(state, now, rules), at, rules, by)
    return state, effects + told


def presence(state: State, event: OfPhone, now: float) -> State:
    """Take in what the phone's presence says. An idle one is there, whatever became of our call."""
    if state.phone is None or event.uri != state.phone.uri:
        return state
    match event:
        case p.PresenceBusy(ringing=ringing):
            called = lease_of(state) is not None or state.own_call is not None
            ours = called or now - state.leg_gone <= phone.ECHO_SECONDS
            kind = p.Presence.RINGING if ringing else p.Presence.BUSY
            return at_phone(state, phone.engaged(state.report, kind, now, ours=ours))
        case p.PresenceIdle():
            return at_phone(lease.reachable(state), phone.idle(state.report, now))
        case p.PresenceUnavailable():
            return at_phone(state, phone.lost(state.report, p.Presence.UNAVAILABLE, now))
        case p.PresenceUnknown():
            return at_phone(state, phone.lost(state.report, p.Presence.UNKNOWN, now))


# ---- telling -------------------------------------------------------------------------------------


def tell(state: State, at: Instant, rules: Rules, by: By | None = None) -> tuple[State, Effects]:
    """Tell the journal and the floor what has changed, and have the timers call at the next moment.

    `by` is whose wish it was, where it was anybody's.
    There is no cancelling timers: one armed for an earlier moment than needed is let fire.
    """
    effects: list[Effect] = []
    changes: dict[str, Any] = {}
    now, word = at.now, shown(state, rules)
    until = state.work.until if isinstance(state.work, WrapUp) else None
    view = Shown(word, state.paused or "", phone_of(state), state.idle_since, until)
    if view != state.told:
        effects += _interval(state, view, at, rules, by)
        changes |= {"told": view, "told_at": now}
    free = state.idle_since if word == "idle" else None
    if free != state.told_free:
        effects.append(
            f.NotFree(rules.agent)
            if free is None
            else f.Free(rules.agent, free, state.calls, state.talked)
        )
        changes["told_free"] = free
    wake = min(deadlines(state, rules), default=None)
    if wake is not None and (state.wake is None or wake < state.wake):
        effects.append(StartTimer(max(0.0, wake - now), Wake()))
        changes["wake"] = wake
    # At once: a copy of the state costs more than all that is decided here.
    return replace(state, **changes) if changes else state, tuple(effects)


def decided(state: State, view: Shown) -> By | None:
    """Return who or what keeps calls away from the agent, where that was a decision."""
    if view.state == "loggedout" or view.reason:
        return state.by
    return by_rule("strikes") if view.state == "notresponding" else None


def _interval(state: State, view: Shown, at: Instant, rules: Rules, by: By | None) -> Effects:
    """Return the new interval for the journal and a line for the log."""
    call = about(state) if view.state in AT_WORK else None
    cooldown = state.cooldown
    interval = AgentInterval(
        at.wall,
        rules.agent,
        view.state,
        view.reason,
        view.phone.written() if view.phone else "",
        at.wall_of(view.idle_since),
        call.queue if call else None,
        state.strikes,
        None if view.wrapup_until is None else at.wall_of(view.wrapup_until),
        None if cooldown is None else at.wall_of(cooldown.until),
        None if cooldown is None else cooldown.shown,
        call.call if call else None,
        by or decided(state, view),
        state.calls,
        round(1000 * state.talked),
    )
    text = (
        f"{view.state}"
        f"{f' ({view.reason})' if view.reason else ''}"
        f"{f' for call {call.call}' if call else ''}"
        f"{f' at {view.phone}' if view.phone else ''}"
        f", was {state.told.state} for {at.now - state.told_at:.1f} s"
    )
    return (interval, Note(logging.INFO, text))
