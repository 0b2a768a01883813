"""Calls that we make: agents' phones dialled, under the caller's name."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import pjsua2

from actors.core.wire import names
from actors.core.wire.names import name_addr
from actors.core.wire.uri import ANONYMOUS, SipUri
from actors.messages.sip import Dial, Dialled, EndedBy, Party, Rights
from actors.sip.account import Account
from actors.sip.dialog import Dialog, Events, parameters
from actors.sip.dialogs import Dialogs, Progress, Record
from actors.sip.ways import Way, Ways

logger = logging.getLogger(__name__)

NO_SLOT = -1


class Dialler:
    """Sends INVITEs."""

    def __init__(
        self,
        dialogs: Dialogs,
        events: Events,
        account: Account,
        ways: Ways,
        rights_of: Callable[[str], Rights],
    ) -> None:
        self._dialogs = dialogs
        self._rights_of = rights_of
        self._events = events
        self._account = account
        self._ways = ways

    def dial(self, message: Dial) -> None:
        """INVITE the phone, when it is known where it is: its time begins with the INVITE."""
        if message.leg in self._dialogs:
            logger.error("call %s: dialled twice", message.leg)
            return
        record = Record(message.leg, Progress.RESOLVING)
        self._dialogs.add(record)
        if not message.uri.is_sip:
            self._dialogs.over(record, 404, f"no SIP URI: {message.uri!r}", EndedBy.US)
            return
        self._ways.find(message.uri, message.hop, functools.partial(self._found, message))

    def _found(self, message: Dial, way: Way | None, why: str) -> None:
        record = self._dialogs.get(message.leg)
        if record is None or record.progress is not Progress.RESOLVING:
            return
        if way is None:
            self._dialogs.over(record, 503, why, EndedBy.US)
            return
        record.local = self._ways.shown(message.local, way)
        self._invite(record, message, way)

    def _invite(self, record: Record, message: Dial, way: Way) -> None:
        record.sender = way.first.host
        record.progress = Progress.DIALLING
        record.making = True
        asserted, privacy = self._identity(message, way)
        prm = parameters(P_Asserted_Identity=asserted, Privacy=privacy)
        prm.txOption.localUri = self._from(message.caller)
        record.dialog = Dialog(self._events, message.leg, self._account, NO_SLOT)
        try:
            with self._ways.led(self._account, self._account.user, way):
                # Bare, its parameters would be taken for those of the To (RFC 3261, section 20).
                record.dialog.makeCall(f"<{message.uri}>", prm)
        except pjsua2.Error as error:
            # The failed Call may carry another call's slot number, and would hang that one up when
            # it goes later: so now, with the traceback, whose frames hold it (docs/pjsua2.md).
            reason, error.__traceback__ = error.reason, None
            record.dialog = None
            code, text = record.failure or (500, reason)
            self._dialogs.over(record, code, text, EndedBy.US)
            return
        finally:
            record.making = False
        self._dialogs.placed(record, record.dialog)
        self._dialogs.tell(record.leg, Dialled(record.leg))

    def _identity(self, message: Dial, way: Way) -> tuple[str, str]:
        """Return what a believed peer is told: who the caller is, and whether it may say so."""
        if message.asserted is None or not self._rights_of(way.first.host).believed:
            return "", ""
        return names.written(message.asserted), message.privacy

    def _from(self, caller: Party) -> str:
        account = self._account
        if account.registered_as:
            # A call server lets an account call under its own URI only: the name is the caller's.
            return name_addr(account.registered_as, caller.display or caller.uri.number)
        if caller.uri == ANONYMOUS:
            return names.written(caller)
        user = caller.uri.user or ANONYMOUS.user
        return name_addr(str(SipUri("sip", user, account.domain)), caller.display)
