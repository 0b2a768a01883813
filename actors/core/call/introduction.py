"""How a caller is introduced to the agent's phone: the name it shows, the headers it gets. Pure."""

from __future__ import annotations

from actors.core.call.state import CallStep
from actors.messages.sip import Header, Party
from actors.settings import Queue

BY_ITSELF = (
    ("Answer-Mode", "Auto"),
    ("Call-Info", "<sip:acd.invalid>;answer-after=0"),
    ("Alert-Info", "<http://acd.invalid>;info=alert-autoanswer;delay=0"),
)
"""Asks a phone to answer by itself: RFC 5373, and what most desk phones go by."""


def shown(caller: Party, queue: Queue) -> Party:
    """Return the caller as the phone shows him: the queue's prefix before his name or number."""
    if not queue.caller_prefix:
        return caller
    return Party(caller.uri, f"{queue.caller_prefix}{caller.display or caller.uri.number}")


def headers(step: CallStep, queue: Queue) -> tuple[Header, ...]:
    """Return which queue and call it is, whether to answer by itself, and what is passed on."""
    ours = (("X-ACD-Queue", queue.name), ("X-ACD-Call", step.call))
    return (*ours, *(BY_ITSELF if queue.auto_answer else ()), *step.incoming.passed)
