"""What a new run makes of the journal of the one before: seats taken again, calls closed."""

from __future__ import annotations

from collections.abc import Iterable

from actors.messages.duty import Restore
from actors.messages.facts import (
    AgentInterval,
    CallEntered,
    CallFinished,
    CallJoined,
    CallOffered,
    Fact,
    OfferEnded,
)
from actors.messages.floor import Result, Side
from actors.messages.phone import Phone

REASON = "server-restart"


def next_run(last: int, wall: float) -> int:
    """Return the number of a run: the time of its start, but always above the last one's.

    So it is new even after a clock was set back, or with two starts in one second.
    """
    return max(int(wall), last + 1)


def seat(last: AgentInterval, now: float, wall: float) -> Restore | None:
    """Return where the agent sat, by the agent's last interval; None for one who had left.

    `now` in monotonic and `wall` in Unix seconds, of the same moment. An idle clock that starts in
    the future (the machine's clock was set back) starts now.
    """
    if last.state == "loggedout" or not last.device:
        return None
    try:
        phone = Phone.parse(last.device)
    except ValueError:
        return None  # whatever wrote that: nobody can be called there
    idle_for = max(0.0, wall - last.idle_since)
    paused = last.reason if last.reason or last.state == "paused" else None
    return Restore(last.agent, phone, now - idle_for, paused)


def closing(facts: Iterable[Fact], at: float) -> list[Fact]:
    """Return what is missing at the end of a call's facts, ended at `at` by the server's own end.

    So entered = ended + waiting holds again. Times are those up to `at`, the last moment the
    journal knows of: how much longer the call went on, nobody knows.
    """
    entered: CallEntered | None = None
    joined: float | None = None
    answered: float | None = None
    offered: dict[str, CallOffered] = {}
    for fact in facts:
        match fact:
            case CallEntered():
                entered = fact
            case CallJoined() if joined is None:
                joined = fact.at
            case CallOffered():
                offered[fact.agent] = fact
            case OfferEnded():
                offered.pop(fact.agent, None)
                if fact.outcome == "answered":
                    answered = fact.at
            case CallFinished():
                return []
    if entered is None:
        return []
    waited = 0 if joined is None else _ms(joined, at if answered is None else answered)
    talked = 0 if answered is None else _ms(answered, at)
    ends: list[Fact] = [
        OfferEnded(at, one.call, one.agent, "call-gone", _ms(one.at, at))
        for one in offered.values()
    ]
    end = CallFinished(at, entered.call, Result.FAILED, REASON, Side.SERVER, waited, talked)
    return [*ends, end]


def _ms(since: float, until: float) -> int:
    return max(0, round((until - since) * 1000))
