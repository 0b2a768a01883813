"""SwitchboardActor: every call that comes in goes to the actor its AOR asks for, or is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from actors.call import CallActor
from actors.core.call.state import CallTerms
from actors.core.leg.step import Caller
from actors.core.service.state import ServiceTerms
from actors.core.wire.aors import Aors, QueueAor
from actors.core.wire.codecs import ours
from actors.core.wire.device import Devices
from actors.exchange.actor import Actor, World
from actors.exchange.post import Ref
from actors.ids import CallId
from actors.messages.life import Begin, CallEnded
from actors.messages.sip import Incoming, Refuse
from actors.service import ServiceActor
from actors.settings import Settings

logger = logging.getLogger(__name__)

Terms = CallTerms | ServiceTerms
Starter = Callable[[World, Terms], Ref]

NOT_FOUND = 404
UNAVAILABLE = 503
RETRY_AFTER = 5
"""Seconds until a refused caller may try again; a restart takes less."""


def start_call(world: World, terms: Terms) -> Ref:
    """Start the actor of one call, on a thread of its own."""
    if isinstance(terms, CallTerms):
        return CallActor.start(world, terms)
    return ServiceActor.start(world, terms)


class SwitchboardActor(Actor):
    """Knows the AORs, starts the calls' actors and counts them."""

    def __init__(self, world: World, settings: Settings, starter: Starter = start_call) -> None:
        super().__init__(world)
        self.calls: set[CallId] = set()
        self._settings = settings
        self._start_call = starter
        self._aors = Aors(settings)
        self._devices = Devices(settings.sip.device_from, settings.sip.call_server)
        self._own = ours(settings.media.codecs)

    def handle(self, message: Any) -> None:
        """Take a call in, or note one's end."""
        match message:
            case Incoming():
                self._take(message)
            case CallEnded():
                self.calls.discard(message.call)
            case _:
                logger.warning("switchboard: nothing is done about %r", message)

    def handle_fault(self, message: Any) -> None:
        """Refuse the call for which no actor could be started: nobody else would answer it."""
        if isinstance(message, Incoming):
            self._forget(message.leg.call)
            self.post.to_gateway(Refuse(message.leg, UNAVAILABLE, retry_after=RETRY_AFTER))

    def _take(self, incoming: Incoming) -> None:
        call = incoming.leg.call
        terms = self._terms(incoming)
        if terms is None:
            logger.info(
                "call %s: refused: no such AOR %r, asked for by %s at %s:%d, Call-ID %s",
                call,
                incoming.user,
                incoming.caller.uri,
                *incoming.source,
                incoming.sip_call_id,
            )
            self.post.remove_call(call)
            self.post.to_gateway(Refuse(incoming.leg, NOT_FOUND))
            return
        ref = self._start_call(self.world, terms)
        ref.tell(Begin())
        self.post.add_call(call, ref)
        self.calls.add(call)

    def _terms(self, incoming: Incoming) -> Terms | None:
        """Return what the call is about, None where its AOR is not ours."""
        service = self._aors.find(incoming.user)
        caller = Caller(incoming, self._own)
        if service is None:
            return None
        if isinstance(service, QueueAor):
            seconds = self._settings.sip.unreachable_seconds
            return CallTerms(caller, service.queue, seconds)
        phone = self._devices.find(incoming)
        return ServiceTerms(caller, service.purpose, phone, self._settings.login)

    def _forget(self, call: CallId) -> None:
        self.calls.discard(call)
        self.post.remove_call(call)
