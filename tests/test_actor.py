"""The base of every actor, the post office and the timers, with real threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from actors.exchange.actor import Actor, GetFaults, World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post
from actors.ids import CallId
from actors.messages.life import Shutdown, Undelivered
from actors.messages.message import Message
from tests.harness import Probe
from tests.patience import PATIENCE

CALL = CallId("t-1")
FAULTY, TOO_LATE, LAST = Shutdown("faulty"), Shutdown("too late"), Shutdown("last")


class Due(Message, frozen=True):
    """A timer's message."""

    name: str


class Recorder(Actor):
    """Notes what it is told; one that is FAULTY raises."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.got: list[Any] = []
        self.put_right: list[Any] = []
        self.enough = threading.Event()

    def handle(self, message: Any) -> Any:
        if message == FAULTY:
            raise ValueError("boom")
        if message == "who":
            return self
        self.got.append(message)
        if message == LAST or isinstance(message, Due):
            self.enough.set()
        return message

    def handle_fault(self, message: Any) -> None:
        self.put_right.append(message)


@pytest.fixture
def world() -> Iterator[World]:
    exchange = Exchange()
    exchange.start()
    yield World(Post(), SystemClock(), exchange, exchange)
    exchange.stop()


@pytest.fixture
def recorder(world: World) -> Iterator[Recorder]:
    ref = Recorder.start(world)
    world.post.add_call(CALL, ref)
    yield ref.ask("who", block=True, timeout=PATIENCE)
    ref.stop()


def test_a_handler_that_raises_costs_one_message_and_is_logged_and_counted(
    world: World, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    world.post.to_call(CALL, FAULTY)
    world.post.to_call(CALL, LAST)

    assert recorder.enough.wait(PATIENCE)
    assert recorder.got == [LAST]
    assert recorder.put_right == [FAULTY]
    assert recorder.actor_ref.ask(GetFaults(), block=True, timeout=PATIENCE) == 1
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_messages_to_nobody_and_to_the_dead_are_dropped(world: World, recorder: Recorder) -> None:
    world.post.to_call(CallId("t-2"), TOO_LATE)
    recorder.actor_ref.stop(block=True)

    world.post.to_call(CALL, TOO_LATE)

    assert recorder.got == []


def test_who_wants_to_know_is_told_that_nobody_was_there(world: World) -> None:
    sender = Probe("sender")
    gone = Recorder.start(world)
    world.post.add_call(CALL, gone)
    gone.stop(block=True)

    world.post.to_call(CallId("t-2"), LAST, sender.ref)
    world.post.to_call(CALL, LAST, sender.ref)

    assert sender.got == [Undelivered(LAST)] * 2


def test_what_comes_before_a_calls_actor_waits_for_it_in_order(world: World) -> None:
    call, sender = Probe("call"), Probe("sender")
    world.post.expect_call(CALL)
    assert CALL not in world.post.calls()

    world.post.to_call(CALL, FAULTY, sender.ref)
    world.post.to_call(CALL, TOO_LATE, sender.ref)
    world.post.add_call(CALL, call.ref)
    world.post.to_call(CALL, LAST, sender.ref)

    assert call.got == [FAULTY, TOO_LATE, LAST]
    assert sender.got == []


def test_what_comes_for_a_call_that_was_refused_is_dropped(world: World) -> None:
    sender = Probe("sender")
    world.post.expect_call(CALL)
    world.post.remove_call(CALL)

    world.post.to_call(CALL, LAST, sender.ref)

    assert sender.got == [Undelivered(LAST)]


def test_a_call_that_was_removed_gets_no_more_messages(world: World, recorder: Recorder) -> None:
    world.post.remove_call(CALL)

    world.post.to_call(CALL, TOO_LATE)
    recorder.actor_ref.tell(LAST)

    assert recorder.enough.wait(PATIENCE)
    assert recorder.got == [LAST]


def test_a_shorter_timer_set_later_fires_first(recorder: Recorder) -> None:
    recorder.after(30.0, Due("long"))
    recorder.after(0.01, Due("short"))

    assert recorder.enough.wait(PATIENCE)
    assert recorder.got == [Due("short")]


def test_timers_of_an_actor_that_has_gone_hurt_nobody(world: World, recorder: Recorder) -> None:
    gone = Recorder.start(world)
    world.timers.after(0.01, gone, Due("gone"))
    gone.stop(block=True)

    recorder.after(0.03, Due("later"))

    assert recorder.enough.wait(PATIENCE)
    assert recorder.got == [Due("later")]
