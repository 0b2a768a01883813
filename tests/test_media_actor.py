"""MediaActor: what the pump is told, and what calls are told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from actors.ids import CallId, Leg, PromptId
from actors.messages.media import (
    Aim,
    Bridge,
    Close,
    Closed,
    LegFigures,
    MediaSilent,
    NoMedia,
    Open,
    Opened,
    Play,
    Played,
    PlayMusic,
    StopPlaying,
    Unbridge,
)
from actors.messages.sip import Codec, DigitPressed, Direction, KeySource, Media
from media.control import (
    AimSession,
    CloseSession,
    PlayPrompts,
    Pressed,
    PromptsPlayed,
    SessionClosed,
    SetMusic,
    Silent,
    StopPrompts,
)
from tests.studio import BYE, FIGURES, HELLO, PCMU, PHONE, TUNE, Studio


@pytest.fixture
def studio() -> Iterator[Studio]:
    made = Studio()
    yield made
    made.actor.on_stop()


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
    assert studio.pump.take() == [
        SetMusic(slot, "tune"),
        PlayPrompts(slot, ["hello", "bye"], 4, resumed=False),
        PlayPrompts(slot, ["hello"], 5, resumed=False),
        StopPrompts(slot),
    ]
    assert call.of(Played) == [Played(leg, 4)]


def test_an_unknown_prompt_is_left_out(studio: Studio) -> None:
    leg, _, slot = studio.open("a")
    studio.tell(Play(leg, (PromptId("gone"), BYE), token=4))
    assert studio.pump.take() == [PlayPrompts(slot, ["bye"], 4, resumed=False)]


def test_keys_and_silence_are_told_to_the_call(studio: Studio) -> None:
    leg, call, slot = studio.open("a")
    studio.pump.say(Pressed(slot, "#"), Silent(slot, 30.0))
    assert call.got[1:] == [DigitPressed(leg, "#", KeySource.RTP), MediaSilent(leg, 30.0)]


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


def test_an_sdp_that_cannot_be_spoken_to_leaves_the_audio_as_it_was(studio: Studio) -> None:
    leg, _, slot = studio.open("a")
    studio.tell(Aim(leg, PCMU, Media("phone.example", 4000, (PCMU,), version="1 2")))
    assert studio.pump.take() == []
    studio.tell(PlayMusic(leg, TUNE))
    assert studio.pump.take() == [SetMusic(slot, "tune")]


def test_a_leg_is_not_opened_again_while_it_is_being_closed(studio: Studio) -> None:
    leg, call, slot = studio.open("a")
    studio.tell(Close(leg))
    studio.tell(Open(leg, PCMU, PHONE, "127.0.0.2"))
    assert "closed" in call.last(NoMedia).reason
    studio.pump.say(SessionClosed(slot, 0, 0, 0, 0, 0.0))
    assert studio.state().sessions == 0
