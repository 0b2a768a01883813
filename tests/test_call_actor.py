"""The CallActor between its neighbours: who is told what, faults, and real threads."""

from __future__ import annotations

import gc
import logging
import threading
import weakref
from typing import Any, cast

import pykka
import pytest

from actors.call import CallActor
from actors.core.call.ending import LINGER_SECONDS
from actors.exchange.actor import World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post
from actors.ids import Leg
from actors.messages import facts, floor, life, sip
from actors.messages import media as rtp
from actors.messages.life import Begin
from tests import callkit as kit
from tests.callkit import ADA, CALL, CALLER, ring
from tests.fake_gateway import FakeGateway
from tests.harness import Desk, Probe
from tests.neighbours import FakeMedia
from tests.patience import PATIENCE
from tests.server import eventually

FIRST = kit.agent_leg(1)


class Bench:
    """One CallActor on a desk, taken as far as a test wants."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.sip = FakeGateway(self.desk.post, self.desk.gateway)
        self.media = FakeMedia(self.desk.post, self.desk.media, at_once=True)
        self.queue = self.desk.queue(kit.SALES, kit.QUEUE)
        self.ada = self.desk.agent(ADA)
        self.sip.invite(kit.incoming())
        self.actor = self.desk.seat(CallActor(self.desk.world, kit.terms()), call=CALL)
        self.tell(Begin())
        self.sip.handle_all()
        self.sip.confirm(CALLER)
        self.desk.settle()
        self.desk.switchboard.take()

    def tell(self, *events: Any) -> None:
        for event in events:
            self.desk.tell(self.actor, event)

    def dial(self) -> None:
        """Have the first phone dialled."""
        self.tell(ring(1))
        self.sip.handle_all()
        self.desk.settle()

    def talk(self) -> None:
        self.dial()
        self.sip.ring(FIRST)
        self.sip.answer(FIRST)
        self.desk.settle()

    def hang_up(self, leg: Leg = CALLER) -> None:
        self.sip.end(leg)
        self.desk.settle()

    def close_all(self) -> None:
        """Let our BYEs be answered."""
        self.sip.handle_all()
        self.desk.advance(LINGER_SECONDS)


def test_everybody_hears_their_part_of_a_call() -> None:
    bench = Bench()
    bench.talk()
    bench.hang_up(FIRST)
    bench.close_all()

    assert kit.kinds(bench.queue.got) == ["Join", "Assigned", "Connected", "Left"]
    assert kit.kinds(bench.ada.got) == ["Ringing", "Answered", "LegGone"]
    assert kit.kinds(bench.desk.gateway.got) == ["Answer", "Dial", "HangUp"]
    assert kit.kinds(bench.desk.journal.got) == [
        "CallEntered",
        "CallJoined",
        "CallOffered",
        "OfferEnded",
        "CallLeft",
        "LegBridged",
        "LegEnded",
        "CallFinished",
    ]
    assert bench.desk.switchboard.got == [life.CallEnded(CALL)]
    assert CALL not in bench.desk.post.calls()
    assert bench.actor not in bench.desk.actors


def test_the_log_tells_the_calls_story_line_by_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.talk()
    bench.hang_up()
    bench.close_all()

    assert [record.getMessage() for record in caplog.records] == [
        "call t1-1: in: 5551234@192.0.2.1 for queue sales, Call-ID abc@192.0.2.1",
        "call t1-1: waits in queue sales",
        "call t1-1: offered to agent 2771 at ada@192.0.2.11:5070",
        "call t1-1: agent 2771: rings",
        "call t1-1: agent 2771: answered after 0 ms",
        "call t1-1: ended: answered, caller-hung-up, by caller, waited 0 ms, talked 0 ms",
        "call t1-1: leg 0: RTP sent 10, received 9, lost 1, refused 0, jitter 0.0 ms",
        "call t1-1: leg 1: RTP sent 10, received 9, lost 1, refused 0, jitter 0.0 ms",
    ]


def test_the_ring_timer_runs_on_the_injected_clock() -> None:
    bench = Bench()
    bench.tell(ring(1, seconds=12.0))
    bench.desk.advance(5.0)  # the gateway has to ask for a name first
    bench.sip.handle_all()
    bench.sip.ring(FIRST)

    bench.desk.advance(11.9)
    assert not bench.ada.of(floor.NoAnswer)
    bench.desk.advance(0.1)

    assert bench.ada.of(floor.NoAnswer)
    assert bench.queue.got[-1] == floor.Returned(CALL)
    assert bench.desk.gateway.got[-1] == sip.HangUp(FIRST)


def test_announcements_come_by_the_clock() -> None:
    bench = Bench()
    bench.tell(rtp.Played(CALLER, 1))

    bench.desk.advance(60.0)

    assert [play.token for play in bench.desk.media.of(rtp.Play)] == [1, 2]


def test_a_handler_that_raises_ends_this_call_cleanly_and_keeps_the_actor() -> None:
    bench = Bench()
    bench.dial()
    bench.desk.faults_expected = True

    bench.tell(sip.LegAnswered(FIRST, cast("sip.Media", None)))

    assert bench.desk.switchboard.got == [life.CallFault(CALL)]
    assert kit.kinds(bench.ada.got) == ["CallGone"]
    assert {m.leg for m in bench.desk.gateway.of(sip.HangUp)} == {CALLER, FIRST}
    assert [f.result for f in bench.desk.journal.of(facts.CallFinished)] == ["failed"]
    bench.close_all()
    assert kit.kinds(bench.ada.got) == ["CallGone", "LegGone"]
    assert bench.desk.switchboard.got == [life.CallFault(CALL), life.CallEnded(CALL)]


def test_an_agent_who_asks_hears_whether_the_lease_still_holds() -> None:
    bench = Bench()
    bench.talk()
    asked = floor.AskLease(ring(1).lease, CALL, ADA)
    bench.tell(asked)
    assert bench.ada.got[-1] == floor.LeaseHolds(ring(1).lease, ADA)

    bench.hang_up(FIRST)
    bench.ada.take()
    bench.tell(asked)

    assert bench.ada.got == [floor.LegGone(ring(1).lease, ADA)]


def test_a_neighbour_that_cannot_be_told_keeps_nobody_else_from_hearing() -> None:
    bench = Bench()
    bench.dial()
    bench.desk.faults_expected = True
    bench.desk.media.script = _raise

    bench.hang_up()

    assert kit.kinds(bench.ada.got) == ["CallGone"]
    assert len(bench.queue.of(floor.Left)) == 1
    assert len(bench.desk.journal.of(facts.CallFinished)) == 1


def _raise(message: object) -> None:
    raise RuntimeError(f"no {message}")


def test_a_call_whose_legs_nobody_ends_is_over_all_the_same() -> None:
    bench = Bench()
    bench.talk()
    bench.hang_up()

    bench.desk.advance(45.0)

    assert kit.kinds(bench.ada.got) == ["Ringing", "Answered", "LegGone"]
    assert bench.desk.switchboard.got == [life.CallEnded(CALL)]


def test_a_call_on_a_running_exchange_lives_and_stops() -> None:
    """The smoke test: real Pykka, real timers, neighbours that answer at once."""
    post, exchange = Post(), Exchange()
    exchange.start()
    gone = threading.Event()
    media, gateway, switchboard = Probe("media"), Probe("gateway"), Probe("switchboard")
    for probe in (media, gateway, switchboard):
        post.add(probe.name, probe.ref)
    post.add_queue(kit.SALES, Probe("sales").ref)
    FakeMedia(post, media, at_once=True)
    network = FakeGateway(post, gateway, at_once=True)
    network.invite(kit.incoming())
    ref = CallActor.start(World(post, SystemClock(), exchange, exchange), kit.terms())
    post.add_call(CALL, ref)

    ref.tell(Begin())
    eventually(lambda: gateway.of(sip.Answer), "an answer")
    network.confirm(CALLER)
    switchboard.script = lambda _: gone.set()
    network.end(CALLER)

    assert gone.wait(PATIENCE)
    eventually(lambda: not ref.is_alive(), "the end of the call's actor")
    assert not pykka.ActorRegistry.get_by_class(CallActor)
    exchange.stop()


def test_an_ended_call_is_freed_without_the_garbage_collectors_help() -> None:
    gc.disable()
    try:
        bench = Bench()
        bench.talk()
        bench.hang_up()
        bench.close_all()
        bench.desk.advance(60.0)  # its timers hold it until they have fired
        trace = weakref.ref(bench.actor)

        del bench

        assert trace() is None
    finally:
        gc.enable()
