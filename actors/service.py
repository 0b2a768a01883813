"""ServiceActor: one call to a service AOR, such as the one agents log on by."""

from __future__ import annotations

import logging

from actors.callmachine import CallMachine
from actors.core.service.machine import EVENTS, new_service, step
from actors.core.service.state import ServiceTerms
from actors.exchange.actor import World


class ServiceActor(CallMachine):
    """An agent logging on or out, pausing or coming back, by phone.

    It asks and says; what comes of it the seats decide. The rules are `actors.core.service`.
    """

    events = EVENTS
    logger = logging.getLogger(__name__)

    def __init__(self, world: World, terms: ServiceTerms) -> None:
        super().__init__(world, terms.caller.incoming.leg.call, new_service(terms), step)
