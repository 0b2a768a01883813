"""What an agent keys in: the id or PIN, digit by digit, and the tries it takes. Pure."""

from __future__ import annotations

import logging
from dataclasses import replace

from actors.core.leg.effects import StartTimer
from actors.core.service.state import Asking, Checking, ServiceTurn, leave
from actors.ids import AgentId
from actors.messages.duty import AtPhone, LogIn
from actors.messages.floor import Result
from actors.messages.sip import DigitPressed

MAX_DIGITS = 20
CHECK_SECONDS = 5.0
"""The floor answers in milliseconds; an agent does not listen to silence for longer."""


def request(turn: ServiceTurn, phase: Asking, before: tuple[str, ...]) -> None:
    """Ask for what `phase` lacks, after the prompts for `before`."""
    turn.phase = phase
    if not turn.speak(*before, "ask_id" if phase.agent is None else "ask_pin"):
        listen(turn)


def listen(turn: ServiceTurn) -> None:
    """Wait for the next key, but not for ever."""
    if isinstance(turn.phase, Asking):
        turn.phase = replace(turn.phase, silence=turn.next_turn())
        seconds = turn.terms.login.digit_seconds
        turn.tell(StartTimer("silence", turn.phase.silence, seconds))


def pressed(turn: ServiceTurn, event: DigitPressed) -> None:
    """Take one key: it ends the prompt; ``#`` ends the input and ``*`` begins it anew."""
    phase, key = turn.phase, event.digit
    if not isinstance(phase, Asking):
        turn.note("a key pressed that nobody asked for", logging.DEBUG)
        return
    turn.hush()
    if key == "#":
        entered(turn, phase)
        return
    if key == "*":
        turn.phase = replace(phase, digits="")
    elif key in "0123456789" and len(phase.digits) < MAX_DIGITS:
        turn.phase = replace(phase, digits=phase.digits + key)
    listen(turn)


def silence(turn: ServiceTurn, number: int) -> None:
    """Take the input as complete: no key came for a while."""
    if isinstance(turn.phase, Asking) and turn.phase.silence == number:
        entered(turn, turn.phase)


def entered(turn: ServiceTurn, phase: Asking) -> None:
    """Ask the floor about what was keyed in; nothing keyed in is a try, too."""
    if not phase.digits:
        again(turn, phase)
        return
    if phase.agent is None:
        agent, pin = AgentId(phase.digits), None
    else:
        agent, pin = phase.agent, phase.digits
    check(turn, Checking(agent, phase.failures), LogIn(turn.call, agent, pin, turn.terms.device))


def check(turn: ServiceTurn, phase: Checking, question: LogIn | AtPhone) -> None:
    """Ask the floor, with a time limit."""
    turn.phase = replace(phase, turn=turn.next_turn())
    turn.tell(question, StartTimer("check", turn.phase.turn, CHECK_SECONDS))


def again(turn: ServiceTurn, phase: Asking) -> None:
    """Repeat the question to somebody who said nothing."""
    failures = phase.failures + 1
    if failures >= turn.terms.login.tries:
        leave(turn, Result.ABANDONED, "no-keys", "goodbye")
    else:
        request(turn, Asking(phase.agent, failures), ())


def wrong(turn: ServiceTurn, failures: int) -> None:
    """Begin anew with the id: which of id and PIN was wrong is nobody's business."""
    if failures + 1 >= turn.terms.login.tries:
        leave(turn, Result.REFUSED, "wrong", "wrong", "goodbye")
    else:
        request(turn, Asking(None, failures + 1), ("wrong",))
