"""How often somebody may be wrong: tries are counted, and lock him out for ever longer. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from actors.settings import Login

MANY = 1000
"""Of so many it is kept how often they were wrong; strangers choose what is counted."""

LONGEST = 3600.0
REMEMBERED = 86_400.0
"""Seconds: each lock is twice as long as the one before, up to an hour; after a day without one
they begin anew. So of one source, and of one agent, no more than 144 tries a day are heard."""

MOST_DOUBLED = 20


@dataclass(frozen=True, slots=True)
class Tally:
    """The wrong tries of one; `wrong` says of each until when it counts, and what it was about.

    `locks`: how many there have been lately; `until`: when the last one ends. In monotonic seconds.
    """

    wrong: tuple[tuple[float, str], ...] = ()
    locks: int = 0
    until: float = float("-inf")


class Locks:
    """The tallies of sources, or of agents' numbers. Times in monotonic seconds.

    Wrong tries are forgotten one by one, one every `lock_seconds`; where `lock_after` of them count
    there is a lock, and all begins anew after it. With `of_several` it takes more than one party to
    the wrong tries.
    """

    def __init__(self, login: Login, *, of_several: bool = False) -> None:
        self._after = login.lock_after
        self._seconds = login.lock_seconds
        self._of_several = of_several
        self._tallies: dict[str, Tally] = {}
        """Whoever was wrong last comes last."""

    def __len__(self) -> int:
        """Return of how many something is kept."""
        return len(self._tallies)

    def locked(self, who: str, now: float) -> bool:
        """Tell whether `who` is locked."""
        tally = self._tallies.get(who)
        return tally is not None and now < tally.until

    def wrong(self, who: str, about: str, now: float) -> float:
        """Count a wrong try; return for how many seconds it locks `who`, 0 where it does not."""
        tally = self._tallies.pop(who, Tally())
        if now >= tally.until + REMEMBERED:
            tally = replace(tally, locks=0)
        counting = tuple(one for one in tally.wrong if one[0] > now)
        since = counting[-1][0] if counting else now
        counting = (*counting, (since + self._seconds, about))[-self._after :]
        parties = {party for _, party in counting}
        seconds = 0.0
        if len(counting) < self._after or (self._of_several and len(parties) == 1):
            tally = replace(tally, wrong=counting)
        else:
            doubled = self._seconds * 2 ** min(tally.locks, MOST_DOUBLED)
            seconds = min(doubled, max(self._seconds, LONGEST))
            tally = Tally(locks=tally.locks + 1, until=now + seconds)
        self._make_room(now)
        self._tallies[who] = tally
        return seconds

    def right(self, who: str, about: str) -> None:
        """Forgive `who` the wrong tries about this; a lock has its time, and other tries count."""
        tally = self._tallies.get(who)
        if tally is not None:
            left = tuple(one for one in tally.wrong if one[1] != about)
            self._tallies[who] = replace(tally, wrong=left)

    def _make_room(self, now: float) -> None:
        """Forget who was wrong longest ago, rather one who is not locked."""
        if len(self._tallies) >= MANY:
            open_ = (who for who, tally in self._tallies.items() if now >= tally.until)
            del self._tallies[next(open_, next(iter(self._tallies)))]
