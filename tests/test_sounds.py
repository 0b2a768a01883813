"""Making ready every prompt and piece of music, with the packaged voice and with files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import soundfile

from actors.ids import MusicClass, PromptId, QueueName
from actors.settings import Announcement, Login, Music, Prompt, Queue, Settings, Voice
from media import audiofile, levels, music, soundcache, sounds
from media.levels import RATE, Wave
from media.loudness import lufs
from tests.hearing import longest_black

TEXTS = {
    "ask_id": "Please enter your agent number, followed by the pound key.",
    "goodbye": "Goodbye.",
    "welcome": "Welcome to Acme support. Please stay on the line; your call will be answered by the"
    " next available agent.",
}


def spoken(name: str) -> Prompt:
    return Prompt(PromptId(name), text=TEXTS[name])


def settings(
    cache: Path, *prompts: Prompt, music: tuple[Music, ...] = (), model: str = Voice().model
) -> Settings:
    by_purpose = {str(prompt.id): prompt for prompt in prompts}
    return Settings(
        voice=Voice(model=model, cache=cache), login=Login(prompts=by_purpose), music=music
    )


def melody(rate: int, seconds: float = 2.0, hertz: float = 440.0) -> Wave:
    at = np.arange(round(rate * seconds)) / rate
    return 0.3 * np.sin(2 * np.pi * hertz * at) * (1.2 + np.sin(2 * np.pi * 3 * at))


def no_child(*_args: object, **_kwargs: object) -> NoReturn:
    raise AssertionError("the voice was started")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache in which all of TEXTS have been spoken."""
    path = tmp_path_factory.mktemp("spoken")
    sounds.prepare(settings(path, *map(spoken, TEXTS)))
    return path


# ---- speech ----------------------------------------------------------------------------------


def test_spoken_prompts_are_equally_loud_and_have_the_rate_of_speech(cache: Path) -> None:
    ready = sounds.prepare(settings(cache, *map(spoken, TEXTS)))

    for name, path in ready.prompts.items():
        pcm = np.load(path)
        wave = levels.to_wave(pcm)
        assert lufs(wave, RATE) == pytest.approx(-19, abs=0.5)
        assert levels.peak_dbov(wave) <= levels.PEAK_DBOV + 0.1
        assert longest_black(pcm) < RATE * 5 // 1000
        assert 1.5 < len(TEXTS[name].split()) / (pcm.size / RATE) < 4.5


def test_spoken_prompts_lie_in_the_telephone_band_and_do_not_click(cache: Path) -> None:
    pcm = np.load(sounds.prepare(settings(cache, spoken("welcome"))).prompts[PromptId("welcome")])

    energy = np.square(np.abs(np.fft.rfft(pcm.astype(np.float64))))
    hertz = np.fft.rfftfreq(pcm.size, 1 / RATE)
    assert energy[(hertz < 220) | (hertz > 3500)].sum() < 1e-3 * energy.sum()
    assert energy[hertz > 1500].sum() > 0.02 * energy.sum(), "8 kHz audio, not some slower rate"
    assert pcm.dtype == np.int16
    assert pcm.size % levels.FRAME == 0
    assert max(np.abs(np.diff(pcm[:80])).max(), np.abs(np.diff(pcm[-80:])).max()) < 200


def test_the_second_start_speaks_and_writes_nothing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", no_child)
    before = {path: path.stat() for path in cache.iterdir()}

    ready = sounds.prepare(settings(cache, *map(spoken, TEXTS)))

    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == {
        path: found.st_mtime_ns for path, found in before.items()
    }
    assert set(ready.prompts) == set(TEXTS)


def test_the_server_never_loads_the_voice_itself() -> None:
    probe = "import sys, media.sounds; print('piper' in sys.modules, 'onnxruntime' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=30
    )

    assert done.stdout.split() == ["False", "False"]


