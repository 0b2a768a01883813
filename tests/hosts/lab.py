"""Hosts of the tests' own: network namespaces on bridges, in this machine, gone with the test.

with Lab() as lab:
    town = lab.net("192.0.2.0/24")
    acd = lab.host("acd", {town: "192.0.2.10"})
    kamailio = lab.host("kamailio", {town: "192.0.2.20"})
    lab.resolver.a("one.example", "192.0.2.20")

Nothing leads from there to any other network. A process of its own (tests/hosts/undertaker.py) ends
whatever runs in the namespaces and takes them away: when the block ends, when the test process dies
in whatever way, and after `seconds` at the latest.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.hosts.host import Host, run
from tests.hosts.resolver import Resolver

MOST_HOSTS = 8
LONGEST_SECONDS = 300
UNDERTAKER = Path(__file__).with_name("undertaker.py")

_labs = itertools.count(1)


@dataclass(frozen=True)
class Net:
    """One network: a bridge its hosts hang on; the first address is the name server's."""

    bridge: str
    network: ipaddress.IPv4Network

    @property
    def name_server(self) -> str:
        """Where this network's hosts ask for names."""
        return str(self.network[1])


class Lab:
    """A few hosts, the bridges between them and the name server they ask."""

    resolver: Resolver

    def __init__(self, seconds: int = LONGEST_SECONDS) -> None:
        self._prefix = f"acd-{os.getpid()}-{next(_labs)}-"
        self._seconds = seconds
        self._hosts: list[Host] = []
        self._nets: list[Net] = []

    def __enter__(self) -> Self:
        self._undertaker = subprocess.Popen(
            [sys.executable, "-I", "-S", UNDERTAKER, self._prefix, str(self._seconds)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # not ended by the Ctrl-C that ends the tests
        )
        try:
            self._switch = self._new("switch")
            self.resolver = Resolver(self._switch)
        except BaseException:
            self._bury()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        try:
            self.resolver.close()
        finally:
            self._bury()

    def _bury(self) -> None:
        assert self._undertaker.stdin
        self._undertaker.stdin.close()
        assert self._undertaker.wait(20) == 0, "namespaces were left behind: ip netns list"

    def net(self, network: str) -> Net:
        """Return a new network without hosts."""
        net = Net(f"br{len(self._nets)}", ipaddress.IPv4Network(network))
        self._nets.append(net)
        self._switch.ip("link", "add", net.bridge, "type", "bridge")
        self._switch.ip(
            "address", "add", f"{net.name_server}/{net.network.prefixlen}", "dev", net.bridge
        )
        self._switch.ip("link", "set", net.bridge, "up")
        self.resolver.serve(net.name_server)
        return net

    def host(self, name: str, places: Mapping[Net, str]) -> Host:
        """Return a new host with one address in each of these networks: eth0, eth1, in order."""
        first = next(iter(places))
        host = self._new(name, first.name_server)
        for number, (net, address) in enumerate(places.items()):
            assert ipaddress.IPv4Address(address) in net.network, f"{address} is not of {net}"
            port = f"p{len(self._hosts)}.{number}"
            interface = f"eth{number}"
            ends = ("type", "veth", "peer", "name", interface, "netns", host.namespace)
            self._switch.ip("link", "add", port, *ends)
            self._switch.ip("link", "set", port, "master", net.bridge, "up")
            host.ip("address", "add", f"{address}/{net.network.prefixlen}", "dev", interface)
            host.ip("link", "set", interface, "up")
            host.addresses.append(address)
        # Nothing is behind it: some phones take for their own address the one that leads outside.
        host.ip("route", "add", "default", "via", first.name_server)
        return host

    def cut(self, host: Host, *, connected: bool = False) -> None:
        """Pull the host's plugs out of the bridges, or put them in again."""
        number = self._hosts.index(host) + 1
        for line in self._switch.ip("-oneline", "link", "show", "type", "veth").splitlines():
            port = line.split()[1].split("@")[0]
            if port.startswith(f"p{number}."):
                self._switch.ip("link", "set", port, "up" if connected else "down")

    def _new(self, name: str, name_server: str = "") -> Host:
        assert len(self._hosts) < MOST_HOSTS, f"a lab has {MOST_HOSTS} hosts at most"
        host = Host(self._prefix + name)
        try:
            run("ip", "netns", "add", host.namespace)
        except (OSError, subprocess.CalledProcessError) as error:
            why = getattr(error, "stderr", None) or error
            message = f"this machine makes no network namespaces, and the tests need them: {why}"
            raise RuntimeError(message) from error
        host.asks(name_server)
        host.ip("link", "set", "lo", "up")
        self._hosts.append(host)
        return host
