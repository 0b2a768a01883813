"""Coverage-guided fuzzing of the pure parsers, one in a process: ``python -m tests.hostile.fuzz``.

Arguments: the parser's name, then libFuzzer's own (``-max_total_time=60 -seed=1``). It ends with an
error where a text makes the parser raise, hang for 5 s, or say what nobody could be shown.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["actors.core.wire"]):
    from actors.core.wire import message, names, presence, sdp, text
    from actors.core.wire.calling_phone import CallingPhones
    from actors.core.wire.identity import told
    from actors.core.wire.uri import SipUri

from actors.ids import CallId, Leg
from actors.messages.phone import Hop
from actors.messages.sip import Rights
from actors.settings import Privacy
from tests.corpus_case import FOLDER
from tests.hostile import bodies

LEG = Leg(CallId("c"), 0)
CAME = Hop("192.0.2.30", 5060)
RIGHTS = Rights("sbc", believed=True, is_call_server=True)
KEPT = Privacy()
KINDS = ("application/pidf+xml", "application/dialog-info+xml", "multipart/related;boundary=x")
LONGEST = 4000


def uri(data: bytes) -> None:
    """Read a URI and a name-addr; what is written of it is read as the same."""
    came = text.of(data)
    found = SipUri.read(came)
    shown(found.address, found.number, found.record, repr(found))
    for party in (names.party(came), *names.parties(came)):
        shown(party.display, names.written(party))
    if found.is_sip:
        again = SipUri.parse(str(found))
        if str(again) != str(found):
            raise AssertionError(f"{found} is written as {again}")


def whole_message(data: bytes) -> None:
    """Read a message as the gateway does."""
    came = message.read(text.of(data))
    message.digit(came)
    offer = came.sdp
    if offer is not None:
        _parse_sdp(offer)
    incoming = message.incoming(LEG, came, None, CAME, 0.0, RIGHTS)
    shown(incoming.user, incoming.sip_call_id, incoming.caller.display)
    seen = told(incoming, KEPT)
    shown(seen.rest, seen.journal.uri.address, names.written(seen.phone))
    shown(text.without_passwords(text.shown(came.start)))


def session(data: bytes) -> None:
    """Read an SDP; ValueError is how it says no."""
    _parse_sdp(text.of(data))


def document(data: bytes) -> None:
    """Read a presence document, its kind by the first byte."""
    kind = KINDS[data[0] % len(KINDS)] if data else ""
    said = presence.of_body(kind, data[1:], presence.NOTHING)
    shown(said.why)


def phone(data: bytes) -> None:
    """Find the phone that a call comes from."""
    incoming = message.incoming(LEG, message.read(text.of(data)), None, CAME, 0.0, RIGHTS)
    for server in ("", "sip:192.0.2.30:5060"):
        for source in ("auto", "contact", "from", "asserted"):
            found = CallingPhones(source, server).find(incoming)
            if found is None:
                continue
            shown(found.record, found.uri.address)
            if not server and found.hop is not None and found.hop.host != CAME.host:
                raise AssertionError(f"packets go to {found.hop}")


def _parse_sdp(offer: str) -> None:
    try:
        remote = sdp.parse(offer, CAME.host)
    except ValueError as error:
        shown(str(error))
        return
    sdp.build(remote, (1, 1), offer)


def shown(*texts: str) -> None:
    """Raise where a text is not one line of valid UTF-8."""
    for one in texts:
        one.encode()
        if len(one.splitlines()) > 1:
            raise AssertionError(f"more than one line: {one!r}")


PARSERS: dict[str, Callable[[bytes], None]] = {
    "uri": uri,
    "message": whole_message,
    "sdp": session,
    "presence": document,
    "phone": phone,
}


def seeds(name: str) -> Iterator[bytes]:
    """Yield what the parser is begun with: all of the corpus, or what of it is for this parser."""
    whole = [file.read_bytes() for file in sorted(FOLDER.glob("*.sip"))]
    if name == "presence":
        yield from (
            bytes([at % len(KINDS)]) + body for at, (_, body) in enumerate(bodies.DOCUMENTS)
        )
    elif name == "sdp":
        yield from (one.partition(b"\r\n\r\n")[2] for one in whole)
    elif name == "uri":
        for one in whole:
            yield from (
                line.partition(b":")[2].strip() for line in one.split(b"\r\n") if b"sip:" in line
            )
    else:
        yield from whole


def main() -> None:
    """Fuzz one parser."""
    name, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            (Path(folder) / str(number)).write_bytes(seed)
        limits = (f"-max_len={LONGEST}", "-timeout=5", f"-artifact_prefix={folder}/")
        atheris.Setup([sys.argv[0], *limits, *options, folder], PARSERS[name])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
