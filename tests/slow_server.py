"""``EVERY MS CONF``: a server whose queues take MS milliseconds over every so manieth message."""

from __future__ import annotations

import itertools
import os
import sys
import time
from typing import Any

from actors.__main__ import main
from actors.queue import QueueActor

EVERY, BLOCK_SECONDS = int(sys.argv.pop(1)), int(sys.argv.pop(1)) / 1000

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
