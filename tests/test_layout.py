"""The rules of the tree: who may import whom, who may ask, and what http/ must never hold."""

from __future__ import annotations

import ast
import http
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

# Every module belongs to the group whose prefix fits it best; a module of actors/ that is not named
# here is an actor (or serves one) and belongs to "actors".
GROUPS = {
    "actors": "actors",
    "actors.__main__": "root",
    "actors.server": "root",
    "actors.commands": "root",
    "actors.editor": "root",
    "actors.messages": "words",
    "actors.version": "words",
    "actors.ids": "words",
    "actors.settings": "words",
    "actors.core": "core",
    # A URI and its text are words, too: messages hold them.
    "actors.core.wire.uri": "words",
    "actors.core.wire.text": "words",
    "actors.config": "config",
    "actors.logs": "config",
    "actors.exchange": "machinery",
    "actors.gateway": "gateway",
    "actors.sip": "gateway",
    "actors.http": "http",
    "actors.simulation": "simulation",
    "media": "media",
}

# The arrows of the design: a group imports itself and these.
MAY_IMPORT = {
    "words": set[str](),
    "core": {"words"},
    "config": {"words", "core", "machinery"},
    "machinery": {"words"},
    "actors": {"words", "core", "machinery"},
    "gateway": {"words", "core", "machinery"},
    "media": {"words", "machinery"},
    "http": {"words", "machinery"},
    "simulation": {"words", "core", "machinery", "actors"},
    "root": {"words", "core", "config", "machinery", "actors", "gateway", "media", "http"},
}

# What the outside world is reached by, and who alone may use it.
OWNERS = {
    "pjsua2": {"gateway"},
    "_pjsua2": {"gateway"},
    "bottle": {"http"},
    "cheroot": {"http"},
    "toml": {"config"},
    "numpy": {"media"},
    "piper": {"media"},
    "soundfile": {"media"},
    "soxr": {"media"},
    "sqlite3": {"actors"},
    "pykka": {"machinery", "actors", "gateway", "media", "http", "root"},
}

# A pure core has no clock, no thread and no socket; chance comes in as a random.Random.
IMPURE = {"asyncio", "ctypes", "os", "selectors", "socket", "subprocess", "threading", "time"}


def sources() -> dict[str, Path]:
    """All modules of the server, by the name they are imported by."""
    found = {}
    for folder, prefix in (("actors", "actors"), ("http", "actors.http"), ("media", "media")):
        for path in (PROJECT / folder).rglob("*.py"):
            if folder == "actors" and path.relative_to(PROJECT).parts[1] == "http":
                continue  # the link: the same files again
            parts = path.relative_to(PROJECT / folder).with_suffix("").parts
            found[".".join((prefix, *parts)).removesuffix(".__init__")] = path
    return found


def imports(path: Path) -> Iterator[str]:
    """Every module that ``path`` imports; a name taken from one counts as if it were a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def group(module: str) -> str | None:
    """The group a dotted name belongs to; None for what is not ours."""
    while module:
        if module in GROUPS:
            return GROUPS[module]
        module = module.rpartition(".")[0]
    return None


SOURCES = sources()


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_imports_follow_the_arrows_of_the_design(module: str) -> None:
    own = group(module)
    assert own is not None

    for name in imports(SOURCES[module]):
        other = group(name)
        assert other in {None, own} | MAY_IMPORT[own], f"{module} ({own}) imports {name} ({other})"


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_every_library_has_its_place(module: str) -> None:
    for name in imports(SOURCES[module]):
        owners = OWNERS.get(name.partition(".")[0])
        assert owners is None or group(module) in owners, f"{module} imports {name}"


def test_the_core_is_pure() -> None:
    for module, path in SOURCES.items():
        if group(module) == "core":
            impure = {name.partition(".")[0] for name in imports(path)} & IMPURE
            assert not impure, f"{module} imports {impure}"


@pytest.mark.parametrize("method", ["ask", "proxy"])
def test_no_actor_waits_for_another(method: str) -> None:
    for module, path in SOURCES.items():
        if group(module) in {"http", "root"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asks = isinstance(node, ast.Attribute) and node.attr == method
            assert not asks, f"{module}: .{method}"


def test_what_tests_speak_with_reads_sip_by_itself() -> None:
    helpers = [one for one in (PROJECT / "tests").rglob("*.py") if not one.stem.startswith("test_")]
    fuzzed = PROJECT / "tests/hostile/fuzz.py"
    readers = ("actors.core.wire.message", "actors.core.wire.sdp", "actors.sip")
    driver = PROJECT / "tests/gateway_driver.py"  # runs the gateway itself, and reads nothing
    reading = {
        str(path.relative_to(PROJECT))
        for path in helpers
        if path not in {fuzzed, driver}
        for name in imports(path)
        if name.startswith(readers)
    }

    assert reading == set()


def test_the_standard_library_keeps_its_http() -> None:
    standard = Path(sysconfig.get_path("stdlib"))

    assert not (PROJECT / "http" / "__init__.py").exists()
    assert Path(http.__file__).is_relative_to(standard)
    assert (PROJECT / "actors" / "http").is_symlink()


def test_every_module_says_what_it_is() -> None:
    for module, path in SOURCES.items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), module


def test_an_installed_server_has_all_of_its_packages() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {module for module, path in SOURCES.items() if path.name == "__init__.py"}

    assert set(project["tool"]["setuptools"]["packages"]) == packages | {"actors.http"}
