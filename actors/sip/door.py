"""The door: what is answered, refused or rerouted before PJSIP has spent anything on it.

The C of it (setup/door/) is part of the pjsua2 extension; here is what Python tells it and hears
from it. All on the SIP thread.
"""

from __future__ import annotations

import ctypes

import pjsua2

from actors.sip.limits import GatewayError

_lib = ctypes.PyDLL(pjsua2._pjsua2.__file__)  # noqa: SLF001 - the extension itself
_lib.door_open.restype = ctypes.c_int


class State(ctypes.Structure):
    """``struct door_state`` of setup/door/door.h, field by field."""

    _fields_ = (
        ("closed_for", ctypes.c_int32),
        *(
            (name, ctypes.c_uint32)
            for name in (
                "retry_after",
                "setups_per_second",
                "requests_per_second",
                "half_open",
                "calls",
                "connections",
                "all_connections",
                "generation",
                "open_connections",
                "seen",
                "refused",
                "dropped",
                "rerouted",
            )
        ),
    )


class Door:
    """The one door of the process. Made before it is opened, closed before the library ends."""

    def __init__(self) -> None:
        self._state = State.in_dll(_lib, "door")
        self._state.closed_for = -1

    def open(self) -> None:
        """Stand before PJSIP: after libInit, before libStart."""
        status = _lib.door_open()
        if status:
            raise GatewayError(f"the door does not open: PJSIP's error {status}")

    def close(self) -> None:
        """Stand there no more: before libDestroy."""
        _lib.door_close()

    def shut(self, retry_after: int | None) -> None:
        """Answer every new call, and OPTIONS, with 503 and this Retry-After; None: no more."""
        self._state.closed_for = -1 if retry_after is None else retry_after
