"""The one table of /api/v1: router, roles, bodies, answers, problems; OpenAPI and docs/api.md."""

from __future__ import annotations

from dataclasses import dataclass

from actors.http import schemas
from actors.http.schemas import Schema
from actors.http.tokens import Role

BASE = "/api/v1"

PROBLEMS: dict[str, tuple[int, str]] = {
    "not-json": (400, "The body is not JSON"),
    "unauthenticated": (401, "A bearer token is needed"),
    "role": (403, "The token does not allow this"),
    "no-such-queue": (404, "There is no such queue"),
    "no-such-agent": (404, "There is no such agent"),
    "no-such-call": (404, "There is no such call"),
    "no-such-member": (404, "There is no such membership"),
    "exists": (409, "It is there already"),
    "in-use": (409, "The queue has callers"),
    "state": (409, "Not possible as things are"),
    "idempotency": (409, "This Idempotency-Key was used for something else, or is being answered"),
    "version": (412, "Changed meanwhile"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "The body is of another type"),
    "invalid": (422, "Not valid"),
    "too-many": (422, "Too many"),
    "version-needed": (428, "Say which version is to be changed"),
    "rate": (429, "Too many requests"),
    "not-running": (503, "Part of the server is not running"),
    "late": (504, "No answer in time"),
}
"""By name: the status, and a title."""

