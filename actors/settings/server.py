"""The server itself: REST, journal, log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Http:
    """``[http]``: where REST is served."""

    address: str = "127.0.0.1"
    port: int = 8242
    threads: int = 8


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """``[journal]``: the SQLite file every fact goes to, and this machine's name in it."""

    path: Path = Path("var/acd.sqlite")
    node: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """``[log]``: how much is told, and where; an empty file name means standard error."""

    level: str = "info"
    file: str = ""
