"""Caller and agent connected: the bridge, hold, and the way back into the line. Pure."""

from __future__ import annotations

import logging

from actors.core.call.ending import always, end
from actors.core.call.events import Happening
from actors.core.call.place import back_in_line
from actors.core.call.state import CallStep, Talking
from actors.core.leg.ending import drop
from actors.core.leg.state import CALLER, HoldChanged, LegOver, LegState, PhoneGone
from actors.messages.floor import Result, Side
from actors.messages.media import Bridge, PlayMusic, Unbridge
from actors.messages.sip import EndedBy

LAST_ERROR_FREE = 399


def connect(step: CallStep, phase: Talking) -> None:
    """Let caller and agent hear each other; where one holds, the other hears music."""
    step.hush()
    step.phase = phase
    pair = _pair(step, phase)
    if not any(leg.on_hold for leg in pair):
        step.tell(Bridge(pair[0].leg, pair[1].leg))
        return
    _music_for_the_held(step, phase)


def take(step: CallStep, phase: Talking, event: Happening) -> None:
    """Follow hold; end with a BYE; give a caller whose agent's phone died back to the line."""
    match event:
        case HoldChanged(number) if number in {CALLER, phase.agent}:
            _hold_changed(step, phase, step.legs[number])
        case LegOver(number) if number == phase.agent:
            _agent_gone(step, phase, event)
        case PhoneGone(number) if number == phase.agent:
            back_in_line(step, phase)
            step.take(drop(step.legs[number], step.at))
        case _:
            always(step, event)


def _agent_gone(step: CallStep, phase: Talking, over: LegOver) -> None:
    event = over.event
    if event.by is EndedBy.REMOTE and event.code <= LAST_ERROR_FREE:
        end(step, Result.ANSWERED, "agent-hung-up", Side.AGENT)
        return
    step.note(f"leg {over.number}: {event.code} {event.reason}", logging.WARNING)
    back_in_line(step, phase)


def _hold_changed(step: CallStep, phase: Talking, changed: LegState) -> None:
    pair = _pair(step, phase)
    holding = [leg for leg in pair if leg.on_hold]
    if not holding:
        step.tell(Bridge(pair[0].leg, pair[1].leg))
        return
    if holding == [changed]:
        step.tell(Unbridge(step.incoming.leg))
    _music_for_the_held(step, phase)


def _music_for_the_held(step: CallStep, phase: Talking) -> None:
    for leg in _pair(step, phase):
        if not leg.on_hold:
            step.tell(PlayMusic(leg.leg, step.terms.queue.music))


def _pair(step: CallStep, phase: Talking) -> tuple[LegState, LegState]:
    return step.legs[CALLER], step.legs[phase.agent]
