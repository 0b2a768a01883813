"""The front of /api/v1: who asks, whether he may, what for; the answer and its headers."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any

import bottle

from actors.exchange.clock import Clock
from actors.http.connection import MOST_BODY
from actors.http.problems import body as json_line
from actors.http.rates import Rates
from actors.http.refusing import Refused
from actors.http.replays import Replays
from actors.http.routes import ROUTES, Route
from actors.http.tokens import Role, Token, TokenError, Tokens
from actors.http.v1 import V1, Answer, Asked
from actors.messages.by import BY_SERVER

logger = logging.getLogger(__name__)

LONGEST_KEY = 255

PROBLEM = "application/problem+json"


class Front:
    """Lets requests in: each route of the table is one of Bottle's."""

    def __init__(self, v1: V1, tokens: Tokens, clock: Clock) -> None:
        self._v1 = v1
        self._tokens = tokens
        self._clock = clock
        self._rates = Rates()
        self._replays = Replays()

    def serve(self, app: Any) -> None:
        """Have the application answer all routes."""
        for route in ROUTES:
            path = route.path.replace("{", "<").replace("}", ">")
            app.route(path, method=route.method, callback=self._answering(route))

    def _answering(self, route: Route) -> Callable[..., bytes]:
        def answer(**names: str) -> bytes:
            try:
                return self._told(self._answer(route, names))
            except Refused as refused:
                return _refused(refused)

        return answer

    def _answer(self, route: Route, names: Mapping[str, str]) -> Answer:
        request = bottle.request
        # Before anything is looked at: who guesses tokens is slowed down, too.
        self._slow_down(f"address {request.environ['REMOTE_ADDR']}")
        token = self._let_in(route, names)
        if token is not None:
            self._slow_down(f"token {token.name}")
        answer: Callable[[Asked], Answer] = getattr(self._v1, route.call)
        if token is None:
            return answer(Asked(BY_SERVER, names))
        text = _body() if route.body else b""
        asked = Asked(
            token.by,
            names,
            _parsed(route, text),
            _query(route),
            *_version(route),
        )
        if route.method == "POST" and (key := request.get_header("Idempotency-Key")):
            return self._once((token.name, request.path, key), text, lambda: answer(asked))
        return answer(asked)

    def _slow_down(self, client: str) -> None:
        seconds = self._rates.wait(client, self._clock.now())
        if seconds:
            bottle.response.set_header("Retry-After", str(math.ceil(seconds)))
            raise Refused("rate", f"more than 20 requests a second; again in {seconds:.2f} s")

    def _let_in(self, route: Route, names: Mapping[str, str]) -> Token | None:
        """Return who asks, None where anybody may."""
        if route.role is None:
            return None
        kind, _, secret = (bottle.request.get_header("Authorization") or "").partition(" ")
        try:
            found = self._tokens.find(secret.strip(), self._clock.wall())
        except TokenError as error:
            logger.error("http: %s", error)  # noqa: TRY400 - in words
            raise Refused("not-running", "the tokens cannot be read") from error
        if kind.lower() != "bearer" or found is None:
            bottle.response.set_header("WWW-Authenticate", 'Bearer realm="acd"')
            told = "send Authorization: Bearer and a token, as ./acd token makes it"
            raise Refused("unauthenticated", told)
        if not found.role.may(route.role):
            told = f"this takes a token of role {route.role}; yours is of role {found.role}"
            raise Refused("role", told)
        if route.own and found.role is Role.AGENT and found.agent != names["agent"]:
            raise Refused("role", f"this token acts for agent {found.agent} alone")
        return found

    def _once(self, key: tuple[str, ...], body: bytes, do: Callable[[], Answer]) -> Answer:
        if len(key[-1]) > LONGEST_KEY:
            raise Refused("invalid", f"an Idempotency-Key has at most {LONGEST_KEY} characters")
        before = self._replays.begin(key, body, self._clock.now())
        if before is not None:
            bottle.response.set_header("Idempotency-Replayed", "true")
            return before
        answer = None
        try:
            answer = do()
        finally:
            self._replays.end(key, answer)
        return answer

    @staticmethod
    def _told(answer: Answer) -> bytes:
        response = bottle.response
        response.set_header("Cache-Control", "no-store")
        if answer.version is not None:
            tag = f'"{answer.version}"'
            response.set_header("ETag", tag)
            if bottle.request.get_header("If-None-Match") == tag and bottle.request.method == "GET":
                response.status = 304
                return b""
        response.status = answer.status
        if answer.body is None:
            return b""
        response.content_type = "application/json"
        return json_line(answer.body)


