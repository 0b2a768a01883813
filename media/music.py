"""The built-in music on hold: a calm loop of 76.8 s, synthesised, the same every time.

Eight bars of chords three times over, at 75 beats a minute: a pad that swells under a plucked
arpeggio, a bell melody on top and a little room around all. Every note is laid on a ring and its
tail wraps around, so there is no seam. Written for this server: no licence to clear.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from media.levels import RATE, Pcm, Wave, music_ring

BEAT = 0.8
BARS = 24
SECONDS = BARS * 4 * BEAT

_CHORDS = (
    (48, 64, 67, 71, 76),  # C major 7: the bass first, then the tones the pad and the pluck share
    (45, 64, 67, 72, 76),  # A minor 7
    (41, 65, 69, 72, 76),  # F major 7
    (43, 65, 69, 71, 74),  # G 9
    (52, 64, 67, 71, 74),  # E minor 7
    (45, 64, 69, 72, 76),  # A minor
    (50, 65, 69, 72, 77),  # D minor 7
    (43, 65, 67, 72, 74),  # G 7 sus 4
)
"""MIDI notes, one chord a bar; 69 is 440 Hz."""

_PATTERNS = (
    (1, 2, 3, 4, 3, 2, 3, 2),
    (1, 3, 2, 4, 3, 4, 2, 3),
    (4, 3, 2, 1, 2, 3, 4, 3),
    (2, 4, 3, 1, 4, 2, 3, 4),
    (3, 1, 4, 2, 1, 3, 2, 4),
    (1, 4, 2, 3, 4, 1, 3, 2),
    (4, 2, 1, 3, 2, 4, 1, 3),
)
"""Which chord tone the pluck plays in each eighth of a bar, in turn: seven against eight chords,
so that no two bars are the same and any second of it tells where in the loop it is."""
_ACCENTS = (1.0, 0.6, 0.75, 0.6, 0.9, 0.6, 0.75, 0.65)

_MELODY = (
    (8, 0.0, 79, 3), (9, 0.0, 76, 2), (9, 2.0, 74, 2), (10, 0.0, 72, 3), (11, 1.0, 74, 3),
    (12, 0.0, 79, 2), (12, 2.0, 76, 2), (13, 0.0, 72, 3), (14, 1.0, 77, 2), (15, 0.0, 74, 4),
    (17, 2.0, 81, 2), (18, 0.0, 84, 3), (19, 1.0, 83, 2), (20, 0.0, 79, 3), (21, 2.0, 76, 2),
    (22, 0.0, 81, 2), (22, 2.0, 74, 2), (23, 0.0, 72, 4),
)  # fmt: skip
"""Bar, beat in it, MIDI note, length in beats. The first eight bars have none."""


class Tone(NamedTuple):
    """How an instrument sounds: its harmonics' strengths, and how they come and go in seconds."""

    harmonics: tuple[float, ...]
    attack: float
    decay: float
    """Until a harmonic is at 1/e; the higher the harmonic, the shorter."""
    release: float
    spread: float
    """Two voices this much apart in pitch, as a share of it: a slow, soft beating."""


PAD = Tone((1.0, 0.45, 0.22, 0.1, 0.05), attack=0.9, decay=30.0, release=1.2, spread=0.0025)
BASS = Tone((0.5, 1.0, 0.8, 0.4, 0.15), attack=0.02, decay=2.0, release=0.3, spread=0.0)
PLUCK = Tone((1.0, 0.5, 0.35, 0.18, 0.1, 0.05), attack=0.004, decay=0.9, release=0.5, spread=0.0)
BELL = Tone((1.0, 0.12, 0.0, 0.3), attack=0.006, decay=1.6, release=0.8, spread=0.001)


def loop() -> Pcm:
    """Return the loop: goes on for ever, at the level of music, in the telephone band."""
    ring = np.zeros(round(SECONDS * RATE))
    for bar in range(BARS):
        _lay_bar(ring, bar)
    for bar, beat, note, beats in _MELODY:
        _lay(ring, (bar * 4 + beat) * BEAT, 0.3 * sound(BELL, note, beats * BEAT))
    return music_ring(_in_a_room(ring))


def sound(tone: Tone, note: int, seconds: float) -> Wave:
    """Return one note, with its release after `seconds`."""
    at = np.arange(round((seconds + tone.release) * RATE)) / RATE
    pitch = 440.0 * 2.0 ** ((note - 69) / 12)
    wave = np.zeros(at.size)
    for number, strength in enumerate(tone.harmonics, start=1):
        if number * pitch > RATE * 0.45:  # close to half the rate it would come back as a whistle
            break
        fading = np.exp(-at / tone.decay * number**0.7)
        for apart in (-0.5, 0.5):
            hertz = number * pitch * (1 + apart * tone.spread)
            wave += 0.5 * strength * fading * np.sin(2 * np.pi * hertz * at)
    rise = np.clip(at / tone.attack, 0.0, 1.0)
    fall = np.clip((seconds + tone.release - at) / tone.release, 0.0, 1.0)
    wave *= np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2
    return wave


def _lay_bar(ring: Wave, bar: int) -> None:
    bass, *tones = _CHORDS[bar % len(_CHORDS)]
    start = bar * 4 * BEAT
    _lay(ring, start, 0.35 * sound(BASS, bass, 4 * BEAT))
    for note in tones:
        _lay(ring, start - 0.3, 0.11 * sound(PAD, note, 4 * BEAT))  # its swell leads into the bar
    pattern = _PATTERNS[bar % len(_PATTERNS)]
    for eighth, (tone, accent) in enumerate(zip(pattern, _ACCENTS, strict=True)):
        note = tones[tone - 1]
        _lay(ring, start + eighth * BEAT / 2, 0.34 * accent * sound(PLUCK, note, BEAT))


def _lay(ring: Wave, start: float, wave: Wave) -> None:
    """Add the wave to the ring from `start` seconds on; what reaches over the end wraps around."""
    at = (round(start * RATE) + np.arange(wave.size)) % ring.size
    ring[at] += wave  # no sample twice: every note is shorter than the ring


def _in_a_room(ring: Wave) -> Wave:
    """Return the ring with a quiet reverberation of 1.1 s, which wraps around too."""
    chance = np.random.default_rng(2771)
    at = np.arange(round(1.1 * RATE)) / RATE
    echo = chance.standard_normal(at.size) * np.exp(-at / 0.28)
    echo[: RATE * 12 // 1000] = 0.0  # the first wall is 2 m away
    echo *= 0.45 / np.sqrt(np.sum(np.square(echo)))
    echo[0] = 1.0
    spectrum = np.fft.rfft(ring) * np.fft.rfft(echo, ring.size)
    return np.fft.irfft(spectrum, ring.size)
