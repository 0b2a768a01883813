"""Which phones are in calls to our services: nobody is to be rung there meanwhile. Pure."""

from __future__ import annotations

from actors.ids import CallId
from actors.messages.phone import Phone


class OwnCalls:
    """The calls to services that are under way, and whose they are."""

    def __init__(self) -> None:
        self._phones: dict[CallId, Phone] = {}

    def began(self, call: CallId, phone: Phone) -> None:
        """Take in a call."""
        self._phones[call] = phone

    def ended(self, call: CallId) -> Phone | None:
        """Forget a call; return its phone where it was that one's last."""
        phone = self._phones.pop(call, None)
        return None if phone is None or self.at(phone) else phone

    def at(self, phone: Phone) -> bool:
        """Tell whether the phone is in such a call."""
        return any(one.identity == phone.identity for one in self._phones.values())
