"""What strangers can send costs no more than its length: twice the text, twice the work."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from actors.core.wire import document, message, names, presence, sdp, text
from actors.core.wire.uri import SipUri

SHORT, FACTOR = 500, 16
"""Characters, and how many times as long the other text is: 8,000 is the longest packet."""

AT_MOST = 4 * FACTOR
"""What grows with the square would cost 256 times as much; a text of twice the length counts
a little more than twice where it leaves a cache."""

INVITE = "INVITE sip:a@b SIP/2.0\r\n"
INFO = "INFO sip:a@b SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\n"
AUDIO = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 0\r\n"

PIECES = {
    "blanks": " ",
    "tabs and ends of lines": "\r\n\t",
    "ends of lines": "\n",
    "quotes": '"',
    "escaped quotes": '\\"',
    "quoted words": '"a" ',
    "brackets": "<",
    "closed brackets": "<>",
    "commas": ",",
    "semicolons": ";",
    "parameters": ";a=b",
    "percents": "%",
    "escapes": "%41",
    "ats": "@",
    "colons": ":",
    "square brackets": "[",
    "question marks": "?",
    "names": "Ann <sip:a@b>,",
    "bytes": "\udcfc",
    "headers": "From: a\r\n",
    "keys": "Signal \n",
    "keys and blanks": "Signal" + " " * 30 + "\n",
    "attributes": "a=x\r\n",
    "formats": "a=rtpmap:0 PCMU/8000\r\n",
    "sections": "m=audio 9 RTP/AVP 0\r\n",
    "numbers": " 0",
    "elements": "<a/>",
    "open elements": "<a>",
    "parts": "\r\n--x",
    "attributes of xml": ' a="b"',
    "entities": "&lt;",
}

READERS: dict[str, Callable[[str], object]] = {
    "message": lambda came: message.read(INVITE + came),
    "keys": lambda came: message.digit(message.read(INFO + came)),
    "party": names.party,
    "parties": names.parties,
    "uri": lambda came: SipUri.read("sip:" + came),
    "uri at a host": lambda came: SipUri.read(f"sip:{came}@host"),
    "record": lambda came: SipUri.read(f"sip:{came}@host").record,
    "shown": text.shown,
    "sdp": lambda came: _or_not(lambda: sdp.parse(AUDIO + came)),
    "answer": lambda came: _or_not(lambda: sdp.build(sdp.parse(AUDIO), (1, 1), AUDIO + came)),
    "presence": lambda came: presence.of_body("", b"<presence>" + text.octets(came)),
    "dialogs": lambda came: presence.of_body("", b"<dialog-info>" + text.octets(came)),
    "multipart": lambda came: presence.of_body("multipart/x;boundary=x", text.octets(came)),
    "parts": lambda came: document.parts(text.octets(came), b"x"),
    "boundary": lambda came: document.boundary_of(f"multipart/x;{came}"),
}


def _or_not(read: Callable[[], object]) -> object:
    try:
        return read()
    except ValueError as error:
        return error


def cost(read: Callable[[str], object], came: str) -> int:
    """Return the processor time of readings in ns: the least, for others share the machine."""
    least = 10**12
    for _ in range(7):
        began = time.thread_time_ns()
        for _ in range(3):
            read(came)
        least = min(least, time.thread_time_ns() - began)
    return least


@pytest.mark.parametrize("reader", READERS)
def test_sixteen_times_the_text_costs_far_less_than_256_times_as_much(reader: str) -> None:
    read, dear = READERS[reader], {}
    for name, piece in PIECES.items():
        came = piece * (SHORT // len(piece))
        growth = cost(read, came * FACTOR) / max(cost(read, came), 10_000)
        if growth > AT_MOST:
            dear[name] = round(growth)
    assert not dear
