"""MediaActor against a pump of the test's own: what it is told, and what calls are told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.ids import CallId, Leg, MusicClass, PromptId
from actors.messages.media import (
    Aim,
    Bridge,
    Close,
    Closed,
    GetMediaState,
    LegFigures,
    MediaState,
    MediaTimeout,
    NoMedia,
    Open,
    Opened,
    Play,
    Played,
    PlayMusic,
    PlaySilence,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import Codec, DigitPressed, Direction, Media
from actors.settings import MediaSettings
from media.actor import MediaActor
from media.child import Listener, Memory
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
    PromptsPlayed,
    Ready,
    SessionClosed,
    SetMusic,
    Silent,
    Start,
    StopPrompts,
    pack,
    unpack,
)
from media.homes import open_homes, own_address
from media.keeper import Keeper
from media.sounds import Sounds
from tests.harness import Desk, Probe
from tests.ports import free_port, free_ports

PCMU, PCMA = Codec("PCMU", 0), Codec("PCMA", 8)
HELLO, BYE, TUNE = PromptId("hello"), PromptId("bye"), MusicClass("tune")
SOUNDS = Sounds({HELLO: Path("hello.npy"), BYE: Path("bye.npy")}, {TUNE: Path("tune.npy")})
PHONE = Media("127.0.0.2", 4000, (PCMU, PCMA), 101, version="1 1")
FIGURES = LegFigures(5, 4, 3, 2, 1.5)


class FakePump:
    """Notes what it is told; says what the test makes it say."""

    def __init__(self, desk: Desk, start: Start, listener: Listener) -> None:
        self.told: list[Command] = []
        self.start = start
        self.full = False
        self.sends = 0
        self.ended = ""
        self._desk = desk
        self._listener = listener

    def send(self, *commands: Command) -> bool:
        self.told += commands
        self.sends += 1
        return not self.full

    def stop(self) -> None:
        self.ended = "stopped"

    def kill(self) -> None:
        self.ended = "killed"

    def take(self) -> list[Command]:
        told, self.told = self.told, []
        return told

    def say(self, *events: Event) -> None:
        self._listener(list(events))
        self._desk.settle()

    def die(self) -> None:
        self._listener(None)
        self._desk.settle()


class Studio:
    """A desk with a media actor in its role."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.pumps: list[FakePump] = []
        self.lines: list[OpenSession] = []
        first = free_ports(4)
        self.ports = (first, first + 2)
        settings = MediaSettings("127.0.0.1", "", first, first + 2, first + 2)
        self.actor = self.desk.seat(
            MediaActor(self.desk.world, settings, SOUNDS, Keeper(self._start), random.Random(1)),  # noqa: S311 - the same each time
            role="media",
        )
        self.actor.on_start()
        self.pump.say(Ready(2, 1))

    def _start(self, start: Start, _: Memory, listener: Listener) -> FakePump:
        self.pumps.append(FakePump(self.desk, start, listener))
        return self.pumps[-1]

    @property
    def pump(self) -> FakePump:
        return self.pumps[-1]

    def tell(self, message: Any) -> None:
        self.desk.tell(self.actor, message)

    def begun(self, *legs: Leg) -> None:
        """Write into the shared table what a pump does that has begun these legs' lines."""
        for line in self.lines:
            if line.slot < len(legs):
                self.actor._table.ssrc[line.slot] = line.ssrc

    def state(self) -> MediaState:
        state = self.desk.ask(self.actor, GetMediaState())
        assert isinstance(state, MediaState)
        return state

    def open(self, name: str, remote: Media | None = PHONE) -> tuple[Leg, Probe, int]:
        """Open the session of a call's first leg; return its slot too."""
        call, leg = self.desk.call(name), Leg(CallId(name), 0)
        self.tell(Open(leg, PCMU, remote, "127.0.0.2"))
        line = next(each for each in self.pump.told if isinstance(each, OpenSession))
        self.pump.take()
        self.lines.append(line)
        return leg, call, line.slot


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.actor.on_stop()


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


def test_the_same_remote_again_gets_the_pools_port_and_then_none(studio: Studio) -> None:
    _, first, _ = studio.open("a")
    _, second, _ = studio.open("b")
    third = studio.desk.call("c")
    studio.tell(Open(Leg(CallId("c"), 0), PCMU, PHONE, "127.0.0.2"))
    assert first.last(Opened).port == studio.ports[0]
    assert second.last(Opened).port == studio.ports[1]
    assert "pool" in third.last(NoMedia).reason


@pytest.mark.parametrize(
    ("codec", "address"), [(Codec("opus", 107, 48000), "127.0.0.2"), (PCMU, "2001:db8::1")]
)
def test_what_the_pump_cannot_do_has_no_media(studio: Studio, codec: Codec, address: str) -> None:
    call = studio.desk.call("a")
    remote = Media(address, 4000, (codec,), version="1")
    studio.tell(Open(Leg(CallId("a"), 0), codec, remote, "127.0.0.2"))
    assert (codec.name if codec is not PCMU else address) in call.last(NoMedia).reason


