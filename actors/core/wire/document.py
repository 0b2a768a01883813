"""Bodies that strangers send: XML and multipart, taken apart within bounds. Pure.

An XML body becomes a flat list of its elements, in the order in which they end, without regard to
namespaces: half of the makes declare wrong ones. What could cost more than its own length is
refused: a document type with an internal subset (that is where entities are declared), more
elements or a deeper nest than any phone writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from actors.core.wire import text

MOST_OCTETS = 65536
MOST_ELEMENTS = 2000
DEEPEST = 40
MOST_PARTS = 16
LONGEST_TEXT = 200


@dataclass(slots=True)
class Element:
    """One element: local name in lower case, its parent's, attributes, and its own text."""

    name: str
    parent: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""


def elements(body: bytes) -> list[Element]:
    """Return the elements of an XML document, the root last; ValueError says what is wrong."""
    if len(body) > MOST_OCTETS:
        raise ValueError(f"{len(body)} octets are too many")
    # Whatever it says of its encoding: UTF-8, with names in ISO-8859-1 here and there.
    repaired = text.of(body.strip(b"\x00\t\r\n ")).translate(text.WORDS).encode()
    try:
        return _parse(repaired)
    except expat.ExpatError as error:
        raise ValueError(f"no XML: {error}") from None


def parts(body: bytes, boundary: bytes) -> list[tuple[str, bytes]]:
    """Return the content type and the content of each part of a multipart body (RFC 2046, 5.1)."""
    found = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_PARTS)[1:]:
        if piece.startswith(b"--"):
            break
        # Its headers begin after the rest of the boundary's line; there may be none.
        head, _, content = piece.partition(b"\r\n\r\n")
        kinds = [
            line.partition(b":")[2]
            for line in head.split(b"\r\n")[1:]
            if line[:13].lower() == b"content-type:"
        ]
        found.append((text.of(kinds[0]) if kinds else "", content))
    return found


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a multipart type names; empty where it names none."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            return text.octets(value.strip().strip('"'))
    return b""


class _Reader:
    """Expat's handlers."""

    def __init__(self) -> None:
        self.done: list[Element] = []
        self._open: list[Element] = []

    @property
    def whole(self) -> bool:
        """Whether the document has come to its end."""
        return bool(self.done) and not self._open

    def doctype(self, name: str, system: str | None, public: str | None, inside: int) -> None:  # noqa: ARG002 - expat's
        if inside:
            raise ValueError("it declares a document type of its own")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.done) + len(self._open) >= MOST_ELEMENTS or len(self._open) >= DEEPEST:
            raise ValueError("it has too many elements")
        parent = self._open[-1].name if self._open else ""
        self._open.append(Element(_local(name), parent, attributes))

    def data(self, piece: str) -> None:
        if self._open and len(self._open[-1].text) < LONGEST_TEXT:
            self._open[-1].text += piece[:LONGEST_TEXT]

    def end(self, _name: str) -> None:
        self.done.append(self._open.pop())


def _parse(body: bytes) -> list[Element]:
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat's
    except expat.ExpatError:
        if not reader.whole:  # what follows the document's end is no matter
            raise
    return reader.done


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
