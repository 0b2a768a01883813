"""Levels, band, limiting, trimming and edges of audio."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import g711, levels
from media.levels import RATE, Wave
from media.loudness import lufs
from tests.hearing import longest_black


def sine(hertz: float, seconds: float = 1.0, strength: float = 0.5) -> Wave:
    return strength * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def silence(seconds: float) -> Wave:
    return np.zeros(round(seconds * RATE))


def test_a_full_scale_sine_is_3_db_below_overload() -> None:
    assert levels.rms_dbov(sine(1000, strength=1.0)) == pytest.approx(-3.01, abs=0.01)
    assert levels.peak_dbov(sine(1000, strength=1.0)) == pytest.approx(0.0, abs=0.01)


def test_pauses_count_in_the_rms_but_not_in_the_active_level() -> None:
    wave = np.concatenate([sine(1000), silence(3), sine(1000)])

    assert levels.rms_dbov(wave) == pytest.approx(levels.rms_dbov(sine(1000)) - 3.98, abs=0.02)
    assert levels.active_dbov(wave) == pytest.approx(levels.rms_dbov(sine(1000)), abs=0.02)


def test_noise_under_the_pauses_does_not_count_as_active() -> None:
    noise = 0.001 * np.random.default_rng(1).standard_normal(5 * RATE)
    noise[:RATE] += sine(700)

    assert levels.active_dbov(noise) == pytest.approx(levels.rms_dbov(sine(700)), abs=0.05)


@pytest.mark.parametrize("wave", [silence(0), silence(1), sine(1000, strength=1e-4)])
def test_what_cannot_be_heard_is_refused(wave: Wave) -> None:
    with pytest.raises(levels.SilentError):
        levels.speech(wave)


@pytest.mark.parametrize(("hertz", "least", "most"), [(100, -200, -40), (3800, -200, -40)])
def test_what_lies_outside_the_telephone_band_is_taken_out(
    hertz: float, least: float, most: float
) -> None:
    middle = levels.band_limit(sine(hertz, 2))[RATE // 2 : -RATE // 2]

    assert least < levels.rms_dbov(middle) - levels.rms_dbov(sine(hertz)) < most


@pytest.mark.parametrize("hertz", [420, 1000, 3200])
def test_what_lies_in_the_telephone_band_stays_as_it_is_and_when_it_is(hertz: float) -> None:
    wave = sine(hertz)

    middle = slice(RATE // 4, -RATE // 4)
    assert np.allclose(levels.band_limit(wave)[middle], wave[middle], atol=0.01)


def test_a_constant_is_taken_out() -> None:
    wave = levels.band_limit(sine(1000) + 0.3)

    assert abs(wave.mean()) < 1e-3


@given(st.lists(st.floats(-8, 8), min_size=1, max_size=400))
def test_no_sample_is_over_the_ceiling_and_none_changes_its_sign(samples: list[float]) -> None:
    wave = np.array(samples)

    limited = levels.limit(wave, -3.0)

    assert limited.size == wave.size
    assert np.abs(limited).max() <= 10 ** (-3 / 20) + 1e-9
    assert np.all(np.abs(limited) <= np.abs(wave) + 1e-12)
    assert np.all(np.sign(limited) * np.sign(wave) >= 0)


def test_what_is_below_the_ceiling_is_left_alone() -> None:
    wave = sine(1000, strength=0.7)

    assert np.allclose(levels.limit(wave, -3.0), wave)


def test_a_peak_is_turned_down_within_16_ms_around_it_and_nowhere_else() -> None:
    wave = sine(1000, strength=0.5)
    wave[4002] = 2.0

    changed = np.flatnonzero(~np.isclose(levels.limit(wave), wave))

    assert changed.min() >= 4002 - 64
    assert changed.max() <= 4002 + 64


def test_a_ring_is_processed_as_if_it_had_no_ends() -> None:
    ring = sine(1000, 0.5) + 0.3 * sine(150, 0.5)
    turned = np.roll(ring, 1234)

    there = levels.on_ring(levels.band_limit, ring)
    assert np.allclose(np.roll(there, 1234), levels.on_ring(levels.band_limit, turned), atol=1e-6)
    assert np.allclose(
        np.roll(levels.on_ring(levels.limit, 3 * ring), 1234),
        levels.on_ring(levels.limit, 3 * turned),
        atol=1e-6,
    )


def test_silence_around_speech_is_cut_to_60_ms_before_and_120_ms_after() -> None:
    trimmed = levels.trim(np.concatenate([silence(1), sine(1000), silence(2)]))

    assert trimmed.size == RATE + RATE * 180 // 1000
    assert np.flatnonzero(trimmed)[0] == pytest.approx(RATE * 60 // 1000, abs=1)


def test_sound_that_fills_everything_gets_its_silence_added() -> None:
    assert levels.trim(sine(1000)).size == RATE + RATE * 180 // 1000


def test_both_ends_are_faded_to_zero_within_5_ms() -> None:
    faded = levels.fade(np.ones(RATE))

    assert faded[0] == faded[-1] == 0.0
    assert np.all(faded[40:-40] == 1.0)
    assert np.abs(np.diff(faded)).max() < 0.05


@pytest.mark.parametrize("size", [0, 1, 2, 79])
def test_even_the_shortest_piece_can_be_faded(size: int) -> None:
    assert levels.fade(np.ones(size)).size == size


@pytest.mark.parametrize("strength", [0.005, 0.1, 0.9, 4.0])
def test_speech_of_any_strength_comes_out_equally_loud(strength: float) -> None:
    chance = np.random.default_rng(3)
    spoken = strength * chance.laplace(size=3 * RATE) * (1 + np.sin(np.arange(3 * RATE) / 900)) / 8

    wave = levels.to_wave(levels.speech(spoken))

    assert lufs(wave, RATE) == pytest.approx(-19, abs=0.3)
    assert levels.peak_dbov(wave) <= levels.PEAK_DBOV + 0.1


def test_music_by_itself_is_6_db_below_speech() -> None:
    wave = levels.to_wave(levels.music(sine(1000, 3) + sine(440, 3)))
    assert lufs(wave, RATE) == pytest.approx(-25, abs=0.3)


def test_prompts_are_whole_frames_and_start_and_end_quietly() -> None:
    pcm = levels.speech(sine(1000, 1.2345))

    assert pcm.dtype == np.int16
    assert pcm.size % levels.FRAME == 0
    assert np.abs(pcm[:80]).max() < 60
    assert np.abs(pcm[-80:]).max() < 60


@pytest.mark.parametrize("law", list(g711.Law))
def test_no_prompt_and_no_music_is_ever_digital_silence(law: g711.Law) -> None:
    wave = np.concatenate([sine(1000), silence(2), sine(500)])
    for pcm in (levels.speech(wave), levels.music(wave), levels.music_ring(wave)):
        sent = g711.decode(g711.encode(pcm, law), law)
        assert longest_black(sent) < RATE * 5 // 1000


# ---- loudness --------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8000, 48000])
@pytest.mark.parametrize(
    ("hertz", "dbfs", "loud"),
    [(997, 0, -3.01), (997, -20, -23.01), (100, 0, -4.8), (2500, 0, -0.1)],
)
def test_loudness_of_tones_is_that_of_bs_1770(
    hertz: float, dbfs: float, loud: float, rate: int
) -> None:
    at = np.arange(5 * rate) / rate
    tone = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * at)
    assert lufs(tone, rate) == pytest.approx(loud, abs=0.1)


def test_pauses_do_not_make_speech_less_loud() -> None:
    broken = np.concatenate([sine(1000, 2), silence(6), sine(1000, 2)])
    assert lufs(broken, RATE) == pytest.approx(lufs(sine(1000, 4), RATE), abs=0.7)


@pytest.mark.parametrize("wave", [silence(0), silence(2), sine(1000, strength=1e-5)])
def test_what_cannot_be_heard_has_no_loudness(wave: Wave) -> None:
    assert lufs(wave, RATE) == -np.inf


def test_what_is_over_full_scale_is_clipped_not_wrapped() -> None:
    assert levels.to_pcm(np.array([-2.0, 0.0, 0.5, 2.0])).tolist() == [-32768, 0, 16384, 32767]
