"""How often the pump looks for bridged phones' packets. Pure."""

from __future__ import annotations

TICK_NS = 20_000_000
SHORT_NS = 5_000_000
"""Bridged speech waits 2.5 ms on average for company in its batch; a tick is four slices. Each has
its price however few packets it has: with slices of 4 ms, 500 calls cost 7 % more."""
LONG_NS = 10_000_000
"""Where few packets come, the price of a slice is all there is to save: speech waits 5 ms."""
BUSY, QUIET = 120, 80
"""Packets a tick from which slices are short, and below which they are long. 25 packets a short
slice, some 50 bridged calls, are 100; the room between keeps a rate near that from changing it with
every packet more or less."""


def slice_after(slice_ns: int, packets: float) -> int:
    """Return the length of the next slices after a tick in which so many packets came."""
    if packets >= BUSY:
        return SHORT_NS
    return LONG_NS if packets < QUIET else slice_ns
