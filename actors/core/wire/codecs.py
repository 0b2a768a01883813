"""Which codec a call speaks, and our own audio as an answer or an offer states it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from actors.messages.media import Opened
from actors.messages.sip import Codec, Media

KNOWN = {
    "PCMU": Codec("PCMU", 0),
    "PCMA": Codec("PCMA", 8),
}
"""The codecs the pump speaks, with the payload types of RFC 3551, section 6."""

DTMF = 101
"""The payload type of telephone-event in our own offers (RFC 4733); dynamic, 101 by custom."""


def ours(names: Iterable[str]) -> tuple[Codec, ...]:
    """Return the configured codecs in their order; KeyError for one the pump does not speak."""
    return tuple(KNOWN[name.upper()] for name in names)


def common(own: Sequence[Codec], remote: Media) -> Codec | None:
    """Return the first codec of theirs that we speak, with their payload type; None without one.

    Theirs decides the order: an offer's first is what the caller prefers, and an answer's first
    is what will be spoken (RFC 3264, sections 5.1 and 6.1).
    """
    spoken = {(codec.name.upper(), codec.clock) for codec in own}
    fitting = (c for c in remote.codecs if (c.name.upper(), c.clock) in spoken)
    return next(fitting, None)


def keep(spoken: Codec, own: Sequence[Codec], remote: Media) -> Codec:
    """Return what is spoken after a re-INVITE: the same codec if they still take it."""
    same = common((spoken,), remote)
    return same or common(own, remote) or spoken


def answer(opened: Opened, codec: Codec, remote: Media) -> Media:
    """Return our audio as the answer to `remote`: the one codec, and digits as they number them."""
    return Media(opened.address, opened.port, (codec,), dtmf=remote.dtmf)


def offer(opened: Opened, own: Sequence[Codec], first: Codec | None = None) -> Media:
    """Return our audio as an offer: `first` (what the other leg speaks) before the rest."""
    name = first.name.upper() if first else ""
    ordered = sorted(own, key=lambda codec: codec.name.upper() != name)
    return Media(opened.address, opened.port, tuple(ordered), dtmf=DTMF)
