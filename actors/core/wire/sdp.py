"""SDP of audio calls (RFC 4566, RFC 3264): text to `Media` and back. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from msgspec.structs import replace

from actors.core.wire.text import shown
from actors.messages.sip import Codec, Direction, Media

STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000), 18: ("G729", 8000)}
"""Payload types that need no ``a=rtpmap`` (RFC 3551, section 6), of the codecs in use today."""

EVENT = "TELEPHONE-EVENT"
NO_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - what the old way of holding says, not a place to bind
SENDS = (Direction.SENDRECV, Direction.SENDONLY)
RECEIVES = (Direction.SENDRECV, Direction.RECVONLY)
PROFILE = "RTP/AVP"
MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class Section:
    """One ``m=`` line and what belongs to it, defaults of the session filled in."""

    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    address: str

    @property
    def usable(self) -> bool:
        """Whether this is audio that plain RTP can carry."""
        return self.kind == "audio" and self.port > 0 and self.profile == PROFILE


def parse(text: str) -> Media:
    """Read the first usable audio section; ValueError says what is wrong with the text.

    A connection address of 0.0.0.0 (the way of RFC 2543 to hold) counts as not receiving.
    """
    origin, sections = _sections(text)
    audio = next((section for section in sections if section.usable), None)
    if audio is None:
        raise ValueError("no audio over RTP/AVP in the SDP")
    _check_address(audio.address)
    codecs, dtmf = _formats(audio)
    return Media(
        address=audio.address,
        port=audio.port,
        codecs=codecs,
        dtmf=dtmf,
        direction=_direction(audio),
        ptime=_ptime(audio),
        version=origin,
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
        lines += _audio_lines(local)
    else:
        taken = False
        for section in _sections(offer)[1]:
            if section.usable and not taken:
                lines += _audio_lines(local)
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


def kept(local: Media, remote: Media | None, offered: Media) -> Media:
    """Return `local` cut down to the answer to a later offer; ValueError where nothing is common.

    The codec in use stays where the offer has it: the first of `remote` that we speak, too. Payload
    types are the offer's (RFC 3264, section 6.1).
    """
    types = {(codec.name, codec.clock): codec for codec in offered.codecs}
    ours = [(codec.name, codec.clock) for codec in local.codecs]
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


def _audio_lines(local: Media) -> list[str]:
    types = [str(codec.payload_type) for codec in local.codecs]
    if local.dtmf is not None:
        types.append(str(local.dtmf))
    lines = [f"m=audio {local.port} {PROFILE} {' '.join(types)}"]
    lines += [f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock}" for codec in local.codecs]
    if local.dtmf is not None:
        lines += [f"a=rtpmap:{local.dtmf} telephone-event/8000", f"a=fmtp:{local.dtmf} 0-15"]
    return [*lines, f"a=ptime:{local.ptime}", f"a={local.direction.value}"]


def _sections(text: str) -> tuple[str, list[Section]]:
    """Return the ``o=`` line's id and version, and every section of the text."""
    origin, address, session_attributes = "", "", []
    sections: list[list[str]] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        kind, _, value = line.partition("=")
        if kind == "m":
            sections.append([])
        if sections:
            sections[-1].append(line)
        elif kind == "o":
            origin = shown(" ".join(value.split()[1:3]))
        elif kind == "c":
            address = _connection(value)
        elif kind == "a":
            session_attributes.append(_attribute(value))
    if not sections:
        raise ValueError("no m= line in the SDP")
    return origin, [_section(lines, address, session_attributes) for lines in sections]


def _section(lines: list[str], address: str, shared: list[tuple[str, str]]) -> Section:
    fields = lines[0][2:].split()
    if len(fields) < 4:  # noqa: PLR2004 - media, port, profile and one format: RFC 4566, section 5.14
        raise ValueError(f"incomplete SDP line {lines[0]!r}")
    if not lines[0].isascii():
        # It stands in our answer as it came, and the stack takes no text that is not UTF-8.
        raise ValueError(f"no tokens on SDP line {lines[0]!r}")
    port = fields[1].partition("/")[0]
    if not port.isdecimal() or int(port) > MAX_PORT:
        raise ValueError(f"bad port in SDP line {lines[0]!r}")
    attributes = [_attribute(line[2:]) for line in lines if line.startswith("a=")]
    own = [_connection(line[2:]) for line in lines if line.startswith("c=")]
    return Section(
        kind=fields[0],
        port=int(port),
        profile=fields[2],
        formats=tuple(fields[3:]),
        # Its own attributes first: what the session says counts only where the section is silent.
        attributes=(*attributes, *shared),
        address=own[0] if own else address,
    )


def _attribute(value: str) -> tuple[str, str]:
    name, _, rest = value.partition(":")
    return name.strip(), rest.strip()


def _connection(value: str) -> str:
    fields = value.split()
    return fields[2].partition("/")[0] if len(fields) > 2 else ""  # noqa: PLR2004 - IN IP4 address


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(f"no IP address but {address!r} on the SDP's c= line") from None


def _formats(audio: Section) -> tuple[tuple[Codec, ...], int | None]:
    """Return the codecs in the order of the ``m=`` line, and telephone-event's payload type."""
    maps = dict(_rtpmap(value) for name, value in audio.attributes if name == "rtpmap")
    codecs, dtmf = [], None
    for text in audio.formats:
        if not text.isdecimal():
            raise ValueError(f"payload type {text!r} is no number")
        number = int(text)
        name, clock = maps.get(number) or STATIC.get(number) or ("", 0)
        if name == EVENT:
            # RFC 4733 wants one for each clock rate; every codec spoken here runs at 8,000 Hz.
            dtmf = number if dtmf is None and clock == 8000 else dtmf  # noqa: PLR2004
        elif name:
            codecs.append(Codec(name, number, clock))
    return tuple(codecs), dtmf


def _rtpmap(value: str) -> tuple[int, tuple[str, int]]:
    number, _, encoding = value.partition(" ")
    name, _, clock = encoding.strip().partition("/")
    clock = clock.partition("/")[0]
    if not (number.isdecimal() and clock.isdecimal()):
        raise ValueError(f"bad a=rtpmap:{value}")
    return int(number), (shown(name).upper(), int(clock))


def _direction(audio: Section) -> Direction:
    names = [name for name, value in audio.attributes if name in set(Direction) and not value]
    direction = Direction(names[0]) if names else Direction.SENDRECV
    if audio.address in NO_ADDRESS:
        return Direction.SENDONLY if direction in SENDS else Direction.INACTIVE
    return direction


def _ptime(audio: Section) -> int:
    texts = [value for name, value in audio.attributes if name == "ptime"]
    return int(texts[0]) if texts and texts[0].isdecimal() and int(texts[0]) else 20
