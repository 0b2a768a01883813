"""What a waiting caller and a bridged call cost: ours, a bare loop's, Asterisk's; same phones."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench import asterisk
from bench.bare import Bare
from bench.figures import Figure
from bench.phones import address
from bench.sipp import Load
from bench.stage import FOR_EVER, PATIENCE_SECONDS, SETTLE_SECONDS, Centre, Stage, Window

WAITING = 2000
TALKING = 500
WINDOW_SECONDS = 10.0
BARE_SECONDS = 6.0
ASTERISK_WAITING = 200
ASTERISK_TALKING = 100
ASTERISK_RATE = 40.0

WAITING_TARGET = 1 / 8
TALKING_TARGET = 1 / 4


def waiting() -> Iterator[Figure]:
    """One caller in a queue: music out, and what the caller's phone sends in."""
    part = "waiting"
    with Centre(WAITING, 0) as centre:
        centre.fill(WAITING, 0)
        window = centre.window(WINDOW_SECONDS)
        lost = centre.lost_inward()
    yield from _window(part, WAITING, "callers", window, lost)
    ours = _server(window) / WAITING
    yield from _bare(part, "music", WAITING, WAITING, ours)
    yield from _asterisk(part, (ASTERISK_WAITING, 0), ours, WAITING_TARGET)


def bridged() -> Iterator[Figure]:
    """One caller and one agent who hear each other."""
    part = "bridged"
    with Centre(TALKING, TALKING) as centre:
        centre.fill(0, TALKING)
        window = centre.window(WINDOW_SECONDS)
        lost = centre.lost_inward()
    yield from _window(part, TALKING, "calls", window, lost)
    ours = _server(window) / TALKING
    yield from _bare(part, "relay", 2 * TALKING, TALKING, ours)
    yield from _asterisk(part, (0, ASTERISK_TALKING), ours, TALKING_TARGET)


def _server(window: Window) -> float:
    return window.shares["main"] + window.shares["pump"]


def _window(part: str, count: int, what: str, window: Window, lost_inward: int) -> Iterator[Figure]:
    shares = window.shares
    total = _server(window)
    each = f"{total / count:.4f} % of a core each"
    split = f"main {shares['main']:.1f} %, pump {shares['pump']:.1f} %"
    yield Figure(part, f"{count} {what}: the server's CPU", f"{total:.1f} % ({split}); {each}")
    yield Figure(part, f"{count} {what}: the generators' CPU", f"{window.generators:.1f} %")
    heard = window.heard
    out = f"{heard.lost} of {heard.received} out, {lost_inward} in"
    none = heard.lost - heard.dropped <= 0 and lost_inward <= 0
    yield Figure(part, f"{count} {what}: packets lost", out, "0", none)


def _bare(part: str, loop: str, phones: int, count: int, ours: float) -> Iterator[Figure]:
    with Stage(phones, 0) as stage, Bare(loop, phones, stage.phones.port) as bare:
        stage.processes["bare"] = bare.pid
        time.sleep(1.0)
        stage.phones.aim(0, phones, bare.port)
        time.sleep(1.0)
        window = stage.window(BARE_SECONDS)
    each = window.shares["bare"] / count
    packets = f"{window.heard.sent / window.seconds:.0f}/s in, "
    packets += f"{window.heard.received / window.seconds:.0f}/s out"
    yield Figure(part, "a bare loop, same packets", f"{each:.4f} % of a core each ({packets})")
    yield Figure(part, "ours / bare loop", f"{ours / each:.2f}")


def _asterisk(part: str, counts: tuple[int, int], ours: float, target: float) -> Iterator[Figure]:
    """Measure Asterisk with so many waiting and so many bridged."""
    system = asterisk.system()
    if system is None:
        wanted = f"ours at most 1/{1 / target:.0f}"
        yield Figure(part, "Asterisk", asterisk.MISSING, wanted)
        return
    waits, talks = counts
    calls = waits + talks
    with (
        Stage(calls, talks) as stage,
        asterisk.Asterisk(system, stage.agents_port) as server,
    ):
        stage.processes["asterisk"] = server.pid
        rows = [(address(phone), "wait") for phone in range(waits)]
        rows += [(address(waits + at), address(calls + at)) for at in range(talks)]
        calling = stage.call(server.port, rows, Load(calls, ASTERISK_RATE, FOR_EVER))
        seconds = calls / ASTERISK_RATE + PATIENCE_SECONDS
        stage.wait_hearing(0, calls + talks, calling, seconds)
        time.sleep(SETTLE_SECONDS)
        window = stage.window(WINDOW_SECONDS)
    each = window.shares["asterisk"] / calls
    what = "app_queue" if waits else "Dial"
    told = f"{each:.4f} % of a core each ({calls} calls, {window.heard.lost} packets lost)"
    yield Figure(part, f"Asterisk's {what}, same phones", told)
    ratio, wanted = ours / each, f"1/{1 / target:.0f} or less"
    yield Figure(part, "ours / Asterisk", f"1/{1 / ratio:.1f}", wanted, ratio <= target)
