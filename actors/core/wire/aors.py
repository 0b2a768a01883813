"""Which service an AOR's user part names: a queue, or what agents dial. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from actors.ids import QueueName
from actors.settings import Queue, Settings


class Purpose(StrEnum):
    """What a call is for, as the journal names it."""

    QUEUE = "queue"
    LOGIN = "login"
    LOGOUT = "logout"
    PAUSE = "pause"
    UNPAUSE = "unpause"
    END_WRAPUP = "end-wrapup"
    EXTEND_WRAPUP = "extend-wrapup"


@dataclass(frozen=True, slots=True)
class QueueAor:
    """The AOR is a queue's."""

    queue: Queue


@dataclass(frozen=True, slots=True)
class ServiceAor:
    """The AOR is one that agents dial; `purpose` is any but QUEUE, `reason` that of a PAUSE."""

    purpose: Purpose
    reason: str = ""


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
            login.end_wrapup: ServiceAor(Purpose.END_WRAPUP),
            login.extend_wrapup: ServiceAor(Purpose.EXTEND_WRAPUP),
        }
        for reason in settings.pause_reasons:
            if reason.dial:
                self._exact.setdefault(reason.dial, ServiceAor(Purpose.PAUSE, reason.name))
        self._folded = {user.casefold(): service for user, service in self._exact.items()}
        self._users: dict[QueueName, tuple[str, ...]] = {}
        for queue in settings.queues:
            self.have(queue)

    def have(self, queue: Queue) -> None:
        """Let callers in by the queue's name and aliases; by no others that it had before."""
        self.lose(queue.name)
        self._users[queue.name] = (queue.name, *queue.aliases)
        for user in self._users[queue.name]:
            self._exact.setdefault(user, QueueAor(queue))
            self._folded.setdefault(user.casefold(), QueueAor(queue))

    def lose(self, queue: QueueName) -> None:
        """Let no callers in to the queue any more."""
        for user in self._users.pop(queue, ()):
            for users, one in ((self._exact, user), (self._folded, user.casefold())):
                match users.get(one):
                    case QueueAor(found) if found.name == queue:
                        del users[one]

    def find(self, user: str) -> Aor | None:
        """Return what `user` names, None where we serve no such AOR."""
        return self._exact.get(user) or self._folded.get(user.casefold())
