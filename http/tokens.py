"""Bearer tokens: who may ask /api/v1 for what. The file beside the journal holds their hashes only.

A token has 256 random bits, so SHA-256 is enough: there is nothing to guess, and no salt to add.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import threading
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from actors.messages.by import By
from actors.messages.message import Message

MOST_TOKENS = 1000

LONGEST_TOKEN = 200
"""Characters of what a stranger may send as one; ours have 49."""


class Role(StrEnum):
    """What a token allows; each also what those before it do."""

    READ = "read"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def may(self, needed: Role) -> bool:
        """Tell whether this is enough where `needed` is asked for."""
        roles = list(Role)
        return roles.index(self) >= roles.index(needed)


class Token(Message, frozen=True):
    """One of the file. `agent`: the id of the one agent that a token of role agent acts for.

    `created` and `expires` in Unix seconds; None: never.
    """

    name: str
    role: Role
    hash: str
    created: float
    expires: float | None = None
    agent: str | None = None

    @property
    def by(self) -> By:
        """Who it is, for the journal."""
        return By(f"token:{self.name}")


class TokenError(Exception):
    """The tokens' file cannot be used, or there is such a token already; says which and why."""


def tokens_path(journal: Path) -> Path:
    """Return where the tokens of the server with this journal are."""
    return journal.with_suffix(".tokens")


def hash_of(secret: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def read(path: Path) -> list[Token]:
    """Return the file's tokens, none where there is no file; raise TokenError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Token])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise TokenError(f"{path}: cannot be read: {error}") from error


def add(  # noqa: PLR0913 - what a token is
    path: Path,
    name: str,
    role: Role,
    now: float,
    *,
    expires: float | None = None,
    agent: str | None = None,
) -> str:
    """Add a token and return its secret, which nobody can find out later; raise TokenError."""
    secret = f"acd_{role[0]}_{secrets.token_urlsafe(32)}"
    with _changing(path) as tokens:
        tokens[:] = [one for one in tokens if one.expires is None or one.expires > now]
        if any(one.name == name for one in tokens):
            raise TokenError(f'there is a token "{name}" already: remove it, or take another name')
        if len(tokens) >= MOST_TOKENS:
            raise TokenError(f"there are {MOST_TOKENS} tokens already: remove some")
        tokens.append(Token(name, role, hash_of(secret), now, expires, agent))
    return secret


def remove(path: Path, name: str) -> None:
    """Let the token be worth nothing from now on; raise TokenError where there is none."""
    with _changing(path) as tokens:
        left = [one for one in tokens if one.name != name]
        if len(left) == len(tokens):
            raise TokenError(f'there is no token "{name}"')
        tokens[:] = left


@contextlib.contextmanager
def _changing(path: Path) -> Iterator[list[Token]]:
    """Have the file's tokens to change; written whole, by one process at a time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with Path(f"{path}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            tokens = read(path)
            yield tokens
            new = Path(f"{path}.new")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                listed = [msgspec.to_builtins(one) for one in tokens]
                file.write(json.dumps(listed, indent=1).encode())
            new.replace(path)
    except OSError as error:
        raise TokenError(f"{path}: {error.strerror or error}") from error


class Tokens:
    """The file's tokens, read again whenever it has changed. Safe from every thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._tokens: dict[str, Token] = {}

    def find(self, secret: str, now: float) -> Token | None:
        """Return the token whose secret that is, None where there is none, or it has expired.

        By its hash: how long that takes says nothing about any token.
        """
        if len(secret) > LONGEST_TOKEN:
            return None
        found = self._read().get(hash_of(secret))
        if found is None or (found.expires is not None and found.expires <= now):
            return None
        return found

    def _read(self) -> dict[str, Token]:
        with self._lock:
            try:
                stat = self._path.stat()
                seen = (stat.st_mtime_ns, stat.st_ino)
            except OSError:
                seen = None
            if seen != self._seen or seen is None:
                self._tokens = {one.hash: one for one in read(self._path)}
                self._seen = seen
            return self._tokens
