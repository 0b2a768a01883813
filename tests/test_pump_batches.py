"""No batch of packets ends the pump: batches that phones on a bad network, or bad phones, send."""

from __future__ import annotations

import struct
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from media.control import CloseSession, Join, Part, PlayPrompts, SetMusic
from media.rtp import HEADER_BYTES
from media.sessions import CAPACITY
from media.sounds import Sounds
from tests.hand_pump import EVENTS, HandPump
from tests.media_rig import SILENCE, VOICE, Rig, write_sounds
from tests.patience import SHRINKING_SECONDS

OTHER_VOICE = b"\x33" * 160
PHONES = 6
HEAD = struct.Struct("!BBHII")


# ---- the pump as a process -------------------------------------------------------------------


def test_two_packets_that_change_places_after_a_bridge_end_no_pump(tmp_path: Path) -> None:
    with Rig(tmp_path) as rig:
        caller, agent = rig.phone(), rig.phone()
        leg, _, to = rig.open(caller)
        other, _, _ = rig.open(agent)
        rig.bridge(leg, caller, other)
        for seq in (100, 99, 101):
            caller.seq = seq
            caller.send(to, VOICE)
            rig.state()
            caller.receive()
        agent.receive_until(lambda packet: packet.payload == VOICE)
        caller.ssrc += 1
        for seq in (900, 899, 901):
            caller.seq = seq
            caller.send(to, OTHER_VOICE)
            caller.receive()
        agent.receive_until(lambda packet: packet.payload == OTHER_VOICE)

        while (state := rig.state()).received < 6 and not state.restarts:
            agent.receive()

        assert (state.restarts, state.dropped_batches) == (0, 0)
        assert rig.close(leg).figures.received == 6


