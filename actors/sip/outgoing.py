"""Calls that we make: agents' phones dialled, under the caller's name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

import pjsua2

from actors.core.wire import uri as sipuri
from actors.messages.sip import Dial, EndedBy, Party
from actors.settings import Settings
from actors.sip.dialog import Dialog, Events, parameters
from actors.sip.resolver import Resolver
from actors.sip.table import Phase, Record, Table

logger = logging.getLogger(__name__)

NO_SLOT = -1
USER_CHARACTERS = "-_.!~*'()&=+$,;?/%"
"""What may stand unescaped in a user part (RFC 3261, section 25.1), and % of escapes made."""


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
        """INVITE the phone; a host name is resolved elsewhere first (PITFALLS, row 56)."""
        if message.leg in self._table:
            logger.error("call %s: dialled twice", message.leg)
            return
        record = Record(message.leg, Phase.RESOLVING)
        self._table.add(record)
        try:
            host = sipuri.host_of(message.uri)
        except ValueError as error:
            self._table.over(record, 404, str(error), EndedBy.US)
            return
        if sipuri.is_address(host):
            self._invite(record, message, message.uri)
        else:
            resolver.resolve(host, lambda address: tell(Resolved(message, address)))

    def resolved(self, found: Resolved) -> None:
        """Go on with a Dial whose host has been looked up."""
        record = self._table.get(found.dial.leg)
        if record is None or record.phase is not Phase.RESOLVING:
            return
        if found.address is None:
            self._table.over(record, 503, f"cannot resolve {found.dial.uri}", EndedBy.US)
            return
        self._invite(record, found.dial, sipuri.with_host(found.dial.uri, found.address))

    def _invite(self, record: Record, message: Dial, uri: str) -> None:
        record.local = message.local
        record.phase = Phase.DIALLING
        record.making = True
        prm = parameters(P_Asserted_Identity=_asserted(message.caller))
        prm.txOption.localUri = self._from(message.caller)
        record.dialog = Dialog(self._events, message.leg, self._account, NO_SLOT)
        try:
            record.dialog.makeCall(uri, prm)
        except pjsua2.Error as error:
            # The failed Call may carry another call's slot number, and would hang that one up when
            # it goes later: so now, with the traceback, whose frames hold it (PITFALLS 3.2).
            reason, error.__traceback__ = error.reason, None
            record.dialog = None
            code, text = record.failure or (500, reason)
            self._table.over(record, code, text, EndedBy.US)
            return
        finally:
            record.making = False
        self._table.placed(record, record.dialog)

    def _from(self, caller: Party) -> str:
        if self._registered_as:
            # A call server lets an account call under its own URI only: the name is the caller's.
            return sipuri.name_addr(self._registered_as, caller.display or _user(caller))
        user = quote(_user(caller), safe=USER_CHARACTERS) or "anonymous"
        return sipuri.name_addr(f"sip:{user}@{self._domain}", caller.display)


def _user(caller: Party) -> str:
    return sipuri.user_of(caller.uri)


def _asserted(caller: Party) -> str:
    return sipuri.name_addr(caller.uri, caller.display)
