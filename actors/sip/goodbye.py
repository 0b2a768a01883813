"""How SIP is left: BYE to all, subscriptions and registration ended, step by step."""

from __future__ import annotations

import pjsua2

from actors.sip.account import Account, Registration
from actors.sip.dialogs import Dialogs
from actors.sip.watches import Watches

PATIENCE = 0.3
"""Seconds for the answers to BYE and SUBSCRIBE, and again for the one to REGISTER."""


class Goodbye:
    """Ends every leg and subscription, then the registration; `done` once all have answered."""

    def __init__(
        self,
        dialogs: Dialogs,
        watches: Watches,
        registration: Registration,
        account: Account,
        now: float,
    ) -> None:
        self.done = False
        self._dialogs = dialogs
        self._watches = watches
        self._registration = registration
        self._account = account
        self._deadline = now + PATIENCE
        self._unregistering = False
        for record in dialogs.records():
            if dialogs.get(record.leg):
                dialogs.hang_up(record)
        watches.unwatch_all()

    def go_on(self, now: float) -> None:
        """Take the next step once the last is answered, or its time is up."""
        if self.done:
            return
        late = now >= self._deadline
        if not self._unregistering:
            if late or not (len(self._dialogs) or len(self._watches)):
                self._unregister(now)
        elif late or self._registration.state != "registered":
            self.done = True

    def _unregister(self, now: float) -> None:
        self._unregistering = True
        self._deadline = now + PATIENCE
        if self._registration.state != "registered":
            self.done = True
            return
        try:
            self._account.setRegistration(False)
        except pjsua2.Error:
            self.done = True
