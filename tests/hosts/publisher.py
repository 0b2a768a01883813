"""What a softphone tells a presence server of itself: PUBLISH (RFC 3903) of PIDF with RPID."""

from __future__ import annotations

import itertools

from tests.hosts.host import Host
from tests.hosts.raw_phone import Place, RawPhone
from tests.hosts.siptext import assembled

BODY = """<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"
 xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="sip:{who}">
<tuple id="softphone"><status><basic>open</basic></status></tuple>
<dm:person id="person"><rpid:activities>{activity}</rpid:activities></dm:person>
</presence>
"""


class Publisher(RawPhone):
    """Publishes for `who` (user@domain) at a presence server."""

    def __init__(self, host: Host, who: str, server: Place) -> None:
        super().__init__(host, "publisher", 5300)
        self._who = who
        self._server = server
        self._numbers = itertools.count(1)
        self._tag = ""

    def publish(self, activity: str) -> None:
        """Be at this activity of RFC 4480 from now on; "" is at none."""
        number = next(self._numbers)
        address, port = self.place
        lines = [
            f"Via: SIP/2.0/UDP {address}:{port};branch=z9hG4bKpublish{number}",
            "Max-Forwards: 70",
            f"From: <sip:{self._who}>;tag=publisher",
            f"To: <sip:{self._who}>",
            "Call-ID: publisher",
            f"CSeq: {number} PUBLISH",
            "Event: presence",
            "Expires: 3600",
            "Content-Type: application/pidf+xml",
            *([f"SIP-If-Match: {self._tag}"] if self._tag else []),
        ]
        element = f"<rpid:{activity}/>" if activity else ""
        body = BODY.format(who=self._who, activity=element)
        self.send(assembled(f"PUBLISH sip:{self._who} SIP/2.0", lines, body), self._server)
        wanted = f"{number} PUBLISH"
        answer = self.wait(lambda came: came.message["cseq"] == wanted, "an answer").message
        assert answer.status == 200, answer.start
        self._tag = answer["sip-etag"]
