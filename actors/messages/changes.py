"""Between REST and the root: what is to be changed while the server runs, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NewType, Protocol

from actors.messages.by import By
from actors.messages.message import Message

Name = NewType("Name", str)
"""A queue's name, an agent's id, or ``queue/agent`` of a membership."""


class Kind(StrEnum):
    """What can be changed."""

    QUEUE = "queue"
    AGENT = "agent"
    MEMBER = "member"


class Change(StrEnum):
    """How: made, made or replaced as a whole, some keys of it, removed."""

    CREATE = "create"
    PUT = "put"
    PATCH = "patch"
    DELETE = "delete"


class Edit(Message, frozen=True):
    """One change. `version` is the one that the client has seen, None where any will do.

    `drain`: a queue with callers may be removed, once they are gone.
    """

    kind: Kind
    name: Name
    change: Change
    by: By
    table: Mapping[str, Any] | None = None
    version: str | None = None
    drain: bool = False


class Found(Message, frozen=True):
    """A thing as it is: its keys, those that may be given alone, and its version."""

    kind: Kind
    name: Name
    table: Mapping[str, Any]
    version: str


class Done(Message, frozen=True):
    """The change is in effect; `found` is None where the thing was removed."""

    found: Found | None
    created: bool = False


class Denied(Message, frozen=True):
    """Nothing was changed. `problem` is its name, `errors` are where in the table and what."""

    problem: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()


class Reload(Message, frozen=True):
    """Read the file again. `dry_run`: only say what would change. `take_file`: drop all changes."""

    by: By
    dry_run: bool = False
    take_file: bool = False


class Reloaded(Message, frozen=True):
    """What has changed, or would, a line for each; and what needs a restart."""

    changes: tuple[str, ...]
    needs_restart: tuple[str, ...]


class Editing(Protocol):
    """Whoever carries changes out: from any thread, which waits for it."""

    def all(self, kind: Kind) -> list[Found]:
        """Return all there is of a kind, in order."""

    def find(self, kind: Kind, name: Name) -> Found | None:
        """Return the thing, None where there is none."""

    def edit(self, edit: Edit) -> Done | Denied:
        """Carry out one change."""

    def reload(self, wanted: Reload) -> Reloaded | Denied:
        """Follow the file."""
