"""A phone behind a call server that answers SUBSCRIBE itself (RFC 3856)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from tests.hosts.host import Host
from tests.hosts.raw_phone import Place, RawPhone
from tests.hosts.siptext import Message, assembled

TAG = "watched"


@dataclass
class Watcher:
    """Who has subscribed."""

    first: Message
    source: Place
    number: int = field(default=0)


class WatchedPhone(RawPhone):
    """Registers `user` at its call server; says what it is told to say to whoever subscribes."""

    def __init__(self, host: Host, user: str, domain: str, server: Place, kind: str) -> None:
        super().__init__(host, user)
        self.identity = f"sip:{user}@{domain}"
        self._domain = domain
        self._server = server
        self._kind = kind
        self._body = ""
        self._watcher: Watcher | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        lines = [
            f"Via: SIP/2.0/UDP {self.place[0]}:{self.place[1]};branch=z9hG4bKregister",
            "Max-Forwards: 70",
            f"From: <{self.identity}>;tag=register",
            f"To: <{self.identity}>",
            "Call-ID: register",
            "CSeq: 1 REGISTER",
            f"Contact: <{self.contact}>",
            "Expires: 600",
        ]
        self.send(assembled(f"REGISTER sip:{self._domain} SIP/2.0", lines), self._server)
        self.wait(lambda came: came.message["cseq"] == "1 REGISTER", "an answer to REGISTER")
        return self

    def says(self, body: str) -> None:
        """Say this of itself from now on."""
        self._body = body
        self._notify()

    def _answer(self, request: Message, source: Place) -> None:
        if request.method != "SUBSCRIBE":
            super()._answer(request, source)
            return
        if ";tag=" not in request["to"]:
            self._watcher = Watcher(request, source)
        more = (f"Contact: <{self.contact}>", "Expires: 600")
        self.send(request.response("200 OK", *more, tag=TAG), source)
        self._notify()

    def _notify(self) -> None:
        watcher = self._watcher
        if watcher is None or not self._body:
            return
        watcher.number += 1
        first, number = watcher.first, watcher.number
        lines = [
            f"Via: SIP/2.0/UDP {self.place[0]}:{self.place[1]};branch=z9hG4bKnotify{number}",
            "Max-Forwards: 70",
            f"From: {first['to']};tag={TAG}",
            f"To: {first['from']}",
            f"Call-ID: {first['call-id']}",
            f"CSeq: {number} NOTIFY",
            f"Contact: <{self.contact}>",
            *(f"Route: {hop}" for hop in first.all("record-route")),
            "Event: presence",
            "Subscription-State: active;expires=600",
            f"Content-Type: {self._kind}",
        ]
        notify = assembled(f"NOTIFY {first.contact} SIP/2.0", lines, self._body)
        self.send(notify, watcher.source)
