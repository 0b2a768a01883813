"""Settings back to tables, as they would stand in the file: what was not said has its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from actors.config.rules import SECRET
from actors.settings import Prompt


def table_of(value: Any) -> Any:
    """Return a dataclass as a table, without what is None; files by their whole paths."""
    if isinstance(value, Prompt):
        return {"say": value.text} if value.file is None else {"file": str(value.file.absolute())}
    if is_dataclass(value):
        pairs = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: table_of(one) for name, one in pairs if one is not None}
    if isinstance(value, Mapping):
        return {str(name): table_of(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [table_of(one) for one in value]
    return str(value) if isinstance(value, (str, Path)) else value


def open_table(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table as anybody may see it: of a secret, only whether there is one."""
    return {key: bool(one) if key in SECRET else one for key, one in table.items()}
