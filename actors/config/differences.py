"""What differs between two configurations: of what exists, and of what is read at a start only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from actors.config.writing import open_table
from actors.core.directory.overlay import Tables
from actors.messages.changes import Kind, Name
from actors.settings import Settings

FOLLOWED = ("queues", "agents", "music")
"""What of the settings a running server follows."""


def differing(before: Tables, after: Tables) -> list[tuple[Kind, Name]]:
    """Return what was added, removed or changed."""
    return [
        (kind, name)
        for kind in Kind
        for name in dict.fromkeys((*before.of(kind), *after.of(kind)))
        if before.of(kind).get(name) != after.of(kind).get(name)
    ]


def in_words(before: Tables, after: Tables, kind: Kind, name: Name) -> str:
    """Say what has become of a thing; of secrets only that they have changed."""
    was, now = before.of(kind).get(name), after.of(kind).get(name)
    what = f"{kind} {name}"
    if was is None or now is None:
        return f"{what}: {'added' if was is None else 'removed'}"
    was, now = open_table(was), open_table(now)
    keys = [one for one in dict.fromkeys((*was, *now)) if was.get(one) != now.get(one)]
    return f"{what}: changed: {', '.join(keys) or 'pin'}"


def need_restart(before: Settings, after: Settings) -> Iterator[str]:
    """Yield what differs, and takes effect with the next start."""
    for one in fields(Settings):
        was, now = getattr(before, one.name), getattr(after, one.name)
        if one.name in FOLLOWED or was == now:
            continue
        if not is_dataclass(was):
            yield f"[[{one.name.removesuffix('s')}]]"
            continue
        for setting in fields(was):
            if getattr(was, setting.name) != getattr(now, setting.name):
                yield f"[{one.name}] {setting.name}"
