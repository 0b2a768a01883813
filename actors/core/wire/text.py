"""Text as SIP brings it, and as it may be shown: the one place where bytes become words. Pure.

SIP is UTF-8 (RFC 3261, section 25.1), but old call servers and gateways write ISO-8859-1. The stack
hands a message over as `str` in which each byte that is no UTF-8 stands as a lone surrogate
(``surrogateescape``, PEP 383): nothing is lost, but such a text can be neither encoded, nor stored,
nor given back to the stack. So what is shown goes through `shown`, and a `SipUri` keeps its
bytes as ``%FC``.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

SURROGATES = range(0xDC80, 0xDD00)
"""What ``surrogateescape`` makes of the bytes 0x80 to 0xFF."""

WORDS = {code: bytes([code - 0xDC00]).decode("cp1252", "replace") for code in SURROGATES}
"""Windows-1252 is ISO-8859-1 with quotation marks and the euro where that has controls."""

ENDS_OF_LINES = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = dict.fromkeys((*ENDS_OF_LINES, *DIRECTIONS), " ")
"""What would break a line, drive a terminal or turn the direction of the text that follows."""

SHOWN = {**WORDS, **CONTROLS}

PASSWORD = re.compile(r"(sips?:[^\s:@<>;]{1,64}):[^\s@<>\"]{1,64}@", re.IGNORECASE)
"""A URI's password (RFC 3261, section 19.1.1), looked for no further than it is long."""


def shown(text: str) -> str:
    """Return the text as one line that anybody can be shown: valid UTF-8, without controls."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(SHOWN)


def without_passwords(text: str) -> str:
    """Return a whole message as it may be logged: the passwords in its URIs are left out."""
    return PASSWORD.sub(r"\1:***@", text)


def unescaped(text: str) -> str:
    """Return a part of a URI as it is shown, percent signs undone."""
    if "%" not in text:
        return shown(text)
    return shown(of(unquote_to_bytes(octets(text))))


def of(data: bytes) -> str:
    """Return bytes off the wire as the stack would hand them over."""
    return data.decode("utf-8", "surrogateescape")


def octets(text: str) -> bytes:
    """Return the bytes that came, of a text that the stack handed over."""
    return text.encode("utf-8", "surrogateescape")
