"""Calls that come in: who may call, and what is told of them."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable

import pjsua2

from actors.core.wire import message as sipmsg
from actors.core.wire import sdp
from actors.ids import Ids, Leg
from actors.messages.sip import Answer, Incoming
from actors.settings import Sip
from actors.sip.dialog import Dialog, Events, parameters
from actors.sip.table import Phase, Record, Table

logger = logging.getLogger(__name__)

RETRY_WHEN_FULL = 10
"""Seconds in the Retry-After of a 503 for too many calls (RFC 3261, section 21.5.4)."""


class Refusal(Exception):  # noqa: N818 - no fault: a final answer
    """This call is not taken, with this final answer."""

    def __init__(self, code: int, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after


class Arrivals:
    """Takes INVITEs outside dialogs, gives each call its name, refuses what may not come in."""

    def __init__(
        self,
        settings: Sip,
        table: Table,
        events: Events,
        announce: Callable[[Incoming], None],
        ids: Ids,
    ) -> None:
        self._max_calls = settings.max_calls
        self._allowed = [ipaddress.ip_network(text, strict=False) for text in settings.allow_from]
        self._table = table
        self._events = events
        self._announce = announce
        self._ids = ids

    def arrived(self, account: pjsua2.Account, slot: int, text: str, source: str) -> None:
        """Take an INVITE. Answers wait until the callback has returned (PITFALLS 3.3)."""
        leg = Leg(self._ids.call(), 0)
        record = Record(leg, Phase.INCOMING)
        self._table.placed(record, Dialog(self._events, leg, account, slot))
        self._table.add(record)
        try:
            message = self._admit(record, sipmsg.read(text), sipmsg.address(source))
        except Refusal as refusal:
            record.silent = True
            logger.info(
                "call %s: from %s refused: %d %s", leg.call, source, refusal.code, refusal.reason
            )
            answer = (refusal.code, refusal.reason, refusal.retry_after)
            self._table.later(lambda: self.refuse(leg, *answer))
        except Exception:
            logger.exception("call %s: cannot take %r", leg.call, text)
            record.silent = True
            self._table.fault(leg)
        else:
            self._table.later(lambda: self._tell(message))

    def answer(self, message: Answer) -> None:
        """Send 200 with our audio; nothing happens where the caller has gone."""
        record = self._table.get(message.leg)
        if record is None or record.phase is not Phase.INCOMING or record.dialog is None:
            logger.debug("call %s: nothing to answer", message.leg)
            return
        record.local = message.local
        prm = parameters(200)
        if record.offer is not None:
            prm.sdp.wholeSdp = record.description(record.offer)
        record.phase = Phase.ANSWERED
        try:
            record.dialog.answer(prm)
        except pjsua2.Error as error:
            logger.warning("call %s: cannot answer: %s", message.leg, error.reason)
            record.phase = Phase.INCOMING
            if self._table.get(message.leg):
                self._table.hang_up(record, 500, "Server Error")

    def refuse(self, leg: Leg, code: int, reason: str, retry_after: int | None) -> None:
        """Send a final answer other than 2xx."""
        record = self._table.get(leg)
        if record is None or record.phase is not Phase.INCOMING:
            return
        headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
        self._table.hang_up(record, code, reason, **headers)

    def _admit(self, record: Record, invite: sipmsg.Message, source: tuple[str, int]) -> Incoming:
        if self._allowed and not self._known(source[0]):
            raise Refusal(403, "Forbidden")
        if self._table.callers > self._max_calls:
            raise Refusal(503, "Service Unavailable", RETRY_WHEN_FULL)
        record.offer = invite.sdp
        if record.offer is not None:
            try:
                record.remote = sdp.parse(record.offer)
            except ValueError as error:
                logger.info("call %s: %s", record.leg.call, error)
                raise Refusal(488, "Not Acceptable Here") from error
        return sipmsg.incoming(record.leg, invite, record.remote, source)

    def _known(self, host: str) -> bool:
        address = ipaddress.ip_address(host)
        return any(address in network for network in self._allowed)

    def _tell(self, message: Incoming) -> None:
        record = self._table.get(message.leg)
        if record is None or record.dialog is None:
            return
        if not record.dialog.isActive():
            # PJSIP refused it by itself after it had shown it to us, and says no more of it.
            record.silent = True
            self._table.hang_up(record)
            return
        self._announce(message)
