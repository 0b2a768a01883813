"""The DNS and the hosts file, asked by threads that may wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver

from actors.core.wire.locate import DnsFailed, Naptr, Srv

HOSTS = Path("/etc/hosts")
LIFETIME = 4.0
"""Seconds for one question, all name servers and repetitions together."""

NONE_TTL = 30
"""Seconds for which a name that does not exist is not asked for again."""

HOSTS_TTL = 10
IPV4, IPV6 = "A", "AAAA"


class SystemDns:
    """The name servers of this machine, or the given ones; names of the hosts file first."""

    def __init__(
        self,
        servers: tuple[str, ...] = (),
        port: int = 53,
        hosts: Path = HOSTS,
        lifetime: float = LIFETIME,
    ) -> None:
        """Take the name servers' addresses; without any, those of this machine are asked."""
        self._servers = servers
        self._port = port
        self._hosts = hosts
        self._lifetime = lifetime
        self._resolver: dns.resolver.Resolver | None = None

    def naptr(self, name: str) -> tuple[list[Naptr], int]:
        """Return the name's NAPTR records that lead on to SRV records."""
        found, ttl = self._ask(name, "NAPTR")
        records = [
            Naptr(one.order, one.preference, one.service.decode(), one.replacement.to_text())
            for one in found
            if one.flags.lower() == b"s"
        ]
        return records, ttl

    def srv(self, name: str) -> tuple[list[Srv], int]:
        """Return the name's SRV records."""
        found, ttl = self._ask(name, "SRV")
        return [Srv(one.priority, one.weight, one.port, one.target.to_text()) for one in found], ttl

    def addresses(self, name: str) -> tuple[list[str], int]:
        """Return the host's IPv4 addresses: no other audio is spoken."""
        listed = self._listed(name)
        if listed:
            return listed, HOSTS_TTL
        found, ttl = self._ask(name, IPV4)
        return [one.address for one in found], ttl

    def _ask(self, name: str, kind: str) -> tuple[list[Any], int]:
        if self._listed(name) and kind != IPV4:
            return [], HOSTS_TTL
        try:
            answer = self._asked().resolve(
                name, kind, lifetime=self._lifetime, search="." not in name
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return [], NONE_TTL
        except dns.exception.DNSException as error:
            raise DnsFailed(f"{name}: {error}") from None
        return list(answer), int(answer.rrset.ttl) if answer.rrset else NONE_TTL

    def _asked(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            made = dns.resolver.Resolver(configure=not self._servers)
            if self._servers:
                made.nameservers = list(self._servers)
                made.port = self._port
            self._resolver = made
        return self._resolver

    def _listed(self, name: str) -> list[str]:
        """Return what the hosts file says of the name."""
        try:
            lines = self._hosts.read_text(errors="replace").splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            address, *names = line.partition("#")[0].split() or [""]
            if name.lower() in (one.lower() for one in names) and ":" not in address:
                found.append(address)
        return found
