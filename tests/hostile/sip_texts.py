"""SIP messages as a stranger writes them: sound ones, and what chance makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile import bodies, sdps
from tests.hostile.chance import Chance

METHODS = (
    b"INVITE", b"ACK", b"CANCEL", b"BYE", b"OPTIONS", b"REGISTER", b"SUBSCRIBE", b"NOTIFY",
    b"MESSAGE", b"REFER", b"PUBLISH", b"INFO", b"UPDATE", b"PRACK", b"GREET", b"invite", b"",
)  # fmt: skip

HEADERS = (
    b"Require: 100rel\r\n",
    b"Require: nonsense, more-nonsense\r\n",
    b"Proxy-Require: nonsense\r\n",
    b"Supported: timer, replaces, 100rel, gruu, outbound\r\n",
    b"Session-Expires: 1;refresher=uac\r\n",
    b"Session-Expires: 90;refresher=nobody\r\nMin-SE: 4294967295\r\n",
    b"Replaces: nothing;to-tag=1;from-tag=2\r\n",
    b"Replaces: \r\n",
    b"Refer-To: <sip:sales@nowhere.invalid?Replaces=1%3Bto-tag%3D2>\r\n",
    b"Referred-By: <sip:a@nowhere.invalid>\r\n",
    b"Route: <sip:127.0.0.1:9;lr>\r\n",
    b"Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2>\r\n",
    b"Record-Route: <sip:[::1];lr>\r\n" * 40,
    b"Via: SIP/2.0/TCP 192.0.2.9;branch=z9hG4bKx;received=::1\r\n" * 60,
    b"Via: SIP/2.0/UDP [::1]:0;rport=99999\r\n",
    b'P-Asserted-Identity: <sip:x@y>, <tel:+1>, "\xff" <sip:z>\r\n',
    b"P-Asserted-Identity: \r\n",
    b"Privacy: id;header;critical\r\n",
    b"Diversion: <sip:a@b>;reason=unconditional;counter=99999999999\r\n",
    b"History-Info: <sip:a@b>;index=1.1.1.1\r\n",
    b'Authorization: Digest username="a", realm="b", nonce="", uri="", response=""\r\n',
    b"Authorization: Digest " + b'a="b",' * 200 + b"\r\n",
    b"Event: presence;id=" + b"9" * 500 + b"\r\n",
    b"Event: dialog, presence\r\n",
    b"Subscription-State: terminated;reason=deactivated;retry-after=-1\r\n",
    b"Subscription-State: active;expires=99999999999\r\n",
    b"Content-Encoding: gzip\r\n",
    b'Content-Type: multipart/mixed;boundary=""\r\n',
    b"Content-Type: text\r\n",
    b"Content-Disposition: session;handling=required\r\n",
    b"Expires: 4294967296\r\n",
    b"Max-Forwards: 0\r\n",
    b"Max-Forwards: -1\r\n",
    b"Timestamp: 1e400\r\n",
    b"Date: yesterday\r\n",
    b"RSeq: 0\r\nRAck: 0 0 INVITE\r\n",
    b"CSeq: 4294967295 INVITE\r\n",
    b"Contact: *\r\n",
    b"Contact: <sip:a@nowhere.invalid;transport=tls>;expires=0;q=9\r\n",
    b"User-Agent: " + b"x" * 8000 + b"\r\n",
    b"X: y\r\n" * 900,
    b"l: 0\r\n",
    b"Content-Length: 4294967296\r\n",
    b"Content-Length: -1\r\n",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where messages come from and go to."""

    host: bytes
    port: int
    server_port: int
    transport: bytes = b"UDP"


