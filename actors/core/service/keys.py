"""What an agent keys in: the id or PIN, digit by digit, and the tries it takes. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.effects import StartTimer
from actors.core.service.events import KeysOver, NoVerdict
from actors.core.service.state import Asking, Checking, ServiceStep, leave
from actors.ids import AgentId
from actors.messages.duty import AtPhone, LogIn
from actors.messages.floor import Result

MAX_DIGITS = 20
CHECK_SECONDS = 5.0
"""The seats answer in milliseconds; an agent does not listen to silence for longer."""


def request(step: ServiceStep, stage: Asking, before: tuple[str, ...]) -> None:
    """Ask for what `stage` lacks, after the prompts for `before`."""
    step.stage = stage
    if not step.speak(*before, "ask_id" if stage.agent is None else "ask_pin"):
        listen(step, stage)


def listen(step: ServiceStep, stage: Asking) -> None:
    """Wait for the next key, but not for ever."""
    number = step.next_timer()
    step.stage = replace(stage, silence=number)
    step.tell(StartTimer(step.terms.login.digit_seconds, KeysOver(number)))


def ahead(typed: str, key: str) -> str:
    """Return what has been pressed before there was a question, no more than answers one."""
    return (typed + key)[: MAX_DIGITS + 1]


def pressed(step: ServiceStep, stage: Asking, key: str) -> None:
    """Take one key: it ends the prompt; ``#`` ends the input and ``*`` begins it anew."""
    step.hush()
    if key == "#":
        entered(step, stage)
        return
    if key == "*":
        stage = replace(stage, digits="")
    elif key in "0123456789" and len(stage.digits) < MAX_DIGITS:
        stage = replace(stage, digits=stage.digits + key)
    listen(step, stage)


def entered(step: ServiceStep, stage: Asking) -> None:
    """Ask the seats about what was keyed in; nothing keyed in is a try, too."""
    if not stage.digits:
        again(step, stage)
        return
    if stage.agent is None:
        agent, pin = AgentId(stage.digits), None
    else:
        agent, pin = stage.agent, stage.digits
    terms = step.terms
    question = LogIn(step.call, agent, pin, terms.phone, terms.source)
    check(step, Checking(agent, stage.failures), question)


def check(step: ServiceStep, stage: Checking, question: LogIn | AtPhone) -> None:
    """Ask the seats, with a time limit."""
    number = step.next_timer()
    step.stage = replace(stage, number=number)
    step.tell(question, StartTimer(CHECK_SECONDS, NoVerdict(number)))


def again(step: ServiceStep, stage: Asking) -> None:
    """Repeat the question to somebody who said nothing."""
    failures = stage.failures + 1
    if failures >= step.terms.login.tries:
        leave(step, Result.ABANDONED, "no-keys", "goodbye")
    else:
        request(step, Asking(stage.agent, failures), ())


def wrong(step: ServiceStep, failures: int) -> None:
    """Begin anew with the id: which of id and PIN was wrong is nobody's business."""
    if failures + 1 >= step.terms.login.tries:
        leave(step, Result.REFUSED, "wrong", "wrong", "goodbye")
    else:
        request(step, Asking(None, failures + 1), ("wrong",))
