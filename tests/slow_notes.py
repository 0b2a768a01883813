"""``MS CONF``: a server that notes a call MS milliseconds late, and whose callers wait for it.

As on a machine where whoever writes has to wait for the processor: what callers wait for 20 ms at
most they wait for as long as it takes.
"""

from __future__ import annotations

import os
import sys
import time

from actors.__main__ import main
from actors.core.leg import caller
from actors.journal.entries import Entries, Entry

LATE_SECONDS = int(sys.argv.pop(1)) / 1000

note = Entries._note


def slowly(self: Entries, entries: list[Entry]) -> None:
    """Note the calls, late."""
    time.sleep(LATE_SECONDS)
    note(self, entries)


Entries._note = slowly  # type: ignore[method-assign]
caller.BOOK_SECONDS = 60.0

if __name__ == "__main__":
    result = main()
    sys.stderr.flush()
    os._exit(result)
