"""The ear of the end-to-end tests: knows prompts, tones and silence through G.711 at any level."""

from __future__ import annotations

import numpy as np
import pytest

from media import g711, music
from tests.hearing import RATE, Pcm, find, has_tone, is_loud


def tone(hertz: float, seconds: float = 1.0, strength: float = 6000) -> Pcm:
    at = np.arange(round(seconds * RATE)) / RATE
    return (strength * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def speech_like(seed: int, seconds: float = 2.0) -> Pcm:
    chance = np.random.default_rng(seed)
    size = round(seconds * RATE)
    syllables = 1 + np.sin(np.arange(size) * 2 * np.pi * 3 / RATE)
    noise = np.convolve(chance.standard_normal(size), np.hanning(8), mode="same")
    return np.asarray(800 * noise * syllables, np.int16)


def over_the_line(pcm: Pcm, law: g711.Law, gain: float = 1.0) -> Pcm:
    return g711.decode(g711.encode((gain * pcm).astype(np.int16), law), law)


@pytest.mark.parametrize("law", list(g711.Law))
@pytest.mark.parametrize("gain", [0.1, 1.0, 2.0])
def test_a_prompt_is_found_where_it_was_said(law: g711.Law, gain: float) -> None:
    prompt = speech_like(1)
    silence = np.zeros(RATE, np.int16)
    heard = over_the_line(np.concatenate([silence, prompt, silence]), law, gain)

    match = find(prompt, heard)

    assert match.at == RATE
    assert match.likeness > 0.98


def test_a_prompt_over_music_is_found_and_another_is_not() -> None:
    prompt = speech_like(1)
    heard = music.loop()[: 6 * RATE].copy()
    heard[RATE : RATE + len(prompt)] = heard[RATE : RATE + len(prompt)] // 4 + prompt

    assert find(prompt, heard).at == RATE
    assert find(prompt, heard).likeness > 0.9
    assert find(speech_like(2), heard).likeness < 0.2


def test_a_second_of_the_music_has_one_place_in_the_loop() -> None:
    loop = music.loop()
    second = over_the_line(loop[30 * RATE : 31 * RATE], g711.Law.MU)

    match = find(second, loop)

    assert match.at == 30 * RATE
    assert match.likeness > 0.99
    twin = loop.copy()
    twin[29 * RATE : 32 * RATE] = 0
    assert find(second, twin).likeness < 0.9, "the music repeats itself: its clock cannot be read"


def test_a_missing_tenth_of_a_second_makes_a_prompt_unlike() -> None:
    prompt = speech_like(1)

    torn = np.concatenate([prompt[:RATE], prompt[RATE + RATE // 10 :], np.zeros(RATE, np.int16)])

    assert find(prompt, torn).likeness < 0.8


@pytest.mark.parametrize("law", list(g711.Law))
def test_a_tone_is_told_from_its_neighbours_and_from_speech(law: g711.Law) -> None:
    heard = over_the_line(tone(1000), law)

    assert has_tone(heard, 1000)
    assert not has_tone(heard, 1060)
    assert not has_tone(speech_like(1), 1000)


@pytest.mark.parametrize("law", list(g711.Law))
def test_silence_on_the_line_is_silence(law: g711.Law) -> None:
    assert not is_loud(over_the_line(np.zeros(RATE, np.int16), law))
    assert is_loud(over_the_line(speech_like(1), law))
