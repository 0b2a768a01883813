"""``BEFORE AFTER CONF``: a server that stands still in each offer, for so many milliseconds.

Once before the INVITE to the phone goes out, and once after its time to answer has begun.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from actors.__main__ import main
from actors.call import CallActor
from actors.gateway import GatewayActor
from actors.messages.sip import Dial, Dialled

BEFORE_SECONDS, AFTER_SECONDS = (int(sys.argv.pop(1)) / 1000 for _ in range(2))

of_gateway, of_call = GatewayActor.handle, CallActor.handle


def send_late(self: GatewayActor, message: Any) -> Any:
    """Do what a message says, an INVITE late."""
    if isinstance(message, Dial):
        time.sleep(BEFORE_SECONDS)
    return of_gateway(self, message)


def hear_late(self: CallActor, message: Any) -> None:
    """Let the phone's time run, then keep its answers waiting."""
    of_call(self, message)
    if isinstance(message, Dialled):
        time.sleep(AFTER_SECONDS)


GatewayActor.handle = send_late  # type: ignore[method-assign]
CallActor.handle = hear_late  # type: ignore[method-assign, assignment]

if __name__ == "__main__":
    result = main()
    sys.stderr.flush()
    os._exit(result)
