"""What a call with an agent costs, against app_queue: 200 ms of ringing, 3 s of talk, no audio."""

from __future__ import annotations

from collections.abc import Iterator

from bench import asterisk
from bench.desks import Deaf, Desks, Outcome, idle_shares, run
from bench.figures import Figure
from bench.sipp import Load

PART = "agents"
AGENTS = 300
RATES = (40.0, 80.0)
TOLD_AT = 80.0
"""Where the target holds: at lower rates what is not the calls' weighs more."""
MANY_AGENTS = 600
HIGH_RATE = 150.0
SECONDS = 20.0
TALK_SECONDS = 3.0
STAY_SECONDS = 3.5
"""What a call takes if all goes well: how long it is waited for before patience begins."""
TARGET = 0.6


def agents() -> Iterator[Figure]:
    """Measure both at the same rates one after another, then ours where it is to be clean still."""
    ours, theirs = _ours(), _theirs()
    for rate in RATES:
        what = f"{AGENTS} agents, {rate:.0f} calls/s"
        own = ours[rate].ms_per_call("main", "pump")
        split = f"main {ours[rate].ms_per_call('main'):.1f}"
        split += f", pump {ours[rate].ms_per_call('pump'):.1f}"
        told = f"{own:.1f} ms a call ({split}); {ours[rate].told()}"
        yield Figure(PART, f"{what}: CPU", told, "0 failed", not ours[rate].failed)
        if not theirs:
            yield Figure(
                PART, f"{what}: Asterisk", asterisk.MISSING, f"ours at most {TARGET} of it"
            )
            continue
        other = theirs[rate].ms_per_call("asterisk")
        told = f"{other:.1f} ms a call; {theirs[rate].told()}"
        yield Figure(PART, f"{what}: app_queue's CPU, same phones", told)
        ratio = own / other
        wanted, met = (f"{TARGET} or less", ratio <= TARGET) if rate == TOLD_AT else ("", None)
        told = f"{ratio:.2f}"
        if theirs[rate].failed or theirs[rate].unfinished:
            told, met = (
                f"{told}: no comparison, app_queue's calls failed",
                False if wanted else None,
            )
        yield Figure(PART, f"{what}: ours / app_queue", told, wanted, met)
    yield _many()


def _load(rate: float) -> Load:
    return Load(round(rate * SECONDS), rate, STAY_SECONDS, "customer")


def _ours() -> dict[float, Outcome]:
    with Desks(AGENTS, TALK_SECONDS) as centre:
        centre.rest()
        return {rate: centre.serve(["talk"], _load(rate)) for rate in RATES}


def _theirs() -> dict[float, Outcome]:
    system = asterisk.system()
    if system is None:
        return {}
    with (
        Deaf(AGENTS, TALK_SECONDS) as stage,
        asterisk.Asterisk(system, stage.agents_port, stage.devices()) as server,
    ):
        processes = {"asterisk": server.pid}
        idle = idle_shares(processes)
        found = {}
        for rate in RATES:
            calling = stage.calling(server.port, ["talk"], _load(rate))
            found[rate] = run(calling, _load(rate), processes, idle, stage.desks)
        return found


def _many() -> Figure:
    with Desks(MANY_AGENTS, TALK_SECONDS) as centre:
        centre.rest()
        outcome = centre.serve(["talk"], _load(HIGH_RATE))
    what = f"{MANY_AGENTS} agents, {HIGH_RATE:.0f} calls/s for {SECONDS:.0f} s"
    told = f"{outcome.told()}; {outcome.ms_per_call('main', 'pump'):.1f} ms a call"
    return Figure(PART, what, told, "no failure, nothing sent again", outcome.clean)
