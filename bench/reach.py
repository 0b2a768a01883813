"""Everything at once: thousands waiting, hundreds talking, on this machine with the generators."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure
from bench.stage import Centre

WAITING = 2000
TALKING = 500
WINDOW_SECONDS = 12.0
TICK_MS = 5.0


def reach() -> Iterator[Figure]:
    """Have them all up, and look for a lost packet or a late tick."""
    part = "reach"
    with Centre(WAITING + TALKING, TALKING) as centre:
        centre.fill(WAITING, TALKING)
        before = centre.media()
        window = centre.window(WINDOW_SECONDS)
        after = centre.media()
        lost_inward = centre.lost_inward()
    what = f"{WAITING} waiting and {TALKING} bridged"
    heard = window.heard
    lost = max(heard.lost - heard.dropped, 0)
    dropped = after["kernel_drops"] - before["kernel_drops"]
    packets = f"{lost} of {heard.received} out, {lost_inward} in, {dropped} dropped by the kernel"
    none = not (lost or lost_inward > 0 or dropped)
    yield Figure(part, f"{what}: packets lost by us", packets, "0", none)
    late = f"p99 {after['late_p99_ms']:.2f} ms, max {after['late_max_ms']:.1f} ms, "
    late += f"{after['skipped_ticks'] - before['skipped_ticks']} skipped"
    wanted = f"p99 under {TICK_MS:.0f} ms"
    yield Figure(part, f"{what}: tick late", late, wanted, after["late_p99_ms"] < TICK_MS)
    shares = window.shares
    cost = f"main {shares['main']:.0f} %, pump {shares['pump']:.0f} %, "
    cost += f"generators {window.generators:.0f} %"
    yield Figure(part, f"{what}: CPU", cost)
