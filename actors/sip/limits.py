"""What was compiled into pjsua2, against what the settings ask for."""

from __future__ import annotations

from typing import Any

import pjsua2

from actors.settings import Settings

ENDING_SLOTS = 64
"""Slots beside two for each call: those of legs whose BYE or CANCEL is still under way."""

BUILD = (
    "delete the cached build of pjsua2 (setup/pjsip.sh says where) after raising {macro} in "
    "setup/config_site.h, then ./acd run builds it anew"
)


class GatewayError(Exception):
    """SIP cannot be served; the text says why and what to do."""


def slots(max_calls: int) -> int:
    """Return how many PJSIP calls `max_calls` callers need: each may be on an agent's phone."""
    return 2 * max_calls + ENDING_SLOTS


def check(settings: Settings, stack: Any = pjsua2) -> None:
    """Raise GatewayError where the settings ask for more than was compiled in."""
    if getattr(stack, "ACD_MAX_CALLS", None) is None:
        raise GatewayError(
            "this pjsua2 is not the one the server builds for itself (a published wheel carries "
            "4 calls): run ./acd run, which builds and installs it"
        )
    wanted = slots(settings.sip.max_calls)
    if wanted > stack.ACD_MAX_CALLS:
        most = (stack.ACD_MAX_CALLS - ENDING_SLOTS) // 2
        raise GatewayError(
            f"sip.max_calls = {settings.sip.max_calls} needs {wanted} PJSIP calls, but pjsua2 was "
            f"compiled with PJSUA_MAX_CALLS = {stack.ACD_MAX_CALLS}: lower sip.max_calls to "
            f"{most} or less, or {BUILD.format(macro='PJSUA_MAX_CALLS')}"
        )
    if wanted >= stack.ACD_MAX_CONF_PORTS:
        raise GatewayError(
            f"sip.max_calls = {settings.sip.max_calls} needs {wanted + 1} conference ports, but "
            f"pjsua2 was compiled with PJSUA_MAX_CONF_PORTS = {stack.ACD_MAX_CONF_PORTS}: lower "
            f"sip.max_calls or {BUILD.format(macro='PJSUA_MAX_CONF_PORTS')}"
        )
    agents = len(settings.agents)
    if settings.presence.subscribe and agents > stack.ACD_MAX_BUDDIES:
        raise GatewayError(
            f"{agents} agents need as many presence subscriptions, but pjsua2 was compiled with "
            f"PJSUA_MAX_BUDDIES = {stack.ACD_MAX_BUDDIES}: set presence.subscribe = false or "
            f"{BUILD.format(macro='PJSUA_MAX_BUDDIES')}"
        )
    if not stack.ACD_HAS_EPOLL:
        raise GatewayError(f"pjsua2 was compiled without epoll: {BUILD.format(macro='nothing')}")
