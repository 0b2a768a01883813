"""A fact as a row of the journal's table, and back; and how many of them are written."""

from __future__ import annotations

import sqlite3
import typing
from collections.abc import Iterable

import msgspec
from msgspec.structs import fields

from actors.messages.facts import Fact

Value = str | int | float | None

Row = tuple[Value, ...]
"""Number, node, kind, moment, and the kind's own values in the order of its fields.

Only what the kind has: to bind four dozen columns, most of them empty, takes SQLite's module twice
as long as to write them.
"""

SEQ, NODE, KIND, AT, ABOUT = range(5)
"""Places in a Row; ABOUT is the call, of an AgentInterval the agent, of a ServerStarted the run."""

MOST_INTEGER = 2**63

KINDS: dict[str, type] = {one.__name__: one for one in typing.get_args(Fact)}

_FIELDS = {kind: tuple(field.name for field in fields(one)) for kind, one in KINDS.items()}

COLUMNS = ("seq", "node", "kind", *dict.fromkeys(name for one in _FIELDS.values() for name in one))
"""All columns of the table."""

OF_CALLS = frozenset(kind for kind, names in _FIELDS.items() if names[1] == "call")
"""The kinds that are about a call first of all."""


def named(columns: Iterable[str]) -> str:
    """Return the columns as SQL takes them: some are its own words."""
    return ", ".join(f'"{name}"' for name in columns)


def _insert(names: tuple[str, ...]) -> str:
    columns = ("seq", "node", "kind", *names)
    return f"INTO facts ({named(columns)}) VALUES ({', '.join('?' * len(columns))})"


_ADD = {kind: f"INSERT {_insert(names)}" for kind, names in _FIELDS.items()}

_ADD_MISSING = {kind: f"INSERT OR IGNORE {_insert(names)}" for kind, names in _FIELDS.items()}


def add(connection: sqlite3.Connection, rows: Iterable[Row], *, missing: bool = False) -> None:
    """Write rows inside the transaction that is open; raises sqlite3.Error.

    Kind by kind: what reads them sees all of a transaction or nothing. `missing`: only those whose
    numbers are not there.
    """
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(str(row[KIND]), []).append(row)
    statements = _ADD_MISSING if missing else _ADD
    for kind, those in kinds.items():
        connection.executemany(statements[kind], those)


def row_of(seq: int, node: str, fact: Fact) -> Row:
    """Return the fact as a row; raise TypeError where SQLite could not store it."""
    if not isinstance(fact.at, float):
        raise TypeError(f"at must be a float in {fact!r}")
    values = [
        value if value is None or type(value) is float else _storable(value, fact)
        for value in msgspec.structs.astuple(fact)
    ]
    return (seq, node, type(fact).__name__, *values)


def _storable(value: object, fact: Fact) -> Value:
    if isinstance(value, str):
        # Lone surrogates have no UTF-8; with what is more than a str, a StrEnum, sqlite3 is slow.
        return str(value) if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value
    if isinstance(value, int) and abs(value) < MOST_INTEGER:
        return value
    raise TypeError(f"cannot be stored: {value!r} in {fact!r}")


def fact_of(values: tuple[Value, ...]) -> Fact:
    """Return the fact that the values of COLUMNS stand for."""
    known = dict(zip(COLUMNS, values, strict=True))
    kind = str(known["kind"])
    stored = {name: known[name] for name in _FIELDS[kind]}
    # What a column added later does not say is as where the class says nothing.
    fact: Fact = KINDS[kind](**{name: value for name, value in stored.items() if value is not None})
    return fact
