"""Whatever a configuration file says, it is read, or refused with the faults by name."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from actors.config import ConfigError, load
from actors.settings import Settings
from tests.hostile.chance import Chance

pytestmark = [pytest.mark.hostile, pytest.mark.timeout(0)]

CONF = Path(__file__).parents[2] / "conf/acd.toml"
VALUES = (
    b"true", b"[]", b"[[]]", b"{}", b'""', b"''", b"nan", b"inf", b"-1", b"0", b"1e400", b"0x10",
    b"99999999999999999999", b"2026-01-01T00:00:00Z", b'"\\u0000"', b'"\\ud800"', b"'''", b'"""',
    b'[1, "a"]', b"{ a = 1 }", b"sip", b'"sip:@"', b'"sip:a@b:99999"', b'"[::1]"',
    b'"' + b"x" * 3000 + b'"',
)  # fmt: skip
"""What TOML allows in places where something else is meant, and what it does not allow."""
_VALUE = re.compile(rb"(?m)^(#?\s*[a-z_]+ = )(.*)$")


def spoilt(chance: Chance, text: bytes) -> bytes:
    """Return the file with some values that are others, or after accidents."""
    if chance.happens(3 / 10):
        return chance.mangled(text.replace(b"\n", b"\r\n"))
    for _ in range(chance.randint(1, 4)):
        place = chance.one(list(_VALUE.finditer(text)))
        key = place[1].lstrip(b"# ")
        text = text[: place.start()] + key + chance.one(VALUES) + text[place.end() :]
    return text


def test_a_configuration_is_read_or_its_faults_are_told(
    tmp_path: Path, hostile_seconds: float, hostile_seed: str
) -> None:
    chance = Chance(f"{hostile_seed} configuration")
    sound = CONF.read_bytes()
    file = tmp_path / "acd.toml"
    until = time.monotonic() + hostile_seconds
    while time.monotonic() < until:
        file.write_bytes(spoilt(chance, sound))

        told = faults(file)

        assert all(line.startswith(str(file)) for line in told), f"seed {hostile_seed}: {told}"
        assert len(told) < 1000
        assert max(map(len, told), default=0) < 1000


def faults(file: Path) -> list[str]:
    """Read the file; return the lines that say what is wrong with it."""
    try:
        assert isinstance(load(file), Settings)
    except ConfigError as error:
        return str(error).splitlines()
    return []
