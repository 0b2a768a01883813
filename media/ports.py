"""Which of our ports a session gets: the shared one, or one of the pool to itself. Pure."""

from __future__ import annotations

import functools
import ipaddress
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from actors.core.wire.uri import ADDRESSES_KNOWN

SHARED = 0
"""The door of the shared port; doors 1 and up are the pool's."""

Remote = tuple[str, int]


class NoPort(Exception):  # noqa: N818 - what happened, not whose fault
    """The session cannot share the port, and the pool is used up."""


@functools.lru_cache(ADDRESSES_KNOWN)
def behind_nat(address: str, source: str) -> bool:
    """Return whether an SDP names a private address though its SIP comes from a public one."""
    try:
        inside, outside = ipaddress.ip_address(address), ipaddress.ip_address(source)
    except ValueError:
        return False
    return inside.is_private and not outside.is_private


@dataclass(slots=True)
class Ports:
    """Doors 1 to `pool` are one session's each; the shared one tells sessions by remote tuple."""

    pool: int
    _free: deque[int] = field(init=False)
    _tuples: dict[Remote, Hashable] = field(init=False, default_factory=dict)
    _remotes: dict[Hashable, Remote] = field(init=False, default_factory=dict)
    _doors: dict[Hashable, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._free = deque(range(1, self.pool + 1))

    def choose(self, who: Hashable, remote: Remote | None, source: str) -> int:
        """Return the door for a new session; NoPort where there is none.

        Two calls from one address and port cannot share (some SBCs multiplex); a phone behind NAT
        should not, as its packets are known by nothing but the port they come to: it shares only
        when the pool is empty.
        """
        taken = remote is not None and remote in self._tuples
        hidden = remote is not None and behind_nat(remote[0], source)
        if taken and not self._free:
            raise NoPort(f"{remote} is another session's already, and all pool ports are in use")
        # The port that has been free the longest: its last phone has fallen silent by now.
        door = self._free.popleft() if (taken or hidden) and self._free else SHARED
        self._doors[who] = door
        if remote is not None:
            self.aim(who, remote)
        return door

    def aim(self, who: Hashable, remote: Remote) -> bool:
        """Note the session's new remote; False where, on the shared port, another has it."""
        if self._doors[who] != SHARED:
            return True
        self._forget(who)
        if self._tuples.setdefault(remote, who) != who:
            return False
        self._remotes[who] = remote
        return True

    def release(self, who: Hashable) -> None:
        """Give back what a session had that is over."""
        self._forget(who)
        door = self._doors.pop(who)
        if door != SHARED:
            self._free.append(door)

    def _forget(self, who: Hashable) -> None:
        remote = self._remotes.pop(who, None)
        if remote is not None:
            del self._tuples[remote]
