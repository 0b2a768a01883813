"""An agent's phone rung for a waiting call, from Ring to the lease's outcome. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from actors.core.call.state import CallTurn, Talking, Waiting
from actors.core.call.talking import connect
from actors.core.leg.caller import HOLDING
from actors.core.leg.effects import Outcome, StartTimer
from actors.core.leg.machine import drop, ended, open_leg, settle, turn_away
from actors.core.leg.state import CALLER, Attempt, Heard, LegState, Sip
from actors.core.wire import codecs
from actors.core.wire.device import address, media_source
from actors.ids import AgentId, LeaseId, Leg
from actors.messages.facts import CallOffered
from actors.messages.floor import (
    Answered,
    Assigned,
    Busy,
    CallGone,
    Connected,
    Declined,
    NoAnswer,
    Returned,
    Ring,
    Ringing,
    Unreachable,
    Withdraw,
    Withdrawn,
)
from actors.messages.media import Aim, Opened
from actors.messages.sip import Dial, LegAnswered, LegEnded, LegRinging

BUSY = frozenset({486, 600})
GONE = frozenset({404, 408, 410, 503, 604})
"""Final answers that say nobody is there (RFC 3261, sections 21.4 to 21.6)."""

NOTHING_HEARD = 408
NO_CODEC = 488

MAX_RINGING = 1
"""How many phones ring for one call at a time."""

RETRY_SECONDS = 1.0
"""How long a call keeps back after an offer that failed on our side: offered again at once it
would fail again at once, thousands of times a second."""


def ring(turn: CallTurn, event: Ring) -> None:
    """Ring the agent's phone: first an RTP session, so that the INVITE can name it."""
    if not isinstance(turn.phase, Waiting) or len(turn.ringing()) >= MAX_RINGING:
        turn.note(f"offered to agent {event.agent}, but there is nothing to ring for")
        turn_away(turn, event.lease, event.agent)
        return
    number, turn.next_leg = turn.next_leg, turn.next_leg + 1
    attempt = Attempt(event.lease, event.agent, event.device, event.ring_seconds)
    codec = turn.legs[CALLER].codec
    leg = LegState(Leg(turn.call, number), codec, Sip.NONE, attempt=attempt)
    turn.note(f"offered to agent {event.agent} at {address(event.device)}")
    turn.tell_queue(Assigned(turn.call, event.agent))
    open_leg(turn, leg, None, media_source(event.device))


def dial(turn: CallTurn, leg: LegState, event: Opened) -> None:
    """Send the INVITE; the agent's time to answer runs from here."""
    attempt = leg.attempt
    if attempt is None or attempt.settled:
        return
    number, terms = leg.number, turn.terms
    offer = codecs.offer(event, turn.own, turn.legs[CALLER].codec)
    turn.change(number, sip=Sip.EARLY)
    turn.change_attempt(number, dialled_at=turn.at.now)
    turn.tell(
        Dial(leg.leg, attempt.device, offer, turn.incoming.caller),
        CallOffered(
            turn.at.wall, turn.call, terms.queue.name, attempt.agent, address(attempt.device)
        ),
        StartTimer("unreachable", number, terms.unreachable_seconds),
        StartTimer("ring", number, attempt.ring_seconds),
    )


def heard(turn: CallTurn, event: LegRinging) -> None:
    """Note that the phone is there, and tell the agent once that it rings."""
    leg = turn.legs.get(event.leg.number)
    attempt = leg.attempt if leg else None
    if attempt is None or attempt.settled or attempt.heard is Heard.ALERTING:
        return
    turn.change_attempt(event.leg.number, heard=Heard.ALERTING if event.alerting else Heard.TRYING)
    if event.alerting:
        turn.tell(Ringing(attempt.lease, attempt.agent))
        turn.note(f"agent {attempt.agent}: rings")


def answered(turn: CallTurn, event: LegAnswered) -> None:
    """Connect caller and agent; an answer to a call already given up changes nothing."""
    leg = turn.legs.get(event.leg.number)
    attempt = leg.attempt if leg else None
    if leg is None or attempt is None or attempt.settled or not isinstance(turn.phase, Waiting):
        return
    codec = codecs.common(turn.own, event.remote)
    if codec is None:
        fail(turn, leg.number, lambda lease, agent: Declined(lease, agent, NO_CODEC), "declined")
        return
    on_hold = event.remote.direction in HOLDING
    turn.change(leg.number, sip=Sip.UP, codec=codec, on_hold=on_hold)
    turn.tell(Aim(leg.leg, codec, event.remote))
    settle(turn, leg.number, Answered(attempt.lease, attempt.agent), "answered")
    for other in turn.ringing():
        lost = other.attempt
        if lost is not None:
            settle(turn, other.number, CallGone(lost.lease, lost.agent), "call-gone")
            drop(turn, other.number, elsewhere=True)
    waited = turn.phase.place.waited + turn.at.now - turn.phase.began
    place = replace(turn.phase.place, waited=waited)
    connect(turn, Talking(place, turn.at.now, leg.number))
    turn.tell_queue(Connected(turn.call, attempt.agent))


def refused(turn: CallTurn, leg: LegState, event: LegEnded) -> None:
    """Say what the final answer of a phone that was rung means."""
    code = event.code

    def outcome(lease: LeaseId, agent: AgentId) -> Outcome:
        if code in BUSY:
            return Busy(lease, agent)
        if code in GONE:
            return Unreachable(lease, agent, code)
        return Declined(lease, agent, code)

    word = "busy" if code in BUSY else "unreachable" if code in GONE else "declined"
    turn.note(f"leg {leg.number}: {code} {event.reason}")
    fail(turn, leg.number, outcome, word, event)


def rang_out(turn: CallTurn, number: int) -> None:
    """Give up ringing: the agent's time to answer is over."""
    fail(turn, number, NoAnswer, "no-answer")


def not_reached(turn: CallTurn, number: int) -> None:
    """Give up a phone of which nothing was heard."""
    attempt = turn.legs[number].attempt
    if attempt is not None and attempt.heard is Heard.NOTHING:
        fail(
            turn,
            number,
            lambda lease, agent: Unreachable(lease, agent, NOTHING_HEARD),
            "unreachable",
        )


def withdraw(turn: CallTurn, event: Withdraw) -> None:
    """Stop ringing as the agent asks; too late where the phone was answered."""
    for leg in turn.ringing():
        if leg.attempt is not None and leg.attempt.lease == event.lease:
            fail(turn, leg.number, Withdrawn, "withdrawn")


def no_media(turn: CallTurn, number: int) -> None:
    """Give the lease back without blame, and the call, after a while, to the line."""
    attempt = turn.legs[number].attempt
    if attempt is not None:
        settle(turn, number, CallGone(attempt.lease, attempt.agent), "call-gone")
        drop(turn, number)
        turn.tell(StartTimer("retry", number, RETRY_SECONDS))


def wait_again(turn: CallTurn) -> None:
    """Let the call be offered again, where nothing rings for it any more."""
    if isinstance(turn.phase, Waiting) and not turn.ringing():
        turn.tell_queue(Returned(turn.call))


def fail(
    turn: CallTurn,
    number: int,
    outcome: Callable[[LeaseId, AgentId], Outcome],
    word: str,
    event: LegEnded | None = None,
) -> None:
    """Settle an attempt that came to nothing: its outcome, its leg, the next agent at once."""
    attempt = turn.legs[number].attempt
    if attempt is None or not settle(turn, number, outcome(attempt.lease, attempt.agent), word):
        return
    if event is None:
        drop(turn, number)
    else:
        ended(turn, event)
    wait_again(turn)
