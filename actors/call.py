"""CallActor: one call to a queue, from its INVITE until the last of its legs is over."""

from __future__ import annotations

import logging

from actors.callmachine import CallMachine
from actors.core.call.machine import EVENTS, new_call, step
from actors.core.call.state import CallTerms
from actors.exchange.actor import World


class CallActor(CallMachine):
    """A caller in a queue, and whatever agents' phones are rung for it.

    It owns its legs and decides every lease's outcome; the rules are `actors.core.call`.
    """

    events = EVENTS
    logger = logging.getLogger(__name__)

    def __init__(self, world: World, terms: CallTerms) -> None:
        super().__init__(world, terms.caller.incoming.leg.call, new_call(terms), step)
