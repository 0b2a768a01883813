"""Which service an AOR's user part names: a queue, or what agents dial. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from actors.settings import Queue, Settings


class Purpose(StrEnum):
    """What a call is for, as the journal names it."""

    QUEUE = "queue"
    LOGIN = "login"
    LOGOUT = "logout"
    PAUSE = "pause"
    UNPAUSE = "unpause"


@dataclass(frozen=True, slots=True)
class QueueAor:
    """The AOR is a queue's."""

    queue: Queue


@dataclass(frozen=True, slots=True)
class ServiceAor:
    """The AOR is one that agents dial; `purpose` is any but QUEUE."""

    purpose: Purpose


Aor = QueueAor | ServiceAor


class Aors:
    """The directory of AORs: exact first, then without regard to case.

    A user part is case-sensitive (RFC 3261, section 19.1.4), but nobody dials with that in mind.
    """

    def __init__(self, settings: Settings) -> None:
        login = settings.login
        self._exact: dict[str, Aor] = {
            login.login: ServiceAor(Purpose.LOGIN),
            login.logout: ServiceAor(Purpose.LOGOUT),
            login.pause: ServiceAor(Purpose.PAUSE),
            login.unpause: ServiceAor(Purpose.UNPAUSE),
        }
        for queue in settings.queues:
            for user in (queue.name, *queue.aliases):
                self._exact.setdefault(user, QueueAor(queue))
        self._folded: dict[str, Aor] = {}
        for user, service in self._exact.items():
            self._folded.setdefault(user.casefold(), service)

    def find(self, user: str) -> Aor | None:
        """Return what `user` names, None where we serve no such AOR."""
        return self._exact.get(user) or self._folded.get(user.casefold())
