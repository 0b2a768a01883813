"""Which prompt a waiting caller hears when. Pure."""

from __future__ import annotations

from actors.ids import PromptId
from actors.settings import Queue


def wanted(queue: Queue) -> bool:
    """Tell whether there is anything to announce."""
    return bool(queue.announcement.prompts) and queue.announcement.every > 0


def announcement(queue: Queue, said: int) -> PromptId:
    """Return the one whose turn it is after so many."""
    prompts = queue.announcement.prompts
    return prompts[said % len(prompts)].id


def welcome(queue: Queue) -> tuple[PromptId, ...]:
    """Return what a caller hears once, at the beginning."""
    return (queue.welcome.id,) if queue.welcome else ()
