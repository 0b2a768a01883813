"""SwitchboardActor: every call that comes in goes to the actor its AOR asks for, or is refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from actors.call import CallActor
from actors.core.call.state import CallTerms
from actors.core.door.callers import CallerLists, priority_of
from actors.core.leg.step import Caller
from actors.core.seats.source import source_of
from actors.core.service.state import ServiceTerms
from actors.core.wire.aors import Aor, Aors, QueueAor, ServiceAor
from actors.core.wire.calling_phone import CallingPhones
from actors.core.wire.codecs import ours
from actors.core.wire.identity import told
from actors.exchange.actor import Actor, World
from actors.exchange.post import Ref
from actors.ids import CallId, QueueName
from actors.messages import directory
from actors.messages.duty import ServiceBegan, ServiceEnded
from actors.messages.life import Begin, CallEnded, CallFault
from actors.messages.sip import Incoming, Refuse
from actors.service import ServiceActor
from actors.settings import Queue, Settings

logger = logging.getLogger(__name__)

Terms = CallTerms | ServiceTerms
Starter = Callable[[World, Terms], Ref]

FORBIDDEN, NOT_FOUND = 403, 404
UNAVAILABLE = 503
DECLINE = 603
LONGEST_NAMED = 40
RETRY_AFTER = 5
"""Seconds until a refused caller may try again; a restart takes less."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The final answer to a call for which no actor is started, and why."""

    code: int
    why: str


def which_phone(incoming: Incoming) -> str:
    """Return why nobody knows which phone calls, and what to do about it."""
    contact, caller = incoming.contact.uri.number, incoming.caller.uri.number
    return (
        f"no telling which phone calls: the call server's Contact says {contact[:LONGEST_NAMED]!r},"
        f" its From {caller[:LONGEST_NAMED]!r}; set sip.device_from, or give sip.call_server the"
        " user that the call server calls itself"
    )


def start_call(world: World, terms: Terms) -> Ref:
    """Start the actor of one call."""
    if isinstance(terms, CallTerms):
        return CallActor.start(world, terms)
    return ServiceActor.start(world, terms)


class SwitchboardActor(Actor):
    """Knows the AORs, starts the calls' actors and counts them."""

    def __init__(self, world: World, settings: Settings, starter: Starter = start_call) -> None:
        super().__init__(world)
        self.calls: set[CallId] = set()
        self._services: set[CallId] = set()
        self._queues: dict[CallId, QueueName] = {}
        self._closing: set[QueueName] = set()
        self._settings = settings
        self._start_call = starter
        self._aors = Aors(settings)
        self._phones = CallingPhones(settings.sip.device_from, settings.sip.call_server)
        self._own = ours(settings.media.codecs)
        self._lists = CallerLists(settings.callers)

    def handle(self, message: Any) -> None:
        """Take a call in, or note one's end."""
        match message:
            case Incoming():
                self._take(message)
            case CallEnded():
                self._end(message.call)
            case CallFault():
                self.faults += 1  # its actor may be gone when somebody asks
            case directory.QueueAdded() | directory.QueueChanged() | directory.QueueRemoved():
                self._of_queue(message)
            case _:
                logger.warning("switchboard: nothing is done about %r", message)

    def handle_fault(self, message: Any) -> None:
        """Refuse the call for which no actor could be started: nobody else would answer it."""
        if isinstance(message, Incoming):
            self._end(message.leg.call)
            self.post.remove_call(message.leg.call)
            self.post.to_gateway(Refuse(message.leg, UNAVAILABLE, retry_after=RETRY_AFTER))

    def _of_queue(
        self, message: directory.QueueAdded | directory.QueueChanged | directory.QueueRemoved
    ) -> None:
        """Let callers in to a queue, or no more; say when a closing one's last has left us."""
        match message:
            case directory.QueueChanged(queue, _, True):
                self._aors.lose(queue.name)
                self._closing.add(queue.name)
                self._tell_if_nobody_enters(queue.name)
            case directory.QueueAdded(queue) | directory.QueueChanged(queue):
                self._closing.discard(queue.name)
                self._aors.have(queue)
            case directory.QueueRemoved(name):
                self._closing.discard(name)

    def _tell_if_nobody_enters(self, queue: QueueName) -> None:
        if queue not in self._queues.values():
            self.post.to_queue(queue, directory.NobodyEnters(queue))

    def _take(self, incoming: Incoming) -> None:
        call = incoming.leg.call
        service = self._aors.find(incoming.user)
        if service is None:
            self._refuse(incoming, NOT_FOUND, f"no such AOR: {incoming.user[:LONGEST_NAMED]!r}")
            return
        terms = self._terms(incoming, service)
        if isinstance(terms, Refusal):
            self._refuse(incoming, terms.code, terms.why)
            return
        ref = self._start_call(self.world, terms)
        if isinstance(terms, CallTerms):
            self._queues[call] = terms.queue
        else:
            self._services.add(call)
            self.post.to_seats(ServiceBegan(call, terms.phone))
        ref.tell(Begin())
        self.post.add_call(call, ref)
        self.calls.add(call)

    def _refuse(self, incoming: Incoming, code: int, why: str) -> None:
        self.post.remove_call(incoming.leg.call)
        retry_after = RETRY_AFTER if code == UNAVAILABLE else None
        self.post.to_gateway(Refuse(incoming.leg, code, retry_after=retry_after, at_door=why))

    def _terms(self, incoming: Incoming, service: Aor) -> Terms | Refusal:
        """Return what the call is about."""
        caller = Caller(incoming, self._own, told(incoming, self._settings.sip.privacy))
        match service:
            case QueueAor(queue):
                return self._queue_terms(caller, queue)
            case ServiceAor():
                return self._service_terms(caller, service)

    def _queue_terms(self, caller: Caller, queue: Queue) -> CallTerms | Refusal:
        """Return the same of a call to a queue, or that this caller is blocked."""
        listed = self._lists.of(caller.incoming)
        if listed is not None and listed.blocked:
            return Refusal(DECLINE, "a caller who is blocked")
        caller = replace(caller, priority=priority_of(caller.incoming, listed))
        return CallTerms(caller, queue.name, self._settings.sip.unreachable_seconds)

    def _service_terms(self, caller: Caller, service: ServiceAor) -> ServiceTerms | Refusal:
        """Return the same of a call to a service, or why nobody logs on or off by it."""
        incoming, rights = caller.incoming, caller.incoming.rights
        if rights.server_unknown:
            return Refusal(UNAVAILABLE, "the name in sip.call_server has not been looked up yet")
        if not rights.may_log_on:
            return Refusal(FORBIDDEN, "may not log agents on")
        phone = self._phones.find(incoming)
        if phone is None:
            return Refusal(FORBIDDEN, which_phone(incoming))
        reasons = self._settings.pause_reasons
        reason = service.reason
        if not reason and reasons and not any(one.key for one in reasons):
            reason = reasons[0].name
        return ServiceTerms(
            caller,
            service.purpose,
            phone,
            source_of(incoming),
            self._settings.login,
            reasons,
            reason,
        )

    def _end(self, call: CallId) -> None:
        self.calls.discard(call)
        queue = self._queues.pop(call, None)
        if queue is not None and queue in self._closing:
            self._tell_if_nobody_enters(queue)
        if call in self._services:
            self._services.remove(call)
            self.post.to_seats(ServiceEnded(call))