ALWAYS = ("unauthenticated", "role", "rate", "not-running", "late")
WITH_BODY = ("not-json", "too-large", "media-type", "invalid")
OF_CHANGES = ("version", "version-needed")
OF_KEYS = ("idempotency", "invalid")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. `call` is the method of V1 that answers; `role` None: anybody.

    `versioned`: If-Match is needed, `creates`: If-None-Match: * will do as well. `drains`: takes
    ``?drain=true``. `own`: a token of role agent may ask it for its own agent.
    """

    method: str
    path: str
    role: Role | None
    call: str
    summary: str
    body: Schema | None = None
    media_type: str = "application/json"
    problems: tuple[str, ...] = ()
    status: int = 200
    versioned: bool = False
    creates: bool = False
    query: tuple[str, ...] = ()
    own: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    def all_problems(self) -> tuple[str, ...]:
        """Return every problem that can be told, by name."""
        names = [f"no-such-{name}" for name in self.names]
        more = names if self.role is None else [*ALWAYS, *names]
        more += WITH_BODY if self.body else ()
        more += OF_CHANGES if self.versioned else ()
        more += OF_KEYS if self.method == "POST" else ()
        return tuple(dict.fromkeys((*more, *self.problems)))


MERGE = "application/merge-patch+json"

REASON: Schema = {
    "type": "object",
    "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 64}},
    "required": ["reason"],
    "additionalProperties": False,
}
SECONDS: Schema = {
    "type": "object",
    "properties": {"seconds": {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}},
    "required": ["seconds"],
    "additionalProperties": False,
}
RELOAD: Schema = {
    "type": "object",
    "properties": {"dry_run": {"type": "boolean"}, "take_file": {"type": "boolean"}},
    "additionalProperties": False,
}

_QUEUE, _AGENT = f"{BASE}/queues/{{queue}}", f"{BASE}/agents/{{agent}}"
_MEMBER = f"{_QUEUE}/members/{{agent}}"
READ, AGENT, SUPERVISOR, ADMIN = Role


def _patched(schema: Schema) -> Schema:
    return schemas.patch_of(schema)


ROUTES = (
    Route("GET", f"{BASE}/queues", READ, "queues", "All queues"),
    Route(
        "POST",
        f"{BASE}/queues",
        ADMIN,
        "create_queue",
        "Make a queue",
        {**schemas.QUEUE, "required": ["name"]},
        problems=("exists", "too-many"),
        status=201,
    ),
    Route("GET", _QUEUE, READ, "queue", "One queue"),
    Route(
        "PUT",
        _QUEUE,
        ADMIN,
        "put_queue",
        "Make a queue, or give it these settings and no others",
        schemas.QUEUE,
        versioned=True,
        creates=True,
        problems=("too-many",),
    ),
    Route(
        "PATCH",
        _QUEUE,
        ADMIN,
        "patch_queue",
        "Change some settings of a queue",
        _patched(schemas.QUEUE),
        MERGE,
        versioned=True,
    ),
    Route(
        "DELETE",
        _QUEUE,
        ADMIN,
        "delete_queue",
        "Remove a queue; with drain=true once its callers are gone",
        status=204,
        versioned=True,
        query=("drain",),
        problems=("in-use", "invalid"),
    ),
    Route("GET", f"{_QUEUE}/members", READ, "members", "Who is in the queue"),
    Route("GET", _MEMBER, READ, "member", "What an agent is in the queue"),
    Route(
        "PUT",
        _MEMBER,
        SUPERVISOR,
        "put_member",
        "Have the agent in the queue, with this level, weight and order",
        schemas.MEMBER,
        versioned=True,
        creates=True,
        problems=("too-many",),
    ),
    Route(
        "DELETE",
        _MEMBER,
        SUPERVISOR,
        "delete_member",
        "Have the agent in the queue no more",
        status=204,
        versioned=True,
    ),
    Route("GET", f"{BASE}/agents", READ, "agents", "All agents"),
    Route(
        "POST",
        f"{BASE}/agents",
        ADMIN,
        "create_agent",
        "Make an agent",
        {**schemas.AGENT, "required": ["id"]},
        problems=("exists", "too-many"),
        status=201,
    ),
    Route("GET", _AGENT, READ, "agent", "One agent"),
    Route(
        "PUT",
        _AGENT,
        ADMIN,
        "put_agent",
        "Make an agent, or give him these settings and no others",
        schemas.AGENT,
        versioned=True,
        creates=True,
        problems=("too-many",),
    ),
    Route(
        "PATCH",
        _AGENT,
        ADMIN,
        "patch_agent",
        "Change some settings of an agent",
        _patched(schemas.AGENT),
        MERGE,
        versioned=True,
    ),
    Route(
        "DELETE",
        _AGENT,
        ADMIN,
        "delete_agent",
        "Remove an agent; one on a call at its end",
        status=204,
        versioned=True,
    ),
    Route(
        "POST",
        f"{_AGENT}/log-out",
        AGENT,
        "log_out",
        "Log the agent off; on a call at its end",
        problems=("state",),
        own=True,
    ),
    Route(
        "POST",
        f"{_AGENT}/pause",
        AGENT,
        "pause",
        "No calls for the agent until unpaused; on a call from its end",
        REASON,
        problems=("state",),
        own=True,
    ),
    Route(
        "POST",
        f"{_AGENT}/unpause",
        AGENT,
        "unpause",
        "Calls again; also for one who did not respond",
        problems=("state",),
        own=True,
    ),
    Route(
        "GET",
        f"{_AGENT}/why",
        READ,
        "why_agent",
        "Which call the agent would be rung for, or why not",
    ),
    Route(
        "GET",
        f"{BASE}/calls/{{call}}/why",
        READ,
        "why_call",
        "Who would be rung for the call, or why not",
    ),
    Route(
        "POST",
        f"{_AGENT}/end-wrapup",
        AGENT,
        "end_wrap_up",
        "The work after a call is done: calls again",
        problems=("state",),
        own=True,
    ),
    Route(
        "POST",
        f"{_AGENT}/extend-wrapup",
        AGENT,
        "extend_wrap_up",
        "So many seconds more after the call than were left",
        SECONDS,
        problems=("state",),
        own=True,
    ),
    Route(
        "POST",
        f"{BASE}/reload",
        ADMIN,
        "reload",
        "Read the configuration file again, or say what that would change",
        RELOAD,
        problems=("state",),
    ),
    Route(
        "GET", f"{BASE}/health", READ, "health", "How the server is; 503 where there is a problem"
    ),
    Route("GET", f"{BASE}/openapi.json", None, "openapi", "This description"),
)


def table() -> str:
    """Return the routes as docs/api.md has them."""
    lines = ["| method and path | role | what it does |", "|---|---|---|"]
    for route in ROUTES:
        role = "anybody" if route.role is None else route.role.value
        role = "supervisor, or agent for himself" if route.own else role
        lines.append(f"| `{route.method} {route.path}` | {role} | {route.summary} |")
    return "\n".join(lines) + "\n"


def problems_table() -> str:
    """Return the problems as docs/api.md has them."""
    lines = ["| problem | status | title |", "|---|---|---|"]
    lines += [f"| `{name}` | {status} | {title} |" for name, (status, title) in PROBLEMS.items()]
    return "\n".join(lines) + "\n"
