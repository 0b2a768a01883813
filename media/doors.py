"""Our RTP ports, opened by the server itself: a port that is taken is its error, not the pump's."""

from __future__ import annotations

import ipaddress
import logging
import socket

from actors.settings import MediaSettings
from media.udp import WANTED_BUFFER, open_socket, receive_buffer

logger = logging.getLogger(__name__)


def open_doors(settings: MediaSettings) -> list[socket.socket]:
    """Return the shared port's socket and those of the pool, every second port as is usual for RTP.

    OSError where the shared port is taken; a taken port of the pool is left out with a warning.
    They outlive a pump that dies: no packet finds the port closed.
    """
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
    if not ipaddress.ip_address(settings.address).is_unspecified:
        return settings.address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(ipaddress.IPv4Address(towards)), 9))  # sends nothing
        except (OSError, ValueError):
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address
