"""A client of /api/v1: a token made as an operator makes it, requests, answers, versions."""

from __future__ import annotations

import http.client
import json
import time
from pathlib import Path
from typing import Any, NamedTuple

from actors.http import tokens
from actors.http.tokens import Role


class Got(NamedTuple):
    """One answer."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def problem(self) -> str:
        return str(self.body["type"]).removeprefix("/problems/")


class ApiClient:
    """Speaks as one token; None as nobody."""

    def __init__(self, port: int, secret: str | None) -> None:
        self.port = port
        self.secret = secret

    @classmethod
    def of(
        cls, port: int, journal: Path, role: Role, name: str = "crm", agent: str | None = None
    ) -> ApiClient:
        path = tokens.tokens_path(journal)
        return cls(port, tokens.add(path, name, role, time.time(), agent=agent))

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Got:
        sent = dict(headers or {})
        if self.secret is not None:
            sent["Authorization"] = f"Bearer {self.secret}"
        text = None if body is None else json.dumps(body)
        if text is not None:
            patch = method == "PATCH"
            kind = "application/merge-patch+json" if patch else "application/json"
            sent.setdefault("Content-Type", kind)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, f"/api/v1{path}", text, sent)
        response = connection.getresponse()
        got = response.read()
        connection.close()
        told = json.loads(got) if got else None
        return Got(response.status, told, {k.lower(): v for k, v in response.getheaders()})

    def change(self, method: str, path: str, body: object = None) -> Got:
        """Change the thing as it is now."""
        version = self.ask("GET", path.partition("?")[0]).headers["etag"]
        return self.ask(method, path, body, {"If-Match": version})

    def make(self, path: str, body: object) -> Got:
        """Make the thing, which is not there yet."""
        return self.ask("PUT", path, body, {"If-None-Match": "*"})
