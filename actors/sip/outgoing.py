"""Calls that we make: agents' phones dialled, under the caller's name."""

from __future__ import annotations

import functools
import logging
import time
from collections import deque
from collections.abc import Callable

import pjsua2

from actors.core.wire import names
from actors.core.wire.names import name_addr
from actors.core.wire.uri import ANONYMOUS, SipUri
from actors.messages.sip import Dial, Dialled, EndedBy, Party, Rights
from actors.sip.account import Account
from actors.sip.dialog import Dialog, Events, add_headers, parameters
from actors.sip.dialogs import Dialogs, Progress, Record
from actors.sip.ways import Way, Ways

logger = logging.getLogger(__name__)

NO_SLOT = -1

NO_ANSWER = 408
ELSEWHERE_SECONDS = 1.0
"""A server of several from which nothing has come for so long is taken as dead: it has got the
INVITE twice (T1 = 0.5 s). The phone behind it is given 2 s, and may still be reached by another."""


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
        self._tried: deque[tuple[float, Record, Callable[[int], None]]] = deque()
        """Ways that are not the last ones, and until when they are waited for."""

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

    def turn(self, now: float) -> None:
        """Try elsewhere where nothing has come; `now` in monotonic seconds."""
        while self._tried and self._tried[0][0] <= now:
            _, record, again = self._tried.popleft()
            if record.again is again:
                again(NO_ANSWER)

    def _found(self, message: Dial, way: Way | None, why: str) -> None:
        record = self._dialogs.get(message.leg)
        if record is None or record.progress is not Progress.RESOLVING:
            return
        if way is None:
            self._dialogs.over(record, 503, why, EndedBy.US)
            return
        self._invite(record, message, way)

    def _invite(self, record: Record, message: Dial, way: Way) -> None:
        record.local = self._ways.shown(message.local, way)
        record.sender = way.first.host
        record.progress = Progress.DIALLING
        record.making = True
        asserted, privacy = self._identity(message, way)
        prm = parameters(P_Asserted_Identity=asserted, Privacy=privacy)
        add_headers(prm, message.headers)
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
            record.failure = None
            further = self._ways.in_vain(way, code)
            if further is None:
                self._dialogs.over(record, code, text, EndedBy.US)
            else:
                self._invite(record, message, further)
            return
        finally:
            record.making = False
        self._dialogs.placed(record, record.dialog)
        self._dialogs.tell(record.leg, Dialled(record.leg))
        record.again = None
        if way.others:
            record.again = functools.partial(self._again, record, message, way)
            self._tried.append((time.monotonic() + ELSEWHERE_SECONDS, record, record.again))

    def _again(self, record: Record, message: Dial, way: Way, code: int) -> None:
        """Dial by the next way, if nothing has come by this one: its server may be dead."""
        if self._dialogs.get(message.leg) is not record:
            return
        if record.provisional or record.progress is Progress.UP:
            return
        further = self._ways.in_vain(way, code)
        if further is None:
            return
        place, there = way.first, further.first
        logger.warning("call %s: %s does not answer: by way of %s", message.leg, place, there)
        self._dialogs.abandon(record)
        self._invite(record, message, further)

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
