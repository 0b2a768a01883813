"""FloorActor among probes: offers and their answers."""

from __future__ import annotations

import pytest

from actors.floor import ANSWER_SECONDS, FloorActor
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages import floor as f
from actors.settings import Agent, Queue, Settings
from tests.harness import Desk, Probe

ADA, BOB = AgentId("2771"), AgentId("2772")
SALES, SUPPORT = QueueName("sales"), QueueName("support")
ONE, TWO = CallId("c-1"), CallId("c-2")
SETTINGS = Settings(
    queues=(Queue(SALES), Queue(SUPPORT)),
    agents=(Agent(ADA, queues=(SALES, SUPPORT)), Agent(BOB, queues=(SALES,))),
)


class Floor:
    """A real floor between probes."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.desk = Desk()
        self.ada, self.bob = self.desk.agent(ADA), self.desk.agent(BOB)
        self.actor = self.desk.seat(FloorActor(self.desk.world, settings), role="floor")

    def tell(self, *messages: object) -> None:
        for message in messages:
            self.desk.tell(self.actor, message)


def waits(call: CallId, since: float = 0.0, queue: QueueName = SALES) -> f.Waiting:
    return f.Waiting(call, queue, since, 0)


def lease(number: int) -> LeaseId:
    """The number-th lease of the run."""
    return LeaseId(f"0-L{number}")


def offers(probe: Probe) -> list[tuple[LeaseId, str]]:
    return [(offer.lease, offer.call) for offer in probe.of(f.Offer)]


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_call_that_waits_is_offered_when_an_agent_becomes_free(floor: Floor) -> None:
    floor.tell(waits(ONE))
    assert offers(floor.ada) == []

    floor.tell(f.Free(ADA, 0.0))

    until = floor.desk.clock.at + ANSWER_SECONDS
    assert floor.ada.got == [f.Offer(lease(1), ONE, SALES, until)]


def test_a_free_agent_is_offered_the_call_that_comes(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 5.0), f.Free(BOB, 2.0), waits(ONE), waits(TWO))

    assert offers(floor.bob) == [(lease(1), ONE)]
    assert offers(floor.ada) == [(lease(2), TWO)]


def test_an_offer_not_granted_goes_to_the_next_agent_at_once(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE))

    floor.tell(f.NotGranted(lease(1), ADA))

    assert offers(floor.bob) == [(lease(2), ONE)]


def test_a_call_that_comes_back_from_a_failed_attempt_goes_to_the_next_agent(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE), f.Granted(lease(1), ADA))
    assert offers(floor.bob) == []

    floor.tell(waits(ONE))

    assert offers(floor.bob) == [(lease(2), ONE)]
    floor.tell(f.NotGranted(lease(2), BOB), f.Free(ADA, 20.0))
    assert offers(floor.ada) == [(lease(1), ONE), (lease(3), ONE)]


def test_an_agent_in_two_queues_is_offered_one_call(floor: Floor) -> None:
    floor.tell(waits(TWO, 1.0, SUPPORT), waits(ONE, 2.0))

    floor.tell(f.Free(ADA, 0.0), f.Free(ADA, 0.0))

    assert offers(floor.ada) == [(lease(1), TWO)]


def test_a_call_that_has_left_is_not_offered(floor: Floor) -> None:
    floor.tell(waits(ONE), f.NotWaiting(ONE), f.Free(ADA, 0.0))

    assert offers(floor.ada) == []


def test_an_agent_no_longer_free_is_not_offered_anything(floor: Floor) -> None:
    floor.tell(f.Free(ADA, 0.0), f.NotFree(ADA), waits(ONE))

    assert offers(floor.ada) == []


def test_an_offer_nobody_answers_is_taken_back(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE))

    floor.desk.advance(ANSWER_SECONDS)

    assert offers(floor.bob) == [(lease(2), ONE)]
    assert "agent 2771: no answer to the offer of call c-1" in caplog.messages


def test_an_answered_offer_is_not_complained_of(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.tell(f.Free(ADA, 2.0), waits(ONE), f.Granted(lease(1), ADA))

    floor.desk.advance(ANSWER_SECONDS)

    assert caplog.messages == []


def test_an_offer_to_an_agent_who_is_not_there_goes_on_to_the_next() -> None:
    floor = Floor()
    floor.desk.post._agents.pop(ADA)

    floor.tell(f.Free(ADA, 2.0), f.Free(BOB, 5.0), waits(ONE))

    assert offers(floor.bob) == [(lease(2), ONE)]


def test_an_unknown_strategy_refuses_to_start() -> None:
    settings = Settings(queues=(Queue(SALES, strategy="most-idel"),))

    with pytest.raises(ValueError, match="unknown strategy most-idel: most-idle, ring-all, "):
        Floor(settings)


def test_a_message_it_does_not_know_is_logged(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    floor.tell("nonsense")

    assert "floor: knows no 'nonsense'" in caplog.messages
