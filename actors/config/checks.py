"""What must hold between settings: names, ports and references that have to fit each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise

from actors.config.faults import At, Fault, key, meant
from actors.core.door.callers import plain
from actors.settings import Outcomes, OwnOutcomes, Settings

UNLIMITED = (False, 0, "", (), "wait")
"""Values by which a limit is none."""


def check(settings: Settings) -> Iterator[Fault]:
    """Yield what does not fit, each at the setting that is to be changed."""
    yield from _addresses_of_record(settings)
    yield from _references(settings)
    yield from _memberships(settings)
    yield from _widening(settings)
    yield from _callers(settings)
    yield from _pause_reasons(settings)
    yield from _overflow(settings)
    yield from _skills(settings)
    yield from _music(settings)
    yield from _pool(settings)
    yield from _silence(settings)
    yield from _ports(settings)


def _addresses_of_record(settings: Settings) -> Iterator[Fault]:
    """Everything that can be dialled is the user part of one AOR, so no two may be alike.

    Compared without case: the switchboard falls back to that, as phones change it.
    """
    login = settings.login
    dialled: list[tuple[At, str]] = [
        (("login", "login"), login.login),
        (("login", "logout"), login.logout),
        (("login", "pause"), login.pause),
        (("login", "unpause"), login.unpause),
        (("login", "end_wrapup"), login.end_wrapup),
        (("login", "extend_wrapup"), login.extend_wrapup),
    ]
    dialled += [
        (("pause_reason", number, "dial"), reason.dial)
        for number, reason in enumerate(settings.pause_reasons)
    ]
    for number, queue in enumerate(settings.queues):
        dialled.append((("queue", number, "name"), queue.name))
        dialled += [
            (("queue", number, "aliases", index), alias)
            for index, alias in enumerate(queue.aliases)
        ]
    dialled += [(("agent", n, "id"), agent.id) for n, agent in enumerate(settings.agents)]
    taken: dict[str, At] = {}
    for at, name in dialled:
        first = taken.setdefault(name.lower(), at)
        if name and first != at:
            yield Fault(at, f'must differ from {key(first)}: both are "{name}"')


def _references(settings: Settings) -> Iterator[Fault]:
    queues = [queue.name for queue in settings.queues if queue.name]
    for number, agent in enumerate(settings.agents):
        for index, name in enumerate(agent.queues):
            if name not in queues:
                yield Fault(
                    ("agent", number, "queues", index),
                    f'there is no queue "{name}"; {meant(name, queues)}',
                )
    classes = [music.name for music in settings.music]
    for number, queue in enumerate(settings.queues):
        if queue.music not in classes:
            yield Fault(
                ("queue", number, "music"),
                f'there is no music class "{queue.music}"; {meant(queue.music, classes)}',
            )


def _memberships(settings: Settings) -> Iterator[Fault]:
    """Yield what is said of agents in queues that they are not in."""
    for number, agent in enumerate(settings.agents):
        tables = {"level": agent.level, "weight": agent.weight, "order": agent.order}
        for name, table in tables.items():
            for queue in table:
                if queue not in agent.queues:
                    yield Fault(
                        ("agent", number, name, queue),
                        f'the agent is not in queue "{queue}"; {meant(queue, agent.queues)}',
                    )


def _widening(settings: Settings) -> Iterator[Fault]:
    for number, queue in enumerate(settings.queues):
        for index, (before, after) in enumerate(pairwise(queue.widen_after), 1):
            if after < before:
                yield Fault(
                    ("queue", number, "widen_after", index),
                    f"must not be below the one before ({before}); is {after}",
                )


def _callers(settings: Settings) -> Iterator[Fault]:
    """Yield what is in two lists: only one of them would count."""
    seen: dict[str, At] = {}
    for number, callers in enumerate(settings.callers):
        for index, written in enumerate(callers.numbers):
            at: At = ("caller", number, "numbers", index)
            first = seen.setdefault(plain(written), at)
            if first != at:
                yield Fault(at, f'"{written}" is in {key(first)} already')


def _pause_reasons(settings: Settings) -> Iterator[Fault]:
    """Yield reasons that cannot be told apart, and those of [outcomes] that are none."""
    seen: set[tuple[str, str]] = set()
    for number, reason in enumerate(settings.pause_reasons):
        for name, value in (("name", reason.name), ("key", reason.key)):
            if value and (name, value) in seen:
                yield Fault(("pause_reason", number, name), f'there are two with {name} "{value}"')
            seen.add((name, value))
    names = [reason.name for reason in settings.pause_reasons]
    layers: list[tuple[At, Outcomes | OwnOutcomes]] = [(("outcomes",), settings.outcomes)]
    layers += [(("queue", n, "outcomes"), one.outcomes) for n, one in enumerate(settings.queues)]
    layers += [(("agent", n, "outcomes"), one.outcomes) for n, one in enumerate(settings.agents)]
    if not names or not any(layer.then == "pause" for _, layer in layers):
        return
    for at, layer in layers:
        wanted = layer.pause_reason
        if wanted is not None and wanted not in names:
            text = f'there is no [[pause_reason]] "{wanted}"; {meant(wanted, names)}'
            yield Fault((*at, "pause_reason"), text)


def _overflow(settings: Settings) -> Iterator[Fault]:
    """Each limit that is set sends callers somewhere, and each destination is one that exists."""
    names = [queue.name for queue in settings.queues if queue.name]
    for number, queue in enumerate(settings.queues):
        given = queue.overflow.destinations()
        for limit in (one.name for one in fields(queue.overflow)):
            if getattr(queue, limit) not in UNLIMITED and limit not in given:
                yield Fault(
                    ("queue", number, limit),
                    f"nothing says where callers go then: overflow.{limit} must be"
                    ' {queue = "name"} or {say = "text"}',
                )
        for limit, to in given.items():
            at = ("queue", number, "overflow", limit)
            others = [name for name in names if name != queue.name]
            if (to.queue is None) == (to.say is None):
                yield Fault(at, 'must be {queue = "name"} or {say = "text"}: one of them')
            elif to.queue == queue.name:
                yield Fault(at, f"must not be the queue itself; {meant('', others)}")
            elif to.queue is not None and to.queue not in names:
                yield Fault(at, f'there is no queue "{to.queue}"; {meant(to.queue, others)}')


def _skills(settings: Settings) -> Iterator[Fault]:
    """Yield skills that nobody has, and steps that do not ask for less than those before."""
    known = {name for agent in settings.agents for name in agent.skills}
    for number, queue in enumerate(settings.queues):
        asked, after = queue.skills, 0.0
        steps: list[tuple[At, dict[str, int]]] = [((), asked)]
        for index, step in enumerate(queue.relax_skills):
            at: At = ("relax_skills", index)
            if step.after <= after:
                text = f"must be above the one before ({after:g}); is {step.after:g}"
                yield Fault(("queue", number, *at, "after"), text)
            for name, grade in step.skills.items():
                if grade > asked.get(name, 0):
                    text = f"must not ask for more than before ({asked.get(name, 0)}); is {grade}"
                    yield Fault(("queue", number, *at, "skills", name), text)
            asked, after = step.skills, step.after
            steps.append((at, asked))
        for at, skills in steps:
            for name in skills:
                if name not in known:
                    text = f'no agent has the skill "{name}"; {meant(name, known)}'
                    yield Fault(("queue", number, *at, "skills", name), text)


def _music(settings: Settings) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, music in enumerate(settings.music):
        if music.name in seen:
            yield Fault(("music", number, "name"), f'there are two classes "{music.name}"')
        seen.add(music.name)


def _pool(settings: Settings) -> Iterator[Fault]:
    """RTP ports are even, with RTCP's above them (RFC 3550, section 11)."""
    media = settings.media
    for name, port in (("pool_first", media.pool_first), ("pool_last", media.pool_last)):
        if port % 2:
            yield Fault(("media", name), f"must be even, as RTP ports are; is {port}")
    if media.pool_last < media.pool_first:
        yield Fault(
            ("media", "pool_last"),
            f"must not be below pool_first ({media.pool_first}); is {media.pool_last}",
        )
    if media.pool_first <= media.port <= media.pool_last:
        yield Fault(
            ("media", "port"),
            f"must lie outside the pool {media.pool_first} to {media.pool_last}; is {media.port}",
        )


