"""Why a change at run time is not made: as the words and the data that whoever asked is told."""

from __future__ import annotations

from collections.abc import Collection

from actors.config.faults import Fault, key
from actors.messages.changes import Denied


class Refusal(Exception):  # noqa: N818 - no failure
    """A change cannot be made."""

    def __init__(self, denied: Denied) -> None:
        super().__init__(denied.detail)
        self.denied = denied


def refuse(name: str, detail: str) -> Refusal:
    """Return the refusal of this problem's name, in these words."""
    return Refusal(Denied(name, detail))


def invalid(faults: Collection[Fault], where: str = "") -> Refusal:
    """Return the refusal for what is wrong in a table, each fault with its place."""
    told = [(_pointer(fault), fault.text) for fault in faults]
    words = "; ".join(f"{key(fault.at)}: {fault.text}" for fault in faults)
    return Refusal(Denied("invalid", f"{where}{words}", tuple(told)))


def _pointer(fault: Fault) -> str:
    """Return the place as a JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in fault.at)
    return "".join(f"/{step}" for step in steps)
