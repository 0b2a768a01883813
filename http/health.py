"""What GET /health tells: how each part is, and what an operator has to do something about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec.structs import asdict

from actors.exchange.actor import GetFaults
from actors.exchange.clock import Clock
from actors.exchange.post import Post, Ref
from actors.http.asking import Answers, ask_all
from actors.messages.facts import GetJournalState, JournalState
from actors.messages.media import GetMediaState, MediaState
from actors.messages.sip import GatewayState, GetGatewayState
from actors.version import VERSION

ROLES = ("gateway", "media", "floor", "seats", "switchboard", "directory", "journal")

MOST_LAG_MS = 1000.0
"""An exchange on which messages wait so long is stuck: the aim is under 1 ms."""

MOST_BACKLOG = 10_000
"""Facts that wait to be written: a tenth of what may before the oldest are lost."""


class Health:
    """Asks all parts at once."""

    def __init__(self, post: Post, clock: Clock) -> None:
        self._post = post
        self._clock = clock
        self._started = clock.now()
        self._version = VERSION

    def report(self) -> dict[str, Any]:
        """Return the answer; `problems` is empty where all is well."""
        parts = self._parts()
        asked: dict[str, tuple[Ref | None, object]] = {
            "state of gateway": (parts["gateway"], GetGatewayState()),
            "state of media": (parts["media"], GetMediaState()),
            "state of journal": (parts["journal"], GetJournalState()),
            **{name: (ref, GetFaults()) for name, ref in parts.items()},
        }
        answers = ask_all(asked, self._clock)
        dead = [role for role in ROLES if (ref := parts[role]) is None or not ref.is_alive()]
        dead += [f"queue {name}" for name in self._post.dead_queues()]
        dead += [f"agent {name}" for name in self._post.dead_agents()]
        calls = self._post.calls()
        dead += [f"call {call}" for call, ref in calls.items() if not ref.is_alive()]
        states = {name: answers.given.get(f"state of {name}") for name in ROLES}
        problems = [
            *(f"{name} is not running" for name in dead),
            *_late(answers, dead),
            *_gateway_problems(states["gateway"]),
            *_media_problems(states["media"]),
            *_journal_problems(states["journal"]),
        ]
        gateway = _shown(states["gateway"])
        return {
            "status": "failing" if problems else "ok",
            "problems": problems,
            "version": self._version,
            "uptime_seconds": int(self._clock.now() - self._started),
            "registration": _registration(gateway),
            "exchange": _exchange(gateway),
            "gateway": gateway,
            "media": _shown(states["media"]),
            "journal": _shown(states["journal"]),
            "actors": {
                "calls": len(calls),
                "queues": len(self._post.queues()),
                "agents": len(self._post.agents()),
                "dead": dead,
                "faults": {name: answers.given[name] for name in parts if answers.given.get(name)},
            },
        }

    def _parts(self) -> dict[str, Ref | None]:
        """Return every actor but the calls', which come and go by the thousand."""
        parts: dict[str, Ref | None] = {role: self._post.role(role) for role in ROLES}
        parts |= {f"queue {name}": ref for name, ref in self._post.queues().items()}
        return parts | {f"agent {name}": ref for name, ref in self._post.agents().items()}


def _shown(state: GatewayState | MediaState | JournalState | None) -> dict[str, Any]:
    return asdict(state) if state else {}


def _registration(gateway: dict[str, Any]) -> dict[str, Any]:
    """Move the registration out of the gateway's figures."""
    return {"state": gateway.pop("registration", "unknown"), "why": gateway.pop("why", "")}


def _exchange(gateway: dict[str, Any]) -> dict[str, Any]:
    """Move the figures of the exchange out of the gateway's."""
    gateway.pop("left", None)
    return asdict(gateway.pop("exchange")) if "exchange" in gateway else {}


def _late(answers: Answers[str], dead: list[str]) -> Iterator[str]:
    late = {name.removeprefix("state of ") for name in answers.late}
    yield from (f"{name} does not answer" for name in sorted(late - set(dead)))


def _gateway_problems(state: GatewayState | None) -> Iterator[str]:
    if state is None:
        return
    if state.registration == "failed":
        yield f"registration failed: {state.why}"
    if state.overloaded:
        yield "overload: new calls are refused"
    if state.exchange.lag_p99_ms > MOST_LAG_MS:
        yield f"messages between actors wait {state.exchange.lag_p99_ms:.0f} ms"


def _media_problems(state: MediaState | None) -> Iterator[str]:
    if state is not None and not state.running:
        yield "the RTP pump is not running" + (f": {state.why}" if state.why else "")


def _journal_problems(state: JournalState | None) -> Iterator[str]:
    if state is None:
        return
    if state.error:
        yield f"the journal cannot be written: {state.error}"
    if state.backlog > MOST_BACKLOG:
        yield f"{state.backlog} facts wait for the journal"
