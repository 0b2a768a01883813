"""Who a header names: name-addr and addr-spec (RFC 3261, section 20.10), read and written. Pure."""

from __future__ import annotations

import re

from actors.core.wire.text import CONTROLS, shown
from actors.core.wire.uri import SipUri
from actors.messages.sip import Party

SPECIAL = re.compile(r'\\.|[",<>]', re.DOTALL)
"""What separates the parts of a header's value; each looked at once."""

QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
MOST = 10
"""So many values of one header are looked at."""


def party(value: str) -> Party:
    """Read a From, To, Contact or P-Asserted-Identity value; of several, the first."""
    first = _values(value)[0]
    # A comma in a name without quotes: a From or To has but one value.
    return _party(first if ":" in first else value)


def parties(value: str) -> list[Party]:
    """Read a header that may name several, separated by commas."""
    return [_party(one) for one in _values(value) if one]


def written(party: Party) -> str:
    """Write ``"display" <uri>``, safe for any display text; the URI's password is left out."""
    return name_addr(str(party.uri.target()), party.display)


def name_addr(uri: str, display: str = "") -> str:
    """Write ``"display" <uri>``, safe for any display text."""
    if not display:
        return f"<{uri}>"
    told = display.translate(CONTROLS).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{told}" <{uri}>'


def _party(value: str) -> Party:
    # The first bracket outside of quotes ends the name.
    quoted = False
    for mark in SPECIAL.finditer(value):
        if mark[0] == '"':
            quoted = not quoted
        elif mark[0] == "<" and not quoted:
            uri = value[mark.end() :].partition(">")[0]
            return Party(SipUri.read(uri), shown(_display(value[: mark.start()])))
    # Without brackets the parameters are the header's, not the URI's.
    return Party(SipUri.read(value.partition(";")[0]))


def _display(name: str) -> str:
    name = name.strip()
    if len(name) > 1 and name[0] == name[-1] == '"':
        return QUOTED_PAIR.sub(r"\1", name[1:-1])
    return name


def _values(value: str) -> list[str]:
    """Split at the commas outside of quotes and brackets."""
    values, start = [], 0
    quoted = bracketed = False
    for mark in SPECIAL.finditer(value):
        if mark[0] == '"':
            quoted = not quoted
        elif not quoted and mark[0] in "<>":
            bracketed = mark[0] == "<"
        elif mark[0] == "," and not (quoted or bracketed):
            values.append(value[start : mark.start()].strip())
            start = mark.end()
            if len(values) == MOST:
                return values
    return [*values, value[start:].strip()]
