"""How many calls a second can be set up and taken down, all with audio, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.figures import Figure
from bench.generator import wait_for
from bench.stage import Centre, Window

RATE = 100.0
SECONDS = 20.0
TALK_SECONDS = 2.0
TRY_SECONDS = 6.0
MOST_TRIES = 3
PATIENCE_SECONDS = 20.0
PHONES = 2000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What SIPp says of one rate."""

    failed: int
    unfinished: int
    retransmissions: int
    answer_ms: float
    window: Window

    @property
    def clean(self) -> bool:
        """Whether every call went as it should, at the first attempt of every message."""
        return not (self.failed or self.unfinished or self.retransmissions)


def attempt(centre: Centre, rate: float, seconds: float) -> Outcome:
    """Make calls at a rate for some seconds; each waits with music, then its caller hangs up."""
    count = round(rate * seconds)
    calling = centre.bring("wait", count, rate, seconds=TALK_SECONDS)
    window = centre.window(seconds)
    wait_for(calling.ended, TALK_SECONDS + PATIENCE_SECONDS)
    counts = calling.counts()
    unfinished = count - counts.done - counts.failed
    return Outcome(counts.failed, unfinished, counts.retransmissions, counts.answer_ms, window)


def setups() -> Iterator[Figure]:
    """Run 100 calls a second, then look for the highest rate that goes without a failure."""
    part = "set-up"
    with Centre(PHONES, 0) as centre:
        first = attempt(centre, RATE, SECONDS)
        what = f"{RATE:.0f} calls/s for {SECONDS:.0f} s"
        failures = f"{first.failed} failed, {first.unfinished} unfinished, "
        failures += f"{first.retransmissions} messages sent again"
        reached = not (first.failed or first.unfinished)
        yield Figure(part, f"{what}: failures", failures, "0 failed", reached)
        yield Figure(part, f"{what}: INVITE to 200, mean", f"{first.answer_ms:.0f} ms")
        shares = first.window.shares
        cost = f"main {shares['main']:.0f} %, pump {shares['pump']:.0f} %; "
        cost += f"{10 * shares['main'] / RATE:.1f} ms of main a call"
        yield Figure(part, f"{what}: CPU", cost)
        yield Figure(part, "highest rate, no failure, nothing sent again", _highest(centre, first))


def _highest(centre: Centre, first: Outcome) -> str:
    """Double from the rate that worked, or halve from that which did not; then once between."""
    good, bad = (RATE, 0.0) if first.clean else (0.0, RATE)
    for _ in range(MOST_TRIES):
        rate = (good + bad) / 2 if good and bad else good * 2 or bad / 2
        if attempt(centre, rate, TRY_SECONDS).clean:
            good = rate
        else:
            bad = rate
    more = f", fails at {bad:.0f}/s" if bad else ""
    return f"{good:.0f} calls/s{more}"
