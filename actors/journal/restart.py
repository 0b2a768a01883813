"""What a new run makes of the agents of the one before: seats taken again."""

from __future__ import annotations

from actors.messages.duty import Restore
from actors.messages.facts import AgentInterval
from actors.messages.phone import Phone


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
    cut_off = last.state == "oncall" and last.queue is not None
    idle_since = ended if cut_off else last.idle_since
    has_call = cut_off or last.state == "wrapup"
    paused = last.reason if last.reason or last.state == "paused" else None

    talked = last.talked_ms / 1000 + (max(0.0, ended - last.at) if cut_off else 0.0)

    def until(moment: float | None) -> float | None:
        return None if moment is None else now + min(moment - wall, moment - last.at)

    return Restore(
        last.agent,
        phone,
        now - max(0.0, wall - idle_since),
        paused,
        cut_off,
        last.strikes,
        last.state == "notresponding",
        until(last.wrapup_until),
        until(last.cooldown_until),
        last.cooldown,
        last.call if has_call else None,
        last.queue if has_call else None,
        None if paused is None else last.by,
        last.calls,
        talked,
    )
