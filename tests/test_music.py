"""The built-in loop of music on hold, listened to by its figures."""

from __future__ import annotations

import numpy as np
import pytest

from media import levels, music
from media.levels import RATE, Pcm
from media.loudness import lufs


@pytest.fixture(scope="module")
def loop() -> Pcm:
    return music.loop()


def test_it_is_long_enough_not_to_annoy_and_whole_frames(loop: Pcm) -> None:
    assert 60 <= loop.size / RATE <= 90
    assert loop.size % levels.FRAME == 0


def test_it_is_the_same_every_time(loop: Pcm) -> None:
    assert np.array_equal(music.loop(), loop)


def test_it_is_as_loud_as_music_is_to_be_with_no_peak_near_overload(loop: Pcm) -> None:
    wave = levels.to_wave(loop)

    assert lufs(wave, RATE) == pytest.approx(levels.MUSIC_LUFS, abs=0.3)
    assert levels.peak_dbov(wave) <= levels.PEAK_DBOV


def test_it_is_even_from_bar_to_bar_and_never_pauses(loop: Pcm) -> None:
    bars = levels.to_wave(loop).reshape(music.BARS, -1)
    moments = levels.to_wave(loop).reshape(-1, RATE // 5)

    whole = levels.rms_dbov(levels.to_wave(loop))
    assert all(abs(levels.rms_dbov(bar) - whole) < 2.0 for bar in bars)
    assert min(levels.rms_dbov(moment) for moment in moments) > whole - 12


def test_all_its_energy_lies_in_the_telephone_band(loop: Pcm) -> None:
    energy = np.square(np.abs(np.fft.rfft(levels.to_wave(loop))))
    hertz = np.fft.rfftfreq(loop.size, 1 / RATE)

    outside = energy[(hertz < 220) | (hertz > 3500)].sum() / energy.sum()
    upper = energy[hertz > 1000].sum() / energy.sum()
    assert outside < 1e-4
    assert upper > 0.05, "it would sound dull"


def test_the_seam_cannot_be_told_from_the_rest(loop: Pcm) -> None:
    around = np.concatenate([loop[-RATE:], loop[:RATE]]).astype(np.float64)
    # A click is broad-band: it stands out where the tones, below 1 kHz mostly, have been taken out.
    edges = np.abs(np.diff(around, n=4))

    at_the_seam = edges[RATE - 10 : RATE + 10].max()
    assert at_the_seam <= np.percentile(edges, 99)
    assert abs(int(loop[0]) - int(loop[-1])) <= np.abs(np.diff(around)).max()


def test_a_note_starts_and_ends_at_zero_and_does_not_clip() -> None:
    for tone in (music.PAD, music.BASS, music.PLUCK, music.BELL):
        note = music.sound(tone, 72, 0.8)

        assert abs(note[0]) < 1e-9
        assert abs(note[-1]) < 1e-3
        assert note.size == round((0.8 + tone.release) * RATE)


def test_harmonics_above_the_band_are_left_out() -> None:
    high = music.sound(music.PLUCK, 108, 0.5)

    assert not high.any(), "4186 Hz has no harmonic below 3600 Hz"
