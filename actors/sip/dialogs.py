"""Every leg there is, and how each comes to its one end."""

from __future__ import annotations

import functools
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pjsua2
from msgspec.structs import replace

from actors.core.wire import sdp
from actors.ids import Leg
from actors.messages.roles import ToCall
from actors.messages.sip import Codec, EndedBy, HangUpSent, LegEnded, Media
from actors.sip import clib
from actors.sip.dialog import Dialog, parameters

logger = logging.getLogger(__name__)

LONGEST_ENDING = 33.0
"""Seconds a hang-up may take: 64 T1 (RFC 3261, timers B and F: 32 s) and a second to spare."""

SURELY_ANSWERED = 25.0
"""An ending shorter than this was ended by the far phone's final answer, not by a timer of ours."""

BETWEEN_SWEEPS = 0.005


class Progress(StrEnum):
    """How far a leg has come."""

    RESOLVING = "resolving"
    DIALLING = "dialling"
    INCOMING = "incoming"
    ANSWERED = "answered"
    UP = "up"
    ENDING = "ending"


class Record:
    """One leg: the dialog, and what both sides have said of their audio."""

    def __init__(self, leg: Leg, progress: Progress) -> None:
        self.leg = leg
        self.progress = progress
        self.dialog: Dialog | None = None
        self.sender = ""
        """The address from which the other side's SIP comes."""
        self.offer: str | None = None
        """Their initial offer, None where it is delayed and for legs that we dialled."""
        self.local: Media | None = None
        self.said: Media | None = None
        """What our last SDP said: `local`, as an answer cut down to the offer."""
        self.remote: Media | None = None
        self.offered: Media | None = None
        """What a re-INVITE offers that is not agreed on yet."""
        self.provisional = False
        self.alerting = False
        self.redirected = False
        self.making = False
        self.again: Callable[[int], None] | None = None
        """Dials by another way, where nothing has come by this one; takes what is the matter."""
        self.failure: tuple[int, str] | None = None
        self.silent = False
        """Nobody has been told of this leg, so nobody is told of its end."""
        self.source = ""
        """The address whose INVITE this was; empty for legs that we dialled."""
        self.confirmed = False
        self.lingering = False
        """Over for its call, but not yet for the stack."""
        self._session = random.getrandbits(31)
        self._version = 0

    def description(self, offer: str | None, own: Sequence[Codec] = ()) -> str:
        """Write our SDP, an answer where there is an offer; its version grows with each change.

        In a call that is up `own` are the codecs that it may change to.
        """
        said = self.local
        if said is None:
            raise ValueError(f"{self.leg} has no media")
        if offer:
            offered = sdp.parse(offer, self.sender)
            if self.progress is Progress.UP:
                said = sdp.kept(said, self.remote, offered, own)
            else:
                said = replace(said, direction=sdp.mirrored(offered.direction, said.direction))
        elif self.progress is Progress.UP:
            said = sdp.anew(said, self.said, own)
        if said != self.said:
            self._version += 1
            self.said = said
        return sdp.build(said, (self._session, self._version), offer or None)


@dataclass(frozen=True, slots=True)
class Ending:
    """A leg we have hung up and whose other side has not yet said that it is over."""

    record: Record
    code: int
    reason: str
    since: float


