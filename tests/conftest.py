"""What pytest is told for every test of this folder: which tests an ordinary run leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

STACKS = Path(__file__).with_name("stacks")
"""Needs root and other makes of phones and servers: ./acd interop names it, and it alone."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    named = any(STACKS.name in Path(argument).parts for argument in config.invocation_params.args)
    return True if collection_path == STACKS and not named else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("long")]
