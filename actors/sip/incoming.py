"""Calls that come in: who may call, and what is told of them."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import pjsua2

from actors.core.wire import message as sipmsg
from actors.core.wire import sdp
from actors.core.wire.origin import behind
from actors.core.wire.text import without_passwords
from actors.ids import CallId, Ids, Leg
from actors.messages.phone import Hop
from actors.messages.sip import Answer, Incoming, Refuse
from actors.sip.dialog import Dialog, Events, parameters
from actors.sip.dialogs import Dialogs, Progress, Record
from actors.sip.doorkeeper import Doorkeeper

logger = logging.getLogger(__name__)

LONGEST_UNCONFIRMED = 32.0
"""Seconds our 200 is repeated for want of an ACK (RFC 3261, section 13.3.1.4: 64 T1)."""

INCOMPATIBLE = '300 acd "Incompatible network protocol"'
"""RFC 3261, section 20.43; without a host name of ours."""


FORMAT = '305 acd "Incompatible media format"'


class Refusal(Exception):  # noqa: N818 - no fault: a final answer
    """This call is not taken, with this final answer."""

    def __init__(self, code: int, reason: str, warning: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.warning = warning


class Reception(NamedTuple):
    """How the rest of the house hears of a call: what is told of it waits until it is announced."""

    expect: Callable[[CallId], None]
    announce: Callable[[Incoming], None]
    forget: Callable[[CallId], None]


class Arrivals:
    """Takes INVITEs outside dialogs, gives each call its name, refuses what may not come in."""

    def __init__(
        self,
        dialogs: Dialogs,
        events: Events,
        keeper: Doorkeeper,
        reception: Reception,
        ids: Ids,
    ) -> None:
        self._dialogs = dialogs
        self._events = events
        self._keeper = keeper
        self._reception = reception
        self._ids = ids
        self._unconfirmed: deque[tuple[float, Leg]] = deque()

    def arrived(self, account: pjsua2.Account, slot: int, text: str, came: Hop) -> None:
        """Take an INVITE. Answers wait until the callback has returned (docs/pjsua2.md)."""
        leg = Leg(self._ids.call(), 0)
        record = Record(leg, Progress.INCOMING)
        self._dialogs.placed(record, Dialog(self._events, leg, account, slot))
        self._dialogs.add(record)
        try:
            self._keeper.came(record, came.host, self._dialogs.callers)
            message = self._admit(record, sipmsg.read(text), came)
        except Refusal as refusal:
            record.silent = True
            no = Refuse(leg, refusal.code, at_door=refusal.reason, warning=refusal.warning)
            self._dialogs.later(lambda: self.refuse(no))
        except Exception:
            logger.exception("call %s: cannot take %r", leg.call, without_passwords(text))
            record.silent = True
            self._dialogs.fault(leg)
        else:
            # The caller may give up before this callback has returned.
            self._reception.expect(leg.call)
            self._dialogs.later(lambda: self._tell(message))

    def turn(self, now: float) -> None:
        """Let go of those whose ACK has not come."""
        while self._unconfirmed and self._unconfirmed[0][0] <= now:
            record = self._dialogs.get(self._unconfirmed.popleft()[1])
            if record is not None and record.progress is Progress.ANSWERED:
                self._dialogs.let_go(record, 408, "no ACK")

    def answer(self, message: Answer) -> None:
        """Send 200 with our audio; nothing happens where the caller has gone."""
        record = self._dialogs.get(message.leg)
        if record is None or record.progress is not Progress.INCOMING or record.dialog is None:
            logger.debug("call %s: nothing to answer", message.leg)
            return
        record.local = message.local
        prm = parameters(200)
        if record.offer is not None:
            prm.sdp.wholeSdp = record.description(record.offer)
        record.progress = Progress.ANSWERED
        self._unconfirmed.append((time.monotonic() + LONGEST_UNCONFIRMED, message.leg))
        try:
            record.dialog.answer(prm)
        except pjsua2.Error as error:
            logger.warning("call %s: cannot answer: %s", message.leg, error.reason)
            record.progress = Progress.INCOMING
            if self._dialogs.get(message.leg):
                self._dialogs.hang_up(record, 500, "Server Error")

    def refuse(self, message: Refuse) -> None:
        """Send a final answer other than 2xx."""
        record = self._dialogs.get(message.leg)
        if record is None or record.progress is not Progress.INCOMING:
            return
        if message.at_door:
            self._keeper.refused(record.source, message.code, message.at_door)
        after = message.retry_after
        headers = {} if after is None else {"Retry_After": str(after)}
        if message.warning:
            headers["Warning"] = message.warning
        self._dialogs.hang_up(record, message.code, message.reason, **headers)

    def _admit(self, record: Record, invite: sipmsg.Message, came: Hop) -> Incoming:
        record.sender = came.host
        record.offer = invite.sdp
        if record.offer is not None:
            try:
                record.remote = sdp.parse(record.offer, record.sender)
            except ValueError as error:
                family = isinstance(error, sdp.AddressFamilyError)
                raise Refusal(488, str(error), INCOMPATIBLE if family else FORMAT) from error
        rights_of = self._keeper.rights_of
        return sipmsg.incoming(
            record.leg,
            invite,
            record.remote,
            came,
            time.monotonic(),
            rights_of(came.host),
            behind(invite, came.host, rights_of),
            self._keeper.pass_on,
        )

    def _tell(self, message: Incoming) -> None:
        record = self._dialogs.get(message.leg)
        if record is not None and record.dialog is not None and not record.dialog.isActive():
            # PJSIP refused it by itself after it had shown it to us, and says no more of it.
            record.silent = True
            self._dialogs.hang_up(record)
            self._reception.forget(message.leg.call)
            return
        # Also of a caller who has given up already: his record has to be made.
        self._reception.announce(message)
