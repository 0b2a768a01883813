"""Whatever strangers send, the server lives, serves the honest, and keeps nothing for the others.

Ordinary runs give each attack a few seconds, always the same ones; ``-m hostile`` gives it half a
minute of a new seed, which is told; ``--hostile-seconds``, ``--hostile-seed`` and
``--hostile-attack NAME`` say otherwise.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.hostile.attacks import ATTACKS, begun
from tests.hostile.chance import Chance
from tests.hostile.ground import Ground

pytestmark = [pytest.mark.e2e, pytest.mark.hostile, pytest.mark.alone, pytest.mark.timeout(0)]


def test_strangers_stop_nobody_and_what_they_took_is_given_back(
    tmp_path: Path, hostile_attacks: list[str], hostile_seconds: float, hostile_seed: str
) -> None:
    complaints: list[str] = []
    left = list(hostile_attacks or ATTACKS)
    while left:
        # One server for all attacks; another one where an attack has killed it.
        folder = tmp_path / str(len(left))
        folder.mkdir()
        with Ground(folder) as ground:
            while left and not ground.is_dead():
                attack = left.pop(0)
                chance = Chance(f"{hostile_seed} {attack}")
                found = attacked(ground, attack, chance, hostile_seconds)
                complaints += [f"{attack}: {one}" for one in found]
            if not ground.is_dead():
                complaints += ground.what_is_kept()

    assert not complaints, f"seed {hostile_seed}\n" + "\n".join(complaints)


def attacked(ground: Ground, attack: str, chance: Chance, seconds: float) -> list[str]:
    """Have strangers attack for so long, or until it hurts; return what is wrong then."""
    before = ground.sent
    found: list[str] = []
    try:
        with begun(attack, ground, chance) as running:
            until = time.monotonic() + seconds
            while time.monotonic() < until and not found:
                running.burst()
                found = ground.quick()
    except (AssertionError, OSError) as error:
        found.append(f"{type(error).__name__}: {error}")
    found += ground.complaints()
    where = f"after {ground.sent - before} messages (the last: {ground.remembered()})"
    return [f"{where}: {one}" for one in found]
