"""Gives the memory that a flood of calls has left free back to the system.

glibc keeps what is freed below what is still in use. PJSIP keeps each ended transaction for 32 s
(RFC 3261, section 17: timers D, H, J, K), so a minute of 500 calls a second left 600 MiB that
nothing used. Giving back takes 0.4 ms a MiB, in which who wants memory waits: so it is done once
the flood is over, and not at all where there was none.
"""

from __future__ import annotations

import ctypes

# CDLL lets others run meanwhile: Python code goes on until it wants a new piece of memory.
_libc = ctypes.CDLL(None)

FEWEST = 1000
"""So few transactions hold some 25 MiB: not worth giving back."""

OVER = 0.1
"""Of the highest count so much is left: the flood is over. Sooner, it would hold up those whom the
flood has left, and have to be done again."""


class Ebb:
    """Knows the highest count of transactions since memory was last given back."""

    def __init__(self) -> None:
        self._highest = 0

    def fell(self, transactions: int) -> bool:
        """Say whether there are so many fewer now that it is time to give back."""
        if self._highest >= FEWEST and transactions <= OVER * self._highest:
            self._highest = transactions
            return True
        self._highest = max(self._highest, transactions)
        return False


def give_back() -> None:
    """Give back whatever is free; from any thread, for it may take a tenth of a second."""
    _libc.malloc_trim(0)
