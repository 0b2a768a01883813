"""JSON schemas of the bodies and answers of /api/v1: from the settings' own types."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from typing import Any

from actors.settings import Agent, Prompt, Queue

Schema = dict[str, Any]

PLAIN: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}

OF_MEMBERS = ("level", "weight", "order")
"""What an agent's tables say for each queue: keys of the membership."""

PROMPT: Schema = {
    "description": "A text to speak, or an audio file on the server.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"say": {"type": "string"}, "file": {"type": "string"}},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
    ],
}


def schema_of(kind: Any) -> Schema:
    """Return the schema of a type of the settings."""
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        return schema_of(next(one for one in typing.get_args(kind) if one is not type(None)))
    kind = getattr(kind, "__supertype__", kind)
    if kind is Prompt:
        return PROMPT
    if is_dataclass(kind):
        return table(typing.cast("type", kind))
    if typing.get_origin(kind) is tuple:
        return {"type": "array", "items": schema_of(typing.get_args(kind)[0])}
    if typing.get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": schema_of(typing.get_args(kind)[1])}
    return {"type": PLAIN[kind]}


def table(cls: type, leave_out: tuple[str, ...] = ()) -> Schema:
    """Return the schema of a table: every key may be given, none but these."""
    hints = typing.get_type_hints(cls)
    properties = {
        one.name: schema_of(hints[one.name]) | _default(one.default)
        for one in fields(cls)
        if one.name not in leave_out
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _default(value: object) -> Schema:
    return {"default": value} if isinstance(value, str | int | float) else {}


def patch_of(schema: Schema) -> Schema:
    """Return the schema of a merge patch (RFC 7396): null takes a key back to its default."""
    keys = {
        name: {"anyOf": [{k: v for k, v in one.items() if k != "default"}, {"type": "null"}]}
        for name, one in schema["properties"].items()
    }
    return {"type": "object", "properties": keys, "additionalProperties": False}


QUEUE = table(Queue)
AGENT = table(Agent, ("queues", *OF_MEMBERS))
MEMBER: Schema = {
    "type": "object",
    "properties": {name: {"type": "integer", "minimum": 1} for name in OF_MEMBERS},
    "additionalProperties": False,
}
PROBLEM: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
