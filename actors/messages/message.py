"""What every message is: frozen, typed, and cheap to make."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """The base of all messages and effects.

    A frozen slotted dataclass takes 0.86 µs to make, this 0.07, and a call is some hundred of them.
    `gc=False`: messages hold values and other messages, never a cycle.
    """
