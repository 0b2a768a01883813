"""SDP of audio calls (RFC 4566, RFC 3264): text to `Media` and back. Pure.

What cannot be used is passed over where the rest can: a format without clock rate, a section of
another kind, a name for an address. ValueError where nothing is left to speak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from msgspec.structs import replace

from actors.core.wire.text import shown
from actors.core.wire.uri import is_address
from actors.messages.sip import Codec, Direction, Media

STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000), 18: ("G729", 8000)}
"""Payload types that need no ``a=rtpmap`` (RFC 3551, section 6), of the codecs in use today."""

EVENT = "TELEPHONE-EVENT"
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - what the old way of holding says, not a place to bind
SENDS = (Direction.SENDRECV, Direction.SENDONLY)
RECEIVES = (Direction.SENDRECV, Direction.RECVONLY)
PROFILE = "RTP/AVP"
PROFILES = (PROFILE, "RTP/AVPF")
"""AVPF (RFC 4585) only adds feedback by RTCP, which nobody has to send."""

MAX_PORT = 65535
MAX_TYPE = 127
MOST_SECTIONS = 64

DIRECTIONS = frozenset(Direction)

TEXTS_KNOWN = 64
"""An offer is read when it comes and again for each answer that is tried: what it says is kept."""


class AddressFamilyError(ValueError):
    """The audio is to go to an address of a kind that is not served."""


@dataclass(frozen=True, slots=True)
class Session:
    """The part above the first ``m=`` line: ``o=`` id and version, connection, attributes."""

    origin: str
    connection: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One ``m=`` line and the lines that belong to it; `port` 0 where it is none."""

    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether this is audio that plain RTP can carry."""
        return self.kind == "audio" and self.port > 0 and self.profile.upper() in PROFILES


@lru_cache(TEXTS_KNOWN)
def parse(text: str, sender: str = "") -> Media:
    """Read the first usable audio section; ValueError says what is wrong with the text.

    A connection address of 0.0.0.0 (the way of RFC 2543 to hold) counts as not receiving. Where a
    host name stands in its place, the address is `sender`, from which the SIP message came: to look
    a name up takes seconds, and the first packets say better where the audio is to go.
    """
    session, sections = _sections(text)
    audio = next((section for section in sections if section.usable), None)
    if audio is None:
        raise ValueError("no audio over RTP/AVP in the SDP")
    # Its own first: what the session says counts only where the section is silent.
    attributes = [*_attributes(audio.lines), *_attributes(session.lines)]
    address = _address(_connection(audio.lines) or session.connection, sender)
    codecs, dtmf = _formats(audio, attributes)
    return Media(
        address=address,
        port=audio.port,
        codecs=codecs,
        dtmf=dtmf,
        direction=_direction(address, attributes),
        ptime=_ptime(attributes),
        version=session.origin,
    )


def build(local: Media, session: tuple[int, int], offer: str | None = None) -> str:
    """Write our SDP; `session` is the ``o=`` line's id and version (RFC 3264, section 8).

    As an answer to `offer` it has as many ``m=`` lines as that: all but the audio line that
    `parse` chose are rejected with port 0 (RFC 3264, section 6). `local.direction` is as given.
    """
    family = "IP6" if ":" in local.address else "IP4"
    lines = [
        "v=0",
        f"o=acd {session[0]} {session[1]} IN {family} {local.address}",
        "s=acd",
        f"c=IN {family} {local.address}",
        "t=0 0",
    ]
    if offer is None:
        lines += _audio_lines(local, PROFILE)
    else:
        taken = False
        for section in _sections(offer)[1]:
            if section.usable and not taken:
                lines += _audio_lines(local, section.profile)
                taken = True
            else:
                formats = " ".join(section.formats)
                lines.append(f"m={section.kind} 0 {section.profile} {formats}")
    return "\r\n".join(lines) + "\r\n"


def mirrored(offered: Direction, wanted: Direction = Direction.SENDRECV) -> Direction:
    """Return the direction of an answer: at most what the offer leaves (RFC 3264, section 6.1)."""
    sends = wanted in SENDS and offered in RECEIVES
    receives = wanted in RECEIVES and offered in SENDS
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


def kept(local: Media, remote: Media | None, offered: Media, own: Sequence[Codec]) -> Media:
    """Return `local` cut down to the answer to a later offer; ValueError where nothing is common.

    The codec in use stays where the offer has it: the first of `remote` that we speak, too. Then
    those of `local`, then whatever else is our `own`. Payload types are the offer's (RFC 3264,
    section 6.1).
    """
    types = {(codec.name, codec.clock): codec for codec in offered.codecs}
    ours = [(codec.name, codec.clock) for codec in (*local.codecs, *own)]
    used = [(codec.name, codec.clock) for codec in remote.codecs] if remote else []
    common = [name for name in (*(name for name in used if name in ours), *ours) if name in types]
    if not common:
        raise ValueError("no codec in common")
    return replace(
        local,
        codecs=(types[common[0]],),
        dtmf=None if local.dtmf is None else offered.dtmf,
        direction=mirrored(offered.direction, local.direction),
    )


def anew(local: Media, said: Media | None, own: Sequence[Codec]) -> Media:
    """Return `local` as an offer within a call: what is spoken now first, then all we speak."""
    spoken = said.codecs if said else local.codecs
    names = {(codec.name, codec.clock) for codec in spoken}
    rest = tuple(codec for codec in own if (codec.name, codec.clock) not in names)
    return replace(local, codecs=(*spoken, *rest))


def _audio_lines(local: Media, profile: str) -> list[str]:
    types = [str(codec.payload_type) for codec in local.codecs]
    if local.dtmf is not None:
        types.append(str(local.dtmf))
    lines = [f"m=audio {local.port} {profile} {' '.join(types)}"]
    lines += [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock}" for codec in local.codecs]
    if local.dtmf is not None:
        lines += [f"a=rtpmap:{local.dtmf} telephone-event/8000", f"a=fmtp:{local.dtmf} 0-15"]
    return [*lines, f"a=ptime:{local.ptime}", f"a={local.direction.value}"]


@lru_cache(TEXTS_KNOWN)
def _sections(text: str) -> tuple[Session, tuple[Section, ...]]:
    """Take the text apart at its ``m=`` lines."""
    parts: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if line.startswith("m="):
            parts.append([])
        parts[-1].append(line)
    head, *sections = parts
    if not sections:
        raise ValueError("no m= line in the SDP")
    if len(sections) > MOST_SECTIONS:
        raise ValueError(f"{len(sections)} m= lines in the SDP")
    origin = next((line[2:].split()[1:3] for line in head if line.startswith("o=")), [])
    session = Session(shown(" ".join(origin)), _connection(head), tuple(head))
    return session, tuple(_section(lines) for lines in sections)


def _section(lines: list[str]) -> Section:
    fields = lines[0][2:].split()
    if len(fields) < 4 or not lines[0].isascii():  # noqa: PLR2004 - RFC 4566, section 5.14
        # It would have to stand in our answer as it came.
        raise ValueError(f"incomplete SDP line {lines[0]!r}")
    port = _number(fields[1].partition("/")[0], MAX_PORT)
    return Section(fields[0], port or 0, fields[2], tuple(fields[3:]), tuple(lines[1:]))


def _number(text: str, most: int) -> int | None:
    """Return what the digits say, None where that is no number up to `most`."""
    number = int(text[:9]) if text.isascii() and text.isdecimal() else -1
    return number if 0 <= number <= most else None


def _attributes(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return the attributes' names and values."""
    found = [line[2:].partition(":") for line in lines if line.startswith("a=")]
    return [(name.strip(), value.strip()) for name, _, value in found]


