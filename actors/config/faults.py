"""What is wrong in a configuration file, and how it is told: file, line, key, what is right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from actors.config.lines import line_of, lines

At = tuple[str | int, ...]
"""The way to a value: ``("queue", 1, "ring_seconds")``."""

MOST_LINE = 500
"""Characters of a line: a string that is never closed reaches to the end of the file."""


class Fault(NamedTuple):
    """One thing that is wrong, and where."""

    at: At
    text: str


class ConfigError(Exception):
    """The configuration cannot be used; `messages` holds one line for each thing that is wrong."""

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(_one_line(message) for message in messages)
        super().__init__("\n".join(self.messages))


def _one_line(message: str) -> str:
    """Return the message as one line of some length, whatever value of the file it shows."""
    shown = "".join(one if one.isprintable() else repr(one)[1:-1] for one in message)
    return shown if len(shown) <= MOST_LINE else f"{shown[:MOST_LINE]}..."


def in_file(path: Path, text: str, faults: Iterable[Fault]) -> list[str]:
    """Return the faults' lines, in the order of the file."""
    known = lines(text)
    placed = sorted(((line_of(known, fault.at), fault) for fault in faults), key=lambda one: one[0])
    return [
        f"{path}{f':{line}' if line else ''}: {key(fault.at)}: {fault.text}"
        for line, fault in placed
    ]


def key(at: At) -> str:
    """Return the way to a value as it is written: ``queue[1].ring_seconds``, counted from 0."""
    shown = ""
    for step in at:
        if isinstance(step, int):
            shown += f"[{step}]"
        else:
            shown += f".{step}" if shown else step
    return shown


def one_of(known: Iterable[str]) -> str:
    """Return the choices for a message."""
    names = sorted(known)
    return f"one of {', '.join(names)}" if len(names) > 1 else "".join(names)


def meant(name: str, known: Iterable[str]) -> str:
    """Return a suggestion for a name that is not among the known, or all of them where few."""
    names = sorted(known)
    close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(names) or 'none'}"
