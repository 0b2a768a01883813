"""Sounds that the pump learns while it runs: what plays now plays on."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from media.control import Learn, pack, unpack
from media.lessons import Lessons
from media.sources import build, more
from tests.server import eventually

TONE = np.arange(1, 321, dtype=np.int16)


def file(folder: Path, name: str, value: int) -> str:
    path = folder / f"{name}.npy"
    np.save(path, np.full(320, value, np.int16))
    return str(path)


def test_new_sounds_stand_behind_those_that_are_there(tmp_path: Path) -> None:
    before = build({"old": TONE}, {"default": TONE})
    after = more(before, {"new": file(tmp_path, "new", 7)}, {"jazz": file(tmp_path, "jazz", 9)})

    assert after.prompts["old"] == before.prompts["old"]
    assert (after.linear[: before.rows] == before.linear).all()
    assert (after.data[:, : before.rows] == before.data).all()
    assert after.music["default"] == before.music["default"]
    start, end = after.prompts["new"]
    assert (after.linear[start:end] == 7).all()
    assert end - start == 2
    first = int(after.music_start[after.music["jazz"]])
    assert (after.linear[first : first + 2] == 9).all()


def test_a_sound_that_cannot_be_read_costs_none_of_the_others(tmp_path: Path) -> None:
    lessons = Lessons(build({"old": TONE}, {}))
    lessons.learn(Learn({"gone": str(tmp_path / "gone.npy")}, {}))
    lessons.learn(Learn({"new": file(tmp_path, "new", 7)}, {}))
    eventually(lambda: "new" in lessons.frames.prompts, "the lesson")
    assert set(lessons.frames.prompts) == {"old", "new"}


def test_a_lesson_crosses_the_wire() -> None:
    lesson = Learn({"a": "/a.npy"}, {"jazz": "/b.npy"})
    assert unpack(pack([lesson])) == [lesson]
