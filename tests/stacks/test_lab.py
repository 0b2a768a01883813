"""The tests' own hosts: names, packets, a cut line, and that nothing of them is left behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest

from tests.hosts.capture import Capture
from tests.hosts.lab import Lab
from tests.server import ROOT, eventually

LOOK_UP = "import socket; print(socket.gethostbyname('one.example'))"
DIES = """
import os, sys
from tests.hosts.lab import Lab
with Lab() as lab:
    host = lab.host("left", {lab.net("192.0.2.0/24"): "192.0.2.10"})
    host.popen("sleep", "60")
    print(host.namespace, flush=True)
    sys.stdin.read()
"""


def test_hosts_find_each_other_by_name_and_a_capture_sees_it() -> None:
    with Lab() as lab:
        town = lab.net("192.0.2.0/24")
        one, two = lab.host("one", {town: "192.0.2.10"}), lab.host("two", {town: "192.0.2.20"})
        lab.resolver.a("one.example", "192.0.2.10")

        assert two.run(sys.executable, "-c", LOOK_UP).strip() == "192.0.2.10"

        assert ("A", "one.example") in lab.resolver.asked
        with (
            Capture(one) as capture,
            one.socket(socket.SOCK_DGRAM, port=5060) as here,
            two.socket(socket.SOCK_DGRAM, port=5070) as there,
        ):
            there.sendto(
                b"OPTIONS sip:one.example SIP/2.0\r\nCall-ID: 7\r\n\r\n", ("192.0.2.10", 5060)
            )
            data, source = here.recvfrom(2048)
            here.sendto(data.replace(b"OPTIONS", b"INFO"), source)
            seen = capture.wait_sip(lambda seen: seen.message.method == "INFO", "the answer")
        assert seen.source == ("192.0.2.10", 5060)
        assert seen.target == ("192.0.2.20", 5070)


def test_a_cut_host_hears_nothing_until_its_line_is_mended() -> None:
    with Lab() as lab:
        town = lab.net("192.0.2.0/24")
        one, two = lab.host("one", {town: "192.0.2.10"}), lab.host("two", {town: "192.0.2.20"})
        with one.socket(socket.SOCK_STREAM, port=5060) as server:
            server.listen()
            lab.cut(two)
            with two.socket(socket.SOCK_STREAM) as client:
                client.settimeout(0.3)
                with pytest.raises(OSError, match=r"timed out|unreachable|No route"):
                    client.connect(("192.0.2.10", 5060))
            lab.cut(two, connected=True)
            with two.socket(socket.SOCK_STREAM) as client:
                client.settimeout(5)
                client.connect(("192.0.2.10", 5060))


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_whatever_ends_the_tests_no_host_is_left_behind(end: signal.Signals) -> None:
    tests = subprocess.Popen(
        [sys.executable, "-c", DIES],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with tests:
        assert tests.stdout
        namespace = tests.stdout.readline().strip()
        assert namespace in subprocess.check_output(["ip", "netns", "list"], text=True)
        tests.send_signal(end)

    def gone() -> bool:
        return namespace not in subprocess.check_output(["ip", "netns", "list"], text=True)

    eventually(gone, f"{namespace} to be gone")
