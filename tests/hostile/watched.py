"""Phones that let themselves be watched, and tell nonsense about how they are."""

from __future__ import annotations

from tests.hostile import bodies
from tests.hostile.chance import Chance
from tests.hostile.ground import EVIL_AGENTS, Ground
from tests.hostile.honest import log_on
from tests.hostile.sip_texts import HEADERS, STATUSES
from tests.hostile.stranger import EVIL_PHONES, Dialog, Stranger
from tests.server import eventually

BURST = 60
A_SECOND = 200.0
SUBSCRIBED_SECONDS = 10.0
STATES = (
    b"active", b"active;expires=600", b"active;expires=0", b"active;expires=-1", b"pending",
    b"terminated", b"terminated;reason=deactivated", b"terminated;reason=noresource",
    b"terminated;reason=probation;retry-after=99999999999", b"", b";", b"nonsense;expires=x",
)  # fmt: skip


class Watched:
    """Each burst: NOTIFYs inside the subscriptions, their bodies spoilt most of the time."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._chance = chance
        port = ground.server.sip_port
        self._phones = [Stranger(chance, port, host) for host in EVIL_PHONES]
        self._dialogs: dict[Stranger, Dialog] = {}
        for phone, agent in zip(self._phones, EVIL_AGENTS, strict=True):
            # At this very socket, whatever phone was the agent's before.
            log_on(ground.server, phone, agent)
        eventually(self._one_subscribed, "a subscription to any phone", SUBSCRIBED_SECONDS)

    def close(self) -> None:
        """Leave."""
        for phone in self._phones:
            phone._socket.close()

    def _one_subscribed(self) -> bool:
        self._serve()
        return bool(self._dialogs)

    def burst(self) -> None:
        """Notify; take new subscriptions where the server asks again."""
        for _ in range(BURST):
            if self._dialogs:
                phone = self._chance.one(list(self._dialogs))
                phone.say(self._ground.note(self._notify(self._dialogs[phone])))
            self._phones[0].pace(A_SECOND)
        self._serve()

    def _serve(self) -> None:
        for phone in self._phones:
            for message in phone.heard(0.01):
                if message.startswith(b"SUBSCRIBE "):
                    self._subscribe(phone, message)

    def _subscribe(self, phone: Stranger, message: bytes) -> None:
        if self._dialogs and self._chance.happens(0.1):
            status = self._chance.one(STATUSES)
        else:
            status = b"200 OK"
            known = self._dialogs.get(phone)
            if known is None or known.call_id not in message:
                self._dialogs[phone] = Dialog.answered(phone, message)
        phone.answer(phone.server_port, message, status, headers=b"Expires: 600\r\n")

    def _notify(self, dialog: Dialog) -> bytes:
        chance = self._chance
        kind, body = bodies.document(chance)
        # One that ends the subscription makes the server ask again only after a while.
        state = b"active;expires=600" if chance.happens(0.97) else chance.one(STATES)
        more = b"Event: presence\r\nSubscription-State: %s\r\nContent-Type: %s\r\n" % (state, kind)
        if chance.happens(0.1):
            more += chance.one(HEADERS)
        message = dialog.request(b"NOTIFY", more, body)
        return chance.mangled(message) if chance.happens(0.1) else message
