"""TOML text to a table, and what is wrong with its grammar."""

from __future__ import annotations

import re
import tomllib

import toml


class TomlError(Exception):
    """The text is not TOML; reads ``:7: ...``, to stand behind the file's name."""


def parse(text: str) -> dict[str, object]:
    """Return the file's table; raise TomlError.

    The toml library (0.10.2) reads it. Python's own strict parser looks first, because toml takes
    ``a = [1`` for an empty list and ``a=1 b=2`` for a key named ``a=1 b``, without a word.
    """
    try:
        tomllib.loads(text + "\n")
    except tomllib.TOMLDecodeError as error:
        raise TomlError(_placed(str(error))) from error
    try:
        return toml.loads(text)
    except toml.TomlDecodeError as error:
        raise TomlError(f":{error.lineno}: {_plain(error.msg)}") from error
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise TomlError(f": {_plain(str(error))}") from error


def _placed(told: str) -> str:
    """Move tomllib's ``(at line 3, column 5)`` to the front."""
    place = re.search(r" \(at line (\d+), column (\d+)\)$", told)
    if place is None:
        return f": {told}"
    return f":{place[1]}: {told[: place.start()]} (column {place[2]})"


def _plain(told: str) -> str:
    """Explain the one thing that is TOML 1.0 but that the library cannot read."""
    if "homogeneous" in told:
        return (
            "a list must hold values of one kind: all texts, all numbers or all {...}; "
            'instead of "text" a prompt may be {say = "text"}'
        )
    return told
