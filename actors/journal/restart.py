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


def seat(last: AgentInterval, ended: float, now: float, wall: float) -> Restore | None:
    """Return where and how the agent was, by the agent's last interval; None for one who had left.

    `ended` is when the last run ended. `now` in monotonic and `wall` in Unix seconds, of the same
    moment. Where the machine's clock was set back, an idle clock that starts in the future starts
    now, and what was to last so many seconds lasts no longer than that.
    """
    if last.state == "loggedout" or not last.device:
        return None
    try:
        phone = Phone.parse(last.device)
    except ValueError:
        return None  # whatever wrote that: nobody can be called there
    cut_off = last.queue if last.state == "oncall" else None
    idle_since = last.idle_since if cut_off is None else ended

    def until(moment: float | None) -> float | None:
        return None if moment is None else now + min(moment - wall, moment - last.at)

    return Restore(
        last.agent,
        phone,
        now - max(0.0, wall - idle_since),
        last.reason if last.reason or last.state == "paused" else None,
        cut_off,
        last.strikes,
        until(last.wrapup_until),
        until(last.cooldown_until),
        last.cooldown,
    )


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
