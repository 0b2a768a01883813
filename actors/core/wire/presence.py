"""What presence documents say of a phone: PIDF, RPID, XPIDF, dialog-info, and their notes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actors.core.wire import document
from actors.core.wire.document import Element
from actors.core.wire.text import shown
from actors.core.wire.uri import SipUri
from actors.ids import AgentId
from actors.messages.presence import (
    Presence,
    PresenceBusy,
    PresenceIdle,
    PresenceUnavailable,
    PresenceUnknown,
)

Told = PresenceIdle | PresenceBusy | PresenceUnavailable | PresenceUnknown

NOTES = {
    # Asterisk: "open" for a free phone and a talking one alike, so that the note decides.
    "ready": Presence.IDLE,
    "ringing": Presence.RINGING,
    "on the phone": Presence.BUSY,
    "on hold": Presence.BUSY,
    "unavailable": Presence.UNAVAILABLE,
    # FreeSWITCH
    "available": Presence.IDLE,
    "idle": Presence.IDLE,
    "registered": Presence.IDLE,
    "busy": Presence.BUSY,
    "ring": Presence.RINGING,
    "call": Presence.BUSY,
    "talk": Presence.BUSY,
    "hold": Presence.BUSY,
    "unregistered": Presence.UNAVAILABLE,
    # Kamailio
    "offline": Presence.UNAVAILABLE,
    # The words of the device states, which some servers send on
    "online": Presence.IDLE,
    "not in use": Presence.IDLE,
    "in use": Presence.BUSY,
    "do not disturb": Presence.BUSY,
    "dnd": Presence.BUSY,
    "not registered": Presence.UNAVAILABLE,
}
"""Notes in lower case; none of them is ever translated by the servers that write them."""

NUMBERED = ("ring ", "call ", "talk ", "hold ")
"""FreeSWITCH adds the other party's number to these."""

BUSY_ACTIVITIES = {"on-the-phone", "onthephone", "busy", "meeting"}
"""RPID (RFC 4480, section 3.2) and XPIDF. Of others (away, meal) the agent's own pause tells."""

BASIC = {"open": Presence.IDLE, "inuse": Presence.BUSY, "closed": Presence.UNAVAILABLE}
"""PIDF (RFC 3863, section 4.1.4): open and closed; "inuse" is XPIDF's."""

STRONGEST = (Presence.RINGING, Presence.BUSY, Presence.UNAVAILABLE, Presence.IDLE)
"""What counts where a document says more than one thing."""

DIALOGS = {
    # RFC 4235, section 3.7.1; by direction: as recipient, as initiator
    "trying": (Presence.RINGING, Presence.BUSY),
    "proceeding": (Presence.RINGING, Presence.BUSY),
    "early": (Presence.RINGING, Presence.BUSY),
    "confirmed": (Presence.BUSY, Presence.BUSY),
}
"""States of a dialog that is not over. "terminated" is no dialog any more."""

AGES = ("trying", "proceeding", "early", "confirmed", "terminated")
"""Kamailio writes one dialog several times where several servers publish it: the oldest counts."""

MOST_DIALOGS = 50
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Said:
    """What a body says; `why` where it says nothing, for the log.

    `dialogs` (id and state) and `version` are what the next partial dialog-info builds upon.
    """

    presence: Presence
    why: str = ""
    dialogs: tuple[tuple[str, Presence], ...] = ()
    version: int = -1


NOTHING = Said(Presence.UNKNOWN, "nothing said yet")


def of_body(content_type: str, body: bytes, earlier: Said = NOTHING) -> Said:
    """Return what a NOTIFY's body says of the phone; never raises, whatever is in it.

    `earlier` is what the body before it said in the same subscription: a dialog-info document may
    tell only what has changed (RFC 4235, section 3.2).
    """
    return _of_part(content_type, body, earlier, depth=0)


def told(agent: AgentId, uri: SipUri, presence: Presence, reason: str = "") -> Told:
    """Return the message that tells the agent; `reason` says why nothing is known."""
    match presence:
        case Presence.IDLE:
            return PresenceIdle(agent, uri)
        case Presence.RINGING:
            return PresenceBusy(agent, uri, ringing=True)
        case Presence.BUSY:
            return PresenceBusy(agent, uri)
        case Presence.UNAVAILABLE:
            return PresenceUnavailable(agent, uri)
        case Presence.UNKNOWN:
            return PresenceUnknown(agent, uri, reason)


def _of_part(content_type: str, body: bytes, earlier: Said, depth: int) -> Said:
    kind = shown(content_type.partition(";")[0]).strip().lower()
    if kind.startswith("multipart/"):
        return _of_parts(content_type, body, earlier, depth)
    if not body.lstrip(b"\xef\xbb\xbf\x00\t\r\n ").startswith(b"<"):
        return Said(Presence.UNKNOWN, f"nothing to read as {kind!r}")
    try:
        elements = document.elements(body)
    except ValueError as error:
        return Said(Presence.UNKNOWN, f"not to be read: {shown(str(error))}")
    # The document's own name counts: types are often wrong.
    match elements[-1].name if elements else "":
        case "presence":
            return _of_presence(elements)
        case "dialog-info":
            return _of_dialogs(elements, earlier)
        case root:
            return Said(Presence.UNKNOWN, f"no presence but {shown(root)!r}")


