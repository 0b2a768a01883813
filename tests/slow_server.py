"""``python -m actors`` with queues that block the exchange: 50 ms for every hundredth message."""

from __future__ import annotations

import itertools
import os
import sys
import time
from typing import Any

from actors.__main__ import main
from actors.queue import QueueActor

EVERY = 100
BLOCK_SECONDS = 0.05

handle = QueueActor.handle
numbers = itertools.count(1)


def slowly(self: QueueActor, message: Any) -> Any:
    """Handle the message, late."""
    if next(numbers) % EVERY == 0:
        time.sleep(BLOCK_SECONDS)
    return handle(self, message)


QueueActor.handle = slowly  # type: ignore[method-assign]

if __name__ == "__main__":
    result = main()
    sys.stderr.flush()
    os._exit(result)
