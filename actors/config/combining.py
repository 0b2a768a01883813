"""The file and what lies over it, read and checked as one: what is to be in effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from actors.config.checks import check
from actors.config.reader import Reader
from actors.config.refusals import invalid
from actors.config.writing import table_of
from actors.core.directory.overlay import (
    Overlay,
    Table,
    Tables,
    laid_over,
    memberships,
    split,
    whole_agent,
)
from actors.messages.changes import Kind, Name
from actors.settings import Settings

ReadAs = Mapping[tuple[Kind, Name], tuple[Table, Any]]
"""What each table was read as."""


@dataclass(frozen=True, slots=True)
class Combined:
    """The file, what lies over it, and what both make."""

    file: Settings
    overlay: Overlay
    tables: Tables
    settings: Settings
    read_as: ReadAs = field(default_factory=dict)


def of_file(file: Settings) -> Combined:
    """Return the file alone."""
    return Combined(file, {}, tables_of(file), file)


def combine(file: Settings, overlay: Overlay, folder: Path, known: ReadAs) -> Combined:
    """Return what both make; `known` tables are not read again. Raises Refusal.

    Files are named from `folder`.
    """
    tables = laid_over(tables_of(file), overlay)
    reader = Reader(folder, file.voice.model)
    read_as: dict[tuple[Kind, Name], tuple[Table, Any]] = {}

    def read(kind: Kind, name: Name, table: Table) -> Any:
        before = known.get((kind, name))
        if before is None or before[0] != table:
            one = reader.queue(table) if kind is Kind.QUEUE else reader.agent(table)
            if reader.faults:
                raise invalid(reader.faults, f"{kind} {name}: ")
            before = (table, one)
        read_as[kind, name] = before
        return before[1]

    own = memberships(tables)
    queues = tuple(read(Kind.QUEUE, name, table) for name, table in tables.queue.items())
    agents = tuple(
        read(Kind.AGENT, name, whole_agent(tables, name, own[name])) for name in tables.agent
    )
    settings = replace(file, queues=queues, agents=agents)
    if faults := [*check(settings)]:
        raise invalid(faults)
    return Combined(file, overlay, tables_of(settings), settings, read_as)


def tables_of(settings: Settings) -> Tables:
    """Return the settings' queues, agents and memberships as tables."""
    return split(map(table_of, settings.queues), map(table_of, settings.agents))
