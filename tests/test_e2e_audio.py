"""What callers and agents hear, compared with the prompts, the music and the tones sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre, hears_something, hears_tone
from tests.hearing import RATE, Pcm, find, is_loud
from tests.phones import PhoneCall
from tests.server import eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def hears_music(centre: CallCentre, call: PhoneCall) -> None:
    """Wait until a second of what is heard is a part of the music."""
    music = centre.music()
    eventually(lambda: find(call.listen(1.0), music).likeness > 0.9, f"music on {call}")


def has_music(centre: CallCentre, heard: Pcm) -> bool:
    """Return whether any second of what was heard is a part of the music."""
    music = centre.music()
    seconds = (heard[at : at + RATE] for at in range(0, len(heard) - RATE + 1, RATE // 4))
    return any(find(second, music).likeness > 0.9 for second in seconds)


def talking(centre: CallCentre) -> tuple[PhoneCall, PhoneCall]:
    """Return a caller's and an agent's call that are connected."""
    phone = centre.agent_phone("desk1", "2771")
    caller = centre.phone("caller").dial(centre.uri("sales"))
    agent = phone.wait_ring()
    agent.answer()
    centre.server.wait_calls("sales", "connected")
    return caller, agent


def test_a_caller_hears_welcome_then_music_then_announcement(centre: CallCentre) -> None:
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()

    welcome = centre.hears(call, centre.welcome("sales"))
    after = welcome.at + len(centre.welcome("sales"))
    assert welcome.at < 0.5 * RATE
    announcement = centre.hears(call, centre.announcement("sales"), since=after)
    assert announcement.at > 4.5 * RATE
    assert has_music(centre, call.heard()[after : announcement.at])

    end = announcement.at + len(centre.announcement("sales"))
    again = centre.hears(call, centre.announcement("sales"), since=end)
    assert has_music(centre, call.heard()[end : again.at])
    assert again.at - announcement.at == pytest.approx(5 * RATE, abs=1.5 * RATE)


def test_a_waiting_caller_never_hears_silence(centre: CallCentre) -> None:
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()
    hears_something(call)

    heard = call.listen(8.0)

    quiet = [
        at for at in range(0, len(heard), RATE // 2) if not is_loud(heard[at : at + RATE // 2])
    ]
    assert not quiet


def test_music_is_on_one_clock_for_all_callers(centre: CallCentre) -> None:
    one = centre.phone("one").dial(centre.uri("support"))
    two = centre.phone("two").dial(centre.uri("support"))
    one.wait_up()
    two.wait_up()
    hears_something(one)
    hears_something(two)

    first, second = one.mark(), two.mark()
    tune = find(one.listen(1.5, since=first), centre.music())
    other = find(two.listen(1.5, since=second), centre.music())

    assert tune.likeness > 0.9
    assert other.likeness > 0.9
    # Both phones read 20 ms frames of one clock through jitter buffers of their own.
    assert abs(tune.at - other.at) < 0.2 * RATE


def test_caller_and_agent_hear_each_other_and_nothing_else(centre: CallCentre) -> None:
    caller, agent = talking(centre)

    caller.say_tone(600)
    agent.say_tone(1000)

    hears_tone(caller, 1000)
    hears_tone(agent, 600)
    caller.say_tone(800)
    hears_tone(agent, 800)


def test_a_caller_on_hold_hears_music_and_then_the_agent_again(centre: CallCentre) -> None:
    caller, agent = talking(centre)
    agent.say_tone(1000)
    hears_tone(caller, 1000)

    agent.hold()
    agent.wait_for("up")
    hears_music(centre, caller)
    agent.resume()

    agent.say_tone(1000)
    hears_tone(caller, 1000)
    caller.say_tone(600)
    hears_tone(agent, 600)


def test_an_agent_on_hold_hears_music(centre: CallCentre) -> None:
    caller, agent = talking(centre)
    caller.say_tone(600)
    hears_tone(agent, 600)

    caller.hold()
    hears_music(centre, agent)
    caller.resume()

    caller.say_tone(600)
    hears_tone(agent, 600)


def test_keys_pressed_in_a_call_reach_the_other_side(centre: CallCentre) -> None:
    caller, agent = talking(centre)
    caller.say_tone(600)
    hears_tone(agent, 600)

    caller.press("42#")

    agent.wait_digits("42#")
    hears_tone(agent, 600)


def test_an_agent_who_answers_in_the_middle_of_the_welcome_is_heard_at_once(
    centre: CallCentre,
) -> None:
    phone = centre.agent_phone("desk1", "2771")
    phone.answer_calls()
    caller = centre.phone("caller").dial(centre.uri("sales"))
    agent = phone.wait_ring()
    agent.wait_up()

    agent.say_tone(1000)

    hears_tone(caller, 1000)
    end = centre.welcome("sales")[-RATE:]
    heard = caller.heard()
    assert len(heard) < len(end) or find(end, heard).likeness < 0.8, "heard to its end"


@pytest.mark.parametrize(("one", "other"), [("pcmu", "pcma"), ("pcma", "pcmu"), ("pcma", "pcma")])
def test_phones_of_either_law_of_g711_hear_each_other(
    centre: CallCentre, one: str, other: str
) -> None:
    phone = centre.phone("desk1", codecs=(other,))
    centre.log_on_at_once(phone, "2771")
    caller = centre.phone("caller", codecs=(one,)).dial(centre.uri("sales"))
    agent = phone.wait_ring()
    agent.answer()

    caller.say_tone(600)
    agent.say_tone(1000)

    hears_tone(caller, 1000)
    hears_tone(agent, 600)


def test_a_caller_without_a_common_codec_is_refused_with_488(centre: CallCentre) -> None:
    call = centre.phone("caller", codecs=("g722/16000/1",)).dial(centre.uri("sales"))

    assert call.wait_over().startswith("488")
