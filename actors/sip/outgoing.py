"""Calls that we make: agents' phones dialled, under the caller's name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pjsua2

from actors.core.wire import names
from actors.core.wire.names import name_addr
from actors.core.wire.uri import SipUri
from actors.messages.sip import Dial, Dialled, EndedBy, Party
from actors.settings import Settings
from actors.sip.dialog import Dialog, Events, parameters
from actors.sip.resolver import Resolver
from actors.sip.table import Phase, Record, Table

logger = logging.getLogger(__name__)

NO_SLOT = -1


@dataclass(frozen=True, slots=True)
class Resolved:
    """resolver -> gateway: the host of this Dial has this address, or none."""

    dial: Dial
    address: str | None


class Dialler:
    """Sends INVITEs."""

    def __init__(
        self, settings: Settings, table: Table, events: Events, account: pjsua2.Account, domain: str
    ) -> None:
        self._table = table
        self._events = events
        self._account = account
        self._domain = domain
        registration = settings.sip.registration
        self._registered_as = f"sip:{registration.user}@{domain}" if registration else None

    def dial(self, message: Dial, resolver: Resolver, tell: Callable[[Resolved], None]) -> None:
        """INVITE the phone; a host name is resolved elsewhere first: it would block SIP."""
        if message.leg in self._table:
            logger.error("call %s: dialled twice", message.leg)
            return
        record = Record(message.leg, Phase.RESOLVING)
        self._table.add(record)
        uri = message.uri
        if not uri.is_sip:
            self._table.over(record, 404, f"no SIP URI: {uri!r}", EndedBy.US)
        elif uri.is_address:
            self._invite(record, message, uri)
        else:
            resolver.resolve(uri.host, lambda address: tell(Resolved(message, address)))

    def resolved(self, found: Resolved) -> None:
        """Go on with a Dial whose host has been looked up."""
        record = self._table.get(found.dial.leg)
        if record is None or record.phase is not Phase.RESOLVING:
            return
        if found.address is None:
            self._table.over(record, 503, f"cannot resolve {found.dial.uri.host}", EndedBy.US)
            return
        self._invite(record, found.dial, found.dial.uri.with_host(found.address))

    def _invite(self, record: Record, message: Dial, uri: SipUri) -> None:
        record.local = message.local
        record.sender = uri.host
        record.phase = Phase.DIALLING
        record.making = True
        prm = parameters(P_Asserted_Identity=names.written(message.caller))
        prm.txOption.localUri = self._from(message.caller)
        record.dialog = Dialog(self._events, message.leg, self._account, NO_SLOT)
        try:
            # Bare, its parameters would be taken for those of the To (RFC 3261, section 20).
            record.dialog.makeCall(f"<{uri}>", prm)
        except pjsua2.Error as error:
            # The failed Call may carry another call's slot number, and would hang that one up when
            # it goes later: so now, with the traceback, whose frames hold it (docs/pjsua2.md).
            reason, error.__traceback__ = error.reason, None
            record.dialog = None
            code, text = record.failure or (500, reason)
            self._table.over(record, code, text, EndedBy.US)
            return
        finally:
            record.making = False
        self._table.placed(record, record.dialog)
        self._table.tell(record.leg, Dialled(record.leg))

    def _from(self, caller: Party) -> str:
        if self._registered_as:
            # A call server lets an account call under its own URI only: the name is the caller's.
            return name_addr(self._registered_as, caller.display or caller.uri.number)
        user = caller.uri.user or "anonymous"
        return name_addr(str(SipUri("sip", user, self._domain)), caller.display)