def _of_parts(content_type: str, body: bytes, earlier: Said, depth: int) -> Said:
    boundary = document.boundary_of(content_type)
    if not boundary or depth >= DEEPEST:
        return Said(Presence.UNKNOWN, "a multipart body that cannot be taken apart")
    said = Said(Presence.UNKNOWN, "a multipart body without presence")
    for kind, content in document.parts(body, boundary):
        said = _of_part(kind, content, earlier, depth + 1)
        if said.presence is not Presence.UNKNOWN:
            break
    return said


# ---- PIDF and XPIDF -----------------------------------------------------------------------------


def _of_presence(elements: list[Element]) -> Said:
    basics = set(_basics(elements))
    if basics == {Presence.UNAVAILABLE}:
        return Said(Presence.UNAVAILABLE)
    basics.discard(Presence.UNAVAILABLE)  # one of several addresses; another one is open
    notes = [element.text for element in elements if element.name == "note" and element.text]
    meant = {of_note(note) for note in notes}
    known = meant | basics | set(_activities(elements))
    found = next((one for one in STRONGEST if one in known), Presence.UNKNOWN)
    if found in {Presence.IDLE, Presence.UNKNOWN} and meant == {Presence.UNKNOWN}:
        # "open" says that the phone is there; whether it is free is in words that nobody knows.
        return Said(Presence.UNKNOWN, f"note {shown(notes[0])!r}")
    return Said(found, "neither status nor note" if found is Presence.UNKNOWN else "")


def _basics(elements: list[Element]) -> Iterable[Presence]:
    """Yield the status of each tuple (PIDF) or address (XPIDF)."""
    for element in elements:
        word = element.text if element.name == "basic" else element.attributes.get("status", "")
        if element.name in {"basic", "status"} and word.strip().lower() in BASIC:
            yield BASIC[word.strip().lower()]


def _activities(elements: list[Element]) -> Iterable[Presence]:
    for element in elements:
        word = element.name if element.parent == "activities" else ""
        if element.name == "msnsubstatus":
            word = element.attributes.get("substatus", "").strip().lower()
        if word in BUSY_ACTIVITIES:
            yield Presence.BUSY


def of_note(note: str) -> Presence:
    """Return what a note says by itself; UNKNOWN for any that is not in the table."""
    words = " ".join(note.split()).lower()
    if words.startswith(NUMBERED):
        words = words.split()[0]
    # FreeSWITCH tells the transport in brackets: Registered(UDP-NAT).
    return NOTES.get(words.partition("(")[0].strip(), Presence.UNKNOWN)


# ---- dialog-info --------------------------------------------------------------------------------


def _of_dialogs(elements: list[Element], earlier: Said) -> Said:
    root = elements[-1]
    version = _number(root.attributes.get("version", ""))
    partial = root.attributes.get("state", "full").strip().lower() == "partial"
    if partial and version <= earlier.version:
        return earlier
    dialogs = dict(earlier.dialogs) if partial else {}
    for name, dialog in _dialogs(elements).items():
        dialogs.pop(name, None)
        if dialog is not None:
            dialogs[name] = dialog
    kept = tuple(dialogs.items())[:MOST_DIALOGS]
    states = {state for _, state in kept}
    # A phone that talks and rings for a second call is busy: it is not free when the ringing ends.
    busy = Presence.BUSY if Presence.BUSY in states else Presence.RINGING
    return Said(busy if states else Presence.IDLE, "", kept, version)


def _dialogs(elements: list[Element]) -> dict[str, Presence | None]:
    """Return what each dialog of the document says; None for one that is over."""
    states: dict[str, tuple[int, Presence | None]] = {}
    state = ""
    for element in elements:
        if element.name == "state" and element.parent == "dialog":
            state = element.text.strip().lower()
        elif element.name == "dialog" and state:
            age = AGES.index(state) if state in AGES else AGES.index("confirmed")
            name = element.attributes.get("id", "")
            if name not in states or age >= states[name][0]:
                states[name] = (age, _of_dialog(state, element))
            state = ""
    return {name: said for name, (_, said) in states.items()}


def _of_dialog(state: str, dialog: Element) -> Presence | None:
    if state == "terminated":
        return None
    received, sent = DIALOGS.get(state, (Presence.BUSY, Presence.BUSY))
    calls = dialog.attributes.get("direction", "").strip().lower() == "initiator"
    return sent if calls else received


def _number(text: str) -> int:
    digits = text.strip()
    return int(digits[:18]) if digits.isascii() and digits.isdecimal() else 0
