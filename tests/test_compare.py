"""docs/compare.md: each row says one of its words, and what shows it is a test that there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
COMPARED = TESTS.parent / "docs" / "compare.md"

WORDS = ("yes", "partly", "not yet", "no: ")
ROW = re.compile(r"\| ([A-Z]\d+) \|(.*)\|$")
NAMED = re.compile(r"`(\w+)::(\w+)`")


class Row(NamedTuple):
    """A feature: what ours is said to do, and the tests named for it, as (file, test)."""

    name: str
    ours: str
    shown_by: list[tuple[str, str]]


def rows() -> Iterator[Row]:
    for line in COMPARED.read_text().splitlines():
        if found := ROW.match(line):
            *_, ours, shown_by = (cell.strip() for cell in found[2].split(" |"))
            yield Row(found[1], ours, NAMED.findall(shown_by))


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of a file's tests, without their ``test_``, and of its test classes."""
    text = next(TESTS.rglob(f"{file}.py")).read_text()
    defined = (node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
    return frozenset(
        [
            *(name.removeprefix("test_") for name in defined if name.startswith("test_")),
            *re.findall(r"^(Test\w+) = ", text, re.MULTILINE),
        ]
    )


def test_each_feature_is_compared_once() -> None:
    names = [row.name for row in rows()]

    assert len(names) > 100
    assert len(names) == len(set(names))


def test_each_row_says_in_its_first_word_whether_we_do_it() -> None:
    vague = [row.name for row in rows() if not row.ours.startswith(WORDS)]

    assert vague == []


def test_what_we_say_we_do_is_shown_by_tests_that_there_are() -> None:
    unshown = [
        row.name for row in rows() if row.ours.startswith(("yes", "partly")) and not row.shown_by
    ]
    missing = [
        f"{row.name}: {file}::{name}"
        for row in rows()
        for file, name in row.shown_by
        if not list(TESTS.rglob(f"{file}.py")) or name not in names_in(file)
    ]

    assert unshown == []
    assert missing == []
