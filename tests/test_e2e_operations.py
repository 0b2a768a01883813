"""What an operator does to a server: trace it, drain it, ask after its health, misconfigure it."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.centre import CallCentre
from tests.server import ROOT, AcdServer, eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CallCentre]:
    with CallCentre(tmp_path) as running:
        yield running


def test_a_trace_switched_on_by_rest_shows_every_message_until_it_is_off(
    centre: CallCentre,
) -> None:
    caller = centre.phone("caller")
    assert centre.server.request("PUT", "/trace", {"on": True})[0] == 202
    centre.server.health()  # the gateway answers it after the order that came before
    mark = centre.server.log_mark()
    call = caller.dial(centre.uri("sales"))
    call.wait_up()
    for message in (r"<- .*INVITE", r"-> .*200/INVITE", r"<- .*ACK"):
        centre.server.wait_log(message, since=mark)

    centre.server.request("PUT", "/trace", {"on": False})
    centre.server.health()  # the gateway answers it after the order that came before
    mark = centre.server.log_mark()
    call.hang_up()
    centre.server.wait_log("ended: abandoned", since=mark)

    assert not [line for line in centre.server.lines[mark:] if "BYE" in line]


def test_a_trace_is_switched_on_by_a_signal(centre: CallCentre) -> None:
    centre.server.process.send_signal(signal.SIGUSR2)
    caller = centre.phone("caller")

    def traced() -> bool:
        caller.dial(centre.uri("nobody")).wait_over()
        return any("-> " in line and "404" in line for line in centre.server.lines)

    eventually(traced, "a trace")


def test_health_is_well_while_all_parts_are(centre: CallCentre) -> None:
    eventually(lambda: centre.server.request("GET", "/health")[0] == 200, "health")

    assert centre.server.health()["status"] == "ok"


def test_draining_lets_calls_end_by_themselves_and_refuses_new_ones(tmp_path: Path) -> None:
    with CallCentre(tmp_path, {"sip": {"drain_seconds": 3600.0}}) as centre:
        call = centre.phone("early").dial(centre.uri("sales"))
        call.wait_up()
        late = centre.phone("late")
        codes: list[int] = []
        stopping = threading.Thread(target=lambda: codes.append(centre.server.stop(60)))
        stopping.start()
        centre.server.wait_log("stopping: new calls are refused")

        assert late.dial(centre.uri("sales")).wait_over().startswith("503")
        assert call.is_up
        call.hang_up()
        stopping.join(60)

        assert codes == [0]


def test_a_call_cut_off_by_a_kill_has_its_end_in_the_journal(centre: CallCentre) -> None:
    call = centre.phone("caller").dial(centre.uri("sales"))
    call.wait_up()
    centre.server.wait_calls("sales", "waiting")

    centre.kill_server()
    centre.server.start()
    centre.server.stop()

    assert centre.journal("SELECT result, reason FROM calls") == [("failed", "server-restart")]


def test_a_wrong_configuration_refuses_to_start_and_tells_all_mistakes(tmp_path: Path) -> None:
    wrong = {"sip": {"max_cals": 10}, "agent": [{"id": "2771", "queues": ["sails"]}]}
    server = AcdServer(tmp_path, {"queue": [{"name": "sales"}], **wrong})

    ended = subprocess.run(
        [sys.executable, "-m", "actors", str(server.configuration)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert "did you mean max_calls?" in ended.stderr
    assert "did you mean sales?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_in_use_refuses_to_start_and_says_which(centre: CallCentre, tmp_path: Path) -> None:
    folder = tmp_path / "second"
    folder.mkdir()
    taken = centre.server.sip_port
    second = AcdServer(folder, {"sip": {"port": taken}})

    ended = subprocess.run(
        [sys.executable, "-m", "actors", str(second.configuration)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert str(taken) in ended.stderr
    assert "Traceback" not in ended.stderr
