"""Calls that the end of a run cut off: what is missing at the end of their facts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from actors.messages.by import BY_SERVER
from actors.messages.facts import (
    CallEntered,
    CallFinished,
    CallJoined,
    CallLeft,
    CallOffered,
    Fact,
    HoldEnded,
    HoldStarted,
    LegBridged,
    LegEnded,
    OfferEnded,
    VisitEnding,
)
from actors.messages.floor import Result, Side

REASON = "server-restart"


def closing(facts: Iterable[Fact], at: float) -> list[Fact]:
    """Return what is missing at the end of a call's facts, ended at `at` by the server's own end.

    So each visit has its ending again, each leg, hold and offer its end, and the call its own.
    Times are those up to `at`, the last moment the journal knows of: how much longer the call went
    on, nobody knows.
    """
    call = _Call()
    for fact in facts:
        call.take(fact)
    return call.ends(at) if call.is_up else []


class _Call:
    """What a call's facts have begun and not ended yet, and what its time was spent on in ms."""

    def __init__(self) -> None:
        self._entered: CallEntered | None = None
        self._finished = False
        self._visit: CallJoined | None = None
        self._leg: LegBridged | None = None
        self._holds: dict[str, HoldStarted] = {}
        self._held_since = 0.0
        self._offered: dict[str, CallOffered] = {}
        self._answered: float | None = None
        """Of a journal before version 4, which has neither CallLeft nor LegBridged."""
        self._waited = self._talked = self._held = self._held_of_leg = 0

    @property
    def is_up(self) -> bool:
        """Whether it came in and has not ended."""
        return self._entered is not None and not self._finished

    def take(self, fact: Fact) -> None:  # noqa: C901 - one arrow each
        """Take in the next one."""
        match fact:
            case CallEntered():
                self._entered = fact
            case CallJoined():
                self._visit = fact
            case CallLeft():
                self._visit = None
                self._waited += fact.waited_ms
            case CallOffered():
                self._offered[fact.agent] = fact
            case OfferEnded():
                self._offered.pop(fact.agent, None)
                if fact.outcome == "answered" and fact.lease is None:
                    self._answer(fact.at)
            case LegBridged():
                self._leg = fact
                self._held_of_leg = 0
            case HoldStarted():
                self._held_since = self._held_since if self._holds else fact.at
                self._holds[fact.side] = fact
            case HoldEnded():
                self._hold_ended(fact.side, fact.at)
            case LegEnded():
                self._leg = None
                self._talked += fact.talked_ms
                self._held += fact.held_ms
            case CallFinished():
                self._finished = True

    def ends(self, at: float) -> list[Fact]:
        """Return what ends all that is open at `at`."""
        if self._entered is None:
            return []
        call = self._entered.call
        ends: list[Fact] = [
            OfferEnded(at, call, one.agent, "call-gone", _ms(one.at, at), one.lease, BY_SERVER)
            for one in self._offered.values()
        ]
        ends += self._end_of_visit(at)
        ends += self._ends_of_leg(at)
        if self._answered is not None:
            self._talked += _ms(self._answered, at)
        spent = self._waited, self._talked, self._held
        ends.append(CallFinished(at, call, Result.FAILED, REASON, Side.SERVER, *spent, BY_SERVER))
        return ends

    def _answer(self, at: float) -> None:
        if self._visit is not None:
            self._waited += _ms(self._visit.at, at)
        self._visit, self._answered = None, at

    def _end_of_visit(self, at: float) -> Iterator[Fact]:
        if self._visit is not None:
            call, queue, waited = self._visit.call, self._visit.queue, _ms(self._visit.at, at)
            self._waited += waited
            yield CallLeft(at, call, queue, VisitEnding.FAILED, REASON, waited, BY_SERVER)

    def _ends_of_leg(self, at: float) -> Iterator[Fact]:
        for side, hold in list(self._holds.items()):
            yield HoldEnded(at, hold.call, hold.agent, side)
            self._hold_ended(side, at)
        if self._leg is not None:
            leg, held = self._leg, self._held_of_leg
            talked = max(0, _ms(leg.at, at) - held)
            self._talked, self._held = self._talked + talked, self._held + held
            yield LegEnded(at, leg.call, leg.agent, leg.lease, talked, held, Side.SERVER, REASON)

    def _hold_ended(self, side: str, at: float) -> None:
        if self._holds.pop(side, None) is not None and not self._holds:
            self._held_of_leg += _ms(self._held_since, at)


def _ms(since: float, until: float) -> int:
    return max(0, round((until - since) * 1000))
