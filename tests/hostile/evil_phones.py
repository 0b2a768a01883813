"""Agents' phones that answer our INVITEs as no phone should."""

from __future__ import annotations

from tests.hostile import sdps
from tests.hostile.chance import Chance
from tests.hostile.evil_answers import ANSWERS, answer_to
from tests.hostile.ground import EVIL_AGENTS, Ground
from tests.hostile.honest import log_on
from tests.hostile.sip_texts import STATUSES
from tests.hostile.stranger import EVIL_PHONES, HONEST, Dialog, Stranger
from tests.raw_sip import SDP, header

BAIT = 8
"""Callers who wait for the phones to be rung."""
TURNS = 25
TURN_SECONDS = 0.02


class EvilPhones:
    """Each burst: whatever the phones are asked is answered, and callers go on calling."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        port = ground.server.sip_port
        self._phones = [Stranger(chance, port, host) for host in EVIL_PHONES]
        for phone, agent in zip(self._phones, EVIL_AGENTS, strict=True):
            if not ground.server.agent(agent)["device"]:
                log_on(ground.server, phone, agent)
        self._invites: dict[bytes, bytes] = {}
        self._bait = [Stranger(chance, port, HONEST) for _ in range(BAIT)]
        self._up: dict[Stranger, Dialog | None] = dict.fromkeys(self._bait)
        for caller in self._bait:
            self._call(caller)

    def close(self) -> None:
        """Hang up, and leave."""
        for caller, dialog in self._up.items():
            if dialog:
                caller.say(dialog.request(b"BYE"))
        for one in [*self._phones, *self._bait]:
            one._socket.close()

    def burst(self) -> None:
        """Serve phones and callers for a while."""
        for _ in range(TURNS):
            for phone in self._phones:
                for message in phone.heard():
                    self._phone_heard(phone, message)
            for caller in self._bait:
                for message in caller.heard(TURN_SECONDS / BAIT):
                    self._caller_heard(caller, message)

    # -- the callers, sound ones

    def _call(self, caller: Stranger) -> None:
        self._up[caller] = None
        caller.invite(caller.server_port, b"trap", body=SDP)

    def _caller_heard(self, caller: Stranger, message: bytes) -> None:
        if message.startswith(b"SIP/2.0 2") and b" INVITE\r\n" in message:
            dialog = Dialog.called(caller, message)
            dialog.cseq = 0
            caller.say(dialog.request(b"ACK"))
            self._up[caller] = dialog
        elif message.startswith(b"BYE "):
            caller.answer(caller.server_port, message, b"200 OK")
            self._call(caller)
        elif not message.startswith((b"SIP/2.0 1", b"SIP/2.0 2", b"ACK ")):
            if message.startswith(b"SIP/2.0"):
                self._call(caller)
            else:
                caller.answer(caller.server_port, message, b"200 OK", SDP)

    # -- the phones

    def _phone_heard(self, phone: Stranger, message: bytes) -> None:
        method = message.partition(b" ")[0]
        if method == b"INVITE":
            self._invites[header(message, b"Call-ID")] = message
            for _ in range(self._chance.one((1, 1, 2, 3, 5))):
                for answer in self._chance.one(ANSWERS)(self._chance, phone, message):
                    self._say(phone, answer)
        elif method == b"SUBSCRIBE":
            phone.answer(phone.server_port, message, b"489 Bad Event")
        elif method == b"ACK":
            self._talk(phone, message)
        elif method == b"CANCEL" and self._chance.happens(0.8):
            self._say(phone, answer_to(phone, message, b"200 OK"))
            invite = self._invites.get(header(message, b"Call-ID"), message)
            self._say(phone, answer_to(phone, invite, b"487 Request Terminated"))
        elif not message.startswith(b"SIP/2.0") and self._chance.happens(0.8):
            status = b"200 OK" if self._chance.happens(0.7) else self._chance.one(STATUSES)
            self._say(phone, answer_to(phone, message, status))

    def _talk(self, phone: Stranger, ack: bytes) -> None:
        """Say something in the call that is up, then most often hang up."""
        invite = self._invites.pop(header(ack, b"Call-ID"), None)
        if invite is None:
            return
        dialog = Dialog.answered(phone, invite)
        for method in self._chance.sample((b"INVITE", b"UPDATE", b"INFO", b"REFER", b"OPTIONS"), 2):
            body = sdps.odd(self._chance, phone.place.host, 9002)
            message = dialog.request(method, b"Content-Type: application/sdp\r\n", body)
            spoilt = self._chance.mangled(message) if self._chance.happens(0.3) else message
            self._say(phone, spoilt)
        if self._chance.happens(0.9):
            self._say(phone, dialog.request(b"BYE"))

    def _say(self, phone: Stranger, message: bytes) -> None:
        phone.say(self._ground.note(message))
