"""Reads conf/acd.toml into Settings, or tells everything that is wrong with it, all at once."""

from __future__ import annotations

from pathlib import Path

from actors.config.checks import check
from actors.config.faults import ConfigError, Fault, in_file
from actors.config.reader import Reader
from actors.config.syntax import TomlError, parse
from actors.settings import Settings

__all__ = ["ConfigError", "load"]


def load(path: Path) -> Settings:
    """Return what the file says; raise ConfigError with every fault found.

    Paths of audio files are relative to the file's folder, all others to the working directory.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: must be UTF-8: {error}"]) from error
    try:
        table = parse(text)
    except TomlError as error:
        raise ConfigError([f"{path}{error}"]) from error
    settings, faults = read(table, path.parent)
    if faults:
        raise ConfigError(in_file(path, text, faults))
    return settings


def read(table: dict[str, object], folder: Path) -> tuple[Settings, list[Fault]]:
    """Return the settings a parsed file stands for, and its faults in order of reading."""
    reader = Reader.of(table, folder)
    settings = reader.settings(table)
    return settings, [*reader.faults, *check(settings)]
