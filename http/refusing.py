"""A refusal of /api/v1: problem details (RFC 9457) by name."""

from __future__ import annotations

from typing import Any

from actors.http.routes import PROBLEMS
from actors.messages.changes import Denied


class Refused(Exception):  # noqa: N818 - a refusal, not a failure
    """The request is refused: `name` is one of PROBLEMS, `errors` say where and what."""

    def __init__(self, name: str, detail: str, errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.name = name
        self.errors = errors

    @classmethod
    def of(cls, denied: Denied) -> Refused:
        """Return what the editor has denied."""
        return cls(denied.problem, denied.detail, denied.errors)

    @property
    def status(self) -> int:
        """The status of the answer."""
        return PROBLEMS[self.name][0]

    def told(self) -> dict[str, Any]:
        """Return the problem's details."""
        status, title = PROBLEMS[self.name]
        told: dict[str, Any] = {
            "type": f"/problems/{self.name}",
            "title": title,
            "status": status,
            "detail": str(self),
        }
        if self.errors:
            told["errors"] = [{"pointer": one, "detail": text} for one, text in self.errors]
        return told
