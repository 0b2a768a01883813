"""One agent's states, and what time brings to them.

What the agent does under our lease is `work`; what else may stand between the agent and a call
(no seat, pause, no response, cool-down, the phone) is kept beside it and lasts on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from actors.core.agent import phone
from actors.core.agent.phone import Report, due
from actors.ids import AgentId, CallId, LeaseId, QueueName
from actors.messages.by import By
from actors.messages.floor import Briefing, Offer
from actors.messages.phone import Phone
from actors.messages.presence import Presence
from actors.settings import Outcomes

OUTCOME_SECONDS = 40.0
"""A lease without an outcome so long after its ring time ends by itself: a call's own timers take
32 s at most (64 * T1: RFC 3261, section 17.1.1.2)."""

BRIEFING_SECONDS = 100.0
"""From picking up: a briefing takes 60 s at most, and then as for any lease."""

LEG_SECONDS = 45.0
"""A failed lease without LegGone after so long ends by itself. A call takes 40 s at most."""


ASK_SECONDS = 15.0
"""How often an agent on a call asks whether it still goes on: one lost word holds nobody longer."""

ANSWER_SECONDS = 10.0
"""A call answers in microseconds, where it is on this machine; one that has not is asked again."""

QUESTIONS = 3
"""A call that leaves so many in a row without an answer is gone. One answer may be lost by a fault:
an agent freed for that would be rung while he talks."""

OWN_CALL_SECONDS = 900.0
"""No log-in takes so long: an end that nobody has told of holds nobody longer."""

DEFAULT_OUTCOMES = Outcomes()

FAILED_CALLS = 3
"""A phone that could not take so many different calls in a row is taken as not there."""


@dataclass(frozen=True, slots=True)
class Times:
    """What a queue says of its calls: seconds, and what the agent hears before he is connected."""

    ring_seconds: float = 15.0
    wrapup_seconds: float = 0.0
    briefing: Briefing | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration says about this agent. None: as the queue says. All in seconds.

    `outcomes_in` is what offers cost that are not answered, for calls of each queue; `outcomes` for
    those of any other.
    """

    agent: AgentId
    ring_seconds: float | None = None
    wrapup_seconds: float | None = None
    queues: Mapping[QueueName, Times] = field(default_factory=dict)
    outcomes: Outcomes = DEFAULT_OUTCOMES
    outcomes_in: Mapping[QueueName, Outcomes] = field(default_factory=dict)
    pause_reasons: tuple[str, ...] = ()
    subscribe: bool = True
    unknown_is_idle_after: float = 2.0

    def ring_for(self, queue: QueueName) -> float:
        """Return how long the phone rings for a call of this queue."""
        own = self.ring_seconds
        return self.queues.get(queue, Times()).ring_seconds if own is None else own

    def wrapup_after(self, queue: QueueName) -> float:
        """Return how long the agent works on after a call of this queue."""
        own = self.wrapup_seconds
        return self.queues.get(queue, Times()).wrapup_seconds if own is None else own

    def may_pause_for(self, reason: str) -> bool:
        """Tell whether this is a reason for a break: any, where the configuration names none."""
        return not self.pause_reasons or reason in self.pause_reasons

    def briefing_for(self, queue: QueueName) -> Briefing | None:
        """Return what the agent hears who picks up a call of this queue."""
        return self.queues.get(queue, Times()).briefing

    def outcomes_after(self, queue: QueueName) -> Outcomes:
        """Return what an offer for a call of this queue costs that is not answered."""
        return self.outcomes_in.get(queue, self.outcomes)


# ---- work ------------------------------------------------------------------------------------


class About(NamedTuple):
    """Which call the agent is busy with. None: a journal of an older version does not say that."""

    call: CallId | None
    queue: QueueName


@dataclass(frozen=True, slots=True)
class Rest:
    """No lease, no wrap-up."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Under a lease whose outcome is open; `alerting` once the phone is known to ring."""

    offer: Offer
    phone: Phone
    overdue: float
    alerting: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """The lease has failed; its leg is not over yet, and what has rung may still ring.

    `reachable`: the phone has given a sign of life since.
    """

    offer: Offer
    phone: Phone
    overdue: float
    alerting: bool
    reachable: bool = False


@dataclass(frozen=True, slots=True)
class OnCall:
    """Agent and caller talk `since` then; at `check` the call is asked whether they do.

    `asked`: how often it was without having answered.
    """

    offer: Offer
    phone: Phone
    since: float
    check: float
    asked: int = 0


@dataclass(frozen=True, slots=True)
class WrapUp:
    """Work after a call, until then."""

    until: float
    about: About | None = None


Work = Rest | Offered | Closing | OnCall | WrapUp


@dataclass(frozen=True, slots=True)
class CoolDown:
    """Not to be offered anything until then; `shown` meanwhile is busy or unavailable."""

    until: float
    shown: str


