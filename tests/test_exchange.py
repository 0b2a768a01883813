"""The exchange: turns, fairness, waking up, and what becomes of messages at the end."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pykka
import pytest

from actors.exchange.actor import Actor, World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import MOST_AT_ONCE, Exchange
from actors.exchange.lengths import Lengths
from actors.exchange.post import Post
from actors.messages.message import Message
from tests.patience import PATIENCE
from tests.server import eventually


class Doer(Actor):
    """Calls what it is told, and keeps the rest."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.got: list[Any] = []

    def handle(self, message: Any) -> Any:
        if callable(message):
            return message()
        self.got.append(message)
        return len(self.got)


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    made = Exchange()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def world(exchange: Exchange) -> World:
    return World(Post(), SystemClock(), exchange, exchange)


def started(world: World) -> tuple[Doer, pykka.ActorRef[Doer]]:
    ref = Doer.start(world)
    doer = ref._actor_weakref()
    assert isinstance(doer, Doer)
    return doer, ref


def ask(ref: pykka.ActorRef[Any], message: Any) -> Any:
    return ref.ask(message, block=True, timeout=PATIENCE)


def test_a_million_messages_of_other_threads_to_a_sleeping_exchange_all_arrive(
    world: World,
) -> None:
    doer, ref = started(world)

    def tell(number: int) -> None:
        for each in range(50_000):
            ref.tell((number, each))
            if each % 5_000 == 0:
                time.sleep(0.001)  # so that it falls asleep now and then

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ref.ask("last", block=True, timeout=60) == 1_000_001
    for number in range(20):
        assert [each for who, each in doer.got[:-1] if who == number] == list(range(50_000))


def test_no_flood_of_messages_keeps_a_descriptor_from_its_turn(
    world: World, exchange: Exchange
) -> None:
    _, ref = started(world)
    reader, writer = os.pipe()
    handled: list[str] = []

    def turn() -> float:
        handled.append("turn")
        return 0.0

    def flood() -> None:
        exchange.serve(reader, turn)
        for _ in range(10_000):
            ref.tell(lambda: handled.append("message"))
        ref.tell(end)

    def end() -> None:
        exchange.forget(reader)
        done.set()

    done = threading.Event()
    ref.tell(flood)
    assert done.wait(30)
    os.close(reader)
    os.close(writer)

    between, longest = 0, 0
    for what in handled:
        between = between + 1 if what == "message" else 0
        longest = max(longest, between)
    assert handled.count("message") == 10_000
    assert longest <= MOST_AT_ONCE


PIECES = 20


def stand_still(world: World, exchange: Exchange, pieces: int | None) -> list[str]:
    """Let words come while the exchange stands still, and a timer fall due; return what is heard.

    They come in so many pieces, each of which takes a turn; None: without end.
    """
    doer, ref = started(world)
    reader, writer = os.pipe()
    ended = threading.Event()
    left = pieces

    def turn() -> float:
        nonlocal left
        if left is None:
            return 0.0
        if left and os.read(reader, 1):
            left -= 1
            ref.tell("word")
        return 0.0 if left else 60.0

    def begin() -> None:
        nonlocal left
        left = 0
        exchange.serve(reader, turn)
        ref.tell(stand)

    def stand() -> None:
        nonlocal left
        exchange.after(0.05, ref, cast("Message", "time is over"))
        time.sleep(0.1)
        left = pieces
        os.write(writer, b"x" * PIECES)

    def end() -> None:
        exchange.forget(reader)
        ended.set()

    ref.tell(begin)
    eventually(lambda: "time is over" in doer.got, "the timer")
    ref.tell(end)
    assert ended.wait(PATIENCE)
    os.close(reader)
    os.close(writer)
    return doer.got


def test_what_came_in_a_standstill_is_heard_before_it_is_missed(
    world: World, exchange: Exchange
) -> None:
    assert stand_still(world, exchange, PIECES) == [*["word"] * PIECES, "time is over"]


def test_a_flood_without_end_keeps_no_timer_for_ever(world: World, exchange: Exchange) -> None:
    assert stand_still(world, exchange, None) == ["time is over"]


