"""The door: what is answered, refused or rerouted before PJSIP has spent anything on it.

The C of it (setup/door/) is part of the pjsua2 extension; here is what Python tells it and hears
from it. All on the SIP thread.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable

import pjsua2

from actors.messages.sip import Refused, Rights
from actors.settings import SipLimits
from actors.sip.limits import GatewayError

logger = logging.getLogger(__name__)

_lib = ctypes.PyDLL(pjsua2._pjsua2.__file__)  # noqa: SLF001 - the extension itself
_lib.door_open.restype = ctypes.c_int
_lib.door_count.argtypes = (ctypes.c_char_p, ctypes.c_int, ctypes.c_int)
_lib.door_refusals.restype = ctypes.c_int

CALL, UNCAPPED, PROXY = 1, 2, 4
"""The rights as the C knows them (setup/door/door.h)."""

WHY = (
    "may not call",
    "closed",
    "too many new calls a second",
    "too many half-open calls",
    "too many calls",
    "method not allowed",
    "no such event package",
    "no such dialog",
    "unknown extension",
    "too many lines in the SDP",
    "too many requests a second",
    "too many connections",
)
"""``enum door_why`` in words."""

ROOM = 600
"""How many refusals are fetched at a time; the C keeps no more."""

Ask = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_char_p)


class State(ctypes.Structure):
    """``struct door_state`` of setup/door/door.h, field by field."""

    _fields_ = (
        ("closed_for", ctypes.c_int32),
        ("retry_after", ctypes.c_uint32),
        ("setups_per_second", ctypes.c_uint32),
        ("requests_per_second", ctypes.c_uint32),
        ("half_open", ctypes.c_uint32),
        ("calls", ctypes.c_uint32),
        ("connections", ctypes.c_uint32),
        ("all_connections", ctypes.c_uint32),
        ("generation", ctypes.c_uint32),
        ("open_connections", ctypes.c_uint32),
        ("seen", ctypes.c_uint32),
        ("refused", ctypes.c_uint32),
        ("dropped", ctypes.c_uint32),
        ("rerouted", ctypes.c_uint32),
    )


class Refusal(ctypes.Structure):
    """``struct door_refusal`` of setup/door/refusals.c."""

    _fields_ = (
        ("source", ctypes.c_char * 48),
        ("method", ctypes.c_char * 16),
        ("code", ctypes.c_uint32),
        ("why", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
    )


class Door:
    """The one door of the process. Made before it is opened, closed before the library ends."""

    def __init__(self, limits: SipLimits, rights_of: Callable[[str], Rights]) -> None:
        """Take the caps of each source, and who says what an address may do."""
        self._state = State.in_dll(_lib, "door")
        self._rights_of = rights_of
        self._closed: dict[str, int] = {}
        self._state.closed_for = -1
        for name in (
            "retry_after",
            "setups_per_second",
            "requests_per_second",
            "half_open",
            "calls",
            "connections",
            "all_connections",
        ):
            setattr(self._state, name, getattr(limits, name))
        # Kept as long as the door: C holds the address of it.
        self._ask = Ask(self._bits)
        _lib.door_ask(self._ask)

    def open(self) -> None:
        """Stand before PJSIP: after libInit, before libStart."""
        status = _lib.door_open()
        if status:
            raise GatewayError(f"the door does not open: PJSIP's error {status}")

    def close(self) -> None:
        """Stand there no more: before libDestroy."""
        _lib.door_close()

    # -- who may come in

    def shut(self, why: str, retry_after: int | None) -> None:
        """Refuse every new call, and OPTIONS, with 503 and this Retry-After; None: `why` is over.

        There may be several reasons at a time: the longest Retry-After counts.
        """
        if retry_after is None:
            self._closed.pop(why, None)
        else:
            self._closed[why] = retry_after
        self._state.closed_for = max(self._closed.values(), default=-1)

    def asks_again(self) -> None:
        """Forget what each source may do: the peers have changed."""
        self._state.generation += 1

    def _bits(self, address: bytes) -> int:
        try:
            rights = self._rights_of(address.decode())
        except Exception:
            logger.exception("door: who is %r?", address)
            return 0
        return CALL * rights.may_call + UNCAPPED * rights.without_caps + PROXY * rights.is_proxy

    # -- what is counted of each source

    def came(self, source: str) -> None:
        """Count a call of this source: half open."""
        _lib.door_count(source.encode(), 1, 1)

    def confirmed(self, source: str) -> None:
        """Count one half-open call less."""
        _lib.door_count(source.encode(), -1, 0)

    def left(self, source: str, *, confirmed: bool) -> None:
        """Count one call less; `confirmed`: it was not half open any more."""
        _lib.door_count(source.encode(), 0 if confirmed else -1, -1)

    # -- what is told

    def refusals(self) -> list[Refused]:
        """Return what has been refused since the last time, summed up by source."""
        entries = (Refusal * ROOM)()
        found = _lib.door_refusals(entries, ROOM)
        closed = max(self._closed, key=lambda why: self._closed[why], default=WHY[1])
        return [
            Refused(
                entry.source.decode(),
                entry.method.decode() or "connection",
                entry.code,
                closed if entry.why == 1 else WHY[entry.why],
                entry.count,
            )
            for entry in entries[:found]
        ]
