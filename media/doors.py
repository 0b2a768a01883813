"""Our RTP ports, opened by the server itself: a port that is taken is its error, not the pump's."""

from __future__ import annotations

import ipaddress
import logging
import socket
from typing import NamedTuple

from actors.core.wire.uri import is_any
from actors.settings import MediaSettings
from media.udp import WANTED_BUFFER, open_socket, receive_buffer

logger = logging.getLogger(__name__)


class Door(NamedTuple):
    """A port for RTP; and the port above it for RTCP (RFC 3550, section 11), where that is free.

    Of RTCP we only want to know that it comes: whoever sends it is there.
    """

    rtp: socket.socket
    control: socket.socket | None

    def close(self) -> None:
        """Give both back."""
        self.rtp.close()
        if self.control:
            self.control.close()


def open_doors(settings: MediaSettings) -> list[Door]:
    """Return the shared port and those of the pool, every second port as is usual for RTP.

    OSError where the shared port is taken; a taken port of the pool is left out with a warning.
    They outlive a pump that dies: no packet finds the port closed.
    """
    return [Door(sock, _control(settings.address, sock)) for sock in _open_rtp(settings)]


def _control(address: str, rtp: socket.socket) -> socket.socket | None:
    port = rtp.getsockname()[1] + 1
    try:
        return open_socket(address, port)
    except (OSError, OverflowError) as error:
        logger.info("media: RTCP is not heard at port %d: %s", port, error)
        return None


def _open_rtp(settings: MediaSettings) -> list[socket.socket]:
    try:
        shared = open_socket(settings.address, settings.port)
    except OSError as error:
        raise OSError(
            error.errno, f"media.port: cannot use {settings.address}:{settings.port}: {error}"
        ) from error
    if receive_buffer(shared) < WANTED_BUFFER:
        logger.warning(
            "media: the RTP socket's buffer is %d bytes, not %d: packets may be lost under load;"
            " as root: sysctl -w net.core.rmem_max=%d",
            *(receive_buffer(shared), WANTED_BUFFER, WANTED_BUFFER),
        )
    doors = [shared]
    for port in range(settings.pool_first, settings.pool_last + 1, 2):
        try:
            doors.append(open_socket(settings.address, port))
        except OSError as error:
            logger.warning("media: port %d of the pool is not used: %s", port, error)
    return doors


def own_address(settings: MediaSettings, towards: str) -> str:
    """Return the address of ours to name in an SDP: `advertise`, else the one that leads there."""
    if settings.advertise:
        return settings.advertise
    if not is_any(settings.address):
        return settings.address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(ipaddress.IPv4Address(towards)), 9))  # sends nothing
        except (OSError, ValueError):
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address
