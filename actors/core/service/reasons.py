"""The reason for a break, chosen by one key. Pure."""

from __future__ import annotations

from dataclasses import replace

from actors.core.effects import StartTimer
from actors.core.leg.state import KeyPressed
from actors.core.service.events import KeysOver
from actors.core.service.keys import check
from actors.core.service.state import Checking, Choosing, ServiceStep, leave
from actors.messages.duty import AtPhone, PhoneRequest
from actors.messages.floor import Result


def question(step: ServiceStep, failures: int = 0, *before: str) -> None:
    """Read the reasons to the agent, after the prompts for `before`."""
    terms = step.terms
    step.stage = Choosing(failures)
    table = terms.login.prompts
    prompts = [table[one].id for one in (*before, "ask_reason") if one in table]
    prompts += [one.prompt.id for one in terms.choices.values() if one.prompt]
    if not step.speak_prompts(prompts):
        listen(step, step.stage)


def listen(step: ServiceStep, stage: Choosing) -> None:
    """Wait for the key, but not for ever."""
    number = step.next_timer()
    step.stage = replace(stage, silence=number)
    step.tell(StartTimer(step.terms.login.digit_seconds, KeysOver(number)))


def heard(step: ServiceStep, stage: Choosing, event: KeyPressed | KeysOver) -> None:
    """Take the key of a reason; any other, and none in time, is a try."""
    match event:
        case KeyPressed(key=key) if key in step.terms.choices:
            step.hush()
            pause(step, step.terms.choices[key].name)
        case KeyPressed():
            _again(step, stage, "wrong")
        case KeysOver(number) if number == stage.silence:
            _again(step, stage)


def pause(step: ServiceStep, reason: str) -> None:
    """Ask the seats for a break for this reason."""
    terms = step.terms
    request = AtPhone(step.call, terms.phone, PhoneRequest.PAUSE, terms.source, reason)
    check(step, Checking(None, 0), request)


def _again(step: ServiceStep, stage: Choosing, *before: str) -> None:
    """Ask once more, until the tries are used up: then there is no break."""
    failures = stage.failures + 1
    if failures >= step.terms.login.tries:
        leave(step, Result.ABANDONED, "no-reason", *before, "goodbye")
    else:
        question(step, failures, *before)
