"""A presence notifier for tests: answers SUBSCRIBE, sends NOTIFY as Asterisk's res_pjsip writes it.

with Notifier(port) as notifier:
    notifier.set("phone1", "Ready")          # who subscribes to sip:phone1@127.0.0.1:port hears it
    notifier.wait_subscribed("phone1")
    notifier.set("phone1", "On the phone")
    notifier.drop("phone1")                  # ends the subscription: Subscription-State: terminated
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass

from tests.hosts.siptext import Message
from tests.patience import Wait
from tests.udp_peer import UdpPeer

PATIENCE = 30.0
T1 = 0.5


@dataclass
class Subscriber:
    """One SUBSCRIBE dialog."""

    contact: str
    to: str
    sender: str
    call_id: str
    source: tuple[str, int]
    cseq: int = 100
    version: int = 0


class Notifier(UdpPeer):
    """Plays the call server's part of presence on 127.0.0.1:port, by UDP."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.refuse: dict[str, str] = {}
        """Users whose SUBSCRIBE gets this status line, as ``404 Not Found``."""
        self.seen: list[Message] = []
        """Every SUBSCRIBE that came, its refreshes and its end included."""
        self.arrivals: list[float] = []
        self.answered: list[int] = []
        """CSeq of every NOTIFY to which a 200 came, in the order of the answers."""
        self._last: tuple[bytes, tuple[str, int]] = (b"", ("", 0))
        self._notes: dict[str, str] = {}
        self._subscribers: dict[str, Subscriber] = {}
        self._changed = threading.Condition()
        self._heard = threading.Event()

    def set(self, user: str, note: str) -> None:
        """Let the phone be in this state from now on, and tell who has subscribed."""
        with self._changed:
            self._notes[user] = note
            subscriber = self._subscribers.get(user)
            if subscriber:
                self._notify(user, subscriber, "active;expires=600")

    def say(self, user: str, body: bytes, content_type: str = "application/pidf+xml") -> None:
        """Send whoever has subscribed to the phone a body of the test's own."""
        with self._changed:
            subscriber = self._subscribers[user]
            self._send_notify(subscriber, "active;expires=600", body, content_type)

    def to_of(self, user: str) -> str:
        """Return our side's From of the dialog with whoever has subscribed to the phone."""
        with self._changed:
            return self._subscribers[user].to

    def insist(self, user: str) -> None:
        """Send the last NOTIFY again until it is answered (RFC 3261, section 17.1.2.2)."""
        wait = Wait("an answer to a NOTIFY", PATIENCE)
        while self._subscribers[user].cseq not in self.answered:
            assert wait.left() > 0, "a NOTIFY is not answered"
            self._socket.sendto(*self._last)
            time.sleep(T1)
        wait.over()

    def all_heard(self) -> None:
        """Wait until all that was sent has been read, and what it was answered has come.

        Packets between two ports of this machine keep their order: a question sent last is answered
        last.
        """
        self._heard.clear()
        _, server = self._last
        text = (
            f"OPTIONS sip:127.0.0.1:{server[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;branch=z9hG4bK{time.monotonic_ns()}\r\n"
            f"From: <sip:127.0.0.1>;tag=n\r\nTo: <sip:127.0.0.1>\r\n"
            f"Call-ID: {time.monotonic_ns()}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        self._socket.sendto(text.encode(), server)
        assert self._heard.wait(PATIENCE), "OPTIONS are not answered"

    def drop(self, user: str, reason: str = "noresource") -> None:
        """End the phone's subscription, as a call server does that restarts."""
        with self._changed:
            subscriber = self._subscribers.pop(user)
            self._notify(user, subscriber, f"terminated;reason={reason}")

    def wait_subscribed(self, user: str, *, subscribed: bool = True) -> None:
        """Wait until somebody has subscribed to the phone, or nobody has any more."""
        with self._changed:
            done = self._changed.wait_for(
                lambda: (user in self._subscribers) is subscribed, PATIENCE
            )
        assert done, f"{user}: subscribed is not {subscribed}"

    def take(self, message: Message, source: tuple[str, int]) -> None:
        """Serve a SUBSCRIBE."""
        if message.method == "SUBSCRIBE" and not message.status:
            with self._changed:
                self._subscribe(message, source)
                self._changed.notify_all()
        if message.status == 200 and message.method == "NOTIFY":
            self.answered.append(int(message["cseq"].split()[0]))
        if message.status and message.method == "OPTIONS":
            self._heard.set()

    def _subscribe(self, message: Message, source: tuple[str, int]) -> None:
        self.seen.append(message)
        self.arrivals.append(time.monotonic())
        user = re.findall("sips?:([^@;> ]*)@", f"{message.uri} {message['to']}")[0]
        if user in self.refuse:
            self._answer(message, source, self.refuse[user], message["to"])
            return
        ends = message["expires"] == "0"
        to = message["to"]
        to = to if "tag=" in to else f"{to};tag=n{len(self.seen)}"
        self._answer(message, source, "200 OK", to, f"Expires: {message['expires']}\r\n")
        subscriber = self._subscribers.get(user)
        if subscriber is None or subscriber.call_id != message["call-id"]:
            contact = re.sub(r".*<([^>]*)>.*", r"\1", message["contact"])
            subscriber = Subscriber(contact, to, message["from"], message["call-id"], source)
        if ends:
            if self._subscribers.get(user, subscriber).call_id == subscriber.call_id:
                self._subscribers.pop(user, None)
            self._notify(user, subscriber, "terminated;reason=timeout")
        else:
            self._subscribers[user] = subscriber
            self._notify(user, subscriber, "active;expires=600")

    def _answer(
        self, message: Message, source: tuple[str, int], status: str, to: str, more: str = ""
    ) -> None:
        lines = "".join(f"Via: {via}\r\n" for via in message.all("via"))
        text = (
            f"SIP/2.0 {status}\r\n{lines}From: {message['from']}\r\nTo: {to}\r\n"
            f"Call-ID: {message['call-id']}\r\nCSeq: {message['cseq']}\r\n"
            f"Contact: <sip:127.0.0.1:{self.port}>\r\n{more}Content-Length: 0\r\n\r\n"
        )
        self._socket.sendto(text.encode(), source)

    def _notify(self, user: str, subscriber: Subscriber, state: str) -> None:
        body = document(user, self._notes.get(user, "Unavailable")).encode()
        self._send_notify(subscriber, state, body, "application/pidf+xml")

    def _send_notify(
        self, subscriber: Subscriber, state: str, body: bytes, content_type: str
    ) -> None:
        subscriber.cseq += 1
        text = (
            f"NOTIFY {subscriber.contact} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};rport;"
            f"branch=z9hG4bK{subscriber.call_id}{subscriber.cseq}\r\n"
            f"From: {subscriber.to}\r\nTo: {subscriber.sender}\r\n"
            f"Contact: <sip:127.0.0.1:{self.port}>\r\n"
            f"Call-ID: {subscriber.call_id}\r\nCSeq: {subscriber.cseq} NOTIFY\r\n"
            f"Event: presence\r\nSubscription-State: {state}\r\nMax-Forwards: 70\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._last = text.encode() + body, subscriber.source
        self._socket.sendto(*self._last)


def document(user: str, note: str) -> str:
    """Return the PIDF document that Asterisk 22 writes: the note is at the document's root."""
    basic = "closed" if note == "Unavailable" else "open"
    activity = "<rpid:on-the-phone />" if note in ("On the phone", "On hold") else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<presence entity="sip:{user}@127.0.0.1" xmlns="urn:ietf:params:xml:ns:pidf" '
        'xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" '
        'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid">\n'
        f" <note>{note}</note>\n"
        f' <tuple id="{user}">\n  <status>\n   <basic>{basic}</basic>\n  </status>\n'
        f'  <contact priority="1">sip:{user}@127.0.0.1</contact>\n </tuple>\n'
        f" <dm:person>\n  <rpid:activities>{activity}</rpid:activities>\n </dm:person>\n"
        "</presence>\n"
    )
