"""Bodies that come with NOTIFY, INFO, MESSAGE and the rest."""

from __future__ import annotations

from tests.hostile.chance import Chance

PIDF = (
    b'<?xml version="1.0" encoding="UTF-8"?>\r\n'
    b'<presence entity="sip:phone@127.0.0.1" xmlns="urn:ietf:params:xml:ns:pidf"\r\n'
    b' xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"\r\n'
    b' xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid">\r\n'
    b" <note>Ready</note>\r\n"
    b' <tuple id="phone">\r\n  <status>\r\n   <basic>open</basic>\r\n  </status>\r\n'
    b'  <contact priority="1">sip:phone@127.0.0.1</contact>\r\n </tuple>\r\n'
    b" <dm:person>\r\n  <rpid:activities><rpid:on-the-phone /></rpid:activities>\r\n"
    b" </dm:person>\r\n</presence>\r\n"
)

XPIDF = (
    b'<?xml version="1.0"?>\r\n<!DOCTYPE presence PUBLIC "-//IETF//DTD RFCxxxx XPIDF 1.0//EN" '
    b'"xpidf.dtd">\r\n<presence>\r\n <presentity uri="sip:phone@127.0.0.1;method=SUBSCRIBE" />\r\n'
    b' <atom id="1">\r\n  <address uri="sip:phone@127.0.0.1;user=ip" priority="0.8">\r\n'
    b'   <status status="open" />\r\n   <msnsubstatus substatus="online" />\r\n'
    b"  </address>\r\n </atom>\r\n</presence>\r\n"
)

DIALOG_INFO = (
    b'<?xml version="1.0"?>\r\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0"'
    b'\r\n state="full" entity="sip:phone@127.0.0.1">\r\n'
    b' <dialog id="phone" direction="recipient">\r\n  <state>early</state>\r\n </dialog>\r\n'
    b"</dialog-info>\r\n"
)

BOMB = (
    b'<?xml version="1.0"?>\r\n<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">\r\n'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">\r\n'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e SYSTEM "file:///etc/passwd">]>\r\n'
    b'<presence xmlns="urn:ietf:params:xml:ns:pidf"><note>&d;&e;</note></presence>\r\n'
)

DOCUMENTS = (
    (b"application/pidf+xml", PIDF),
    (b"application/xpidf+xml", XPIDF),
    (b"application/dialog-info+xml", DIALOG_INFO),
    (b"application/pidf+xml", BOMB),
)

DIGITS = (
    (b"application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n"),
    (b"application/dtmf", b"5"),
    (b"application/dtmf-relay", b"Signal= #\r\n"),
    (b"application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n" * 100),
)

OTHERS = (
    (b"text/plain", b"Hello."),
    (b"application/media_control+xml", b"<media_control><picture_fast_update/></media_control>"),
    (b"application/simple-message-summary", b"Messages-Waiting: yes\r\nVoice-Message: 1/0\r\n"),
    (b"message/sipfrag;version=2.0", b"SIP/2.0 200 OK\r\n"),
    (b"application/octet-stream", bytes(range(256))),
)


def document(chance: Chance) -> tuple[bytes, bytes]:
    """Return a type and a presence document, spoilt most of the time."""
    kind, body = chance.one(DOCUMENTS)
    how = chance.random()
    if how < 0.1:
        kind = chance.one(DOCUMENTS)[0]
    elif how < 0.2:
        body = _in_parts(chance, kind, body)
        kind = b'multipart/related;type="%s";boundary="edge"' % kind
    elif how < 0.25:
        body = b"<presence>" * chance.randint(1, 4000) + body
    elif how < 0.3:
        body = body.replace(b"Ready", b"x" * chance.randrange(50_000))
    return kind, chance.mangled(body) if chance.happens(0.85) else body


def _in_parts(chance: Chance, kind: bytes, body: bytes) -> bytes:
    part = b"--edge\r\nContent-Type: %s\r\n\r\n%s\r\n" % (kind, body)
    return part * chance.randint(1, 20) + chance.one((b"--edge--\r\n", b"", b"--edge"))


def digits(chance: Chance) -> tuple[bytes, bytes]:
    """Return a type and the body of an INFO that presses a key, or nearly."""
    kind, body = chance.one(DIGITS)
    return kind, chance.mangled(body) if chance.happens(0.7) else body


def typed(chance: Chance) -> tuple[bytes, bytes]:
    """Return any type and a body."""
    kind, body = chance.one((*DOCUMENTS, *DIGITS, *OTHERS))
    return kind, chance.mangled(body) if chance.happens(0.5) else body


def any_body(chance: Chance) -> bytes:
    """Return any body, its type whatever it may be."""
    return typed(chance)[1]