def _connection(lines: Sequence[str]) -> str:
    """Return the address of the first ``c=`` line, empty without one: ``IN IP4 address``."""
    for line in lines:
        fields = line[2:].split() if line.startswith("c=") else []
        if len(fields) > 2:  # noqa: PLR2004 - network type, address type, address
            return fields[2].partition("/")[0]
    return ""


def _address(named: str, sender: str) -> str:
    address = named if is_address(named) else sender if named else ""
    if not is_address(address):
        raise ValueError(f"no IP address but {named!r} on the SDP's c= line")
    if ":" in address:
        raise AddressFamilyError(f"{address}: audio by IPv6 is not served")
    return address


def _formats(
    audio: Section, attributes: list[tuple[str, str]]
) -> tuple[tuple[Codec, ...], int | None]:
    """Return the codecs in the order of the ``m=`` line, and telephone-event's payload type."""
    maps = dict(_rtpmap(value) for name, value in attributes if name == "rtpmap")
    codecs, dtmf = [], None
    for text in audio.formats:
        number = _number(text, MAX_TYPE)
        if number is None:
            continue
        name, clock = maps.get(number) or STATIC.get(number) or ("", 0)
        if name == EVENT:
            # RFC 4733 wants one for each clock rate; every codec spoken here runs at 8,000 Hz.
            dtmf = number if dtmf is None and clock == 8000 else dtmf  # noqa: PLR2004
        elif name:
            codecs.append(Codec(name, number, clock))
    return tuple(codecs), dtmf


def _rtpmap(value: str) -> tuple[int | None, tuple[str, int] | None]:
    """Read ``96 opus/48000/2``; None where it is not that."""
    number, _, encoding = value.partition(" ")
    name, _, clock = encoding.strip().partition("/")
    rate = _number(clock.partition("/")[0], 10**6)
    named = (shown(name).upper(), rate) if name and rate else None
    return _number(number, MAX_TYPE), named


def _direction(address: str, attributes: list[tuple[str, str]]) -> Direction:
    names = [name for name, value in attributes if name in DIRECTIONS and not value]
    direction = Direction(names[0]) if names else Direction.SENDRECV
    if address == NO_ADDRESS:
        return Direction.SENDONLY if direction in SENDS else Direction.INACTIVE
    return direction


def _ptime(attributes: list[tuple[str, str]]) -> int:
    texts = [value for name, value in attributes if name == "ptime"]
    return (_number(texts[0], 1000) if texts else None) or 20