def test_only_a_new_version_of_the_sdp_opens_a_window(studio: Studio) -> None:
    leg, _, _ = studio.open("a")
    held = Media("127.0.0.2", 4000, (PCMU,), None, Direction.SENDONLY, version="1 2")
    for remote in (PHONE, held, held):
        studio.tell(Aim(leg, PCMU, remote))
    same, new, again = (each for each in studio.pump.take() if isinstance(each, AimSession))
    assert [same.window, new.window, again.window] == [False, True, False]
    assert (new.hears, new.speaks, new.dtmf, new.a_law) == (False, False, -1, -1)


def test_what_is_said_and_lies_under_it_goes_to_the_pump(studio: Studio) -> None:
    leg, call, slot = studio.open("a")
    studio.tell(PlayMusic(leg, TUNE))
    studio.tell(Play(leg, (HELLO, BYE), token=4))
    studio.pump.say(PromptsPlayed(slot, 4))
    studio.tell(Play(leg, (HELLO,), token=5))
    studio.tell(StopPlaying(leg))
    studio.pump.say(PromptsPlayed(slot, 5))
    studio.tell(PlaySilence(leg))
    assert studio.pump.take() == [
        SetMusic(slot, "tune"),
        PlayPrompts(slot, ["hello", "bye"], 4, resumed=False),
        PlayPrompts(slot, ["hello"], 5, resumed=False),
        StopPrompts(slot),
        SetMusic(slot, None),
    ]
    assert call.of(Played) == [Played(leg, 4)]


def test_an_unknown_prompt_is_left_out(studio: Studio) -> None:
    leg, _, slot = studio.open("a")
    studio.tell(Play(leg, (PromptId("gone"), BYE), token=4))
    assert studio.pump.take() == [PlayPrompts(slot, ["bye"], 4, resumed=False)]


def test_keys_and_silence_are_told_to_the_call(studio: Studio) -> None:
    leg, call, slot = studio.open("a")
    studio.pump.say(Pressed(slot, "#"), Silent(slot, 30.0))
    assert call.got[1:] == [DigitPressed(leg, "#"), MediaTimeout(leg, 30.0)]


def test_close_is_answered_once_each_with_the_figures(studio: Studio) -> None:
    leg, call, slot = studio.open("a")
    studio.tell(Close(leg))
    assert studio.pump.take() == [CloseSession(slot)]
    studio.tell(Play(leg, (HELLO,), token=4))
    assert studio.pump.take() == []
    studio.pump.say(SessionClosed(slot, 5, 4, 3, 2, 1.5))
    studio.tell(Close(leg))
    assert call.of(Closed) == [Closed(leg, FIGURES), Closed(leg, LegFigures())]
    assert studio.state().sessions == 0


def test_a_closed_sessions_slot_and_port_are_used_again(studio: Studio) -> None:
    leg, _, slot = studio.open("a")
    studio.tell(Close(leg))
    studio.pump.say(SessionClosed(slot, 0, 0, 0, 0, 0.0))
    _, call, again = studio.open("b")
    assert again == slot
    assert call.last(Opened).port == studio.ports[0]


def test_messages_about_unknown_legs_change_nothing(studio: Studio) -> None:
    stranger, (leg, _, _) = Leg(studio.open("a")[0].call, 7), studio.open("b")
    for message in (Bridge(leg, stranger), Unbridge(stranger), Play(stranger, (), 1)):
        studio.tell(message)
    assert studio.pump.take() == []


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
        studio.pump.say(Beat(0.1, 0.2, 0.3, 4, 5, 6, 7, 8, 9, 10))
        studio.desk.advance(0.5)
    assert len(studio.pumps) == 1
    state = studio.state()
    assert (state.late_max_ms, state.skipped_ticks, state.kernel_drops) == (0.3, 4, 10)
    studio.desk.advance(3.0)
    assert [pump.ended for pump in studio.pumps[:2]] == ["killed", ""]


def test_a_pump_that_cannot_run_is_tried_once_a_second(studio: Studio) -> None:
    studio.desk.advance(1.5)
    studio.pump.die()
    studio.pump.die()
    assert len(studio.pumps) == 2
    assert not studio.state().running
    studio.desk.advance(1.1)
    assert len(studio.pumps) == 3
    studio.pump.say(Ready(1, 1))
    assert studio.state().running


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
    studio.tell(PlaySilence(leg))
    studio.pump.full = False
    calls = studio.pump.sends
    studio.desk.advance(0.1)
    assert studio.pump.sends == calls + 1


def test_a_taken_port_is_refused_with_its_name_and_one_of_the_pool_left_out() -> None:
    first = free_ports(4)
    homes = open_homes(MediaSettings("127.0.0.1", "", first, first + 2, first + 2))
    other = free_port()
    try:
        with pytest.raises(OSError, match=f"media.port: cannot use 127.0.0.1:{first}"):
            open_homes(MediaSettings("127.0.0.1", "", first, first + 2, first + 2))
        more = open_homes(MediaSettings("127.0.0.1", "", other, first + 2, first + 2))
        assert len(more) == 1
        more[0].close()
    finally:
        for home in homes:
            home.close()


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
        Start([3, 4], 12, 1500, 250, {"a": "a.npy"}, {}),
        PlayPrompts(1, ["x", "y"], 2, resumed=True),
        SetMusic(1, None),
        SessionClosed(1, 2, 3, 4, 5, 6.5),
    ]
    assert unpack(pack(messages)) == messages
