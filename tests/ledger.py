"""The sums that hold at any instant, counted as whoever reads the facts one by one counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from actors.call import CallActor
from actors.core.call.bridge import attempt_of
from actors.core.call.state import Call, CallStep, Talking, Waiting
from actors.core.effects import Instant
from actors.exchange.actor import Actor
from actors.ids import CallId, LeaseId, QueueName
from actors.messages import facts
from tests.harness import Probe


@dataclass
class Ledger:
    """Visits, legs and holds by the facts that a journal has been told so far."""

    journal: Probe
    read: int = 0
    offered: Counter[QueueName] = field(default_factory=Counter)
    left: Counter[tuple[QueueName, str]] = field(default_factory=Counter)
    visits: dict[CallId, facts.CallJoined] = field(default_factory=dict)
    legs: dict[LeaseId, facts.LegBridged] = field(default_factory=dict)
    holds: set[tuple[CallId, str]] = field(default_factory=set)

    def check(self, actors: Iterable[Actor]) -> None:
        """Read on; then offered = endings + waiting, and bridged = ended + talking."""
        while self.read < len(self.journal.got):
            self._take(self.journal.got[self.read])
            self.read += 1
        calls = [one.state for one in actors if isinstance(one, CallActor)]
        self._check_visits([one for one in calls if isinstance(one, Call)])

    def _check_visits(self, calls: list[Call]) -> None:
        waiting: Counter[QueueName] = Counter()
        talking = set()
        for call in calls:
            match call.phase:
                case Waiting(visit=visit):
                    waiting[visit.queue.name] += 1
                case Talking() as phase:
                    step = CallStep(call, Instant(0.0, 0.0))
                    talking.add(attempt_of(step, phase).lease)
        ended: Counter[QueueName] = Counter()
        for (queue, ending), number in self.left.items():
            assert ending in set(facts.VisitEnding)
            ended[queue] += number
        assert self.offered == ended + waiting
        assert set(self.legs) == talking
        assert {call for call, _ in self.holds} <= {leg.call for leg in self.legs.values()}

    def _take(self, fact: object) -> None:
        match fact:
            case facts.CallJoined(call=call):
                assert call not in self.visits, "a visit within a visit"
                self.visits[call] = fact
                self.offered[fact.queue] += 1
            case facts.CallLeft(call=call):
                joined = self.visits.pop(call)
                assert (fact.queue, fact.waited_ms >= 0) == (joined.queue, True)
                assert (fact.agent is None) == (fact.ending != "answered")
                self.left[fact.queue, fact.ending] += 1
            case facts.CallOffered(call=call):
                assert call in self.visits, "offered before it joined"
            case facts.LegBridged(lease=lease):
                assert lease not in self.legs
                self.legs[lease] = fact
            case facts.LegEnded(call=call, lease=lease):
                assert self.legs.pop(lease).agent == fact.agent
                assert (fact.talked_ms >= 0, fact.held_ms >= 0) == (True, True)
                assert not any(held == call for held, _ in self.holds), "a hold outlives its leg"
            case facts.HoldStarted(call=call, side=side):
                assert (call, side) not in self.holds
                self.holds.add((call, side))
            case facts.HoldEnded(call=call, side=side):
                self.holds.remove((call, side))
            case facts.CallFinished(call=call):
                assert call not in self.visits, "a call ended within a visit"
            case _:
                pass
