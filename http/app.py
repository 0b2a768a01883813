"""REST: each route asks the actors for what they are and returns it as JSON; it decides nothing."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import bottle

from actors.exchange.clock import Clock, SystemClock
from actors.exchange.post import Post, Ref
from actors.http.asking import ask_all
from actors.http.calls import Calls
from actors.http.connection import MOST_BODY
from actors.http.front import Front
from actors.http.health import Health
from actors.http.problems import body, problem, unanswered
from actors.http.tokens import Tokens
from actors.http.v1 import V1
from actors.messages.changes import Editing
from actors.messages.sip import TraceSip
from actors.messages.views import AgentSnapshot, GetSnapshot

K = TypeVar("K")


def build_app(
    post: Post,
    clock: Clock | None = None,
    editor: Editing | None = None,
    tokens: Tokens | None = None,
) -> Any:
    """Return the WSGI application, which reaches the actors by `post`.

    With an editor, /api/v1 is served, too, to whom `tokens` let in.
    """
    app = bottle.Bottle()
    app.default_error_handler = problem
    clock = clock or SystemClock()
    api = Api(post, clock)
    if editor is not None and tokens is not None:
        Front(V1(post, clock, editor), tokens, clock).serve(app)
    app.get("/queues", callback=api.queues)
    app.get("/agents", callback=api.agents)
    app.get("/health", callback=api.health)
    app.put("/trace", callback=api.trace)
    return app


class Api:
    """The routes."""

    def __init__(self, post: Post, clock: Clock) -> None:
        self._post = post
        self._clock = clock
        self._health = Health(post, clock)
        self._calls = Calls()

    def queues(self) -> bytes:
        """``GET /queues``: these keys and types for ever."""
        return _told(self._calls.told(self._all(self._post.queues, "queue")))

    def agents(self) -> bytes:
        """``GET /agents``, likewise."""
        return _json(
            {"agents": [self._agent(one) for one in self._all(self._post.agents, "agent")]}
        )

    def health(self) -> bytes:
        """``GET /health``: 200, or 503 where an operator has something to do."""
        told = self._health.report()
        bottle.response.status = 503 if told["problems"] else 200
        return _json(told)

    def trace(self) -> bytes:
        """``PUT /trace`` ``{"on": true}``: every SIP message into the log, or no more.

        Only from this machine: what is traced goes to a disk. (Bottle's own `remote_addr` believes
        an X-Forwarded-For of anybody.)
        """
        if not ipaddress.ip_address(bottle.request.environ["REMOTE_ADDR"]).is_loopback:
            raise bottle.HTTPError(403, "only from this machine itself")
        wanted = _request()
        if not isinstance(wanted, dict) or type(on := wanted.get("on")) is not bool:
            raise bottle.HTTPError(400, 'the body must be {"on": true} or {"on": false}')
        self._post.to_gateway(TraceSip(on))
        bottle.response.status = 202
        return _json({"on": on})

    def _agent(self, agent: AgentSnapshot) -> dict[str, object]:
        since = agent.idle_since
        return {
            "id": agent.id,
            "state": agent.state,
            "idletime": str(0 if since is None else int(self._clock.now() - since)),
            "device": agent.device,
            "memberof": list(agent.member_of),
        }

    def _all(self, present: Callable[[], Mapping[K, Ref]], what: str) -> list[Any]:
        """Return everybody's snapshot, or raise the error of those who did not answer.

        One who was removed while being asked is not missed.
        """
        refs = present()
        answers = ask_all({name: (ref, GetSnapshot()) for name, ref in refs.items()}, self._clock)
        if answers.dead:
            still = present()
            answers.dead = [name for name in answers.dead if name in still]
        if answers.dead or answers.late:
            raise unanswered(answers, what)
        return [answers.given[name] for name in refs if name in answers.given]


def _json(value: object) -> bytes:
    return _told(body(value))


def _told(json_line: bytes) -> bytes:
    bottle.response.content_type = "application/json"
    bottle.response.set_header("Cache-Control", "no-store")
    return json_line


def _request() -> object:
    """Return the request's body, parsed; raise the error 400, 411 or 413."""
    if bottle.request.chunked:
        raise bottle.HTTPError(411, "the body must come with its Content-Length, not in chunks")
    text = bottle.request.body.read(MOST_BODY + 1)
    if len(text) > MOST_BODY:
        raise bottle.HTTPError(413, f"the body must be at most {MOST_BODY} bytes")
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bottle.HTTPError(400, f"the body is not JSON: {error}") from error
    return parsed
