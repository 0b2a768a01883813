"""What the repository says about itself: nothing it points at is missing, no dependency untold."""

from __future__ import annotations

import importlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.journal import schema
from actors.journal.database import connect
from actors.journal.migration import run_each
from actors.journal.rows import COLUMNS, KINDS

PROJECT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]

ELSEWHERE = re.compile(
    r"\b[A-Z]{4,}(-[A-Z]+)? (row|rule|section) \d|\brows? \d+\b(?=\))|\(\d\.\d\)(?!,)"
)
"""Places in papers that the repository does not have: "(row 48)", "(3.2)"."""

A_FILE = re.compile(r"\b(?:docs|tests|setup|conf|bench|actors|media|http)/[\w./-]*\w")


def sources() -> Iterator[tuple[Path, str]]:
    """Yield every text of the repository, but for the licence, with its path."""
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, check=True)
    for name in listed.stdout.decode().split():
        path = PROJECT / name
        if path.is_file() and path.name not in {"LICENSE", Path(__file__).name}:
            yield path.relative_to(PROJECT), path.read_text(errors="replace")


def comments(path: Path, text: str) -> Iterator[str]:
    """Yield what is said rather than done: comments and docstrings of Python, else every line."""
    if path.suffix != ".py":
        yield from text.splitlines()
        return
    yield from re.findall(r'#.*|"""(?:[^"]|"(?!""))*"""', text)


def test_nothing_points_at_a_paper_outside_the_repository() -> None:
    dangling = [
        f"{path}: {found[0]}"
        for path, text in sources()
        for said in comments(path, text)
        for found in ELSEWHERE.finditer(said)
    ]

    assert dangling == []


def test_every_document_that_is_referred_to_is_there() -> None:
    missing = {
        f"{path}: {name}"
        for path, text in sources()
        for said in comments(path, text)
        for name in re.findall(r"\bdocs/[\w-]+\.md|\b[A-Z][A-Z-]{3,}\.md", said)
        if not (PROJECT / name).exists()
    }

    assert missing == set()


def test_every_file_that_a_document_names_is_there() -> None:
    documents = [path for path, _ in sources() if path.suffix == ".md"]
    missing = {
        f"{document}: {name}"
        for document in documents
        for name in re.findall(r"`([\w./-]+)`", (PROJECT / document).read_text())
        if A_FILE.fullmatch(name.rstrip("/")) and not (PROJECT / name).exists()
    }

    assert missing == set()


# ---- what we depend on -----------------------------------------------------------------------


def depended_on() -> set[str]:
    """Return the names of pyproject.toml and setup/packages.sh, and PJSIP."""
    extras = PYPROJECT["optional-dependencies"].values()
    wanted = [*PYPROJECT["dependencies"], *(one for extra in extras for one in extra)]
    packages = (PROJECT / "setup/packages.sh").read_text()
    lists = re.findall(r"^PACKAGES_\w+='([^']*)'", packages, re.MULTILINE)
    return {
        "pjsip",
        *(re.split(r"[<>=~!\[;]", one)[0].strip() for one in wanted),
        *(name for names in lists for name in names.replace("|", " ").split()),
    }


def test_every_dependency_is_in_the_table_with_its_licence() -> None:
    table = (PROJECT / "docs/dependencies.md").read_text()
    rows = re.findall(r"^\| ([\w.-]+) \| (.+) \| (.+) \|$", table, re.MULTILINE)
    told = {name: licence for name, _, licence in rows if name != "name"}

    assert set(told) == depended_on()
    assert all(re.search(r"MIT|BSD|GPL|Apache|MPL|ISC", licence) for licence in told.values())


def test_the_licence_is_the_gpl_and_everything_says_so() -> None:
    text = (PROJECT / "LICENSE").read_text()

    assert "GNU GENERAL PUBLIC LICENSE\n                       Version 3" in text
    assert PYPROJECT["license"] == "GPL-3.0-or-later"
    assert "GPL-3.0-or-later" in (PROJECT / "README.md").read_text()


def test_the_installed_command_is_there_and_knows_its_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name = PYPROJECT["scripts"]["acd"].split(":")
    started = importlib.import_module(module)
    monkeypatch.setattr("sys.argv", ["acd", "--version"])

    with pytest.raises(SystemExit):
        getattr(started, name)()

    assert capsys.readouterr().out.strip() == importlib.import_module("actors.version").VERSION


# ---- what the documents are to tell ----------------------------------------------------------


def test_the_journals_document_names_every_fact_view_and_column(tmp_path: Path) -> None:
    document = (PROJECT / "docs/journal.md").read_text()
    connection = connect(tmp_path / "acd.sqlite")
    run_each(connection, schema.SCHEMA)
    views = connection.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall()
    there = {*KINDS, *COLUMNS}
    for (view,) in views:
        columns = connection.execute(f"SELECT name FROM pragma_table_info('{view}')")  # noqa: S608
        there |= {view, *(name for (name,) in columns)}
    connection.close()

    assert {name for name in there if f"`{name}`" not in document} == set()


def test_what_the_journals_document_asks_can_be_asked(tmp_path: Path) -> None:
    document = (PROJECT / "docs/journal.md").read_text()
    queries = re.findall(r"^    SELECT[^;]*;", document, re.MULTILINE)
    connection = connect(tmp_path / "acd.sqlite")
    run_each(connection, schema.SCHEMA)

    for query in queries:
        connection.execute(query)

    assert len(queries) > 5
    connection.close()


def test_the_architecture_names_every_room() -> None:
    document = (PROJECT / "docs/architecture.md").read_text()
    rooms = {
        f"{path.parent.relative_to(PROJECT)}/"
        for folder in ("actors", "media")
        for path in (PROJECT / folder).rglob("__init__.py")
    }

    assert {room for room in rooms if f"`{room}`" not in document} == {"actors/core/"}
