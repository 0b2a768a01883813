"""How many calls a second can be set up and taken down, all with audio, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.centre import nobody_calls
from bench.desks import Outcome, idle_shares, run
from bench.figures import Figure
from bench.generator import wait_for
from bench.phones import address
from bench.rates import highest
from bench.sipp import Load
from bench.stage import Centre

PART = "set-up"
LOW, MIDDLE, HIGH, TOP = 100.0, 200.0, 500.0, 800.0
"""Calls a second: at which a call's cost and its delay are told, and between which the highest
rate is looked for."""
SECONDS = 20.0
TALK_SECONDS = 2.0
PHONES = 2000
"""Each with an address of its own: those of 700 calls a second, and the next ones'."""
REST_SECONDS = 60.0
MOST_MS, MOST_DELAY_MS = 2.5, 20.0


def attempt(centre: Centre, rate: float, idle: dict[int, float]) -> Outcome:
    """Make calls at a rate for some seconds; each waits with music, then its caller hangs up."""
    load = Load(round(rate * SECONDS), rate, TALK_SECONDS)
    rows = [(address(phone), "wait") for phone in range(PHONES)]
    calling = centre.callers_of(centre.server.sip_port, rows, load)
    outcome = run(calling, load, centre.processes, idle)
    # Where it went wrong calls may be up still: the next attempt begins with none.
    wait_for(lambda: nobody_calls(centre.server), REST_SECONDS)
    return outcome


def setups() -> Iterator[Figure]:
    """Tell cost and delay at rates that must go, then look for the highest that goes."""
    with Centre(PHONES, 0) as centre:
        idle = idle_shares(centre.processes)
        yield from _cost(attempt(centre, LOW, idle))
        yield _delay(attempt(centre, MIDDLE, idle))
        high = attempt(centre, HIGH, idle)
        what = f"{HIGH:.0f} calls/s for {SECONDS:.0f} s"
        yield Figure(PART, what, high.told(), "no failure, nothing sent again", high.clean)
        cost = f"main {high.ms_per_call('main'):.1f} ms, pump {high.ms_per_call('pump'):.1f} ms"
        yield Figure(PART, f"{what}: a call's CPU", cost)
        between = (HIGH, TOP) if high.clean else (MIDDLE, HIGH)
        good, bad = highest(lambda rate: attempt(centre, rate, idle).clean, *between)
        more = f"fails at {bad:.0f}/s" if bad < TOP else "more was not tried"
        told = f"{good:.0f} calls/s, {more}"
        yield Figure(PART, "highest rate, no failure, nothing sent again, each 20 s", told)


def _cost(outcome: Outcome) -> Iterator[Figure]:
    what = f"{LOW:.0f} calls/s for {SECONDS:.0f} s"
    yield Figure(PART, what, outcome.told(), "no failure, nothing sent again", outcome.clean)
    main, pump = outcome.ms_per_call("main"), outcome.ms_per_call("pump")
    told, wanted = f"main {main:.1f} ms, pump {pump:.1f} ms", f"main {MOST_MS} ms at most"
    yield Figure(PART, f"{what}: a call's CPU", told, wanted, main <= MOST_MS)


def _delay(outcome: Outcome) -> Figure:
    half, most = np.percentile(outcome.answers() or [np.inf], [50, 99])
    value, wanted = f"p50 {half:.0f} ms, p99 {most:.0f} ms", f"p99 under {MOST_DELAY_MS:.0f} ms"
    told = f"{value}; {outcome.told()}"
    met = bool(most < MOST_DELAY_MS)
    return Figure(PART, f"{MIDDLE:.0f} calls/s: INVITE to 200, to 4 ms", told, wanted, met)
