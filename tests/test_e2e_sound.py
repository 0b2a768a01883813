"""A queue's sound as it leaves the server, packet by packet: how loud, and what lies under what."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from media import levels
from media.g711 import Law, decode
from media.loudness import lufs
from tests.centre import CallCentre, find_part
from tests.hearing import RATE, Pcm, find, longest_black
from tests.media_rig import FRAME, RtpPhone
from tests.raw_sip import SDP, RawSip

pytestmark = pytest.mark.e2e

SECONDS = 9
"""The announcement comes after 5 s, and again after 10."""


@pytest.fixture(name="centre", scope="module")
def fixture_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CallCentre]:
    with CallCentre(tmp_path_factory.mktemp("centre")) as running:
        yield running


@pytest.fixture(name="heard", scope="module")
def fixture_heard(centre: CallCentre) -> Pcm:
    """Return what a waiting caller is sent, from the first sound on."""
    port = centre.server.sip_port
    with RawSip() as caller, RtpPhone() as ear:
        answer = caller.call(port, b"sales", body=SDP.replace(b"17000", b"%d" % ear.port))
        for _ in range(SECONDS * RATE // FRAME):
            ear.receive()
        caller.hang_up(port, answer)
    payloads = np.frombuffer(b"".join(packet.payload for packet in ear.got), np.uint8)
    samples = decode(payloads, Law.MU)
    return samples[np.flatnonzero(samples)[0] :]


def test_it_is_never_black(heard: Pcm) -> None:
    assert longest_black(heard) < RATE * 5 // 1000


def test_prompts_are_at_19_lufs_and_the_music_6_db_below(centre: CallCentre, heard: Pcm) -> None:
    prompt = centre.announcement("sales")
    at = find_part(prompt, heard).at

    said = levels.to_wave(heard[at : at + len(prompt)])
    music = levels.to_wave(heard[at - 2 * RATE : at - RATE // 4])
    assert lufs(said, RATE) == pytest.approx(-19, abs=1)
    assert lufs(music, RATE) == pytest.approx(-25, abs=2)  # two seconds of it, not the whole


def test_the_music_goes_on_under_the_prompts_12_db_down(centre: CallCentre, heard: Pcm) -> None:
    prompt, music = centre.announcement("sales"), centre.music()
    at = find_part(prompt, heard).at
    place = find(heard[at - RATE : at], music).at
    inside = np.arange(RATE // 10, len(prompt))  # the slope down is over by then

    under = heard[at + inside].astype(np.int32) - prompt[inside]
    along = (place + RATE + inside) % len(music)
    share = float(under @ music[along].astype(float) / (music[along].astype(float) ** 2).sum())
    assert share == pytest.approx(0.25, abs=0.03)


def test_it_never_jumps(centre: CallCentre, heard: Pcm) -> None:
    """Around a prompt's ends the loudness of the music changes by slopes."""
    prompt = centre.announcement("sales")
    at = find_part(prompt, heard).at
    end = at + len(prompt)

    for moment in (at, end):
        around = heard[moment - RATE // 20 : moment + RATE // 20].astype(float)
        steps = np.abs(np.diff(around))
        usual = np.abs(np.diff(heard[at - RATE : at].astype(float))).max()
        assert steps.max() <= 1.5 * usual
