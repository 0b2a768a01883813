"""The table of routes as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from actors.http.routes import PROBLEMS, ROUTES, Route
from actors.http.schemas import PROBLEM, Schema
from actors.version import VERSION

NOTHING = 204
"""No content."""

NAME: Schema = {"type": "string", "minLength": 1}


def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ACD", "version": VERSION},
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": route.call,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": _responses(route),
        "security": [] if route.role is None else [{"token": []}],
    }
    if route.role is not None:
        told["x-role"] = route.role.value
    if route.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {route.media_type: {"schema": route.body}},
        }
    return told


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": NAME} for name in route.names
    ]
    found += [{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in route.query]
    if route.versioned:
        what = "The version that is changed: its ETag; * for any."
        found.append(_header("If-Match", what) | {"required": not route.creates})
    if route.creates:
        found.append(_header("If-None-Match", "*: only where it is not there yet."))
    if route.method == "POST":
        key = _header("Idempotency-Key", "Sent again with it, it is done once.")
        found.append(key | {"schema": {"type": "string", "minLength": 1, "maxLength": 255}})
    return found


def _header(name: str, what: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": what, "schema": {"type": "string"}}


def _responses(route: Route) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object"}}}
    done: dict[str, Any] = {"description": "Done"}
    found: dict[str, Any] = {
        str(route.status): done | ({} if route.status == NOTHING else {"content": content})
    }
    if route.creates:
        found["201"] = {"description": "Made", "content": content}
    if route.call == "health":
        found["503"] = {"description": "There is a problem", "content": content}
    by_status: dict[int, list[str]] = {}
    for name in route.all_problems():
        by_status.setdefault(PROBLEMS[name][0], []).append(name)
    for status, names in by_status.items():
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        known = found.get(str(status), {"content": {}})
        found[str(status)] = {
            "description": ", ".join(names),
            "content": {**known["content"], **problem},
        }
    return found
