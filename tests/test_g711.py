"""G.711 against another implementation, libsndfile's, and against its own definition."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from media.g711 import DECODE, SILENCE, TRANSCODE, Law, Samples, decode, encode, transcode

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_BYTE = np.arange(256).astype(np.uint8)
SUBTYPE = {Law.MU: "ULAW", Law.A: "ALAW"}


def decoded_elsewhere(data: bytes, law: Law) -> Samples:
    samples, _ = soundfile.read(
        io.BytesIO(data), dtype="int16", format="RAW", samplerate=8000, channels=1,
        subtype=SUBTYPE[law],
    )  # fmt: skip
    return np.asarray(samples)


@pytest.mark.parametrize("law", Law)
def test_every_byte_decodes_as_elsewhere(law: Law) -> None:
    assert np.array_equal(decode(EVERY_BYTE, law), decoded_elsewhere(EVERY_BYTE.tobytes(), law))


@pytest.mark.parametrize("law", Law)
def test_every_sample_is_encoded_as_the_nearest_level(law: Law) -> None:
    levels = np.unique(DECODE[law].astype(np.int32))
    samples = EVERY_SAMPLE.astype(np.int32)
    above = np.searchsorted(levels, samples).clip(1, len(levels) - 1)
    nearest = np.minimum(np.abs(levels[above] - samples), np.abs(levels[above - 1] - samples))
    error = np.abs(decode(encode(EVERY_SAMPLE, law), law).astype(np.int32) - samples)
    assert np.array_equal(error, nearest)


@pytest.mark.parametrize("law", Law)
def test_decoding_and_encoding_again_changes_no_level(law: Law) -> None:
    again = encode(decode(EVERY_BYTE, law), law)
    assert np.array_equal(decode(again, law), decode(EVERY_BYTE, law))


def test_silence_is_the_byte_for_zero() -> None:
    assert [int(encode(np.zeros(1, np.int16), law)[0]) for law in Law] == list(SILENCE)


def test_transcoding_is_decoding_and_encoding_in_the_other_law() -> None:
    block = np.tile(EVERY_BYTE, (3, 1))
    for law, other in ((Law.MU, Law.A), (Law.A, Law.MU)):
        expected = encode(decode(block, law), other)
        assert np.array_equal(transcode(block, law), expected)
        assert np.array_equal(TRANSCODE[law][block], expected)


def test_transcoding_there_and_back_costs_at_most_one_step() -> None:
    there_and_back = transcode(transcode(EVERY_BYTE, Law.MU), Law.A)
    before = decode(EVERY_BYTE, Law.MU).astype(np.float64)
    after = decode(there_and_back, Law.MU).astype(np.float64)
    assert np.all(np.abs(after - before) <= np.maximum(np.abs(before) / 16, 16))
