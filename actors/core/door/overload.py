"""Overload: when new calls are refused so that those inside are served in time. Pure.

The one measure is how late we are: how long a message waits on the exchange, or how long SIP has
been coming in faster than it is taken. A call passes some ten messages before its 200, and each
waits as long. A refusal without state costs a fiftieth of a call, so refusing whenever we are late,
and taking calls again as soon as we are not, keeps the server as busy as it can be and no busier.

A burst makes us late, too, but not for long, and its callers had rather wait than be refused. So
what counts as an overload is a queue that stands, as in CoDel (RFC 8289), or one so long that
waiting for that would let in too many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

LATE_SECONDS = 0.05
"""So late, and a call waits for its 200 until its phone sends the INVITE again (RFC 3261, section
17.1.1.1: T1 = 0.5 s)."""

STANDING_SECONDS = 1.0
"""Late for so long on end, and it is no burst: 300 calls at once are through by then, and what a
slow moment of a fifth of a second has left is worked off at four fifths of what we can do."""

AGAIN_SECONDS = 0.05
"""In an overload it need not stand for longer to be no moment's work of something else."""

VERY_LATE_SECONDS = 0.25
"""So late, and it is not waited for whether it stands: all phones would send everything again and
make it worse."""

LOOKS = 20
"""In so many looks in a row we must have been very late: a machine that has stopped this process
for a moment makes it late for a few, and it is in time again soon after it runs."""

IN_TIME_SECONDS = 0.005
"""So little late, and calls are taken again."""

OVER_SECONDS = 1.0
"""An overload is over when nobody has had to be refused for so long."""


@dataclass(frozen=True, slots=True)
class Overload:
    """Whether new calls are refused. Times in monotonic seconds.

    `overloaded`: there is an overload, in which they are refused for moments: `times` until now,
    `last` when. While they are taken, `late_since` is since when we have been late on end, and
    `looks` how often in a row we were very late.
    """

    refusing: bool = False
    overloaded: bool = False
    times: int = 0
    last: float = 0.0
    late_since: float | None = None
    looks: int = 0


def step(state: Overload, late: float, now: float) -> Overload:
    """Return the state after a look: `late` in seconds."""
    if state.refusing:
        return replace(state, refusing=late > IN_TIME_SECONDS, last=now)
    if late <= LATE_SECONDS:
        return _in_time(state, now)
    since = now if state.late_since is None else state.late_since
    looks = state.looks + 1 if late > VERY_LATE_SECONDS else 0
    longest = AGAIN_SECONDS if state.overloaded else STANDING_SECONDS
    if looks >= LOOKS or now - since >= longest:
        return Overload(refusing=True, overloaded=True, times=state.times + 1, last=now)
    return replace(state, late_since=since, looks=looks)


def _in_time(state: Overload, now: float) -> Overload:
    over = state.overloaded and now - state.last > OVER_SECONDS
    if over or state.late_since is not None:
        return Overload() if over else replace(state, late_since=None, looks=0)
    return state


def told(before: Overload, after: Overload) -> str:
    """Return the line the log is due after a step, empty for none."""
    if after.overloaded and not before.overloaded:
        return "overload: new calls are refused"
    if before.overloaded and not after.overloaded:
        return f"overload is over: new calls were refused {before.times} times"
    return ""
