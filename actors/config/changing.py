"""One change asked for at run time: whether it may be made, and what then lies over the file."""

from __future__ import annotations

import hashlib
import json

from actors.config.faults import Fault
from actors.config.refusals import invalid, refuse
from actors.config.writing import open_table
from actors.core.directory.overlay import Overlay, Table, Tables, change_to, parts, patched
from actors.messages.changes import Change, Edit, Found, Kind, Name

MOST_THINGS = 100_000
"""Changes that lie over the file: a kilobyte each at most."""

OF_MEMBERSHIPS = ("queues", "level", "weight", "order")
"""What stands in an agent's table in the file, and belongs to his memberships here."""

Changes = dict[tuple[Kind, Name], Table | None]


def found(kind: Kind, name: Name, table: Table) -> Found:
    """Return the thing as it is told to whoever asks."""
    return Found(kind, name, open_table(table), version(table))


def version(table: Table) -> str:
    """Return what is the same for as long as the thing is: also after a restart."""
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:16]


def check_edit(edit: Edit, tables: Tables) -> None:
    """Raise Refusal where the change does not fit what there is."""
    kind, name, old = edit.kind, edit.name, tables.of(edit.kind).get(edit.name)
    if edit.change is Change.CREATE and old is not None:
        raise refuse("exists", f"there is a {kind} {name} already")
    if edit.change in {Change.PATCH, Change.DELETE} and old is None:
        raise refuse(f"no-such-{kind}", f"there is no {kind} {name}")
    if edit.version is not None and (old is None or edit.version != version(old)):
        present = "it is not there" if old is None else f'its version is "{version(old)}"'
        raise refuse("version", f"the {kind} {name} was changed meanwhile: {present}")
    if kind is Kind.MEMBER and edit.change is not Change.DELETE:
        for of, one in zip((Kind.QUEUE, Kind.AGENT), parts(name), strict=True):
            if one not in tables.of(of):
                raise refuse(f"no-such-{of}", f"there is no {of} {one}")


def laid_by(edit: Edit, file: Tables, overlay: Overlay, tables: Tables) -> tuple[Overlay, Changes]:
    """Return what lies over the file from now on, and what of it is by this change.

    With a queue or an agent go its memberships. Of what is removed that the file never had nothing
    is left to lie over it. `tables` is what there is, `file` and `overlay` what it comes from.
    Raises Refusal.
    """
    changes = _changes(edit, file, overlay, tables)
    after = {
        (kind, name): table
        for (kind, name), table in {**overlay, **changes}.items()
        if table is not None or name in file.of(kind)
    }
    if len(after) > MOST_THINGS:
        raise refuse("too-many", f"at most {MOST_THINGS} things may differ from the file")
    return after, changes


def _changes(edit: Edit, file: Tables, overlay: Overlay, tables: Tables) -> Changes:
    kind, name = edit.kind, edit.name
    if edit.change is Change.DELETE:
        gone: Changes = {(kind, name): None}
        return gone | {(Kind.MEMBER, one): None for one in _memberships_of(kind, name, tables)}
    given = dict(edit.table or {})
    _check_keys(kind, name, given)
    old = tables.of(kind).get(name)
    if edit.change is Change.PATCH and old is not None:
        whole = patched(old, given)
        before = overlay.get((kind, name)) or {}
        return {(kind, name): {**before, **{one: whole.get(one) for one in given}}}
    return {(kind, name): change_to(file.of(kind).get(name), given)}


def _memberships_of(kind: Kind, name: Name, tables: Tables) -> list[Name]:
    """Return the memberships of a queue or an agent; a membership has none of its own."""
    if kind is Kind.MEMBER:
        return []
    return [one for one in tables.member if parts(one)[kind is Kind.AGENT] == name]


def _check_keys(kind: Kind, name: Name, given: dict[str, object]) -> None:
    """Raise Refusal for what the table may not say; its name is put in where it is left out."""
    if kind is not Kind.MEMBER:
        own_name = "name" if kind is Kind.QUEUE else "id"
        if given.setdefault(own_name, name) != name:
            raise invalid([Fault((own_name,), f"must be {name}, or left out")])
    if kind is Kind.AGENT and (wrong := [one for one in OF_MEMBERSHIPS if one in given]):
        told = "belongs to the membership: PUT /api/v1/queues/{queue}/members/{agent}"
        raise invalid([Fault((one,), told) for one in sorted(wrong)])