def test_a_batch_that_cannot_be_taken_in_is_dropped_counted_and_logged_once_a_second(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Rig(tmp_path) as rig:
        caller, agent = rig.phone(), rig.phone()
        _, _, to = rig.open(caller)
        rig.open(agent)
        rig.table.peer[0] = CAPACITY
        for _ in range(20):
            caller.send(to, VOICE)
            agent.receive()
        while rig.state().dropped_batches < 5:
            agent.receive()

        state = rig.state()
        assert (state.restarts, state.running) == (0, True)
        assert agent.receive().payload == SILENCE
    said = capfd.readouterr().err
    assert said.count("IndexError") == said.count("was dropped") >= 1
    assert said.count("was dropped") <= 2


# ---- any batches -----------------------------------------------------------------------------

ports = st.integers(0, PHONES - 1)
speech = st.tuples(
    ports,
    st.just(0x80),
    st.sampled_from([0, 8, EVENTS]),
    st.sampled_from([1, 1, 2, -1, 0, -2]),
    st.integers(-1, 2),
    st.integers(0, 1),
    st.sampled_from([VOICE, VOICE * 2, b"\x05\x8a\x03\x20"]),
    st.none(),
)
anything = st.tuples(
    ports,
    st.sampled_from([0x80, 0xA0, 0x90, 0x81, 0xBF, 0x40, 0x00]),
    st.sampled_from([0, 8, EVENTS, 0x80, 0x88, 0x80 | EVENTS, 13, 200, 201, 255]),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF // 160),
    st.integers(0, 1),
    st.binary(max_size=8) | st.integers(0, 2000).map(bytes),
    st.integers(0, HEADER_BYTES) | st.none(),
)


class AnyBatches(RuleBasedStateMachine):
    """A pump, phones with real sockets, and what they send it between two of its slices."""

    def __init__(self, sounds: Sounds) -> None:
        super().__init__()
        self.hand = HandPump(sounds, PHONES)
        self.seq, self.ts = [100] * PHONES, [0] * PHONES
        self.open: dict[int, int] = {}

    @initialize()
    def everybody_is_in_a_call(self) -> None:
        for slot in range(PHONES):
            self.opens(slot, slot + 1)
            self.aims(slot, slot // 4, 3, EVENTS)
        for slot in range(0, PHONES, 2):
            self.joins(slot, slot + 1)

    @rule(slot=ports, ssrc=st.integers(1, 0xFFFFFFFF))
    def opens(self, slot: int, ssrc: int) -> None:
        if slot not in self.open:
            self.open[slot] = ssrc
            self.hand.open(slot, ssrc)

    @rule(
        slot=ports,
        law=st.integers(0, 1),
        ways=st.integers(0, 3),
        events=st.sampled_from([-1, EVENTS]),
    )
    def aims(self, slot: int, law: int, ways: int, events: int) -> None:
        if slot in self.open:
            self.hand.aim(slot, law, events, hears=bool(ways & 1), speaks=bool(ways & 2))

    @rule(one=ports, other=ports)
    def joins(self, one: int, other: int) -> None:
        if one != other and {one, other} <= set(self.open):
            self.hand.obey(Join(one, other))

    @rule(slot=ports)
    def parts(self, slot: int) -> None:
        if slot in self.open:
            self.hand.obey(Part(slot), SetMusic(slot, "tune"))

    @rule(slot=ports)
    def says(self, slot: int) -> None:
        if slot in self.open:
            self.hand.obey(PlayPrompts(slot, ["news", "welcome"], 1, resumed=False))

    @rule(slot=ports)
    def closes(self, slot: int) -> None:
        if slot in self.open:
            heard = {HEAD.unpack_from(packet)[4] for packet in self.hand.got(slot)}
            assert heard <= {self.open.pop(slot)}
            self.hand.obey(CloseSession(slot))

    @rule(batch=st.lists(speech | speech | anything, min_size=1, max_size=12))
    def hears(self, batch: list[tuple[int, int, int, int, int, int, bytes, int | None]]) -> None:
        for phone, first, second, seq, frames, ssrc, payload, end in batch:
            self.seq[phone] = (self.seq[phone] + seq) & 0xFFFF
            self.ts[phone] = (self.ts[phone] + frames * 160) & 0xFFFFFFFF
            head = HEAD.pack(first, second, self.seq[phone], self.ts[phone], ssrc)
            self.hand.send(phone, (head + payload)[:end])
        self.hand.slice()
        assert self.hand.pump.dropped_batches == 0

    @rule(phone=ports)
    def nobody_listens_any_more(self, phone: int) -> None:
        """What is sent to the phone comes back as an ICMP error."""
        self.hand.phones[phone].close()
        self.hand.tick(2)
        self.hand.slice()
        assert self.hand.pump.dropped_batches == 0
        self.hand.reopen(phone)

    @rule(ticks=st.integers(1, 20))
    def ticks(self, ticks: int) -> None:
        self.hand.tick(ticks)
        assert self.hand.events()

    def teardown(self) -> None:
        for slot in list(self.open):
            self.closes(slot)
        self.hand.close()


@pytest.mark.timeout(SHRINKING_SECONDS + 120)
def test_any_batches_of_any_phones_are_taken_in_and_each_hears_one_ssrc(tmp_path: Path) -> None:
    run_state_machine_as_test(
        partial(AnyBatches, write_sounds(tmp_path)),  # type: ignore[arg-type]  # any factory will do
        settings=settings(max_examples=100, stateful_step_count=30, deadline=None),
    )


# ---- keys ------------------------------------------------------------------------------------


def test_the_rest_of_the_key_by_which_a_phone_came_to_its_peer_is_not_passed_on(
    tmp_path: Path,
) -> None:
    def key(seq: int, pressed_at: int) -> bytes:
        return HEAD.pack(0x80, EVENTS, seq, pressed_at, 9) + bytes([1, 10, 0, 160])

    with HandPump(write_sounds(tmp_path), phones=2) as hand:
        hand.open(0)
        hand.open(1)
        hand.send(0, key(1, 160))
        hand.slice()
        hand.obey(Join(0, 1))
        hand.send(0, key(2, 160))
        hand.send(0, HEAD.pack(0x80, 0, 3, 320, 9) + VOICE)
        hand.send(0, key(4, 480))
        hand.slice()

        kinds = [HEAD.unpack_from(packet)[1] & 0x7F for packet in hand.got(1)]
        assert kinds == [0, EVENTS]
        assert [type(one).__name__ for one in hand.events()].count("Pressed") == 2


# ---- many ports ------------------------------------------------------------------------------


def test_a_phone_at_the_last_port_of_a_large_pool_is_heard_and_spoken_to(tmp_path: Path) -> None:
    with HandPump(write_sounds(tmp_path), phones=2, doors=301) as hand:
        hand.open(0, ssrc=5, door=300)
        hand.open(1, ssrc=6, door=299)
        hand.obey(Join(0, 1))
        hand.send(0, HEAD.pack(0x80, 0, 1, 160, 9) + VOICE, door=300)
        hand.slice()

        assert [HEAD.unpack_from(packet)[4] for packet in hand.got(1)] == [6]