def test_spaces_and_line_ends_make_no_other_text(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", no_child)
    folded = Prompt(PromptId("folded"), text="\n  Goodbye. \n")

    ready = sounds.prepare(settings(cache, spoken("goodbye"), folded))

    assert ready.prompts[PromptId("folded")] == ready.prompts[PromptId("goodbye")]


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY rubbish", b"RIFF"])
def test_a_damaged_entry_is_made_anew(cache: Path, tmp_path: Path, damage: bytes) -> None:
    good = sounds.prepare(settings(cache, spoken("goodbye"))).prompts[PromptId("goodbye")]
    (tmp_path / good.name).write_bytes(damage)

    ready = sounds.prepare(settings(tmp_path, spoken("goodbye")))

    assert lufs(levels.to_wave(np.load(ready.prompts[PromptId("goodbye")])), RATE) > -20


def test_an_entry_cut_short_is_made_anew(tmp_path: Path) -> None:
    entry = tmp_path / "entry.npy"
    soundcache.save(entry, levels.speech(melody(RATE)))
    assert soundcache.load(entry) is not None

    entry.write_bytes(entry.read_bytes()[:-1000])

    assert soundcache.load(entry) is None


@pytest.mark.parametrize(
    "alien", [np.zeros(800, np.int16), np.ones((2, 800), np.int16), np.ones(800), np.int16(3)]
)
def test_an_entry_that_is_not_our_audio_is_not_used(tmp_path: Path, alien: np.ndarray) -> None:
    np.save(tmp_path / "entry.npy", alien)

    assert soundcache.load(tmp_path / "entry.npy") is None


def test_nothing_but_entries_is_left_in_the_cache(cache: Path) -> None:
    assert {path.name.split("-")[0] for path in cache.iterdir()} == {"text"}


def test_a_home_directory_in_the_cache_path_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    ready = sounds.prepare(settings(Path("~/deep/cache"), music=(Music(MusicClass("default")),)))

    assert ready.music[MusicClass("default")].parent == tmp_path / "deep" / "cache"


# ---- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "rate", "channels"),
    [(".wav", 8000, 1), (".wav", 44100, 2), (".flac", 48000, 6), (".ogg", 22050, 1)],
)
def test_audio_files_of_any_rate_and_channels_become_prompts(
    tmp_path: Path, suffix: str, rate: int, channels: int
) -> None:
    file = tmp_path / f"prompt{suffix}"
    soundfile.write(file, np.tile(melody(rate)[:, None], (1, channels)), rate)

    ready = sounds.prepare(settings(tmp_path / "cache", Prompt(PromptId("file"), file=file)))

    wave = levels.to_wave(np.load(ready.prompts[PromptId("file")]))
    loudest = np.fft.rfftfreq(wave.size, 1 / RATE)[np.abs(np.fft.rfft(wave)).argmax()]
    assert wave.size / RATE == pytest.approx(2.18, abs=0.05)
    assert loudest == pytest.approx(440, abs=2)
    assert lufs(wave, RATE) == pytest.approx(-19, abs=0.5)


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "prompt.wav"
    wanted = settings(tmp_path / "cache", Prompt(PromptId("file"), file=file))
    soundfile.write(file, melody(RATE), RATE)
    before = sounds.prepare(wanted).prompts

    soundfile.write(file, melody(RATE, 3.0), RATE)

    assert sounds.prepare(wanted).prompts != before


def faults(tried: Settings) -> str:
    with pytest.raises(sounds.SoundError) as caught:
        sounds.prepare(tried)
    assert str(caught.value) == "\n".join(caught.value.faults)
    return str(caught.value)


