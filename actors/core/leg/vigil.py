"""Whether the phone of a leg that has fallen silent is still there: it is asked. Pure.

    silent --Probe--> asked --any answer--> there; asked again after a pause, if still silent
                        |
                        +--no answer in time, still silent--> gone
                        +--heard again------------------------> there

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

FRESH_SECONDS = 1.0
"""A word of silence so young when the time to answer is over: nothing has been heard. In a talk one
comes every two seconds, and so just before an agent's 2.5 s are over."""

PAUSE_SECONDS = 10.0
"""After an answer a phone that stays silent is let alone for so long."""


def fell_silent(leg: LegState, event: MediaSilent, at: Instant) -> Moved:
    """Ask a phone of which nothing is heard, unless it has answered a moment ago."""
    vigil = leg.vigil
    why = f"nothing received for {event.seconds:.1f} s"
    if not vigil.asked:
        return Moved(leg) if at.now < vigil.again else _ask(leg, why, at)
    if event.seconds < at.now - vigil.since:
        # It was heard after the question: that was an answer, and this is another silence.
        return _ask(replace(leg, vigil=replace(vigil, asked=False)), why, at)
    return _still_silent(leg, at)


def unreachable(leg: LegState, event: MediaUnreachable, at: Instant) -> Moved:
    """Ask a phone whose host or network says that it is not there: anybody can forge that."""
    return _still_silent(leg, at) if leg.vigil.asked else _ask(leg, event.why, at)


def answered(leg: LegState, at: Instant) -> Moved:
    """Let it alone: it is there."""
    if not leg.vigil.asked:
        return Moved(leg)
    vigil = Vigil(leg.vigil.questions, again=at.now + PAUSE_SECONDS)
    note = Note(logging.DEBUG, f"leg {leg.number}: is there")
    return Moved(replace(leg, vigil=vigil), (note,))


def unanswered(leg: LegState, event: Unanswered, at: Instant) -> Moved:
    """Take the phone as gone, if this question is the one that is open.

    Where nothing was told of it lately it may have been heard: the next word decides.
    """
    vigil = leg.vigil
    if leg.sip is not Sip.UP or not vigil.asked or event.question != vigil.questions:
        return Moved(leg)
    if at.now - vigil.word > FRESH_SECONDS:
        return Moved(replace(leg, vigil=replace(vigil, overdue=True)))
    return _gone(leg)


def _still_silent(leg: LegState, at: Instant) -> Moved:
    """Note that nothing has been heard since the question; one that is overdue is decided by it."""
    if leg.vigil.overdue and leg.sip is Sip.UP:
        return _gone(leg)
    return Moved(replace(leg, vigil=replace(leg.vigil, word=at.now)))


def _gone(leg: LegState) -> Moved:
    vigil = Vigil(leg.vigil.questions)
    note = Note(logging.WARNING, f"leg {leg.number}: does not answer: the phone is gone")
    return Moved(replace(leg, vigil=vigil), (note,), PhoneGone(leg.number))


def _ask(leg: LegState, why: str, at: Instant) -> Moved:
    if leg.sip is not Sip.UP:
        return Moved(leg)
    asking = Vigil(leg.vigil.questions + 1, asked=True, since=at.now)
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
