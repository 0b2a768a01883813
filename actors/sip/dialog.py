"""One SIP dialog as PJSIP knows it: its callbacks, turned into plain values at once."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import pjsua2

from actors.core.wire.text import shown
from actors.ids import Leg
from actors.sip import clib
from actors.sip.guard import override


class State(StrEnum):
    """What has become of the INVITE."""

    ANSWERED = "answered"
    UP = "up"
    OVER = "over"


STATES = {
    pjsua2.PJSIP_INV_STATE_CONNECTING: State.ANSWERED,
    pjsua2.PJSIP_INV_STATE_CONFIRMED: State.UP,
    pjsua2.PJSIP_INV_STATE_DISCONNECTED: State.OVER,
}


TOLD = ("INVITE", "INFO", "UPDATE", "OPTIONS")
"""The transactions whose steps are told."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A step of a transaction in the dialog; `text` is the message received, empty if none."""

    method: str
    ours: bool
    begun: bool
    code: int
    text: str


class Events(Protocol):
    """Who is told what happens in dialogs; every method returns at once."""

    def changed(self, leg: Leg, state: State, code: int, reason: str, text: str) -> None:
        """Take note: answered, confirmed or over; `text` is the message that did it."""

    def transacted(self, leg: Leg, step: Transaction) -> int | None:
        """Take a step of a transaction; a status to answer it with, if that is for us to do."""

    def offered(self, leg: Leg, sdp: str) -> bool:
        """Take the offer of a re-INVITE or UPDATE; False refuses it."""

    def describe(self, leg: Leg, offer: str) -> str | None:
        """Return our SDP, as an answer where there is an offer; None leaves PJSIP's own."""

    def agreed(self, leg: Leg) -> None:
        """Take note that offer and answer have been exchanged."""

    def redirected(self, leg: Leg) -> None:
        """Take note of a 3xx, which is not followed."""

    def fault(self, leg: Leg) -> None:
        """End the leg: a callback has raised."""


class Dialog(pjsua2.Call):
    """The director. It keeps nobody alive and is in no cycle: dropped, it is freed."""

    def __init__(self, events: Events, leg: Leg, account: pjsua2.Account, slot: int) -> None:
        super().__init__(account, slot)
        self._events = weakref.ref(events)
        self.leg = leg

    @property
    def log_name(self) -> str:
        """Who this is, in log lines."""
        return f"call {self.leg}"

    @override
    def onCallState(self, prm: pjsua2.OnCallStateParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Tell of the states that matter."""
        info = self.getInfo()
        state, events = STATES.get(info.state), self._events()
        if state and events:
            text, reason = received(prm.e), shown(info.lastReason)
            events.changed(self.leg, state, info.lastStatusCode, reason, text)

    @override
    def onCallTsxState(self, prm: pjsua2.OnCallTsxStateParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Tell of provisional answers, answers to our OPTIONS, and INFO."""
        event, events = prm.e.body.tsxState, self._events()
        tsx = event.tsx
        method = tsx.method
        if events and method in TOLD:
            ours = tsx.role == pjsua2.PJSIP_ROLE_UAC
            begun = tsx.state == pjsua2.PJSIP_TSX_STATE_TRYING
            step = Transaction(method, ours, begun, tsx.statusCode, received(prm.e))
            answer = events.transacted(self.leg, step)
            if answer is not None:
                clib.respond(int(event.src.rdata.pjRxData), answer)

    @override
    def onCallSdpCreated(self, prm: pjsua2.OnCallSdpCreatedParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Put our own SDP in the place of PJSIP's."""
        events = self._events()
        text = events.describe(self.leg, prm.remSdp.wholeSdp) if events else None
        if text is not None:
            prm.sdp.wholeSdp = text

    @override
    def onCallMediaState(self, prm: pjsua2.OnCallMediaStateParam) -> None:  # noqa: ARG002, N802 - PJSIP\'s name
        """Tell that offer and answer have been exchanged."""
        events = self._events()
        if events:
            events.agreed(self.leg)

    @override
    def onCallRxOffer(self, prm: pjsua2.OnCallRxOfferParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Take or refuse the offer of a re-INVITE or UPDATE."""
        prm.statusCode = 488
        events = self._events()
        prm.opt.audioCount, prm.opt.videoCount, prm.opt.textCount = 1, 0, 0
        if events and events.offered(self.leg, prm.offer.wholeSdp):
            prm.statusCode = 200

    @override
    def onCallTransferRequest(self, prm: pjsua2.OnCallTransferRequestParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Decline a REFER."""
        prm.statusCode = 603

    @override
    def onCallReplaceRequest(self, prm: pjsua2.OnCallReplaceRequestParam) -> None:  # noqa: N802 - PJSIP\'s name
        """Decline an INVITE with Replaces."""
        prm.statusCode = 603

    @override
    def onCallRedirected(self, prm: pjsua2.OnCallRedirectedParam) -> int:  # noqa: ARG002, N802 - PJSIP\'s name
        """Do not follow a 3xx: who is rung is decided here and by nobody's phone."""
        events = self._events()
        if events:
            events.redirected(self.leg)
        return int(pjsua2.PJSIP_REDIRECT_STOP)

    def fault(self) -> int:
        """Have the leg ended; the value is what onCallRedirected must return."""
        events = self._events()
        if events:
            events.fault(self.leg)
        return int(pjsua2.PJSIP_REDIRECT_STOP)


def received(event: pjsua2.SipEvent) -> str:
    """Copy the message an event is about; it is valid only during the callback."""
    if event.type == pjsua2.PJSIP_EVENT_TSX_STATE:
        change = event.body.tsxState
        if change.type == pjsua2.PJSIP_EVENT_RX_MSG:
            return str(change.src.rdata.wholeMsg)
    elif event.type == pjsua2.PJSIP_EVENT_RX_MSG:
        return str(event.body.rxMsg.rdata.wholeMsg)
    return ""


def parameters(code: int = 0, reason: str = "", **headers: str) -> pjsua2.CallOpParam:
    """Return the parameters of an operation: one audio line and nothing else, these headers.

    Header names are given with underscores; an empty value is none. The default settings would
    offer text, too.
    """
    made = pjsua2.CallOpParam(True)  # noqa: FBT003 - pjsua2's
    made.opt.audioCount, made.opt.videoCount, made.opt.textCount = 1, 0, 0
    if code:
        made.statusCode = code
    made.reason = reason
    add_headers(made, [(name.replace("_", "-"), told) for name, told in headers.items() if told])
    return made


def add_headers(made: pjsua2.CallOpParam, headers: Iterable[tuple[str, str]]) -> None:
    """Add these headers, of which several may have one name."""
    for name, value in headers:
        header = pjsua2.SipHeader()
        header.hName, header.hValue = name, value
        made.txOption.headers.append(header)
