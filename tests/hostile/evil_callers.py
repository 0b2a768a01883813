"""Callers who are let in and then misbehave inside their dialogs; some try to log on."""

from __future__ import annotations

from tests.hostile import bodies, sdps
from tests.hostile.chance import Chance
from tests.hostile.ground import Ground
from tests.hostile.sip_texts import HEADERS, METHODS, request, with_header
from tests.hostile.stranger import Dialog, Stranger

AT_ONCE = 4
REQUESTS = 25
A_SECOND = 300.0
ANSWERED_SECONDS = 0.3
HIGHEST_CSEQ = 2**31 - 3
SEQUENCES = (b"0", b"1", b"-1", b"65536", b"4294967296", b"99999999999999999999", b"", b"x", b"1e9")
USERS = (b"wait", b"wait", b"acdlogin", b"acdlogout", b"acdpause", b"acdunpause")


class EvilCallers:
    """Each burst: some calls, answered or not, and whatever can be said in them."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        self._caller = Stranger(chance, ground.server.sip_port)
        self._all: list[Dialog] = []

    def close(self) -> None:
        """Hang up on whatever may be up still, with a number above all accidents, and leave.

        A call on hold is kept though its caller has vanished.
        """
        for dialog in self._all:
            dialog.cseq = HIGHEST_CSEQ
            self._say(dialog.request(b"BYE"))
        self._caller._socket.close()

    def burst(self) -> None:
        """Call, misbehave, hang up or not."""
        for dialog in [self._called() for _ in range(AT_ONCE)]:
            if dialog is None:
                continue
            for _ in range(self._chance.randrange(REQUESTS)):
                self._say(self._within(dialog))
            if self._chance.happens(0.9):
                self._say(dialog.request(b"BYE"))
        self._caller.heard()

    def _say(self, message: bytes) -> None:
        self._caller.say(self._ground.note(message))
        self._caller.pace(A_SECOND)

    def _called(self) -> Dialog | None:
        """Call; return the dialog where there is one. Mostly acknowledged, sometimes cancelled."""
        chance, caller = self._chance, self._caller
        body = b"" if chance.happens(0.1) else sdps.odd(chance, caller.place.host, 9001)
        if chance.happens(0.4):
            body = sdps.sound(caller.place.host, 9001)
        invite = request(chance, caller.place, b"INVITE", chance.one(USERS), body)
        if chance.happens(0.2):
            invite = with_header(chance, invite)
        self._say(invite)
        if chance.happens(0.1):
            self._say(invite.replace(b"INVITE", b"CANCEL"))
        for message in caller.heard(ANSWERED_SECONDS) + caller.heard(ANSWERED_SECONDS):
            if message.startswith(b"SIP/2.0 2") and b" INVITE\r\n" in message:
                dialog = Dialog.called(caller, message)
                self._all.append(dialog)
                if chance.happens(0.95):
                    self._say(self._acknowledged(dialog))
                return dialog
        return None

    def _acknowledged(self, dialog: Dialog) -> bytes:
        ack = dialog.request(b"ACK").replace(b"CSeq: 101 ", b"CSeq: 1 ")
        if self._chance.happens(0.1):
            place = self._caller.place
            answer = sdps.odd(self._chance, place.host, 9001)
            ack = dialog.request(b"ACK", b"Content-Type: application/sdp\r\n", answer)
        return ack

    def _within(self, dialog: Dialog) -> bytes:
        """Return a request in the dialog, sound or spoilt, of any method."""
        chance = self._chance
        method = chance.one((*METHODS, b"INFO", b"INFO", b"INVITE", b"UPDATE"))
        kind, body = self._body(method)
        more = b"Content-Type: %s\r\n" % kind if body or chance.happens(0.1) else b""
        if chance.happens(0.2):
            more += chance.one(HEADERS)
        message = dialog.request(method, more, body)
        how = chance.random()
        if how < 0.1:
            message = message.replace(b";tag=", b";tag=x", 1)
        elif how < 0.2:
            message = message.replace(b"CSeq: %d" % dialog.cseq, b"CSeq: " + chance.one(SEQUENCES))
        elif how < 0.6:
            message = chance.mangled(message)
        return message

    def _body(self, method: bytes) -> tuple[bytes, bytes]:
        chance = self._chance
        if method in {b"INVITE", b"UPDATE", b"PRACK"}:
            body = sdps.odd(chance, self._caller.place.host, 9001)
            return b"application/sdp", b"" if chance.happens(0.2) else body
        if method == b"INFO":
            return bodies.digits(chance)
        return bodies.typed(chance)
