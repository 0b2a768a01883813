"""Kamailio as the phones' outbound proxy: it keeps nobody's address, and all goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.stage import ACD, KAMAILIO, Stage

PROXY = {
    "sip": {
        "call_server": "",
        "peer": [{"name": "proxy", "addresses": [KAMAILIO], "may_log_on": True, "is_proxy": True}],
    }
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, ACD) as made:
        yield made


def test_agents_and_callers_behind_an_outbound_proxy_talk_and_all_goes_through_it(
    stage: Stage,
) -> None:
    stage.kamailio(ACD, relays=True)
    server = stage.acd(PROXY)
    behind: dict[str, Any] = {"registrar": KAMAILIO, "domain": "phones.example"}
    desk = stage.started("desk", stage.phones_host, 5080, **behind)
    caller = stage.started("ada", stage.phones_host, **behind)
    stage.log_on(desk, "2771")

    stage.talk(caller, desk).end()
    server.wait_agent("2771", "idle")

    [offer] = stage.offers()
    assert offer.message.uri == f"sip:desk@{stage.phones_host.address}:5080"
    assert {seen.target[0] for seen in stage.sent()} == {KAMAILIO}
