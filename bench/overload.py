"""Half as many calls again as the server can take: how many it serves, and how it comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench import centre
from bench.desks import COUNTED_SECONDS, Desks
from bench.figures import Figure
from bench.generator import wait_for
from bench.rates import highest
from bench.sipp import Load
from tests import books

PART = "overload"
USERS = [*("wait",) * 9, "talk"]
"""One call in ten is for an agent: agents are at work while the server refuses calls."""
AGENTS = 300
BETWEEN = (100.0, 900.0)
TRY_SECONDS = 8.0
TIMES, SECONDS = 1.5, 60.0
TALK_SECONDS = 2.0
FOR_EVER = 3600.0
AFTER_RATE, AFTER_SECONDS = 20.0, 6.0
REST_SECONDS = 60.0
MEMORY_SECONDS = 40.0
GOOD_SHARE, BACK_SECONDS, BACK_MS, MEMORY_MIB = 0.9, 2.0, 50.0, 20.0
SATURATED = 90.0
"""Percent of a core from which on SIPp may not have made the calls it was to make."""
AT_WORK = "('idle', 'reserved', 'ringing', 'oncall', 'wrapup')"


@dataclass(frozen=True, slots=True)
class Flood:
    """What came of `count` calls, `made` of them in time; those `served` went well to their end.

    `back` is when a later call was refused or answered late last, in seconds after the flood.
    """

    count: int
    made: int
    sipp_share: float
    served: int
    refused: int
    failed: int
    back: float


def _load(rate: float, seconds: float) -> Load:
    return Load(round(rate * seconds), rate, TALK_SECONDS, "crowd")


def attempt(desks: Desks, rate: float) -> bool:
    """Say whether a rate goes without a failure, a refusal or a message sent again."""
    outcome = desks.serve(USERS, _load(rate, TRY_SECONDS))
    _rest(desks)
    return outcome.clean and all(one.timer == 1 for one in outcome.taken)


def _rest(desks: Desks) -> None:
    """Wait until no call is left."""
    wait_for(lambda: centre.nobody_calls(desks.server), REST_SECONDS)


def flood(desks: Desks, rate: float) -> Flood:
    """Make the calls, and when the last one has been made, a few more to see how those fare."""
    load = _load(rate, SECONDS)
    with desks.come(USERS, load) as calling:
        before = centre.moment(calling.pid)
        time.sleep(SECONDS)
        share = centre.shares(before, centre.moment(calling.pid))[calling.pid]
        with desks.come(USERS, _load(AFTER_RATE, AFTER_SECONDS)) as later:
            time.sleep(COUNTED_SECONDS)
            made = calling.counts().created
            wait_for(later.ended, REST_SECONDS)
            wait_for(calling.ended, REST_SECONDS)
            counts, taken = calling.counts(), calling.taken()
            bad = [one.at for one in later.taken() if one.timer > 1 or one.ms > BACK_MS]
            back = max(bad, default=0.0) if later.counts().done else REST_SECONDS
    refused = sum(one.timer > 1 for one in taken)
    return Flood(
        load.count, made, share, counts.done - refused, refused, load.count - counts.done, back
    )


def overload() -> Iterator[Figure]:
    """Find what goes, offer more, and look at the calls, the agents and the memory."""
    with Desks(AGENTS, FOR_EVER) as desks:
        desks.rest()
        good, bad = highest(lambda rate: attempt(desks, rate), *BETWEEN)
        told = f"{good:.0f} calls/s, fails at {bad:.0f}/s"
        what = f"highest rate, one call in ten with an agent, each {TRY_SECONDS:.0f} s"
        yield Figure(PART, what, told)
        began, mib = time.time(), _mib(desks)
        result = flood(desks, TIMES * good)
        time.sleep(MEMORY_SECONDS)
        grown = _mib(desks) - mib
        away = _put_away(desks, began)
        yield from _figures(result, good)
    wanted = "0"
    yield Figure(PART, "agents put away wrongly", f"{away} of {AGENTS}", wanted, not away)
    told, wanted = f"{mib + grown:.0f} MiB, {mib:.0f} before", f"+{MEMORY_MIB:.0f} MiB at most"
    what = f"main {MEMORY_SECONDS:.0f} s later"
    yield Figure(PART, what, told, wanted, grown <= MEMORY_MIB)


def _mib(desks: Desks) -> float:
    return float(desks.server.process.memory_info().rss / 2**20)


def _put_away(desks: Desks, began: float) -> int:
    """Return how many agents were in a state since then in which they get no calls."""
    books.settle(desks.server)
    query = f"""SELECT count(DISTINCT agent) FROM agent_intervals
                WHERE since >= {began} AND state NOT IN {AT_WORK}"""  # noqa: S608 - ours
    return int(books.rows(desks.server.folder / "acd.sqlite", query)[0][0])


def _figures(result: Flood, good: float) -> Iterator[Figure]:
    offered = f"{TIMES} times that for {SECONDS:.0f} s"
    told = f"{result.made} of {result.count} made in time, SIPp at {result.sipp_share:.0f} %"
    in_time = result.made == result.count and result.sipp_share < SATURATED
    yield Figure(PART, f"{offered}: the generator", told, "not saturated", in_time)
    served = result.served / SECONDS
    told = f"{served:.0f} calls/s, {100 * served / good:.0f} %; {result.refused} refused with 503, "
    told += f"{result.failed} failed"
    wanted = f"{100 * GOOD_SHARE:.0f} % or more"
    met = served >= GOOD_SHARE * good
    yield Figure(PART, f"{offered}: calls served", told, wanted, met)
    what = f"back to normal (200 within {BACK_MS:.0f} ms)"
    wanted = f"within {BACK_SECONDS:.0f} s"
    yield Figure(PART, what, f"after {result.back:.1f} s", wanted, result.back <= BACK_SECONDS)
