"""The pump as a process: stopped, hung, killed, orphaned; the calls go on."""

from __future__ import annotations

import itertools
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.messages.media import (
    PlayMusic,
)
from tests.media_rig import (
    FRAME,
    MUSIC,
    TUNE,
    VOICE,
    Rig,
    bytes_of,
)
from tests.patience import PATIENCE


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path) as running:
        yield running


def test_audio_goes_on_after_the_pump_is_killed_on_the_same_lines(rig: Rig) -> None:
    caller, agent, waiting = rig.phone(), rig.phone(), rig.phone()
    leg, _, to = rig.open(caller)
    agent_leg, _, agent_to = rig.open(agent)
    other, _, _ = rig.open(waiting)
    rig.bridge(leg, caller, agent_leg)
    rig.ref.tell(PlayMusic(other, TUNE))
    waiting.receive_until(lambda packet: packet.payload in bytes_of(MUSIC[TUNE]))
    caller.send(to, VOICE)
    agent.receive_until(lambda packet: packet.payload == VOICE)
    # A pump that ends within a second of its start is not started again at once.
    for _ in range(60):
        waiting.receive()
    alive = len(waiting.got)
    os.kill(rig.pids[-1], signal.SIGKILL)
    waiting.receive_until(lambda _: len(rig.pids) > 1)
    for _ in range(30):
        waiting.receive()
    # A new process takes longer to begin than a busy machine holds up one that runs.
    pairs = list(itertools.pairwise(waiting.got[alive - 1 :]))
    killed, back = max(pairs, key=lambda pair: pair[1].at - pair[0].at)
    silent = back.at - killed.at

    assert back.ssrc == killed.ssrc
    assert 0 < (back.seq - killed.seq) & 0xFFFF < 20
    assert abs(((back.ts - killed.ts) & 0xFFFFFFFF) / 8000 - silent) < silent / 2
    other_voice = b"\x33" * FRAME
    agent.send(agent_to, other_voice)
    caller.receive_until(lambda packet: packet.payload == other_voice)
    assert len({packet.ssrc for packet in caller.got}) == 1
    assert rig.state().restarts == 1


def test_a_pump_that_hangs_is_replaced(rig: Rig) -> None:
    phone = rig.phone()
    rig.open(phone)
    for _ in range(60):
        phone.receive()
    hung = rig.pids[-1]
    os.kill(hung, signal.SIGSTOP)
    phone.receive_until(lambda _: len(rig.pids) > 1)
    assert rig.pids[-1] != hung
    assert rig.state().restarts == 1


def test_what_came_while_the_pump_was_held_up_for_200_ms_is_not_lost(rig: Rig) -> None:
    phones = [rig.phone() for _ in range(20)]
    opened = [rig.open(phone) for phone in phones]
    os.kill(rig.pids[-1], signal.SIGSTOP)
    for _ in range(10):
        for phone, (_, _, to) in zip(phones, opened, strict=True):
            phone.send(to)
    os.kill(rig.pids[-1], signal.SIGCONT)
    for phone in phones:
        phone.receive()

    figures = [rig.close(leg).figures for leg, _, _ in opened]
    assert [(each.received, each.lost) for each in figures] == [(10, 0)] * 20
    assert rig.state().kernel_drops == 0


def test_the_pump_ends_by_itself_when_its_actor_is_gone(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        rig.open(rig.phone())
        pump = os.pidfd_open(rig.pids[-1])
        # What the kernel does with the wire of a process that is killed.
        rig.hang_up()
        ended, _, _ = select.select([pump], [], [], PATIENCE)
        os.close(pump)
    assert ended


def test_a_pump_that_is_stopped_ends_by_itself(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.open(rig.phone())
    rig.close_all()
    assert rig.codes() == [0]
