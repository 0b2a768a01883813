"""Which prompt a waiting caller hears when. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actors.ids import PromptId
from actors.settings import Queue


@dataclass(frozen=True, slots=True)
class Announcements:
    """A queue's announcements and how many this caller has been told; `every` in seconds."""

    prompts: tuple[PromptId, ...]
    every: float
    said: int = 0

    @property
    def wanted(self) -> bool:
        """Whether there is anything to announce."""
        return bool(self.prompts) and self.every > 0

    @property
    def next_prompt(self) -> PromptId:
        """The one whose turn it is."""
        return self.prompts[self.said % len(self.prompts)]

    def after_one(self) -> Announcements:
        """Return the announcements with one more said."""
        return replace(self, said=self.said + 1)


def announcements(queue: Queue) -> Announcements:
    """Return what the queue announces, from its first prompt on."""
    ids = tuple(prompt.id for prompt in queue.announcement.prompts)
    return Announcements(ids, queue.announcement.every)


def welcome(queue: Queue) -> tuple[PromptId, ...]:
    """Return what a caller hears once, at the beginning."""
    return (queue.welcome.id,) if queue.welcome else ()
