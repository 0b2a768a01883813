"""The door: what is answered, refused or rerouted before PJSIP has spent anything on it.

The C of it (setup/door/) is part of the pjsua2 extension; here is what Python tells it and hears
from it. All on the SIP thread.
"""

from __future__ import annotations

import ctypes
import functools
import logging
from collections.abc import Callable

import pjsua2

from actors.core.wire.locate import Target
from actors.messages.phone import Hop
from actors.messages.sip import Refused, Rights
from actors.settings import SipLimits
from actors.sip.hosts import Hosts
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
    "sips without TLS",
    "too many lines in the SDP",
    "audio by IPv6 only",
    "no audio over RTP/AVP",
    "too many requests a second",
    "too many connections",
    "no SIP URI in Record-Route",
    "no common codec",
    "not understood by the SIP stack",
)
"""``enum door_why`` in words."""

CLOSED = 1

ROOM = 600
"""How many refusals are fetched at a time; the C keeps no more."""

_lib.door_route.argtypes = (
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_int,
    ctypes.c_int,
)
_lib.door_contact.argtypes = (ctypes.c_int, ctypes.c_char_p)
_lib.door_registered_contact.argtypes = (ctypes.c_int, ctypes.c_char_p)
_lib.door_connected.argtypes = (ctypes.c_char_p, ctypes.c_int)
_lib.door_transport.argtypes = (ctypes.c_void_p,)
_lib.door_transport.restype = ctypes.c_char_p

AskName = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
Ask = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_char_p)


def transport(received: int) -> str:
    """Return by what a message came: udp, tcp or tls; `received` is its pjRxData."""
    return _lib.door_transport(received).decode() or "udp"


def _answer(ticket: int, hops: tuple[Hop, ...]) -> None:
    count = len(hops)
    _lib.door_named(
        ticket,
        count,
        (ctypes.c_char_p * count)(*(hop.host.encode() for hop in hops)),
        (ctypes.c_int * count)(*(hop.port for hop in hops)),
        (ctypes.c_char_p * count)(*(hop.transport.encode() for hop in hops)),
    )


class State(ctypes.Structure):
    """``struct door_state`` of setup/door/door.h, field by field."""

    _fields_ = (
        ("closed_for", ctypes.c_int32),
        ("retry_after", ctypes.c_uint32),
        ("setups_per_second", ctypes.c_uint32),
        ("requests_per_second", ctypes.c_uint32),
        ("dialog_requests_per_second", ctypes.c_uint32),
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
        ("taking", ctypes.c_uint32),
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

    def __init__(self, limits: SipLimits, rights_of: Callable[[str], Rights], hosts: Hosts) -> None:
        """Take the caps of each source, who says what an address may do, and where a name leads."""
        self._state = State.in_dll(_lib, "door")
        self._rights_of = rights_of
        self._closed: dict[str, int] = {}
        self._last = ""
        self._state.closed_for = -1
        for name in (
            "retry_after",
            "setups_per_second",
            "requests_per_second",
            "dialog_requests_per_second",
            "half_open",
            "calls",
            "connections",
            "all_connections",
        ):
            setattr(self._state, name, getattr(limits, name))
        # Kept as long as the door, like _ask_name: C holds the address of it.
        self._ask = Ask(self._bits)
        _lib.door_ask(self._ask)
        # PJSIP asks here for every host name: it never asks the DNS itself, and never waits.
        self._hosts = hosts
        self._ask_name = AskName(self._name)
        _lib.door_ask_names(self._ask_name)

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
        if self._closed.get(why) == retry_after:
            return
        if retry_after is None:
            del self._closed[why]
        else:
            self._closed[why] = retry_after
            self._last = why
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

    def taken_in(self) -> None:
        """Note that PJSIP is through with what has come: what is refused now, we refuse."""
        self._state.taking = 0

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

    # -- where packets go

    def _name(self, host: bytes, port: int, transport: bytes, ticket: int) -> None:
        try:
            target = Target(host.decode("ascii", "replace").lower(), port, transport.decode())
            self._hosts.find(target, functools.partial(_answer, ticket))
        except Exception:
            logger.exception("door: where is %r?", host)
            _answer(ticket, ())

    def is_connected(self, host: str, port: int) -> bool:
        """Say whether a connection that was opened from there still lives."""
        return bool(_lib.door_connected(host.encode(), port))

    def route(self, account: int, hop: Hop, other_port: int) -> None:
        """Send what begins a dialog by this hop; where its connection is gone, to `other_port`."""
        place = hop.host.encode(), hop.port, hop.transport.encode()
        _lib.door_route(account, *place, hop.by_proxy, other_port)

    def unroute(self, account: int) -> None:
        """Send it where its URI leads."""
        _lib.door_route(account, b"", 0, b"", 0, 0)

    def contact(self, account: int, text: str) -> None:
        """Put this Contact into what begins a dialog; an empty text: no more."""
        _lib.door_contact(account, text.encode())

    def registered_contact(self, account: int, text: str) -> None:
        """Begin to register with this Contact; an empty text: with what PJSIP makes."""
        _lib.door_registered_contact(account, text.encode())

    # -- what is told

    def refusals(self) -> list[Refused]:
        """Return what has been refused since the last time, summed up by source."""
        entries = (Refusal * ROOM)()
        found = _lib.door_refusals(entries, ROOM)
        return [
            Refused(
                entry.source.decode(),
                entry.method.decode() or "connection",
                entry.code,
                self._last if entry.why == CLOSED else WHY[entry.why],
                entry.count,
            )
            for entry in entries[:found]
        ]
