"""Overload: when new calls are refused so that those inside are served in time. Pure.

The one measure is how late we are: how long a message waits on the exchange, or how long SIP has
been coming in faster than it is taken. A refusal without state costs a fiftieth of a call, so
refusing whenever we are late, and taking calls again as soon as we are not, keeps the server as
busy as it can be and no busier.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LATE_SECONDS = 0.25
"""So late, and new calls are refused: half of T1 (RFC 3261, section 17.1.1.1), after which phones
send everything again and make it worse; and more than a few slow handlers cost."""

LOOKS = 20
"""In so many looks in a row we must have been late: a machine that has stopped this process for a
moment makes it late once, and it is in time again as soon as it runs."""

IN_TIME_SECONDS = 0.05
"""So little late, and calls are taken again."""

CALM_SECONDS = 0.02
"""For so long it must have been so: one quick look is none."""

LONG_SECONDS = 1.0
"""An overload is told when it begins and when it has been over for so long."""


@dataclass(frozen=True, slots=True)
class Overload:
    """Whether new calls are refused. Times in monotonic seconds.

    `looks`: how often in a row we were late; `calm_since`: since when we have been in time though
    refusing; `told`: it has been said that an overload began and not yet that it is over; `last`
    is when calls were last refused for it.
    """

    refusing: bool = False
    looks: int = 0
    calm_since: float | None = None
    told: bool = False
    last: float = 0.0
    times: int = 0


def step(state: Overload, late: float, now: float) -> Overload:
    """Return the state after a look: `late` in seconds."""
    if not state.refusing:
        if late <= LATE_SECONDS:
            return replace(state, looks=0) if state.looks else state
        if state.looks + 1 < LOOKS:
            return replace(state, looks=state.looks + 1)
        return replace(state, refusing=True, looks=0, last=now, times=state.times + 1)
    if late > IN_TIME_SECONDS:
        return replace(state, calm_since=None, last=now)
    since = now if state.calm_since is None else state.calm_since
    if now - since >= CALM_SECONDS:
        return replace(state, refusing=False, calm_since=None, last=now)
    return replace(state, calm_since=since, last=now)


def tell(state: Overload, now: float) -> tuple[Overload, str]:
    """Return the line the log is due, empty for none: an overload is many short refusals."""
    if state.refusing and not state.told:
        return replace(state, told=True), "overload: new calls are refused"
    if state.told and not state.refusing and now - state.last > LONG_SECONDS:
        line = f"overload is over: new calls were refused {state.times} times"
        return replace(state, told=False, times=0), line
    return state, ""
