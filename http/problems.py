"""What every refusal looks like: problem details (RFC 9457)."""

from __future__ import annotations

import json
from typing import Any

import bottle

from actors.http.asking import Answers


def body(value: object) -> bytes:
    """Return the value as JSON, one line, valid UTF-8 whatever text is in it."""
    return (json.dumps(value, ensure_ascii=False) + "\n").encode(errors="replace")


def problem(error: Any) -> bytes:
    """Turn one of Bottle's errors into problem details, its headers (Allow) kept."""
    bottle.response.content_type = "application/problem+json"
    bottle.response.set_header("Cache-Control", "no-store")
    if bottle.response.get_header("Allow", "") == "GET":
        bottle.response.set_header("Allow", "GET, HEAD")  # what Bottle does, but does not say
    status = error.status_code
    told = {
        "type": "about:blank",
        "title": bottle.HTTP_CODES.get(status, "Unknown"),
        "status": status,
        "detail": _detail(error),
    }
    return body(told)


def _detail(error: Any) -> str:
    """Say what happened, without anything of the inside of the program."""
    request = bottle.request
    if error.status_code == 404:  # noqa: PLR2004 - HTTP's own number, here and below
        return f"there is no {request.path}"
    if error.status_code == 405:  # noqa: PLR2004
        return f"{request.path} knows no {request.method}"
    if error.status_code == 500:  # noqa: PLR2004
        return "this should not have happened; the log says more"
    return str(error.body)


def unanswered(answers: Answers[Any], what: str) -> Any:
    """Return the error for a request to which not all answered: 503 where one is dead, else 504."""
    if answers.dead:
        names = ", ".join(str(name) for name in answers.dead)
        return bottle.HTTPError(503, f"not running: {what} {names}")
    names = ", ".join(str(name) for name in answers.late)
    return bottle.HTTPError(504, f"no answer in time: {what} {names}")
