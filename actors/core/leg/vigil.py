"""Whether the phone of a leg that has fallen silent is still there: it is asked. Pure.

    silent --Probe--> asked --any answer--> there; asked again after a pause, if still silent
                        |
                        +--no answer in time--> gone

Silence proves nothing: phones are muted, or on VAD (RFC 3389). An OPTIONS within the dialog does
(RFC 3261, section 11): a phone that is there answers, whatever it answers. 481, and 408 after 32 s,
end the dialog in the stack (section 12.2.1.2).
"""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.effects import Instant, Note, StartTimer
from actors.core.leg.state import LegState, Moved, PhoneGone, Sip, Vigil
from actors.core.leg.timers import Unanswered
from actors.messages.media import MediaSilent, MediaUnreachable
from actors.messages.sip import Probe

AGENT_SECONDS = 2.5
"""How long an agent's phone in a talk may take to answer: an OPTIONS by UDP is sent three times by
then (T1 = 0.5 s). The caller hears nothing all the while, and goes back into the line after it."""

PATIENT_SECONDS = 8.0
"""How long all others may, callers and whoever is on hold: sent five times, so that a proxy that
is started anew costs nobody the call."""

PAUSE_SECONDS = 10.0
"""After an answer a phone that stays silent is let alone for so long."""


def fell_silent(leg: LegState, event: MediaSilent, at: Instant) -> Moved:
    """Ask a phone of which nothing is heard, unless it has answered a moment ago."""
    if at.now < leg.vigil.again:
        return Moved(leg)
    return _ask(leg, f"nothing received for {event.seconds:.1f} s")


def unreachable(leg: LegState, event: MediaUnreachable) -> Moved:
    """Ask a phone whose host or network says that it is not there: anybody can forge that."""
    return _ask(leg, event.why)


def answered(leg: LegState, at: Instant) -> Moved:
    """Let it alone: it is there."""
    if not leg.vigil.asked:
        return Moved(leg)
    vigil = replace(leg.vigil, asked=False, again=at.now + PAUSE_SECONDS)
    note = Note(logging.DEBUG, f"leg {leg.number}: is there")
    return Moved(replace(leg, vigil=vigil), (note,))


def unanswered(leg: LegState, event: Unanswered) -> Moved:
    """Take the phone as gone, if this question is the one that is open."""
    vigil = leg.vigil
    if leg.sip is not Sip.UP or not vigil.asked or event.question != vigil.questions:
        return Moved(leg)
    note = Note(logging.WARNING, f"leg {leg.number}: does not answer: the phone is gone")
    return Moved(replace(leg, vigil=replace(vigil, asked=False)), (note,), PhoneGone(leg.number))


def _ask(leg: LegState, why: str) -> Moved:
    vigil = leg.vigil
    if leg.sip is not Sip.UP or vigil.asked:
        return Moved(leg)
    asking = Vigil(vigil.questions + 1, asked=True)
    quick = leg.attempt is not None and not leg.on_hold
    seconds = AGENT_SECONDS if quick else PATIENT_SECONDS
    return Moved(
        replace(leg, vigil=asking),
        (
            Probe(leg.leg),
            StartTimer(seconds, Unanswered(leg.number, asking.questions)),
            Note(logging.INFO, f"leg {leg.number}: {why}: is it still there?"),
        ),
    )
