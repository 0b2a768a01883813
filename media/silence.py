"""Which legs have fallen silent, and of which the network says that nobody is there. Pure.

Silence alone proves nothing: a phone that is muted or on VAD sends no RTP, and that is its right
(RFC 3550, section 5.1; RFC 3389). Whoever is told of it has to ask the phone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media.rtp import Ints
from media.sessions import Table

GRACE_TICKS = 50
"""A second: a phone that has just answered may open its port later than we send to it; and who was
heard so lately is there, whatever the network says."""
AGAIN_TICKS = 100
"""What the network says is told every two seconds at most: errors come with our own packets."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Ticks of silence after which it is told, and told again; 0: never.

    `bridged`: of legs that should speak with their peer; `others`: of those that wait, hold or only
    receive: nothing may ever come from them.
    """

    bridged: int
    others: int


def note_heard(table: Table, legs: Ints, tick: int) -> None:
    """Note a sign of life: RTP, comfort noise, RTCP, whatever came from where the leg is."""
    table.heard_tick[legs] = tick
    table.told_tick[legs] = tick


def fallen_silent(table: Table, tick: int, patience: Patience) -> Ints:
    """Return the legs of whose silence is to be told now."""
    high = table.high
    talking = table.speaks[:high] & (table.peer[:high] >= 0)
    after = np.where(talking, patience.bridged or patience.others, patience.others)
    due = table.open[:high] & (after > 0)
    slots = np.flatnonzero(due & (tick - table.told_tick[:high] >= after))
    table.told_tick[slots] = tick
    return slots


def refused(table: Table, slot: int, tick: int) -> bool:
    """Return whether it is to be told that the network does not deliver to this leg."""
    known = max(int(table.heard_tick[slot]) + GRACE_TICKS, int(table.refused_tick[slot]))
    if tick < known:
        return False
    table.refused_tick[slot] = tick + AGAIN_TICKS
    return True