def test_every_kind_of_bad_file_is_told_with_key_and_file(tmp_path: Path) -> None:
    def write(name: str, samples: Wave) -> Path:
        soundfile.write(tmp_path / name, samples, RATE, subtype="FLOAT")
        return tmp_path / name

    (tmp_path / "text.wav").write_text("This is no audio at all.")
    (tmp_path / "zero.wav").touch()
    bad = {
        "missing": (tmp_path / "missing.wav", "No such file or directory"),
        "folder": (tmp_path, "Is a directory"),
        "text": (tmp_path / "text.wav", "not audio that can be read here"),
        "zero": (tmp_path / "zero.wav", "empty"),
        "none": (write("none.wav", np.zeros(0)), "holds no audio"),
        "silent": (write("silent.wav", np.zeros(RATE)), "silent"),
        "long": (write("long.wav", melody(RATE, 121)), "too long: 121 s, at most 120 s"),
        "nan": (write("nan.wav", np.full(RATE, np.nan)), "damaged"),
    }
    prompts = [Prompt(PromptId(name), file=file) for name, (file, _) in bad.items()]

    told = faults(settings(tmp_path / "cache", *prompts)).splitlines()

    assert len(told) == len(bad)
    for line, (name, (file, why)) in zip(told, bad.items(), strict=True):
        assert line.startswith(f"login.prompts.{name}: {file}: {why}")


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_a_file_of_which_only_half_has_arrived_is_refused(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"half{suffix}"
    soundfile.write(file, melody(RATE, 5.0), RATE)
    assert audiofile.read(file, 120).size == pytest.approx(5 * RATE, abs=RATE // 2)

    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    with pytest.raises(audiofile.AudioFileError):
        audiofile.read(file, 120)


def test_a_wav_file_written_to_a_pipe_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "streamed.wav"
    soundfile.write(file, melody(RATE), RATE)
    header = bytearray(file.read_bytes())
    header[4:8] = header[40:44] = b"\xff\xff\xff\xff"
    file.write_bytes(header)

    assert audiofile.read(file, 120).size == 2 * RATE


# ---- faults in the configuration -------------------------------------------------------------


def test_all_faults_are_told_at_once_each_with_its_key(tmp_path: Path) -> None:
    both = Prompt(PromptId("b"), text="x", file=tmp_path / "y.wav")
    line = Queue(
        QueueName("sales"),
        welcome=Prompt(PromptId("w"), text="  \n "),
        announcement=Announcement((Prompt(PromptId("a"), text="x" * 2001), both)),
    )
    hold = Music(MusicClass("jazz"), (tmp_path / "one.wav", tmp_path / "two.wav"))
    tried = Settings(voice=Voice(cache=tmp_path / "cache"), queues=(line,), music=(hold,))

    assert faults(tried).splitlines() == [
        'queue "sales": welcome: the text is empty',
        'queue "sales": announcement.prompts[0]: the text has 2001 characters, at most 2000',
        'queue "sales": announcement.prompts[1]: a prompt is either a text or a file',
        f'music "jazz": files[0]: {tmp_path}/one.wav: No such file or directory',
        f'music "jazz": files[1]: {tmp_path}/two.wav: No such file or directory',
    ]


def test_a_text_without_a_word_is_told(tmp_path: Path) -> None:
    told = faults(settings(tmp_path, Prompt(PromptId("dots"), text="…!")))

    assert told == "login.prompts.dots: nothing in it can be spoken: '…!'"


def test_a_voice_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    told = faults(settings(tmp_path, *map(spoken, TEXTS), model="en_GB-alan"))

    assert told.startswith('voice.model: "en_GB-alan": neither "en_US-joe-medium" nor an .onnx')
    assert len(told.splitlines()) == 1


def test_a_voice_that_breaks_down_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    (tmp_path / "broken.onnx.json").write_text("{}")

    told = faults(settings(tmp_path, spoken("goodbye"), model=str(tmp_path / "broken.onnx")))

    assert told.startswith("voice: cannot speak: exit code 1: KeyError")


def test_a_cache_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    told = faults(settings(tmp_path / "file" / "cache"))

    assert told == f"voice.cache: {tmp_path}/file/cache: Not a directory"


# ---- music -----------------------------------------------------------------------------------


def test_without_files_the_built_in_loop_is_played(tmp_path: Path) -> None:
    name = MusicClass("default")

    ready = sounds.prepare(settings(tmp_path, music=(Music(name),)))

    assert np.array_equal(np.load(ready.music[name]), music.loop())


def test_files_of_a_class_follow_each_other_with_short_gaps(tmp_path: Path) -> None:
    files = (tmp_path / "one.wav", tmp_path / "two.ogg")
    soundfile.write(files[0], melody(44100, 2.0, 440), 44100)
    soundfile.write(files[1], 0.1 * melody(48000, 3.0, 880), 48000)
    name = MusicClass("jazz")

    ready = sounds.prepare(settings(tmp_path / "cache", music=(Music(name, files),)))

    ring = levels.to_wave(np.load(ready.music[name]))
    assert ring.size / RATE == pytest.approx(2.18 + 0.5 + 3.18 + 0.5, abs=0.1)
    one, two = ring[: 2 * RATE], ring[3 * RATE : 5 * RATE]
    assert lufs(one, RATE) == pytest.approx(-25, abs=0.5)
    assert lufs(two, RATE) == pytest.approx(-25, abs=0.5)
    assert levels.rms_dbov(ring[-RATE // 2 :]) == pytest.approx(levels.ROOM_DBOV, abs=0.5)


def test_the_report_has_a_line_for_each_sound(cache: Path) -> None:
    ready = sounds.prepare(settings(cache, spoken("goodbye")))

    (line,) = sounds.report(ready)

    assert line.startswith("prompt goodbye: 0.")
    assert " -19.0 LUFS," in line