class Dialogs:
    """The legs by key. The only owner of dialogs: what leaves it is freed in the same turn."""

    def __init__(
        self, tell: Callable[[Leg, ToCall], None], left: Callable[[Record, int], None]
    ) -> None:
        self.tell = tell
        self._left = left
        self.faults = 0
        self.callers = 0
        self._records: dict[Leg, Record] = {}
        self._endings: dict[int, Ending] = {}
        self._dead: list[Dialog] = []
        self._later: deque[Callable[[], None]] = deque()
        self._swept = 0.0

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, leg: Leg) -> bool:
        return leg in self._records

    def add(self, record: Record) -> None:
        """Take a new leg in."""
        self._records[record.leg] = record
        self.callers += record.leg.number == 0

    def get(self, leg: Leg) -> Record | None:
        """Return the leg unless it is over or being hung up."""
        record = self._records.get(leg)
        return None if record is None or record.progress is Progress.ENDING else record

    def records(self) -> list[Record]:
        """Return every leg that is not over."""
        return list(self._records.values())

    def later(self, action: Callable[[], None]) -> None:
        """Do this once PJSIP's callback has returned. It may hold keys but no dialog."""
        self._later.append(action)

    def placed(self, record: Record, dialog: Dialog) -> None:
        """Note the dialog of a leg; whoever had its slot before is over, seen or not."""
        record.dialog = dialog
        ending = self._endings.pop(dialog.getId(), None)
        if ending:
            self._finish(ending, quiet=True)

    def hang_up(self, record: Record, code: int = 0, reason: str = "", **headers: str) -> None:
        """End the leg as it is: final answer, CANCEL or BYE; LegEnded comes at its end.

        The stack says DISCONNECTED at once, and hears nothing more of the call itself: that is
        before the far phone is quiet. So its slot is watched until it is free.
        """
        dialog, before = record.dialog, record.progress
        record.progress = Progress.ENDING
        if dialog is None:
            self.over(record, 487, reason or "hung up before dialling", EndedBy.US)
            return
        slot = dialog.getId()
        if before is Progress.INCOMING:
            said = code or 480
        elif before is Progress.DIALLING:
            said = 487 if record.provisional else 408
        else:
            said = code or 200
        try:
            dialog.hangup(parameters(said if before is Progress.INCOMING else 0, reason, **headers))
        except pjsua2.Error as error:
            # It ended in this very moment; the slot tells.
            logger.debug("call %s: hang-up: %s", record.leg, error.reason)
        record.dialog = None
        if record.leg.number:
            self.tell(record.leg, HangUpSent(record.leg))
        self._dead.append(dialog)
        self._endings[slot] = Ending(record, said, reason or "hung up", time.monotonic())

    def abandon(self, record: Record) -> None:
        """Give up what the leg has dialled and tell nobody: it is dialled anew, by another way.

        Outside of callbacks only: the dialog is freed at once, before its slot is another call's.
        """
        dialog, record.dialog = record.dialog, None
        if dialog is None:
            return
        record.progress = Progress.ENDING
        try:
            dialog.hangup(parameters(0))
        except pjsua2.Error as error:
            logger.debug("call %s: given up: %s", record.leg, error.reason)
            error.__traceback__ = None  # its frames hold the dialog
        record.progress = Progress.RESOLVING

    def again(self, record: Record, code: int) -> None:
        """Have the leg dialled by another way: its dialog has ended before anything came by it."""
        if record.again is None or record.dialog is None:
            return
        self._dead.append(record.dialog)
        record.dialog = None
        record.progress = Progress.RESOLVING
        self.later(functools.partial(record.again, code))

    def let_go(self, record: Record, code: int, reason: str) -> None:
        """Hang up and tell at once that it is over; its slot counts until the stack is done."""
        self.hang_up(record)
        record.lingering = record.leg in self._records
        self.over(record, code, reason, EndedBy.US)

    def over(
        self, record: Record, code: int, reason: str, by: EndedBy, *, quiet: bool = True
    ) -> None:
        """Take the leg out and tell its call; a second time changes nothing."""
        if self._records.pop(record.leg, None) is None:
            return
        self.callers -= record.leg.number == 0 and not record.lingering
        self._left(record, self.callers)
        if record.dialog is not None:
            self._dead.append(record.dialog)
            record.dialog = None
        logger.debug("call %s: leg ended: %d %s, by %s", record.leg, code, reason, by)
        if not record.silent:
            self.tell(record.leg, LegEnded(record.leg, code, reason, by, quiet))

    def drop_all(self) -> None:
        """Free every dialog, ended or not: the stack is about to go."""
        for record in self._records.values():
            record.dialog = None
        self._dead.clear()

    def fault(self, leg: Leg) -> None:
        """Count a failure of ours, and end its leg after the callback."""
        self.faults += 1
        self.later(lambda: self._end_faulty(leg))

    def turn(self, now: float) -> bool:
        """Do what had to wait for callbacks to return; True while a leg is still ending."""
        self._dead.clear()
        while self._later:
            self._later.popleft()()
        self._dead.clear()
        if self._endings and now - self._swept > BETWEEN_SWEEPS:
            self._swept = now
            for slot, ending in list(self._endings.items()):
                free = not clib.slot_in_use(slot)
                if free or now - ending.since > LONGEST_ENDING:
                    del self._endings[slot]
                    self._finish(ending, quiet=free and now - ending.since < SURELY_ANSWERED)
        return bool(self._endings)

    def _finish(self, ending: Ending, *, quiet: bool) -> None:
        self.callers -= ending.record.lingering and ending.record.leg.number == 0
        self.over(ending.record, ending.code, ending.reason, EndedBy.US, quiet=quiet)

    def _end_faulty(self, leg: Leg) -> None:
        record = self.get(leg)
        if record:
            self.hang_up(record, 500 if record.progress is Progress.INCOMING else 0, "Server Error")
