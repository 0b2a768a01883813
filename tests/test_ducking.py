"""Music under prompts, sample by sample: slopes instead of edges, and nothing black."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import g711
from media.commands import Sessions
from media.control import PlayPrompts, SetMusic, StopPrompts
from media.g711 import Law
from media.rtp import FRAME, HEADER_BYTES
from media.sources import Frames, build
from media.tick import advance
from media.udp import SOCKADDR
from tests.two_legs import Desk

LOUD, VOICE = 8031, 3999
"""Of mu-law's own levels: music that is one value all the time shows its gain in every sample."""
FRAMES: Frames = build(
    {
        "pause": np.zeros(30 * FRAME, np.int16),
        "word": np.full(30 * FRAME, VOICE, np.int16),
    },
    {"tune": np.full(4 * FRAME, LOUD, np.int16)},
)
SLOWEST = 30 * 8
"""Samples in 30 ms: no slope from silence to full, or back, may be shorter."""


class Ear:
    """One leg, and what it hears."""

    def __init__(self, law: Law = Law.MU) -> None:
        self.desk = Desk()
        self.sessions = Sessions(self.desk.table, FRAMES, np.zeros(9, SOCKADDR), 0)
        self.desk.table.hears[0] = self.desk.table.open[0] = True
        self.desk.table.law[0], self.desk.table.high = law, 1
        self.law = law
        self.sources: list[int] = []

    def tell(self, command: PlayPrompts | StopPrompts | SetMusic) -> None:
        self.sessions.carry_out(command)

    def hear(self, ticks: int) -> npt.NDArray[np.int16]:
        """Return the samples of the next ticks."""
        heard = []
        for _ in range(ticks):
            self.desk.tick += 1
            outgoing = advance(self.desk.table, self.desk.tick, FRAMES, self.desk.packets)
            for slot in outgoing.said:
                self.sessions.next_prompt(int(slot))
            heard.append(g711.decode(self.desk.packets[0, HEADER_BYTES:], self.law))
            self.sources.append(int(self.desk.packets[0, 1]) >> 7)
        return np.concatenate(heard)


def play(*prompts: str) -> PlayPrompts:
    return PlayPrompts(0, list(prompts), 1, resumed=False)


@pytest.mark.parametrize("law", list(Law))
def test_music_goes_down_before_the_voice_and_comes_up_again_after_it(law: Law) -> None:
    ear = Ear(law)
    ear.tell(SetMusic(0, "tune"))
    assert ear.hear(20)[-1] == pytest.approx(LOUD, rel=0.04)
    ear.tell(play("word"))
    under = ear.hear(30)
    after = ear.hear(20)

    assert under[3 * FRAME :] == pytest.approx(VOICE + LOUD / 4, rel=0.04)
    assert np.all(np.diff(under.astype(int)) <= 0)
    assert np.all(np.diff(after.astype(int)) >= 0)
    assert after[0] == pytest.approx(LOUD / 4, rel=0.1)
    assert after[11 * FRAME] < 0.96 * LOUD
    assert after[-1] == pytest.approx(LOUD, rel=0.04)


def test_music_that_nobody_speaks_over_is_as_it_was_made_to_the_bit() -> None:
    ear = Ear()
    ear.tell(SetMusic(0, "tune"))
    ear.hear(16)
    assert set(ear.hear(10).tolist()) == {int(g711.decode(g711.encode(
        np.array([LOUD], np.int16), Law.MU), Law.MU)[0])}  # fmt: skip


def test_each_change_of_what_is_heard_has_one_marker() -> None:
    ear = Ear()
    ear.tell(SetMusic(0, "tune"))
    ear.hear(20)
    ear.tell(play("word", "pause"))
    ear.hear(80)
    assert [at for at, marker in enumerate(ear.sources) if marker] == [0, 20, 50, 80]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([play("pause"), StopPrompts(0), SetMusic(0, "tune"), None]),
            st.integers(1, 20),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_the_music_never_jumps_whatever_is_said_and_cut_off(
    acts: list[tuple[PlayPrompts | StopPrompts | SetMusic | None, int]],
) -> None:
    ear = Ear()
    ear.tell(SetMusic(0, "tune"))
    heard = [np.zeros(1, np.int16)]
    for command, ticks in acts:
        if command is not None:
            ear.tell(command)
        heard.append(ear.hear(ticks))
    whole = np.concatenate(heard).astype(float)

    # Over 30 ms, and one step of mu-law's.
    assert np.abs(whole[SLOWEST:] - whole[:-SLOWEST]).max(initial=0) < LOUD / 2 + 256
    assert np.abs(np.diff(whole)).max() <= 256
