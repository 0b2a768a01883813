"""The name server of a lab: A, SRV and NAPTR records that a test sets, and what was asked."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import dnslib

if TYPE_CHECKING:
    from tests.hosts.host import Host

PORT = 53


class Resolver:
    """Answers by UDP on port 53 of the addresses it serves; what it does not know is NXDOMAIN."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._records: list[dnslib.RR] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self.asked: list[tuple[str, str]] = []
        """Every question so far: type and name."""
        self.silent = False
        """True: questions are noted and not answered."""

    def serve(self, address: str) -> None:
        """Answer on one more address of the host."""
        server = self._host.socket(socket.SOCK_DGRAM, address, PORT)
        thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        self._sockets.append(server)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Answer no more."""
        for server in self._sockets:
            # A datagram to itself: what waits in recvfrom is not woken by close().
            with self._host.network():
                waker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            with waker:
                waker.sendto(b"", server.getsockname())
        for thread in self._threads:
            thread.join(5)
        for server in self._sockets:
            server.close()

    # -- records

    def a(self, name: str, *addresses: str, ttl: int = 60) -> None:
        """Let a name have these addresses; those it had before are gone."""
        self._set(name, "A", [dnslib.A(address) for address in addresses], ttl)

    def srv(self, name: str, *targets: tuple[int, int, int, str], ttl: int = 60) -> None:
        """Set SRV records, as ``_sip._udp.one.example``: priority, weight, port, target each."""
        self._set(name, "SRV", [dnslib.SRV(*target) for target in targets], ttl)

    def naptr(self, name: str, *services: tuple[int, int, str, str], ttl: int = 60) -> None:
        """Set NAPTR records: order, preference, service as ``SIP+D2T``, replacement each."""
        data = [
            dnslib.NAPTR(order, preference, b"s", service.encode(), b"", replacement)
            for order, preference, service, replacement in services
        ]
        self._set(name, "NAPTR", data, ttl)

    def forget(self, name: str) -> None:
        """Let there be nothing of this name."""
        with self._changed:
            self._records = [record for record in self._records if record.rname != name]

    def _set(self, name: str, kind: str, data: list[dnslib.RD], ttl: int) -> None:
        number = getattr(dnslib.QTYPE, kind)
        with self._changed:
            kept = [one for one in self._records if (one.rname, one.rtype) != (name, number)]
            added = [dnslib.RR(name, number, ttl=ttl, rdata=one) for one in data]
            self._records = kept + added

    # -- what was asked

    def wait_asked(self, kind: str, name: str, times: int = 1, timeout: float = 5) -> None:
        """Wait until this has been asked for so many times."""
        until = time.monotonic() + timeout
        with self._changed:
            while self.asked.count((kind, name)) < times:
                left = until - time.monotonic()
                assert left > 0, f"{kind} {name} not asked {times} times; asked: {self.asked}"
                self._changed.wait(left)

    def _serve(self, server: socket.socket) -> None:
        while True:
            data, source = server.recvfrom(4096)
            if not data:
                return
            try:
                answer = self._answer(dnslib.DNSRecord.parse(data))
            except dnslib.DNSError:
                continue
            if answer:
                server.sendto(answer.pack(), source)

    def _answer(self, question: dnslib.DNSRecord) -> dnslib.DNSRecord | None:
        wanted = question.q
        with self._changed:
            self.asked.append((dnslib.QTYPE[wanted.qtype], str(wanted.qname).rstrip(".").lower()))
            self._changed.notify_all()
            named = [record for record in self._records if record.rname == wanted.qname]
        if self.silent:
            return None
        answer = question.reply()
        found = [record for record in named if record.rtype == wanted.qtype]
        answer.add_answer(*found)
        if not named:
            answer.header.rcode = dnslib.RCODE.NXDOMAIN
        return answer