def test_a_handler_that_blocks_is_told_and_counted(
    world: World, exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    _, ref = started(world)

    with caplog.at_level(logging.WARNING):
        ask(ref, lambda: time.sleep(0.05))
        ask(ref, "next")

    state = exchange.state()
    assert state.slow_messages >= 1
    assert state.turn_max_ms >= 50
    assert "for one message" in caplog.text


def test_how_late_messages_are_is_known_from_one_mark_to_the_next(
    world: World, exchange: Exchange
) -> None:
    _, ref = started(world)
    looked: list[float] = []

    def look() -> None:
        looked.append(exchange.late(time.monotonic()))

    ref.tell(lambda: time.sleep(0.03))  # what follows waits for it, and so does the mark
    for _ in range(2 * MOST_AT_ONCE):
        ref.tell(look)
    ask(ref, lambda: None)

    assert min(looked) >= 0.03
    assert max(looked) < 30
    eventually(lambda: exchange.late(time.monotonic()) < 0.03, "messages in time again")


def test_who_asks_on_the_exchange_is_refused_at_once(world: World) -> None:
    _, one = started(world)
    _, other = started(world)

    def wait_for_the_other() -> str:
        try:
            ask(other, "x")
        except RuntimeError as error:
            return str(error)
        return ""

    assert "must not wait" in ask(one, wait_for_the_other)


def test_a_message_to_an_actor_that_stopped_in_the_same_turn_is_dropped_and_a_question_answered(
    world: World,
) -> None:
    doer, ref = started(world)
    _, other = started(world)
    asked: list[pykka.Future[Any]] = []

    def stop_and_tell() -> None:
        ref.tell(doer.stop)
        ref.tell("before")
        ref.tell("before, too")
        asked.append(ref.ask("question", block=False))

    ask(other, stop_and_tell)
    ref.stop(block=True, timeout=PATIENCE)

    assert doer.got == ["before", "before, too", "question"]
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("after")

    def after_the_end() -> None:
        inbox = ref.actor_inbox
        asked.append(ref.actor_class._create_future())
        inbox.put(pykka._envelope.Envelope("late", reply_to=asked[-1]))

    ask(other, after_the_end)
    with pytest.raises(pykka.ActorDeadError):
        asked[-1].get(timeout=PATIENCE)


def test_what_was_asked_of_an_exchange_that_stops_is_answered(world: World) -> None:
    exchange = Exchange()
    exchange.start()
    _, ref = started(World(world.post, world.clock, exchange, exchange))
    held = threading.Event()
    ref.tell(lambda: held.wait(PATIENCE))
    asked = [ref.ask("question", block=False) for _ in range(3)]

    stopping = threading.Thread(target=exchange.stop, args=(5.0,))
    stopping.start()
    held.set()
    stopping.join()

    for future in [*asked, ref.ask("too late", block=False)]:
        try:
            assert future.get(timeout=PATIENCE)
        except pykka.ActorDeadError:
            continue


def test_work_aside_holds_nobody_up_and_its_message_comes_back(world: World) -> None:
    doer, ref = started(world)
    go_on, arrived = threading.Event(), threading.Event()

    def work() -> object:
        go_on.wait(PATIENCE)
        return arrived.set

    ask(ref, lambda: doer.aside(work))
    assert ask(ref, "meanwhile") == 1
    go_on.set()

    assert arrived.wait(PATIENCE)


def test_what_is_to_be_done_soon_is_done_once_after_the_messages_at_hand(world: World) -> None:
    doer, ref = started(world)
    order: list[str] = []

    def burst() -> None:
        for number in range(3):
            ref.tell(lambda number=number: order.append(f"message {number}"))
        doer.soon(lambda: order.append("soon"))

    ask(ref, burst)
    ask(ref, lambda: None)

    assert order == ["message 0", "message 1", "message 2", "soon"]


def test_lengths_tell_what_all_but_one_in_a_hundred_took_in_the_last_minute() -> None:
    lengths = Lengths()
    for _ in range(99):
        lengths.add(0.0001, now=100.0)
    lengths.add(0.5, now=100.0)
    assert 0.1 <= lengths.most_ms(now=101.0, share=0.99) < 0.13
    for _ in range(9):
        lengths.add(0.5, now=130.0)
    assert 500 <= lengths.most_ms(now=131.0, share=0.99) < 625
    assert lengths.most_ms(now=300.0, share=0.99) == 0.0
