"""Caller and agent connected: the bridge, hold, and the way back into the line. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.call.state import CallTurn, Place, Talking, Waiting
from actors.core.leg.caller import HOLDING
from actors.core.leg.effects import StartTimer
from actors.core.leg.state import CALLER, LegState, Rtp
from actors.core.wire import codecs
from actors.messages.floor import Returned
from actors.messages.media import Aim, Bridge, PlayMusic, Unbridge
from actors.messages.sip import MediaChanged


def wait_in_line(turn: CallTurn, place: Place) -> None:
    """Let the caller wait: music from now on, announcements as the queue wants them."""
    turn.phase = Waiting(place, turn.at.now)
    turn.tell(PlayMusic(turn.incoming.leg, turn.terms.queue.music))
    if place.announcements.wanted:
        turn.tell(StartTimer("announce", place.stretch, place.announcements.every))


def connect(turn: CallTurn, phase: Talking) -> None:
    """Let caller and agent hear each other; where one holds, the other hears music."""
    turn.hush()
    turn.phase = phase
    pair = _pair(turn, phase)
    if not any(leg.on_hold for leg in pair):
        turn.tell(Bridge(pair[0].leg, pair[1].leg))
        return
    _music_for_the_held(turn, phase)


def media_changed(turn: CallTurn, event: MediaChanged) -> None:
    """Follow a re-INVITE: a new address, another codec, hold, or the end of hold."""
    leg = turn.legs.get(event.leg.number)
    if leg is None or leg.over or leg.rtp is not Rtp.OPEN:
        return
    codec = codecs.keep(leg.codec, turn.own, event.remote)
    turn.tell(Aim(leg.leg, codec, event.remote))
    on_hold = event.remote.direction in HOLDING
    if on_hold != leg.on_hold:
        turn.note(f"leg {leg.number}: {'holds' if on_hold else 'holds no longer'}")
    changed = turn.change(leg.number, codec=codec, on_hold=on_hold)
    if isinstance(turn.phase, Talking) and on_hold != leg.on_hold:
        _hold_changed(turn, turn.phase, changed)


def back_in_line(turn: CallTurn, phase: Talking) -> None:
    """Let a caller whose agent's phone died wait again, with place and age as before."""
    turn.tell(Unbridge(turn.incoming.leg))
    talked = phase.place.talked + turn.at.now - phase.began
    wait_in_line(turn, replace(phase.place, talked=talked, stretch=phase.place.stretch + 1))
    turn.tell_queue(Returned(turn.call))


def _hold_changed(turn: CallTurn, phase: Talking, changed: LegState) -> None:
    pair = _pair(turn, phase)
    holding = [leg for leg in pair if leg.on_hold]
    if not holding:
        turn.tell(Bridge(pair[0].leg, pair[1].leg))
        return
    if holding == [changed]:
        turn.tell(Unbridge(turn.incoming.leg))
    _music_for_the_held(turn, phase)


def _music_for_the_held(turn: CallTurn, phase: Talking) -> None:
    for leg in _pair(turn, phase):
        if not leg.on_hold:
            turn.tell(PlayMusic(leg.leg, turn.terms.queue.music))


def _pair(turn: CallTurn, phase: Talking) -> tuple[LegState, LegState]:
    return turn.legs[CALLER], turn.legs[phase.agent]
