"""Caller and agent connected: the bridge, hold, and the way back into the line. Pure."""

from __future__ import annotations

import logging

from actors.core.call import bridge, visit
from actors.core.call.ending import NOT_THERE, always, end
from actors.core.call.events import Happening
from actors.core.call.place import Place
from actors.core.call.state import CallStep, Talk, Talking
from actors.core.leg.ending import drop
from actors.core.leg.state import CALLER, HoldChanged, LegOver, LegState, PhoneGone
from actors.messages.by import BY_SERVER, by_agent
from actors.messages.floor import Result
from actors.messages.media import Bridge, PlayMusic, Unbridge
from actors.messages.sip import EndedBy
from actors.settings import Queue

LAST_ERROR_FREE = 399

Pair = tuple[LegState, LegState]
"""The caller's leg and the agent's."""


def connect(step: CallStep, place: Place, queue: Queue, number: int) -> None:
    """Let the caller and the agent on this leg hear each other; where one holds, play music."""
    step.hush()
    bridge.begin(step, place, queue, number)
    pair = _pair(step, number)
    if not any(leg.on_hold for leg in pair):
        step.tell(Bridge(pair[0].leg, pair[1].leg))
        return
    _music_for_the_held(step, pair, queue)


def take(step: CallStep, phase: Talking, event: Happening) -> None:
    """Follow hold; end with a BYE; give a caller whose agent's phone died back to the line."""
    match event:
        case HoldChanged(number) if number in {CALLER, phase.talk.agent}:
            bridge.follow_hold(step, phase)
            _hold_changed(step, phase.talk, step.legs[number])
        case LegOver(number) if number == phase.talk.agent:
            _agent_gone(step, phase, event)
        case PhoneGone(number) if number == phase.talk.agent:
            _back_in_line(step, phase, "phone-gone")
            step.take(drop(step.legs[number], step.at))
        case _:
            always(step, event)


def _agent_gone(step: CallStep, phase: Talking, over: LegOver) -> None:
    event = over.event
    if event.by is EndedBy.REMOTE and event.code <= LAST_ERROR_FREE:
        agent = bridge.attempt_of(step, phase).agent
        end(step, Result.ANSWERED, "agent-hung-up", by_agent(agent))
        return
    step.note(f"leg {over.number}: {event.code} {event.reason}", logging.WARNING)
    _back_in_line(step, phase, "phone-gone" if event.code in NOT_THERE else f"sip-{event.code}")


def _back_in_line(step: CallStep, phase: Talking, reason: str) -> None:
    """Let a caller whose agent's phone died wait again: another visit, with the old place.

    He was let in before, so no limit of the queue keeps him out now.
    """
    step.tell(Unbridge(step.incoming.leg))
    place = bridge.end(step, phase, reason, BY_SERVER)
    visit.join(step, place, phase.talk.queue.name, anyway=True)


def _hold_changed(step: CallStep, talk: Talk, changed: LegState) -> None:
    pair = _pair(step, talk.agent)
    holding = [leg for leg in pair if leg.on_hold]
    if not holding:
        step.tell(Bridge(pair[0].leg, pair[1].leg))
        return
    if holding == [changed]:
        step.tell(Unbridge(step.incoming.leg))
    _music_for_the_held(step, pair, talk.queue)


def _music_for_the_held(step: CallStep, pair: Pair, queue: Queue) -> None:
    for leg in pair:
        if not leg.on_hold:
            step.tell(PlayMusic(leg.leg, queue.music))


def _pair(step: CallStep, agent: int) -> Pair:
    return step.legs[CALLER], step.legs[agent]