def _refused(refused: Refused) -> bytes:
    response = bottle.response
    response.status = refused.status
    response.content_type = PROBLEM
    response.set_header("Cache-Control", "no-store")
    return json_line(refused.told())


def _body() -> bytes:
    request = bottle.request
    if request.chunked:
        raise Refused("too-large", "the body must come with its Content-Length, not in chunks")
    text: bytes = request.body.read(MOST_BODY + 1)
    if len(text) > MOST_BODY:
        raise Refused("too-large", f"the body must be at most {MOST_BODY} bytes")
    return text


def _parsed(route: Route, text: bytes) -> Mapping[str, Any]:
    """Return the body's table, with none but the keys that are known."""
    if route.body is None:
        return {}
    content_type = (bottle.request.content_type or "").partition(";")[0].strip().lower()
    if content_type not in {route.media_type, "application/json"}:
        raise Refused("media-type", f"the body must be {route.media_type}")
    try:
        parsed = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused("not-json", f"the body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise Refused("invalid", "the body must be an object", (("", "must be an object"),))
    known = route.body["properties"]
    unknown = [name for name in parsed if name not in known]
    missing = [name for name in route.body.get("required", ()) if name not in parsed]
    errors = [(f"/{name}", f"unknown key; known: {', '.join(known)}") for name in unknown]
    errors += [(f"/{name}", "must be given") for name in missing]
    errors += _wrong(known, parsed)
    if errors:
        raise Refused("invalid", "; ".join(": ".join(one) for one in errors), tuple(errors))
    return parsed


def _wrong(known: Mapping[str, Any], parsed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with plain values that no setting checks later: reasons and switches."""
    found = []
    for name, value in parsed.items():
        schema = known.get(name, {})
        if schema.get("type") == "boolean" and type(value) is not bool:
            found.append((f"/{name}", "must be true or false"))
        if "maxLength" in schema and not (
            isinstance(value, str) and 0 < len(value) <= schema["maxLength"]
        ):
            found.append((f"/{name}", f"must be a text of 1 to {schema['maxLength']} characters"))
        if schema.get("type") == "integer" and "minimum" in schema and type(value) is not int:
            found.append((f"/{name}", "must be a whole number"))
    return found


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number of JSON")


def _query(route: Route) -> Mapping[str, bool]:
    """Return the switches of the query: none but those that are known."""
    found = {}
    for name, value in bottle.request.query.allitems():
        if name not in route.query:
            known = ", ".join(route.query) or "none"
            raise Refused("invalid", f"unknown query parameter {name}; known: {known}")
        if value not in {"true", "false"}:
            raise Refused("invalid", f"{name} must be true or false")
        found[name] = value == "true"
    return found


def _version(route: Route) -> tuple[str | None, bool]:
    """Return which version is to be changed, None for any, and whether it must not be there yet."""
    if not route.versioned:
        return None, False
    wanted = bottle.request.get_header("If-Match")
    if route.creates and bottle.request.get_header("If-None-Match") == "*":
        return None, True
    if wanted is None:
        more = ", or If-None-Match: * to make it" if route.creates else ""
        raise Refused("version-needed", f"send If-Match with the ETag of what you change{more}")
    return (None if wanted == "*" else wanted.strip('"')), False
