"""PJSIP as a whole: started, turned and ended, all on one thread."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import socket
import threading
import time
from pathlib import Path

import pjsua2

from actors.settings import Settings
from actors.sip import clib, limits, trace
from actors.sip.door import Door
from actors.sip.limits import GatewayError

logger = logging.getLogger(__name__)

RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes on the SIP socket: the kernel's usual 208 KiB hold 150 INVITEs of a burst of 1,000."""

SO_RCVBUFFORCE = 33
"""socket(7): over net.core.rmem_max; needs CAP_NET_ADMIN. Python has no name for it."""

ANY = "0.0.0.0"  # noqa: S104 - compared, not bound

SECONDS_OF_ONE_TURN = 0.001
"""How long one turn may go on taking in messages before others have theirs."""


class Stack:
    """The library from libCreate to libDestroy. Every method but __init__ on the SIP thread."""

    def __init__(self, settings: Settings, door: Door) -> None:
        self._settings = settings
        self._endpoint: pjsua2.Endpoint | None = None
        self._thread = 0
        self.slots = limits.slots(settings)
        self._door = door

    def open(self) -> None:
        """Start the library on the configured address; GatewayError says why it cannot be."""
        self._thread = threading.get_ident()
        clib.set_log_level(1)
        endpoint = pjsua2.Endpoint()
        endpoint.libCreate()
        self._endpoint = endpoint
        try:
            endpoint.libInit(self._configuration())
            clib.set_log_level(trace.QUIET)
            self._check_size()
            self._listen(endpoint)
            self._door.open()
            endpoint.audDevManager().setNoDev()
            endpoint.libStart()
            self._choose_codecs(endpoint)
        except pjsua2.Error as error:
            self.close()
            raise GatewayError(f"PJSIP does not start: {error.reason}") from None
        except GatewayError:
            self.close()
            raise
        self._widen_sockets()

    def descriptor(self) -> int:
        """Return the descriptor that is readable when SIP has come in."""
        return clib.epoll_descriptor(int(self._running().libGetSipIoqueueHandle()))

    def turn(self) -> bool:
        """Take in what has come and run the timers that are due, for a moment at most.

        False where more is left to take in.
        """
        endpoint = self._running()
        deadline = time.monotonic() + SECONDS_OF_ONE_TURN
        while endpoint.libHandleEvents(0) > 0:
            if time.monotonic() > deadline:
                return False
        return True

    def close(self) -> None:
        """End the library. No object of pjsua2 may be alive but the account, which is shut down."""
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is None:
            return
        gc.collect()
        self._door.close()
        # The gateway has waited for answers to its BYE and REGISTER: without the flag another 1 s.
        with contextlib.suppress(pjsua2.Error):
            endpoint.libDestroy(pjsua2.PJSUA_DESTROY_NO_RX_MSG)

    def _running(self) -> pjsua2.Endpoint:
        if self._endpoint is None or threading.get_ident() != self._thread:
            raise RuntimeError("PJSIP is not running, or this is not the SIP thread")
        return self._endpoint

    def _configuration(self) -> pjsua2.EpConfig:
        wanted = pjsua2.EpConfig()
        wanted.uaConfig.maxCalls = self.slots
        wanted.uaConfig.threadCnt = 0
        wanted.uaConfig.mainThreadOnly = True
        wanted.uaConfig.userAgent = "acd"
        wanted.uaConfig.natTypeInSdp = 0
        wanted.medConfig.threadCnt = 0
        wanted.medConfig.hasIoqueue = False
        wanted.medConfig.clockRate = 8000
        # Our pump carries the sound: a good resampler for G.722 or Opus would be 1 MB a call.
        wanted.medConfig.quality = 1
        wanted.medConfig.maxMediaPorts = self.slots + 1
        wanted.medConfig.noVad = True
        wanted.logConfig.msgLogging = 1
        wanted.logConfig.level = wanted.logConfig.consoleLevel = trace.MESSAGES
        wanted.logConfig.writer = trace.writer()
        return wanted

    def _check_size(self) -> None:
        if clib.max_call_count() < self.slots:
            raise GatewayError(
                f"PJSIP serves {clib.max_call_count()} calls where {self.slots} were asked for: "
                f"lower sip.max_calls, or {limits.BUILD.format(macro='PJSUA_MAX_CALLS')}"
            )

    def _listen(self, endpoint: pjsua2.Endpoint) -> None:
        sip = self._settings.sip
        for name in sip.transports:
            kind = getattr(pjsua2, f"PJSIP_TRANSPORT_{name.upper()}")
            wanted = pjsua2.TransportConfig()
            wanted.port = sip.port
            wanted.publicAddress = sip.advertise
            wanted.boundAddress = "" if sip.address == ANY else sip.address
            try:
                endpoint.transportCreate(kind, wanted)
            except pjsua2.Error as error:
                raise GatewayError(
                    f"cannot listen on {name} {sip.address}:{sip.port}: {error.reason}; "
                    "see sip.address and sip.port"
                ) from None

    def _choose_codecs(self, endpoint: pjsua2.Endpoint) -> None:
        wanted = [name.upper() for name in self._settings.media.codecs]
        known = {
            codec.codecId: codec.codecId.upper().split("/")[0] for codec in endpoint.codecEnum2()
        }
        for name in set(wanted) - set(known.values()):
            raise GatewayError(f"media.codecs: pjsua2 was compiled without {name}")
        for identifier, name in known.items():
            priority = 255 - wanted.index(name) if name in wanted else 0
            endpoint.codecSetPriority(identifier, priority)

    def _widen_sockets(self) -> None:
        for descriptor in _sockets_on(self._settings.sip.port):
            with socket.socket(fileno=os.dup(descriptor)) as sip:
                with contextlib.suppress(OSError):
                    sip.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
                # The kernel tells double what it was asked for (socket(7)).
                room = sip.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
            if room < RECEIVE_BUFFER:
                logger.warning(
                    "SIP socket: receive buffer is %d KiB, wanted %d: a burst may get lost "
                    "(sysctl net.core.rmem_max=%d)",
                    room // 1024,
                    RECEIVE_BUFFER // 1024,
                    RECEIVE_BUFFER,
                )


def _sockets_on(port: int) -> list[int]:
    """Return this process's UDP sockets on the port: PJSIP does not tell its descriptors."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            with socket.socket(fileno=os.dup(int(entry.name))) as candidate:
                if candidate.type == socket.SOCK_DGRAM and candidate.getsockname()[1] == port:
                    found.append(int(entry.name))
        except (OSError, IndexError, TypeError):
            continue
    return found


def our_address(settings: Settings) -> str:
    """Return the address SIP is spoken on; for all of them (0.0.0.0) the one that leads outside."""
    if settings.sip.advertise or settings.sip.address != ANY:
        return settings.sip.advertise or settings.sip.address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a UDP socket sends nothing: it only asks for the route (RFC 5737 address).
            probe.connect(("192.0.2.1", 5060))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
