"""What was compiled into pjsua2, against what the settings ask for."""

from __future__ import annotations

from typing import Any

import pjsua2

from actors.core.routing.strategies import MOST_RINGING, STRATEGIES, Together
from actors.settings import Settings

ENDING_SLOTS = 64
"""Slots beside those of callers and agents: of legs whose BYE or CANCEL is still under way."""

BUILD = (
    "delete the cached build of pjsua2 (setup/pjsip.sh says where) after raising {macro} in "
    "setup/config_site.h, then ./acd run builds it anew"
)


class GatewayError(Exception):
    """SIP cannot be served; the text says why and what to do."""


def slots(settings: Settings) -> int:
    """Return how many PJSIP calls there may be: one for each caller, one for each agent's leg.

    An agent has one leg, that of his lease. Where one phone rings at a time, there are no more of
    them than callers; where a queue rings several for one caller, all agents' may ring at once.
    """
    callers = settings.sip.max_calls
    legs = callers
    if _several(settings):
        legs = max(callers, min(len(settings.agents), MOST_RINGING * callers))
    return callers + legs + ENDING_SLOTS


def _several(settings: Settings) -> bool:
    """Tell whether any queue rings several phones for one caller."""
    return any(STRATEGIES[one.strategy].together is not Together.ONE for one in settings.queues)


def _most_callers(room: int, settings: Settings) -> int:
    """Return for how many callers so many PJSIP calls do."""
    agents = len(settings.agents)
    if not _several(settings) or agents <= room // 2:
        return room // 2
    return max(room - agents, room // (1 + MOST_RINGING))


def check(settings: Settings, stack: Any = pjsua2) -> None:
    """Raise GatewayError where the settings ask for more than was compiled in."""
    if getattr(stack, "ACD_MAX_CALLS", None) is None:
        raise GatewayError(
            "this pjsua2 is not the one the server builds for itself (a published wheel carries "
            "4 calls): run ./acd run, which builds and installs it"
        )
    wanted, agents = slots(settings), len(settings.agents)
    if wanted > stack.ACD_MAX_CALLS:
        most = _most_callers(stack.ACD_MAX_CALLS - ENDING_SLOTS, settings)
        several = f" with {agents} agents, of whom several ring for one caller,"
        raise GatewayError(
            f"sip.max_calls = {settings.sip.max_calls}{several if _several(settings) else ''} "
            f"needs {wanted} PJSIP calls, but pjsua2 was compiled with PJSUA_MAX_CALLS = "
            f"{stack.ACD_MAX_CALLS}: lower sip.max_calls to {most} or less, "
            f"or {BUILD.format(macro='PJSUA_MAX_CALLS')}"
        )
    if wanted >= stack.ACD_MAX_CONF_PORTS:
        raise GatewayError(
            f"sip.max_calls = {settings.sip.max_calls} needs {wanted + 1} conference ports, but "
            f"pjsua2 was compiled with PJSUA_MAX_CONF_PORTS = {stack.ACD_MAX_CONF_PORTS}: lower "
            f"sip.max_calls or {BUILD.format(macro='PJSUA_MAX_CONF_PORTS')}"
        )
    if settings.presence.subscribe and agents > stack.ACD_MAX_BUDDIES:
        raise GatewayError(
            f"{agents} agents need as many presence subscriptions, but pjsua2 was compiled with "
            f"PJSUA_MAX_BUDDIES = {stack.ACD_MAX_BUDDIES}: set presence.subscribe = false or "
            f"{BUILD.format(macro='PJSUA_MAX_BUDDIES')}"
        )
    if not stack.ACD_HAS_EPOLL:
        raise GatewayError(f"pjsua2 was compiled without epoll: {BUILD.format(macro='nothing')}")
