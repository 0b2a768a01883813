"""MediaActor when its pump dies, hangs or will not run; its ports and its wire."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import astuple, replace

from actors.exchange.actor import GetFaults
from actors.ids import CallId, Leg
from actors.messages.media import (
    Aim,
    Bridge,
    Close,
    Closed,
    NoMedia,
    Open,
    Opened,
    Play,
    PlayMusic,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import Codec, DigitPressed, KeySource, Media
from actors.settings import MediaSettings
from media.book import Book
from media.child import Child, Memory
from media.control import (
    AimSession,
    Beat,
    CloseSession,
    Command,
    Event,
    Join,
    OpenSession,
    Part,
    PlayPrompts,
    Pressed,
    Ready,
    SessionClosed,
    SetMusic,
    Start,
    pack,
    unpack,
)
from media.doors import open_doors, own_address
from tests.descriptors import no_descriptors
from tests.ports import free_port, free_ports
from tests.studio import FIGURES, HELLO, PCMA, PCMU, PHONE, TUNE, Studio


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.actor.on_stop()


def test_a_pump_that_comes_up_when_all_has_stopped_is_ended() -> None:
    studio = Studio()
    studio.desk.advance(1.5)
    studio.meanwhile = studio.stop

    studio.pump.die()

    assert [pump.ended for pump in studio.pumps] == ["killed", "stopped"]


def test_open_is_answered_at_once_with_our_address_and_told_to_the_pump(studio: Studio) -> None:
    call, leg = studio.desk.call("a"), Leg(CallId("a"), 0)
    studio.tell(Open(leg, PCMU, PHONE, "127.0.0.2"))
    assert call.got == [Opened(leg, "127.0.0.1", studio.ports[0])]
    line, aim = studio.pump.told
    assert isinstance(line, OpenSession)
    assert not line.resumed
    assert line.seq < 1 << 15
    assert aim == AimSession(
        *(line.slot, 0, 0, 0, 8, 101, "127.0.0.2", 4000, "127.0.0.2"),
        hears=True,
        speaks=True,
        window=True,
    )


def test_a_new_pump_is_told_of_every_session_as_it_stands(studio: Studio) -> None:
    one, _, slot_one = studio.open("a")
    other, _, slot_other = studio.open("b", remote=None)
    waiting, _, slot_waiting = studio.open("c", Media("127.0.0.3", 5000, (PCMU,), version="1"))
    studio.tell(Aim(other, PCMA, Media("127.0.0.4", 5000, (PCMA,), version="9")))
    studio.tell(PlayMusic(one, TUNE))
    studio.tell(Bridge(one, other))
    studio.tell(PlayMusic(waiting, TUNE))
    studio.tell(Play(waiting, (HELLO,), token=7))
    studio.desk.advance(1.5)
    studio.begun(one, other)
    studio.pump.die()
    told = studio.pump.take()

    assert len(studio.pumps) == 2
    assert studio.pumps[0].ended == "killed"
    lines = [each for each in told if isinstance(each, OpenSession)]
    assert [each.slot for each in lines] == [slot_one, slot_other, slot_waiting]
    assert [each.resumed for each in lines] == [True, True, False]
    aims = [each for each in told if isinstance(each, AimSession)]
    assert [each.window for each in aims] == [False, False, True]
    assert [each for each in told if not isinstance(each, OpenSession | AimSession)] == [
        SetMusic(slot_waiting, "tune"),
        Join(slot_one, slot_other),
        PlayPrompts(slot_waiting, ["hello"], 7, resumed=True),
    ]
    assert studio.pump.start == studio.pumps[0].start
    assert studio.state().restarts == 1


def test_a_parted_leg_is_not_bridged_again_by_a_new_pump(studio: Studio) -> None:
    one, _, slot = studio.open("a")
    other, _, _ = studio.open("b", remote=None)
    studio.tell(Bridge(one, other))
    studio.tell(Unbridge(other))
    assert Part in {type(each) for each in studio.pump.told}
    studio.tell(PlayMusic(one, TUNE))
    studio.desk.advance(1.5)
    studio.pump.die()
    rest = [each for each in studio.pump.take() if isinstance(each, Join | SetMusic)]
    assert rest == [SetMusic(slot, "tune")]


def test_what_was_being_closed_when_the_pump_died_is_closed(studio: Studio) -> None:
    leg, call, _ = studio.open("a")
    studio.tell(Close(leg))
    studio.desk.advance(1.5)
    studio.pump.die()
    assert [closed.leg for closed in call.of(Closed)] == [leg]
    assert studio.pump.take() == []


def test_a_pump_that_falls_silent_is_killed_and_replaced(studio: Studio) -> None:
    for _ in range(10):
        studio.pump.say(Beat(0.1, 0.2, 0.3, 4, 5, 6, 7, 8, 9, 10, 11))
        studio.desk.advance(0.5)
    assert len(studio.pumps) == 1
    state = studio.state()
    assert (state.late_max_ms, state.skipped_ticks, state.kernel_drops) == (0.3, 4, 10)
    assert state.dropped_batches == 11
    studio.desk.advance(3.0)
    assert [pump.ended for pump in studio.pumps[:2]] == ["killed", ""]


def test_a_pump_that_cannot_run_is_tried_once_a_second(studio: Studio) -> None:
    studio.desk.advance(1.5)
    studio.pump.die()
    studio.pump.die()
    assert len(studio.pumps) == 2
    assert not studio.state().running
    studio.desk.advance(1.6)
    assert len(studio.pumps) == 3
    studio.pump.say(Ready(1, 1))
    assert studio.state().running


def test_a_pump_that_cannot_be_started_is_tried_for_ever_and_health_says_why(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    leg, call, slot = studio.open("a")
    studio.desk.advance(1.5)
    studio.fails = OSError(24, "Too many open files")
    studio.pump.die()
    studio.tell(PlayMusic(leg, TUNE))
    assert (studio.state().running, studio.state().why) == (False, "[Errno 24] Too many open files")
    studio.desk.advance(3600)
    assert 3600 / 2 < studio.attempts <= 3600 + 2  # a start that fails each second or two
    assert caplog.text.count("no pump can be started") == 1

    studio.fails = None
    studio.desk.advance(2)
    told = studio.pump.take()
    assert [each.slot for each in told if isinstance(each, OpenSession)] == [slot]
    assert SetMusic(slot, "tune") in told
    studio.pump.say(Ready(2, 1), Pressed(slot, "1"))
    assert (studio.state().running, studio.state().why) == (True, "")
    assert call.of(DigitPressed) == [DigitPressed(leg, "1", KeySource.RTP)]


def test_a_fault_while_a_pump_is_mended_does_not_end_the_mending(studio: Studio) -> None:
    studio.desk.faults_expected = True
    studio.desk.advance(1.5)
    studio.pump.breaks = OSError("it cannot be killed")
    studio.pump.die()
    studio.desk.advance(2)
    assert len(studio.pumps) == 2


def test_an_own_address_that_cannot_be_found_out_leaves_no_session_behind() -> None:
    studio = Studio(address="0.0.0.0")  # noqa: S104 - only a setting
    studio.desk.faults_expected = True
    call, leg = studio.desk.call("a"), Leg(CallId("a"), 0)
    with no_descriptors():
        studio.tell(Open(leg, PCMU, PHONE, "127.0.0.2"))
    assert call.got == [NoMedia(leg, "a fault of the server")]
    assert (studio.state().sessions, studio.pump.take()) == (0, [])
    studio.actor.on_stop()


NAMELESS = Codec(cast("str", None), 9)
"""Stands for whatever a handler may raise at."""


@pytest.mark.parametrize("dies", [False, True], ids=["the pump closes it", "the pump dies before"])
def test_a_session_whose_opening_fails_half_way_is_closed(studio: Studio, *, dies: bool) -> None:
    studio.desk.faults_expected = True
    studio.desk.advance(1.5)
    call, leg = studio.desk.call("a"), Leg(CallId("a"), 0)

    studio.tell(Open(leg, PCMU, replace(PHONE, codecs=(NAMELESS,)), "127.0.0.2"))

    opened, closed = studio.pump.take()
    assert isinstance(opened, OpenSession)
    assert closed == CloseSession(opened.slot)
    assert call.got == [NoMedia(leg, "a fault of the server")]
    if dies:
        studio.pump.die()
        assert studio.pump.take() == []
    else:
        studio.pump.say(SessionClosed(opened.slot, *astuple(FIGURES)))
    assert studio.state().sessions == 0


def test_a_session_whose_closing_fails_half_way_is_closed(studio: Studio) -> None:
    studio.desk.faults_expected = True
    leg, call, slot = studio.open("a")
    session = studio.actor._book.get(leg)
    assert session
    session.peer = cast("Leg", [leg])  # nothing that could be looked up

    studio.tell(Close(leg))

    assert studio.pump.take() == [CloseSession(slot)]
    studio.pump.say(SessionClosed(slot, *astuple(FIGURES)))
    assert call.of(Closed) == [Closed(leg, FIGURES)]
    assert studio.state().sessions == 0


def test_an_event_that_cannot_be_taken_in_keeps_no_other_from_being_heard(studio: Studio) -> None:
    studio.desk.faults_expected = True
    leg, call, slot = studio.open("a")
    studio.tell(Close(leg))

    studio.pump.say(
        Pressed(cast("int", []), "1"),  # nothing that could be looked up
        SessionClosed(slot, *astuple(FIGURES)),
    )

    assert call.of(Closed) == [Closed(leg, FIGURES)]
    assert studio.state().sessions == 0
    assert studio.desk.ask(studio.actor, GetFaults()) == 1


class OutOfLuck(random.Random):
    """Chance that fails once."""

    failed = False

    def getrandbits(self, k: int) -> int:
        if not self.failed:
            self.failed = True
            raise RuntimeError("no chance")
        return super().getrandbits(k)


def test_a_session_that_cannot_be_begun_keeps_no_port() -> None:
    book = Book(1, OutOfLuck(1))
    behind_nat = replace(PHONE, address="192.168.0.5")
    first, second = (Open(Leg(CallId(n), 0), PCMU, behind_nat, "9.9.9.9") for n in "ab")
    with pytest.raises(RuntimeError):
        book.open(first)

    assert book.open(second).door == 1
    assert book.open(first).door == 0


def test_a_child_that_cannot_be_started_leaves_nothing_of_itself() -> None:
    memory, start = Memory(), Start([], [], 0, 0, 0, 0, {}, {})
    gc.collect()
    before = set(Path("/proc/self/fd").iterdir())
    with no_descriptors(but=3), pytest.raises(OSError, match="Too many open files"):
        Child(start, memory)
    gc.collect()
    assert set(Path("/proc/self/fd").iterdir()) == before
    memory.close()


def test_word_of_a_former_pump_is_not_heard(studio: Studio) -> None:
    _, call, slot = studio.open("a")
    studio.desk.advance(1.5)
    former = studio.pump
    former.die()
    former.say(Pressed(slot, "1"))
    former.die()
    assert len(studio.pumps) == 2
    assert not call.of(DigitPressed)


def test_commands_that_had_to_wait_are_sent_soon(studio: Studio) -> None:
    leg, _, _ = studio.open("a")
    studio.pump.full = True
    studio.tell(StopPlaying(leg))
    studio.pump.full = False
    calls = studio.pump.sends
    studio.desk.advance(0.1)
    assert studio.pump.sends == calls + 1


def test_a_taken_port_is_refused_with_its_name_and_one_of_the_pool_left_out() -> None:
    first = free_ports(4)
    doors = open_doors(MediaSettings("127.0.0.1", "", first, first + 2, first + 2))
    other = free_port()
    try:
        with pytest.raises(OSError, match=f"media.port: cannot use 127.0.0.1:{first}"):
            open_doors(MediaSettings("127.0.0.1", "", first, first + 2, first + 2))
        more = open_doors(MediaSettings("127.0.0.1", "", other, first + 2, first + 2))
        assert len(more) == 1
        more[0].close()
    finally:
        for door in doors:
            door.close()


@pytest.mark.parametrize(
    ("address", "advertise", "expected"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("0.0.0.0", "203.0.113.5", "203.0.113.5"),  # noqa: S104 - only a setting
        ("0.0.0.0", "", "127.0.0.1"),  # noqa: S104
    ],
)
def test_our_address_is_the_advertised_the_bound_or_the_one_on_the_way(
    address: str, advertise: str, expected: str
) -> None:
    assert own_address(MediaSettings(address, advertise), "127.0.0.9") == expected


def test_messages_on_the_wire_come_out_as_they_went_in() -> None:
    messages: list[Command | Event] = [
        Start([3, 4], [5, None], 12, 100, 1500, 250, {"a": "a.npy"}, {}),
        PlayPrompts(1, ["x", "y"], 2, resumed=True),
        SetMusic(1, "tune"),
        SessionClosed(1, 2, 3, 4, 5, 6.5),
    ]
    assert unpack(pack(messages)) == messages