def request(chance: Chance, place: Place, method: bytes, user: bytes, body: bytes = b"") -> bytes:
    """Return a sound request outside a dialog."""
    word = chance.word()
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    return (
        b"%s sip:%s@127.0.0.1:%d SIP/2.0\r\n" % (method, user, place.server_port)
        + b"Via: SIP/2.0/%s %s:%d;branch=z9hG4bK%s;rport\r\n"
        % (place.transport, place.host, place.port, word)
        + b'Max-Forwards: 70\r\nFrom: "Stranger" <sip:%s@%s>;tag=%s\r\n'
        % (word[:4], place.host, word[4:])
        + b"To: <sip:%s@127.0.0.1:%d>\r\nCall-ID: %s@%s\r\n"
        % (user, place.server_port, word, place.host)
        + b"CSeq: 1 %s\r\nContact: <sip:stranger@%s:%d>\r\n" % (method, place.host, place.port)
        + kind
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )


def with_header(chance: Chance, message: bytes) -> bytes:
    """Return the message with some headers that nobody expects there, before or after its own."""
    first, feed, rest = message.partition(b"\r\n")
    more = b"".join(chance.sample(HEADERS, chance.randint(1, 3)))
    if chance.happens(0.5):
        return first + feed + more + rest
    head, blank, body = rest.partition(b"\r\n\r\n")
    return first + feed + head + b"\r\n" + more.removesuffix(b"\r\n") + blank + body


def outside(chance: Chance, place: Place, users: tuple[bytes, ...]) -> bytes:
    """Return any request outside a dialog, spoilt most of the time."""
    method = chance.one(METHODS)
    body = b""
    if method == b"INVITE":
        body = sdps.odd(chance, place.host, 9 + 2 * chance.randrange(30_000))
    elif chance.happens(0.3):
        body = bodies.any_body(chance)
    message = request(chance, place, method, chance.one(users), body)
    if chance.happens(0.4):
        message = with_header(chance, message)
    return chance.mangled(message) if chance.happens(0.7) else message


STATUSES = (
    b"100 Trying", b"180 Ringing", b"183 Session Progress", b"199 Early Dialog Terminated",
    b"200 OK", b"202 Accepted", b"204 No Notification", b"299 Odd", b"300 Multiple Choices",
    b"301 Moved", b"302 Moved Temporarily", b"305 Use Proxy", b"380 Alternative", b"400 Bad",
    b"401 Unauthorized", b"404 Not Found", b"407 Proxy Authentication Required", b"408 Timeout",
    b"415 Unsupported", b"420 Bad Extension", b"422 Session Interval Too Small", b"423 Too Brief",
    b"480 Unavailable", b"481 No Dialog", b"486 Busy Here", b"487 Terminated",
    b"488 Not Acceptable", b"491 Request Pending", b"500 Error", b"503 Unavailable",
    b"600 Busy Everywhere", b"603 Decline", b"606 Not Acceptable", b"699 Odd", b"000 Odd",
    b"99 Short", b"2000 Long", b"700 High", b"-1 Low", b"",
)  # fmt: skip


def stray_answer(chance: Chance, place: Place) -> bytes:
    """Return an answer to nothing that was asked."""
    asked = request(chance, place, chance.one(METHODS), b"wait")
    answer = b"SIP/2.0 " + chance.one(STATUSES) + b"\r\n" + asked.partition(b"\r\n")[2]
    return chance.mangled(answer) if chance.happens(0.6) else answer


def no_sip(chance: Chance) -> bytes:
    """Return what is no SIP at all: noise, other protocols, keep-alives, giants."""
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: chance.noise(1500),
        lambda: chance.randbytes(chance.randrange(60_000)),
        lambda: b"\r\n" * chance.randint(1, 400),
        lambda: b"\x00" * chance.randint(1, 2000),
        lambda: b"\x00\x01\x00\x00\x21\x12\xa4\x42" + chance.randbytes(12),  # STUN, RFC 8489
        lambda: b"\x80\x00" + chance.randbytes(170),  # RTP
        lambda: b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        lambda: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(500),  # TLS
        lambda: b"INVITE " + b"x" * chance.randrange(50_000),
        lambda: b"SIP/2.0 200 OK\r\n" + b"Via: x\r\n" * chance.randrange(5000),
        lambda: b"OPTIONS sip:a SIP/2.0\r\n" + b"(" * chance.randrange(50_000) + b"\r\n\r\n",
    )
    return chance.one(kinds)()