def _silence(settings: Settings) -> Iterator[Fault]:
    media = settings.media
    if media.silent_seconds > media.quiet_seconds:
        yield Fault(
            ("media", "silent_seconds"),
            f"must not be above quiet_seconds ({media.quiet_seconds}); is {media.silent_seconds}",
        )


def _ports(settings: Settings) -> Iterator[Fault]:
    sip, media, http = settings.sip, settings.media, settings.http
    if http.port == sip.port and "tcp" in sip.transports and _meet(http.address, sip.address):
        yield Fault(("http", "port"), f"must differ from sip.port: both are TCP port {http.port}")
    if "udp" not in sip.transports or not _meet(sip.address, media.address):
        return
    if sip.port == media.port:
        yield Fault(("media", "port"), f"must differ from sip.port: both are UDP port {sip.port}")
    if sip.port == media.port + 1:
        yield Fault(
            ("media", "port"),
            f"must not be the port below sip.port: the one above it is RTCP's; is {media.port}",
        )
    if media.pool_first <= sip.port <= media.pool_last + 1:
        yield Fault(
            ("sip", "port"),
            f"must lie outside media's pool {media.pool_first} to {media.pool_last + 1}"
            f" (the last is RTCP's); is {sip.port}",
        )


def _meet(one: str, other: str) -> bool:
    """Whether two listening addresses share one; what is no address has its fault already."""
    try:
        first, second = ipaddress.ip_address(one), ipaddress.ip_address(other)
    except ValueError:
        return False
    return first == second or first.is_unspecified or second.is_unspecified
