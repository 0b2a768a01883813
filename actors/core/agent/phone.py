"""What an agent's phone is doing as its presence tells it, debounced; a hint, never a permission.

Presence may only deny: our own leg and lease always win over it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from actors.messages.presence import Presence

FLAP_SECONDS = 1.0
"""An idle report so soon after the phone became busy is not believed at once."""

SETTLE_SECONDS = 0.5
"""For so long an idle report in doubt must stand before it is believed."""

ECHO_SECONDS = 2.0
"""For so long after our leg has gone, reports about it may still arrive."""

GRAIN_SECONDS = 0.001
"""A timer is taken as due so much early: deadlines are sums of floats."""

ENGAGED = (Presence.RINGING, Presence.BUSY)


def due(deadline: float, now: float) -> bool:
    """Tell whether a deadline has come; both in monotonic seconds."""
    return deadline - now < GRAIN_SECONDS


@dataclass(frozen=True, slots=True)
class Report:
    """The last report believed. Times in monotonic seconds.

    `since`: when the phone became engaged (ringing or busy), or entered any other state;
    `talked`: it was busy, not only ringing, since then; `ours`: it became so by our own leg;
    `idle_from`: engaged, but reported idle in doubt: idle from then on unless it is taken back;
    `presumed`: nothing is known of it, and it counts as idle.
    """

    presence: Presence
    since: float
    talked: bool = False
    ours: bool = False
    idle_from: float | None = None
    presumed: bool = False


def engaged(report: Report, presence: Presence, now: float, *, ours: bool) -> Report:
    """Return the report after one of ringing or busy; `ours`: our own leg explains it."""
    talked = presence is Presence.BUSY
    if report.presence in ENGAGED:
        since = now if report.idle_from is not None else report.since
        return Report(presence, since, talked or report.talked, report.ours)
    return Report(presence, now, talked, ours)


def idle(report: Report, now: float) -> Report:
    """Return the report after an idle one: in doubt where it flaps, believed at once otherwise.

    Our own leg explains an engaged phone that is idle again at once: no flapping.
    """
    if report.idle_from is not None:
        return report
    if report.presence in ENGAGED and not report.ours and now - report.since < FLAP_SECONDS:
        return replace(report, idle_from=now + SETTLE_SECONDS)
    return Report(Presence.IDLE, now)


def settled(report: Report, now: float) -> Report:
    """Return an idle report in doubt as believed, once it has stood long enough."""
    if report.idle_from is not None and due(report.idle_from, now):
        return Report(Presence.IDLE, report.idle_from)
    return report


def lost(report: Report, presence: Presence, now: float) -> Report:
    """Return the report after UNAVAILABLE or UNKNOWN; told again, it keeps its beginning."""
    return report if report.presence is presence else Report(presence, now)


def ended_own_call(before: Report, after: Report, leg_gone: float) -> bool:
    """Tell whether the phone has just come out of a call that was not ours.

    Idle within ECHO_SECONDS of our leg's end is that leg's echo, unless the phone got engaged by
    itself. A phone that only rang had no call.
    """
    if after.presence is not Presence.IDLE or before.presence not in ENGAGED or not before.talked:
        return False
    return not before.ours or after.since - leg_gone > ECHO_SECONDS
