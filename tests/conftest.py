"""What tests of this folder share: which to leave out or run alone, the gateway, who calls it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.company import Company
from tests.gateway_process import Gateway, serving
from tests.patience import SHRINKING_SECONDS, long_waits
from tests.raw_sip import RawSip
from tests.stranger import Stranger

STACKS = Path(__file__).with_name("stacks")
"""Needs root and other makes of phones and servers: ./acd stacks names it, and it alone."""

COMPANY = pytest.StashKey[Company]()
LONG_WAIT = "long wait"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")
    parser.addoption("--hostile-attack", action="append", help="one of the attacks, not all")
    parser.addoption("--hostile-seconds", type=float, help="how long each attack goes on")
    parser.addoption("--hostile-seed", help="what the attacks are made from")


def pytest_configure(config: pytest.Config) -> None:
    # How long one example takes says how busy the machine is, not whether it is right. The same
    # examples in every run, as a change is to be judged by itself; others each time with --long.
    long = config.getoption("--long")
    hypothesis.settings.register_profile(
        "acd", deadline=None, derandomize=not long, database=None, print_blob=True
    )
    hypothesis.settings.load_profile("acd")
    if (run := getattr(config, "workerinput", {}).get("testrunuid")) is not None:
        config.stash[COMPANY] = Company(run)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (company := config.stash.get(COMPANY, None)) is not None:
        company.close()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    named = any(STACKS.name in Path(argument).parts for argument in config.invocation_params.args)
    return True if collection_path == STACKS and not named else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if is_of_hypothesis(item):
            seconds = SHRINKING_SECONDS + float(config.getini("timeout"))
            item.add_marker(pytest.mark.timeout(seconds))
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("long")]


def is_of_hypothesis(item: pytest.Item) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))


# First of all: the wait for the others is not to count for the test's time limit.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    company = item.config.stash.get(COMPANY, None)
    if company is None:
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    with company.alone() if alone else company.among_others():
        return (yield)


# Properties of a test go from the workers to the main process, which alone tells of them.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    item.user_properties += [(LONG_WAIT, f"{call.when}: {wait}") for wait in long_waits]
    long_waits.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        f"{report.nodeid} {what}"
        for report in terminalreporter.getreports("")  # a test's setup and its end
        if report.when == "teardown"
        for name, what in report.user_properties
        if name == LONG_WAIT
    ]
    if told:
        terminalreporter.section("needed luck: waited for more than half of the limit")
        terminalreporter.write_line("\n".join(told))


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Write surrogates of a test's log as such: no worker could send them to the main process."""
    return without_surrogates((yield))


def without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case dict():
            return {key: without_surrogates(each) for key, each in value.items()}
        case list() | tuple():
            return type(value)(without_surrogates(each) for each in value)
        case _:
            return value


# ---- the gateway alone, for tests without wishes of their own -----------------------------------


@pytest.fixture(name="gateway", scope="module")
def fixture_gateway() -> Iterator[Gateway]:
    with serving() as gateway:
        yield gateway


@pytest.fixture(name="caller")
def fixture_caller() -> Iterator[RawSip]:
    with RawSip() as caller:
        yield caller


@pytest.fixture(name="stranger")
def fixture_stranger(gateway: Gateway) -> Iterator[Stranger]:
    with Stranger(gateway.port, "127.0.0.1") as stranger:
        yield stranger


# ---- what strangers send ---------------------------------------------------------------------


@pytest.fixture
def hostile_attacks(request: pytest.FixtureRequest) -> list[str]:
    """Which attacks; all where the list is empty."""
    return request.config.getoption("--hostile-attack") or []


@pytest.fixture
def hostile_seconds(request: pytest.FixtureRequest) -> float:
    """How long each attack goes on."""
    told: float | None = request.config.getoption("--hostile-seconds")
    return told if told is not None else 30.0 if _only_hostile(request.config) else 4.0


@pytest.fixture
def hostile_seed(request: pytest.FixtureRequest) -> str:
    """What the attacks are made from: the same in every ordinary run."""
    told: str | None = request.config.getoption("--hostile-seed")
    return told or (str(time.time_ns()) if _only_hostile(request.config) else "1")


def _only_hostile(config: pytest.Config) -> bool:
    return bool(config.getoption("-m") == "hostile")
