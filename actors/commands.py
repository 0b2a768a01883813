"""``acd token`` and ``acd reload``: what an operator says to a server that runs on this machine."""

from __future__ import annotations

import argparse
import http.client
import json
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from actors.config import ConfigError, load
from actors.http import tokens
from actors.http.tokens import Role, TokenError
from actors.settings import Settings

RELOAD_SECONDS = 120.0
"""A reload has new prompts spoken, some of them a second each."""

BORROWED_SECONDS = 300.0
"""How long the token is worth anything by which ``acd reload`` says who it is."""

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens, not what is bound


class CommandError(Exception):
    """The command was not carried out; says why."""


def token(arguments: list[str]) -> int:
    """Make, list or remove a token."""
    parser = argparse.ArgumentParser(prog="acd token", description="Tokens for /api/v1.")
    parser.add_argument("configuration", type=Path, nargs="?", default=Path("conf/acd.toml"))
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--role", type=Role, choices=list(Role), help="make one with this role")
    what.add_argument("--list", action="store_true", help="say which there are")
    what.add_argument("--remove", metavar="NAME", help="let it be worth nothing from now on")
    parser.add_argument("--name", help="what it is called in the journal; needed to make one")
    parser.add_argument("--agent", metavar="ID", help="whom a token of role agent acts for")
    parser.add_argument("--days", type=float, help="after so many it is worth nothing")
    wanted = parser.parse_args(arguments)
    return _said(lambda: _token(wanted))


def _token(wanted: argparse.Namespace) -> None:
    path = tokens.tokens_path(load(wanted.configuration).journal.path)
    now = time.time()
    if wanted.list:
        for one in tokens.read(path):
            until = "" if one.expires is None else time.strftime(" until %F %T", _at(one.expires))
            print(f"{one.name}: {one.role}{f' {one.agent}' if one.agent else ''}{until}")  # noqa: T201
    elif wanted.remove:
        tokens.remove(path, wanted.remove)
    else:
        if not wanted.name:
            raise CommandError("--name: a token needs a name, by which the journal says who it was")
        if (wanted.role is Role.AGENT) != bool(wanted.agent):
            raise CommandError("--agent: a token of role agent, and no other, acts for an agent")
        expires = None if wanted.days is None else now + 86_400 * wanted.days
        secret = tokens.add(
            path, wanted.name, wanted.role, now, expires=expires, agent=wanted.agent
        )
        print(secret)  # noqa: T201 - what the command is for


def _at(moment: float) -> time.struct_time:
    return time.localtime(moment)


def reload(arguments: list[str]) -> int:
    """Have the server follow its configuration file."""
    parser = argparse.ArgumentParser(
        prog="acd reload", description="Have the running server read its configuration again."
    )
    parser.add_argument("configuration", type=Path, nargs="?", default=Path("conf/acd.toml"))
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    parser.add_argument(
        "--take-file", action="store_true", help="drop what was changed at run time, too"
    )
    wanted = parser.parse_args(arguments)
    return _said(lambda: _reload(wanted))


def _reload(wanted: argparse.Namespace) -> None:
    settings = load(wanted.configuration)
    name = f"reload-{secrets.token_hex(4)}"
    path = tokens.tokens_path(settings.journal.path)
    now = time.time()
    secret = tokens.add(path, name, Role.ADMIN, now, expires=now + BORROWED_SECONDS)
    try:
        body = {"dry_run": wanted.dry_run, "take_file": wanted.take_file}
        told = _post(settings, secret, body)
    finally:
        tokens.remove(path, name)
    for line in told["changes"]:
        print(line)  # noqa: T201
    for setting in told["needs_restart"]:
        print(f"{setting}: needs a restart")  # noqa: T201
    if not told["changes"] and not told["needs_restart"]:
        print("nothing differs")  # noqa: T201


def _post(settings: Settings, secret: str, body: dict[str, bool]) -> dict[str, Any]:
    address = ANY.get(settings.http.address, settings.http.address)
    where = f"{address}:{settings.http.port}"
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    try:
        connection = http.client.HTTPConnection(address, settings.http.port, timeout=RELOAD_SECONDS)
        connection.request("POST", "/api/v1/reload", json.dumps(body), headers)
        response = connection.getresponse()
        told: dict[str, Any] = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise CommandError(f"no server answers at {where}: {error}") from error
    if response.status != http.client.OK:
        raise CommandError(f"{told.get('title', '')}: {told.get('detail', '')}")
    return told


def _said(do: Any) -> int:
    """Return the exit code: 0 done, 2 not, and then why on standard error."""
    try:
        do()
    except (CommandError, ConfigError, TokenError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


COMMANDS = {"token": token, "reload": reload}
