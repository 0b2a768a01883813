"""The base of every actor, the post office and the timers, with real threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from actors.exchange.actor import Actor, GetFaults, World
from actors.exchange.clock import SystemClock
from actors.exchange.post import Post
from actors.exchange.timers import ThreadTimers
from actors.ids import CallId
from actors.messages.life import TimerFired

CALL = CallId("t-1")


class Recorder(Actor):
    """Notes what it is told; a ValueError among the messages is raised."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.got: list[Any] = []
        self.put_right: list[Any] = []
        self.enough = threading.Event()

    def handle(self, message: Any) -> Any:
        if isinstance(message, ValueError):
            raise message
        if message == "who":
            return self
        self.got.append(message)
        if message == "last" or isinstance(message, TimerFired):
            self.enough.set()
        return message

    def handle_fault(self, message: Any) -> None:
        self.put_right.append(message)


@pytest.fixture
def world() -> Iterator[World]:
    timers = ThreadTimers()
    yield World(Post(), SystemClock(), timers)
    timers.stop()


@pytest.fixture
def recorder(world: World) -> Iterator[Recorder]:
    ref = Recorder.start(world)
    world.post.add_call(CALL, ref)
    yield ref.ask("who", block=True, timeout=1)
    ref.stop()


def test_a_handler_that_raises_costs_one_message_and_is_logged_and_counted(
    world: World, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    fault = ValueError("boom")

    world.post.to_call(CALL, fault)
    world.post.to_call(CALL, "last")

    assert recorder.enough.wait(2)
    assert recorder.got == ["last"]
    assert recorder.put_right == [fault]
    assert recorder.actor_ref.ask(GetFaults(), block=True, timeout=1) == 1
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_messages_to_nobody_and_to_the_dead_are_dropped(world: World, recorder: Recorder) -> None:
    world.post.to_call(CallId("t-2"), "nobody")
    recorder.actor_ref.stop(block=True)

    world.post.to_call(CALL, "too late")

    assert recorder.got == []


def test_a_call_that_was_removed_gets_no_more_messages(world: World, recorder: Recorder) -> None:
    world.post.remove_call(CALL)

    world.post.to_call(CALL, "too late")
    recorder.actor_ref.tell("last")

    assert recorder.enough.wait(2)
    assert recorder.got == ["last"]


def test_a_shorter_timer_set_later_fires_first(recorder: Recorder) -> None:
    recorder.after(30.0, "ring", 1)
    recorder.after(0.01, "unreachable", 2)

    assert recorder.enough.wait(2)
    assert recorder.got == [TimerFired("unreachable", 2)]


def test_timers_of_an_actor_that_has_gone_hurt_nobody(world: World, recorder: Recorder) -> None:
    gone = Recorder.start(world)
    world.timers.after(0.01, gone, TimerFired("ring"))
    gone.stop(block=True)

    recorder.after(0.03, "later")

    assert recorder.enough.wait(2)
    assert recorder.got == [TimerFired("later")]
