"""SwitchboardActor: every call that comes in goes to the actor its AOR asks for, or is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from actors.call import CallActor
from actors.core.call import state as call_state
from actors.core.leg.effects import Begin
from actors.core.leg.state import Caller
from actors.core.service import state as service_state
from actors.core.wire.aors import Aors, QueueAor
from actors.core.wire.codecs import ours
from actors.core.wire.device import Devices
from actors.exchange.actor import Actor, World
from actors.exchange.post import Ref
from actors.ids import CallId
from actors.messages.life import CallEnded, Shutdown
from actors.messages.sip import Incoming, LegEnded, Refuse, StopTaking
from actors.service import ServiceActor
from actors.settings import Settings

logger = logging.getLogger(__name__)

Terms = call_state.Terms | service_state.Terms
Starter = Callable[[World, Terms], Ref]

NOT_FOUND = 404
UNAVAILABLE = 503
RETRY_AFTER = 5
"""Seconds until a refused caller may try again; a restart takes less."""


def start_call(world: World, terms: Terms) -> Ref:
    """Start the actor of one call, on a thread of its own."""
    if isinstance(terms, call_state.Terms):
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
        self._draining: int | None = None

    def handle(self, message: Any) -> None:
        """Take a call in, note one's end, or stop taking any."""
        match message:
            case Incoming():
                self._take(message)
            case CallEnded():
                self.calls.discard(message.call)
            case LegEnded():
                # Cancelled before its actor was there to hear it: the gateway then tells us.
                self.post.to_call(message.leg.call, message)
            case StopTaking():
                self._draining = message.retry_after
            case Shutdown():
                self._draining = RETRY_AFTER if self._draining is None else self._draining
                for call in self.calls:
                    self.post.to_call(call, message)
            case _:
                logger.warning("switchboard: nothing is done about %r", message)

    def handle_fault(self, message: Any) -> None:
        """Refuse the call for which no actor could be started: nobody else would answer it."""
        if isinstance(message, Incoming):
            self._forget(message.leg.call)
            self.post.to_gateway(Refuse(message.leg, UNAVAILABLE, retry_after=RETRY_AFTER))

    def _take(self, incoming: Incoming) -> None:
        call = incoming.leg.call
        if self._draining is not None:
            logger.info("call %s: refused: the server is stopping", call)
            self.post.to_gateway(
                Refuse(incoming.leg, UNAVAILABLE, retry_after=self._draining),
            )
            return
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
            self.post.to_gateway(Refuse(incoming.leg, NOT_FOUND))
            return
        self.post.add_call(call, self._start_call(self.world, terms))
        self.calls.add(call)
        self.post.to_call(call, Begin())

    def _terms(self, incoming: Incoming) -> Terms | None:
        """Return what the call is about, None where its AOR is not ours."""
        service = self._aors.find(incoming.user)
        caller = Caller(incoming, self._own)
        if service is None:
            return None
        if isinstance(service, QueueAor):
            seconds = self._settings.sip.unreachable_seconds
            return call_state.Terms(caller, service.queue, seconds)
        device = self._devices.find(incoming)
        return service_state.Terms(caller, service.purpose, device, self._settings.login)

    def _forget(self, call: CallId) -> None:
        self.calls.discard(call)
        self.post.remove_call(call)