# ---- the whole ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What is told of the agent: a change of any of these begins a new interval in the journal.

    `reason` is the pause reason, also while a call goes on at whose end the pause takes effect;
    `wrapup_until` the end of the wrap-up.
    """

    state: str = "loggedout"
    reason: str = ""
    phone: Phone | None = None
    idle_since: float = 0.0
    wrapup_until: float | None = None


NOTHING_KNOWN = Report(Presence.UNKNOWN, 0.0)


@dataclass(frozen=True, slots=True)
class State:
    """All about one agent. Times in monotonic seconds; `phone` is None when logged out.

    `by` is who has logged the agent on or off, paused or unpaused last. `own_call`: the phone is in
    a call to one of our services, at the longest until then. `failed`: calls in a row that the
    phone could not take; `leg_gone`: when our last leg ended. `calls` answered and seconds `talked`
    are since logging on, in all queues. The last four are what was told: to the journal, when, to
    the floor (`idle_since` where told free), and when the timers will call.
    """

    idle_since: float = 0.0
    phone: Phone | None = None
    paused: str | None = None
    by: By | None = None
    strikes: int = 0
    not_responding: bool = False
    failed: tuple[CallId, ...] = ()
    cooldown: CoolDown | None = None
    report: Report = NOTHING_KNOWN
    own_call: float | None = None
    work: Work = Rest()
    leg_gone: float = float("-inf")
    calls: int = 0
    talked: float = 0.0
    told: Shown = Shown()
    told_at: float = 0.0
    told_free: float | None = None
    wake: float | None = None


def lease_of(state: State) -> Offer | None:
    """Return the offer whose lease the agent is under."""
    match state.work:
        case Offered(offer) | Closing(offer) | OnCall(offer):
            return offer
        case _:
            return None


def about(state: State) -> About | None:
    """Return which call the agent is busy with, up to the end of the wrap-up."""
    match state.work:
        case WrapUp(about=known):
            return known
        case _:
            offer = lease_of(state)
            return None if offer is None else About(offer.call, offer.queue)


def phone_of(state: State) -> Phone | None:
    """Return where the agent is: under a lease the phone that was rung, moved or logged out."""
    match state.work:
        case Offered(phone=phone) | Closing(phone=phone) | OnCall(phone=phone):
            return phone
        case _:
            return state.phone


def under(state: State, lease: LeaseId) -> bool:
    """Tell whether this is the lease the agent is under."""
    offer = lease_of(state)
    return offer is not None and offer.lease == lease


def deadlines(state: State, rules: Rules) -> list[float]:
    """Return every moment at which time alone changes something."""
    found: list[float] = []
    match state.work:
        case Offered(overdue=at) | Closing(overdue=at) | OnCall(check=at) | WrapUp(until=at):
            found = [at]
    if state.cooldown is not None:
        found.append(state.cooldown.until)
    if state.own_call is not None:
        found.append(state.own_call)
    if state.report.idle_from is not None:
        found.append(state.report.idle_from)
    if (idle := believable(state, rules)) is not None:
        found.append(idle)
    return found


def believable(state: State, rules: Rules) -> float | None:
    """Return when a phone nothing is known of is to count as idle; None where it is not to."""
    report, after = state.report, rules.unknown_is_idle_after
    waits = report.presence is Presence.UNKNOWN and not report.presumed and rules.subscribe
    return report.since + after if waits and state.phone and after >= 0 else None


def after_call(state: State, now: float, rules: Rules, call: About) -> State:
    """Return the agent at the end of a call, its time counted: wrap-up, or idle from now."""
    if isinstance(state.work, OnCall):
        state = replace(state, talked=state.talked + now - state.work.since)
    seconds = rules.wrapup_after(call.queue)
    if seconds > 0 and state.phone:
        return replace(state, work=WrapUp(now + seconds, call), leg_gone=now)
    return replace(state, work=Rest(), idle_since=now, leg_gone=now)


def pass_time(state: State, now: float, rules: Rules) -> State:
    """Return the agent with all in effect that time alone brings, but for overdue leases."""
    match state.work:
        case WrapUp(until) if due(until, now):
            state = replace(state, work=Rest(), idle_since=until)
    if state.cooldown is not None and due(state.cooldown.until, now):
        state = replace(state, cooldown=None)
    if state.own_call is not None and due(state.own_call, now):
        state = own_call_over(state, state.own_call)
    if (at := believable(state, rules)) is not None and due(at, now):
        state = replace(state, report=replace(state.report, presumed=True))
    return at_phone(state, phone.settled(state.report, now))


def at_phone(state: State, report: Report) -> State:
    """Return the agent with this report of the phone: out of an own call, idle from its end.

    Such a call also shows that the agent is there: no longer notresponding.
    """
    if report is state.report:
        return state
    if phone.ended_own_call(state.report, report, state.leg_gone):
        state = _is_there(state, report.since)
    return replace(state, report=report)


def own_call_over(state: State, now: float) -> State:
    """Return the agent whose phone has hung up on one of our services, idle from now."""
    return _is_there(replace(state, own_call=None), now)


def _is_there(state: State, now: float) -> State:
    if not isinstance(state.work, (Rest, WrapUp)):
        return state
    return replace(state, idle_since=now, strikes=0, not_responding=False)
