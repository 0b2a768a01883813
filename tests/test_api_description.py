"""Hundreds of requests made from the OpenAPI document, right and wrong, against the real server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.http import rates
from actors.http.routes import ROUTES
from tests.test_api import Office

pytestmark = pytest.mark.e2e

CONFIGURATION = Path(__file__).parent / "data" / "schemathesis.toml"
SECONDS = 300.0
"""A minute on an idle machine."""


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(rates, "PER_SECOND", 1e9)  # hundreds are not to be told to come again
    monkeypatch.setattr(rates, "AT_ONCE", 1e9)
    office = Office(tmp_path)
    yield office
    office.close()


def test_whatever_the_description_allows_or_forbids_is_answered_as_it_says(
    office: Office, tmp_path: Path
) -> None:
    client = office.client()
    done = subprocess.run(
        [
            *(str(Path(sys.executable).with_name("st")), f"--config-file={CONFIGURATION}", "run"),
            f"http://127.0.0.1:{office.server.port}/api/v1/openapi.json",
            *("-H", f"Authorization: Bearer {client.secret}"),
            # There is no gateway here, so it tells of one.
            *("--exclude-operation-id", "health"),
            *("--max-examples", "20", "--generation-deterministic"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    # All of them but the one that is left out above, and the description itself.
    assert f"Tested: {len(ROUTES) - 2}" in done.stdout, done.stdout
