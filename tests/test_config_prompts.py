"""Prompts and music of a configuration: which are the same, and where their files are."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.ids import MusicClass
from actors.settings import Music
from tests.configurations import faults_of, settings_of


def test_the_same_text_in_the_same_voice_is_one_prompt_and_another_voice_another(
    tmp_path: Path,
) -> None:
    text = '[[queue]]\nname = "a"\nwelcome = "Hi"\nannouncement = {prompts = [{say = "Hi"}]}\n'

    one = settings_of(tmp_path, text).queues[0]
    other = settings_of(tmp_path, text + '[voice]\nmodel = "x"').queues[0]

    assert one.welcome
    assert one.welcome == one.announcement.prompts[0]
    assert other.welcome
    assert other.welcome.id != one.welcome.id


def test_audio_files_are_relative_to_the_configuration_and_known_by_content(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"RIFF")
    (tmp_path / "two.wav").write_bytes(b"RIFF")

    queue = settings_of(
        tmp_path,
        '[[queue]]\nname = "a"\nwelcome = {file = "one.wav"}\n'
        'announcement = {prompts = [{file = "two.wav"}, {say = "Hi"}], every = 20}',
    ).queues[0]

    assert queue.welcome
    assert queue.welcome.file == tmp_path / "one.wav"
    assert queue.announcement.prompts[0].id == queue.welcome.id
    assert queue.announcement.prompts[1].text == "Hi"
    assert queue.announcement.every == 20.0


@pytest.mark.parametrize(
    "text",
    [
        '[[music]]\nname = "a"\nfiles = ["gone.ogg"]',
        '[[queue]]\nname = "a"\nwelcome = {file = "gone.ogg"}',
        '[login.prompts]\nwrong = {file = "gone.ogg"}',
    ],
)
def test_an_audio_file_that_is_missing_or_empty_refuses_to_load(tmp_path: Path, text: str) -> None:
    [missing] = faults_of(tmp_path, text)
    (tmp_path / "gone.ogg").touch()
    [empty] = faults_of(tmp_path, text)

    assert f"there is no such file: {tmp_path / 'gone.ogg'}" in missing
    assert "has 0" in empty


def test_the_default_music_is_there_beside_the_operators_own(tmp_path: Path) -> None:
    (tmp_path / "jazz.ogg").write_bytes(b"OggS")

    loaded = settings_of(tmp_path, '[[music]]\nname = "jazz"\nfiles = ["jazz.ogg"]')

    assert loaded.music == (
        Music(MusicClass("jazz"), (tmp_path / "jazz.ogg",)),
        Music(MusicClass("default")),
    )
