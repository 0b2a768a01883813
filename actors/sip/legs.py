"""What happens in dialogs, turned into what calls are told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import pjsua2
from msgspec.structs import replace

from actors.core.wire import message as sipmsg
from actors.core.wire import sdp
from actors.ids import Leg
from actors.messages.sip import (
    Alive,
    Codec,
    DigitPressed,
    Direction,
    EndedBy,
    HangUp,
    KeySource,
    LegAnswered,
    LegConfirmed,
    LegRinging,
    Media,
    MediaChanged,
    Probe,
)
from actors.sip.dialog import State, Transaction
from actors.sip.dialogs import Dialogs, Progress, Record
from actors.sip.ways import NOBODY

logger = logging.getLogger(__name__)

ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
"""RFC 3326, section 3.2: the phone shows no missed call."""

ALERTING = (180, 183)
TRYING, OK, DECLINE = 100, 200, 603
UNSUPPORTED_MEDIA_TYPE = 415

THE_STACK_ANSWERS = (
    "application/dtmf-relay",
    "application/media_control+xml",
    "application/trickle-ice-sdpfrag",
)
"""Bodies of INFO that PJSIP answers by itself."""

NO_AUDIO = Media("", 0, (), direction=Direction.INACTIVE)
"""Of somebody who is in a call and has said nothing of audio: there is no codec with him."""


class Legs:
    """The legs' events; and the commands for legs that are past their beginning."""

    def __init__(
        self,
        dialogs: Dialogs,
        own: Sequence[Codec],
        confirmed: Callable[[Record], None],
    ) -> None:
        """Take the codecs we speak, and who is told of a call that is confirmed."""
        self._dialogs = dialogs
        self._own = own
        self._confirmed = confirmed

    # -- commands

    def hang_up(self, message: HangUp) -> None:
        """End a leg, however far it has come."""
        record = self._dialogs.get(message.leg)
        if record is not None and message.elsewhere:
            self._dialogs.hang_up(record, Reason=ELSEWHERE)
        elif record is not None:
            self._dialogs.hang_up(record)

    def probe(self, message: Probe) -> None:
        """Ask whether the phone is there. What cannot be sent stays unanswered: it is not there."""
        record = self._dialogs.get(message.leg)
        if record is None or record.progress is not Progress.UP or record.dialog is None:
            return
        asking = pjsua2.CallSendRequestParam()
        asking.method = "OPTIONS"
        try:
            record.dialog.sendRequest(asking)
        except pjsua2.Error as error:
            logger.info("call %s: OPTIONS: %s", record.leg, error.reason)

    # -- events of dialogs

    def changed(self, leg: Leg, state: State, code: int, reason: str, text: str) -> None:
        """Take note that the INVITE was answered, confirmed or is over."""
        record = self._dialogs.get(leg)
        if record is None:
            return
        self._take_sdp(record, text)
        if state is State.UP:
            self._up(record)
        elif state is State.OVER:
            self._over(record, code, reason, text)

    def transacted(self, leg: Leg, step: Transaction) -> int | None:
        """Take a step of a transaction; a status to answer it with, if that is for us to do."""
        record = self._dialogs.get(leg)
        if record is not None and step.method == "INVITE" and step.ours:
            self._answered(record, step)
        if record is not None and step.method == "OPTIONS" and step.ours and step.text:
            self._dialogs.tell(leg, Alive(leg))
        if record is not None and step.method == "INFO" and step.begun and not step.ours:
            return self._info(record, sipmsg.read(step.text))
        return None

    def offered(self, leg: Leg, offer: str) -> bool:
        """Take the offer of a re-INVITE or UPDATE; False refuses it."""
        record = self._dialogs.get(leg)
        if record is None:
            return False
        try:
            offered = sdp.parse(offer, record.sender)
            if record.local is not None:
                sdp.kept(record.local, record.remote, offered, self._own)
            record.offered = offered
        except ValueError as error:
            logger.info("call %s: offer refused: %s", leg, error)
            return False
        return True

    def describe(self, leg: Leg, offer: str) -> str | None:
        """Return our SDP; None before the answer, when PJSIP only tries what it could say."""
        record = self._dialogs.get(leg)
        if record is None or record.local is None:
            return None
        return record.description(offer, self._own)

    def agreed(self, leg: Leg) -> None:
        """Take note that offer and answer have been exchanged."""
        record = self._dialogs.get(leg)
        if record is None or record.progress is not Progress.UP:
            return
        if record.offered is not None:
            offered, record.offered = record.offered, None
            names = {codec.name for codec in record.said.codecs} if record.said else set()
            codecs = tuple(codec for codec in offered.codecs if codec.name in names)
            self._remote_is(record, replace(offered, codecs=codecs))
        elif record.dialog is not None and record.remote is not None:
            # Their offer was delayed: it came in an ACK, which no callback shows. Ask the stack.
            self._remote_is(record, _as_the_stack_sees_it(record.dialog, record.remote))

    def redirected(self, leg: Leg) -> None:
        """Take note of a 3xx: the phone does not want the call, and it is not followed."""
        record = self._dialogs.get(leg)
        if record is not None:
            record.redirected = True

    def fault(self, leg: Leg) -> None:
        """End the leg: a callback has raised."""
        self._dialogs.fault(leg)

    # -- what they come to

    def _take_sdp(self, record: Record, text: str) -> None:
        # Most messages have no body, and need not be taken apart to see that.
        if record.progress is Progress.INCOMING or not text or text.endswith("\r\n\r\n"):
            return
        answer = sipmsg.read(text).sdp
        if answer is None:
            return
        try:
            record.remote = sdp.parse(answer, record.sender)
        except ValueError as error:
            logger.info("call %s: %s", record.leg, error)

    def _up(self, record: Record) -> None:
        if record.progress is Progress.UP:
            return
        dialled, record.progress = record.progress is Progress.DIALLING, Progress.UP
        self._confirmed(record)
        remote = record.remote or NO_AUDIO
        if dialled:
            self._dialogs.tell(record.leg, LegAnswered(record.leg, remote))
        else:
            self._dialogs.tell(record.leg, LegConfirmed(record.leg, remote))

    def _over(self, record: Record, code: int, reason: str, text: str) -> None:
        if record.making:
            # makeCall has not returned: it raises, and the end is told there (docs/pjsua2.md).
            record.failure = (code, reason)
        elif record.progress is Progress.INCOMING:
            self._dialogs.over(record, 487, "cancelled", EndedBy.REMOTE)
        elif record.progress is Progress.DIALLING:
            if record.again and code in NOBODY and not record.provisional:
                self._dialogs.again(record, code)
                return
            if record.redirected:
                code, reason = DECLINE, "redirected elsewhere"
            self._dialogs.over(record, code, reason, EndedBy.REMOTE)
        elif text.startswith("BYE "):
            self._dialogs.over(record, OK, "hung up", EndedBy.REMOTE)
        else:
            self._dialogs.over(record, code, reason, EndedBy.US)

    def _info(self, record: Record, info: sipmsg.Message) -> int | None:
        digit = sipmsg.digit(info)
        if digit:
            self._dialogs.tell(record.leg, DigitPressed(record.leg, digit, KeySource.INFO))
        if info.content_type in THE_STACK_ANSWERS:
            return None
        return OK if digit or not info.body else UNSUPPORTED_MEDIA_TYPE

    def _answered(self, record: Record, step: Transaction) -> None:
        if record.progress is Progress.DIALLING and TRYING <= step.code < OK:
            self._take_sdp(record, step.text)
            self._ringing(record, alerting=step.code in ALERTING)

    def _ringing(self, record: Record, *, alerting: bool) -> None:
        if record.provisional and (record.alerting or not alerting):
            return
        record.provisional = True
        record.alerting = alerting
        self._dialogs.tell(record.leg, LegRinging(record.leg, alerting))

    def _remote_is(self, record: Record, remote: Media) -> None:
        if remote != record.remote:
            record.remote = remote
            self._dialogs.tell(record.leg, MediaChanged(record.leg, remote))


def _as_the_stack_sees_it(dialog: pjsua2.Call, known: Media) -> Media:
    """Return the remote audio with the address, codec and direction the stack has negotiated."""
    try:
        info = dialog.getStreamInfo(0)
    except pjsua2.Error:
        return known
    host, port = sipmsg.address(info.remoteRtpAddress)
    theirs = {
        pjsua2.PJMEDIA_DIR_ENCODING: Direction.RECVONLY,
        pjsua2.PJMEDIA_DIR_DECODING: Direction.SENDONLY,
        pjsua2.PJMEDIA_DIR_ENCODING_DECODING: Direction.SENDRECV,
    }
    direction = theirs.get(info.dir, Direction.INACTIVE)
    codec = Codec(info.codecName.upper(), info.txPt, info.codecClockRate)
    return replace(known, address=host, port=port, codecs=(codec,), direction=direction)
