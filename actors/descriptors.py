"""File descriptors: as many as the kernel gives, and no more TCP connections than they are for."""

from __future__ import annotations

import logging
import resource
from dataclasses import replace

from actors.settings import Settings

logger = logging.getLogger(__name__)

RESERVED = 250
"""What is not SIP's connections or RTP's ports: 128 clients of REST, journal, logs, the pump."""

FEWEST = 16
"""Connections without which there is no use in TCP."""

UNLIMITED = 1 << 20


def raise_limit() -> int:
    """Let this process and its children have as many descriptors as they may; return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return UNLIMITED if hard == resource.RLIM_INFINITY else hard


def fitted(settings: Settings, limit: int) -> Settings:
    """Return the settings with no more connections than `limit` descriptors leave room for.

    OSError where that are too few: connections of strangers would take what calls need.
    """
    media, limits = settings.media, settings.sip.limits
    ports = 2 * (1 + (media.pool_last - media.pool_first) // 2 + 1)
    room = limit - ports - RESERVED
    if room < FEWEST:
        raise OSError(
            f"this process may open {limit} files, and needs {ports + RESERVED + FEWEST} at least: "
            "raise the limit (ulimit -n, LimitNOFILE of systemd), or make media's pool smaller"
        )
    if limits.all_connections <= room:
        return settings
    logger.warning(
        "SIP takes %d TCP connections, not %d: this process may open %d files (ulimit -n)",
        room,
        limits.all_connections,
        limit,
    )
    limits = replace(limits, all_connections=room)
    return replace(settings, sip=replace(settings.sip, limits=limits))
