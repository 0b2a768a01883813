"""What an evil phone may do about an INVITE: answers that no phone should give."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.hostile import sdps
from tests.hostile.chance import Chance
from tests.hostile.sip_texts import HEADERS, STATUSES
from tests.hostile.stranger import Dialog, Stranger
from tests.raw_sip import all_headers, header


def answer_to(
    phone: Stranger, request: bytes, status: bytes, body: bytes = b"", more: bytes = b""
) -> bytes:
    """Return a sound answer, its Contact among the `more` headers where it is to be another."""
    to = header(request, b"To")
    to = to if b"tag=" in to else to + b";tag=t%d" % phone.port
    contact = (
        b""
        if b"Contact:" in more
        else b"Contact: <sip:p@%s:%d>\r\n"
        % (
            phone.place.host,
            phone.port,
        )
    )
    kind = b"Content-Type: application/sdp\r\n" if body else b""
    return (
        b"SIP/2.0 %s\r\n" % status
        + b"".join(b"Via: %s\r\n" % via for via in all_headers(request, b"Via"))
        + b"From: %s\r\nTo: %s\r\n" % (header(request, b"From"), to)
        + b"Call-ID: %s\r\n" % header(request, b"Call-ID")
        + b"CSeq: %s\r\n" % header(request, b"CSeq")
        + contact
        + more
        + kind
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )


Answer = Callable[[Chance, Stranger, bytes], Iterator[bytes]]
"""Yields the messages in their order."""


def _any_status(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    yield answer_to(phone, invite, chance.one(STATUSES))


def _rings_for_ever(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    for _ in range(20):
        yield answer_to(phone, invite, chance.one((b"100 T", b"180 R", b"183 P", b"199 E")))


def _early_media(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    body = sdps.odd(chance, phone.place.host, 9002)
    more = b"Require: 100rel\r\nRSeq: 1\r\n" if chance.happens(0.3) else b""
    yield answer_to(phone, invite, b"183 Session Progress", body, more)


def picks_up(_chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    """Answer as an honest phone does."""
    yield answer_to(phone, invite, b"200 OK", sdps.sound(phone.place.host, 9002))


def _odd_description(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    yield answer_to(phone, invite, b"200 OK", sdps.odd(chance, phone.place.host, 9002))


def _two_phones(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    """As a proxy that forked: two 200s with different tags (RFC 3261, 13.2.2.4)."""
    for whole in picks_up(chance, phone, invite):
        for tag in (b";tag=one", b";tag=two"):
            yield whole.replace(b";tag=t%d" % phone.port, tag)


def _elsewhere(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    """Redirect: to ourselves, to a third host, to nowhere, to itself, to many."""
    contacts = (
        b"Contact: <sip:sales@127.0.0.1:%d>\r\n" % phone.server_port,
        b"Contact: <sip:x@192.0.2.1>\r\n",
        b"Contact: <sip:x@nowhere.invalid>, <tel:+1>\r\n",
        b"Contact: <sip:p@%s:%d>\r\n" % (phone.place.host, phone.port),
        b"Contact: *\r\n",
        b"Contact: \r\n",
        b"Contact: <sip:x@192.0.2.1>\r\n" * 100,
    )
    status = chance.one((b"300 M", b"301 M", b"302 M", b"305 U", b"380 A"))
    yield answer_to(phone, invite, status, more=chance.one(contacts))


def _who_are_you(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    challenges = (
        b'WWW-Authenticate: Digest realm="x", nonce="y"\r\n',
        b'Proxy-Authenticate: Digest realm="x", nonce="y", algorithm=NONE, qop="auth-int"\r\n',
        b"WWW-Authenticate: Basic\r\n",
        b"WWW-Authenticate: Digest " + b'a="b",' * 500 + b"\r\n",
        b"",
    )
    status = chance.one((b"401 Unauthorized", b"407 Proxy Authentication Required"))
    yield answer_to(phone, invite, status, more=chance.one(challenges))


def _odd_headers(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    status = chance.one((b"180 Ringing", b"200 OK", b"486 Busy Here", b"503 Unavailable"))
    body = sdps.sound(phone.place.host, 9002) if status == b"200 OK" else b""
    yield answer_to(phone, invite, status, body, chance.one(HEADERS))


def _wrong_dialog(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    for whole in picks_up(chance, phone, invite):
        yield chance.one(
            (
                whole.replace(b"Call-ID: ", b"Call-ID: x"),
                whole.replace(b";tag=", b";tag=x"),
                whole.replace(b" INVITE\r\n", b" BYE\r\n"),
                whole.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx"),
                whole.replace(b";tag=t%d" % phone.port, b""),
            )
        )


def _spoilt(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    for whole in picks_up(chance, phone, invite):
        yield chance.mangled(whole)


def _hangs_up_first(chance: Chance, phone: Stranger, invite: bytes) -> Iterator[bytes]:
    yield from picks_up(chance, phone, invite)
    yield Dialog.answered(phone, invite).request(b"BYE")


def _says_nothing(_chance: Chance, _phone: Stranger, _invite: bytes) -> Iterator[bytes]:
    yield from ()


ANSWERS: tuple[Answer, ...] = (
    _any_status,
    _rings_for_ever,
    _early_media,
    picks_up,
    _odd_description,
    _odd_description,
    _two_phones,
    _elsewhere,
    _who_are_you,
    _odd_headers,
    _odd_headers,
    _wrong_dialog,
    _spoilt,
    _spoilt,
    _hangs_up_first,
    _says_nothing,
)
