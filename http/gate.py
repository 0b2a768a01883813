"""Who of the clients must go where there are too many of them: a decision, pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol, TypeVar

MOST_OF_ONE = 32
"""Connections of one address. One that polls has one at a time; a proxy, or an office behind one
address, a few."""

MOST = 128
"""Connections of all addresses: each may hold a request of 128 KiB, or an answer of half a MB."""


class Client(Protocol):
    """A connection, as far as it matters here."""

    @property
    def address(self) -> str:
        """Whose it is."""

    @property
    def since(self) -> float:
        """Since when it has kept us waiting for its request, or for taking its answer."""

    @property
    def keeps_waiting(self) -> bool:
        """False while its request is being answered: then it is us who keep it waiting."""


C = TypeVar("C", bound=Client)


def too_many(newcomer: C, there: Iterable[C]) -> C | None:
    """Return which connection must go so that the newcomer has its place, None where all have one.

    It is the one that has kept us waiting longest, of the newcomer's own address or, where all
    together are too many, of the address that has most. Where nobody keeps us waiting, it is the
    newcomer itself.
    """
    everybody = [newcomer, *(one for one in there if one is not newcomer)]
    of_one = Counter(one.address for one in everybody)
    if of_one[newcomer.address] > MOST_OF_ONE:
        crowd = [one for one in everybody if one.address == newcomer.address]
    elif len(everybody) > MOST:
        most = max(of_one.values())
        crowd = [one for one in everybody if of_one[one.address] == most]
    else:
        return None
    idle = [one for one in crowd if one.keeps_waiting and one is not newcomer]
    return min(idle, key=lambda one: one.since, default=newcomer)
