"""What tests of the configuration share: files of a text, the example, the classes of settings."""

from __future__ import annotations

from dataclasses import is_dataclass
from pathlib import Path

import pytest

from actors import settings
from actors.config import ConfigError, load
from actors.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "conf" / "acd.toml"

CLASSES = [one for one in vars(settings).values() if isinstance(one, type) and is_dataclass(one)]


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / "acd.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        settings_of(folder, text)
    prefix = str(folder / "acd.toml")
    assert all(one.startswith(prefix) for one in raised.value.messages)
    return [one.removeprefix(prefix) for one in raised.value.messages]
