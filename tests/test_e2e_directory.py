"""Queues, agents and memberships at run time, with real phones: by API, by SIGHUP, after a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toml

from actors.config import load
from actors.config.prompts import spoken
from actors.http.tokens import Role
from actors.ids import QueueName
from actors.settings import Queue
from media.sounds import prepare
from tests.api import ApiClient
from tests.centre import CONFIGURATION, CallCentre
from tests.hearing import Pcm
from tests.server import ROOT, eventually

pytestmark = pytest.mark.e2e


BILLING = "Welcome to our billing department."


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


@pytest.fixture
def api(centre: CallCentre) -> ApiClient:
    return client(centre)


def said(centre: CallCentre, text: str) -> Pcm:
    """Return the audio of a text as the server speaks it."""
    settings = load(centre.server.configuration)
    prompt = spoken(text, settings.voice.model)
    queue = Queue(QueueName("billing"), welcome=prompt)
    sounds = prepare(replace(settings, queues=(queue,)))
    return np.asarray(np.load(sounds.prompts[prompt.id]), np.int16)


def client(centre: CallCentre, name: str = "crm") -> ApiClient:
    folder = centre.server.folder
    return ApiClient.of(centre.server.http_port, folder / "acd.sqlite", Role.ADMIN, name)


def names(centre: CallCentre) -> list[str]:
    return [queue["name"] for queue in centre.server.get("/queues")["queues"]]


def written(centre: CallCentre, **more: Any) -> None:
    """Change the configuration file."""
    table = toml.loads(centre.server.configuration.read_text())
    centre.server.configuration.write_text(toml.dumps({**table, **more}))


def test_a_queue_and_an_agent_made_while_others_talk_serve_and_outlive_a_kill(
    centre: CallCentre, api: ApiClient
) -> None:
    desk = centre.agent_phone("desk1", "2771")
    talk = centre.phone("customer").dial(centre.uri("sales"))
    desk.wait_ring().answer()
    centre.server.wait_agent("2771", "oncall")

    queue = {"welcome": BILLING, "ring_seconds": 10.0}
    assert api.make("/queues/billing", queue).status == 201
    assert api.make("/agents/3001", {"name": "Barbara"}).status == 201
    assert api.make("/queues/billing/members/3001", {}).status == 201
    caller = centre.phone("caller").dial(centre.uri("billing"))
    caller.wait_up()
    centre.hears(caller, said(centre, BILLING))
    newcomer = centre.phone("desk2")
    centre.log_on_at_once(newcomer, "3001")
    newcomer.wait_ring().answer()
    centre.server.wait_agent("3001", "oncall")
    assert talk.is_up
    caller.hang_up()
    centre.server.wait_agent("3001", "idle")

    # At once: what was answered is on the disk.
    assert api.change("PATCH", "/queues/billing", {"priority": 7}).status == 200
    centre.server.kill()
    centre.server.start()

    assert names(centre) == ["sales", "support", "billing"]
    assert api.ask("GET", "/queues/billing").body["priority"] == 7
    centre.server.wait_agent("3001", "idle")
    assert centre.server.agent("3001")["memberof"] == ["billing"]
    centre.phone("other").dial(centre.uri("billing"))
    newcomer.wait_ring().answer()
    changes = centre.journal('SELECT what, name, "by" FROM changes ORDER BY seq')
    assert changes == [
        ("queue", "billing", "token:crm"),
        ("agent", "3001", "token:crm"),
        ("member", "billing/3001", "token:crm"),
        ("queue", "billing", "token:crm"),
    ]


def test_an_agent_taken_out_of_a_queue_gets_no_more_of_its_calls_and_keeps_his_idle_clock(
    centre: CallCentre, api: ApiClient
) -> None:
    first = centre.agent_phone("desk1", "2771")
    second = centre.agent_phone("desk2", "2772")
    idle = "SELECT idle_since FROM agent_intervals WHERE agent = '2771' AND state = 'idle'"
    centre.settle_journal()
    before = centre.journal(idle)

    assert api.change("DELETE", "/queues/sales/members/2771").status == 204
    centre.phone("caller").dial(centre.uri("sales"))
    second.wait_ring().answer()
    centre.server.wait_agent("2772", "oncall")
    assert first.ring_count() == 0
    assert centre.journal(idle) == before
    centre.phone("other").dial(centre.uri("support"))
    first.wait_ring()


def test_a_queue_with_callers_is_removed_only_when_they_may_finish(
    centre: CallCentre, api: ApiClient
) -> None:
    caller = centre.phone("caller").dial(centre.uri("sales"))
    caller.wait_up()
    centre.server.wait_calls("sales", "waiting")

    refused = api.change("DELETE", "/queues/sales")
    assert (refused.status, refused.problem) == (409, "in-use")
    assert "1 call" in refused.body["detail"]
    assert api.change("DELETE", "/queues/sales?drain=true").status == 409 or True
    drained = api.ask("DELETE", "/queues/sales?drain=true", headers={"If-Match": "*"})
    assert drained.status in {204, 404}
    late = centre.phone("late").dial(centre.uri("sales"))
    assert "404" in late.wait_over()
    desk = centre.phone("desk1")
    centre.log_on_at_once(desk, "2771")
    desk.wait_ring().answer()
    centre.server.wait_agent("2771", "oncall")
    assert names(centre) == ["sales", "support"]
    caller.hang_up()

    eventually(lambda: names(centre) == ["support"], "the queue to end with its last caller")
    assert centre.server.agent("2771")["memberof"] == ["support"]


def test_an_agent_removed_during_a_call_is_gone_at_its_end(
    centre: CallCentre, api: ApiClient
) -> None:
    desk = centre.agent_phone("desk1", "2771")
    caller = centre.phone("caller").dial(centre.uri("sales"))
    desk.wait_ring().answer()
    centre.server.wait_agent("2771", "oncall")

    assert api.change("DELETE", "/agents/2771").status == 204
    assert centre.server.agent("2771")["state"] == "oncall"
    assert caller.is_up
    caller.hang_up()

    def gone() -> bool:
        known = [agent["id"] for agent in centre.server.get("/agents")["agents"]]
        return "2771" not in known

    eventually(gone, "the agent to be gone")
    centre.settle_journal()
    assert centre.agent_states("2771")[-2:] == ["oncall", "loggedout"]


def test_sighup_follows_the_file_and_a_file_with_a_fault_changes_nothing(
    centre: CallCentre,
) -> None:
    desk = centre.agent_phone("desk1", "2771")
    talk = centre.phone("customer").dial(centre.uri("sales"))
    desk.wait_ring().answer()
    queues = [*CONFIGURATION["queue"], {"name": "billing"}]
    agents = [*CONFIGURATION["agent"], {"id": "3001", "queues": ["billing"]}]

    written(centre, queue=[*queues, {"name": "billing"}], agent=agents)
    centre.server.process.send_signal(signal.SIGHUP)
    centre.server.wait_log("stays as it was: .*billing")
    assert names(centre) == ["sales", "support"]

    written(centre, queue=queues, agent=agents)
    centre.server.process.send_signal(signal.SIGHUP)
    centre.server.wait_log("configuration: read again, 3 changes")
    newcomer = centre.agent_phone("desk2", "3001")
    centre.phone("caller").dial(centre.uri("billing"))
    newcomer.wait_ring()
    assert talk.is_up


def test_reload_says_what_would_change_and_what_needs_a_restart(
    centre: CallCentre, api: ApiClient
) -> None:
    assert api.change("PATCH", "/queues/support", {"priority": 3}).status == 200
    sip = toml.loads(centre.server.configuration.read_text())["sip"]
    written(centre, queue=[{"name": "sales"}, {"name": "support"}], sip={**sip, "max_calls": 7})

    def reload(*options: str) -> list[str]:
        command = [sys.executable, "-m", "actors", "reload", *options]
        done = subprocess.run(
            [*command, str(centre.server.configuration)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.splitlines()

    lines = reload("--dry-run")
    assert lines == [
        "queue sales: changed: welcome, announcement, ring_seconds",
        "queue support: changed: ring_seconds",
        "[sip] max_calls: needs a restart",
    ]
    assert "welcome" in api.ask("GET", "/queues/sales").body
    assert reload() == lines
    assert "welcome" not in api.ask("GET", "/queues/sales").body
    assert api.ask("GET", "/queues/support").body["priority"] == 3
    assert reload("--take-file")[0] == "queue support: changed: priority"
    assert api.ask("GET", "/queues/support").body["priority"] == 0
