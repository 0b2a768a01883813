"""Host names, kept for as long as the DNS says, looked up beside the SIP thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import dnslib
import dnslib.server
import pytest

from actors.core.wire.locate import DnsFailed, Naptr, Srv, Target
from actors.messages.phone import Hop
from actors.sip.hosts import DOWN_SECONDS, FAILED_TTL, MOST_KEPT, STALE_SECONDS, Hosts
from actors.sip.system_dns import SystemDns

ONE = Target("one.example", 5060)


class SlowDns:
    """A name server whose answers a test lets out one by one; virtual time for the cache."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.asked: list[str] = []
        self.address = "192.0.2.1"
        self.more: list[str] = []
        self.ttl = 100
        self.broken = False
        self.actions: list[Callable[[], None]] = []
        self.went = threading.Condition()
        self.hosts = Hosts(self, ("udp", "tcp"), self.soon, lambda: self.now)

    def naptr(self, name: str) -> tuple[list[Naptr], int]:
        raise AssertionError(f"nobody is to ask for the NAPTR records of {name}")

    def srv(self, name: str) -> tuple[list[Srv], int]:
        raise AssertionError(f"nobody is to ask for the SRV records of {name}")

    def addresses(self, name: str) -> tuple[list[str], int]:
        self.asked.append(name)
        if self.broken:
            raise DnsFailed("no name server answers")
        return [self.address, *self.more], self.ttl

    def soon(self, action: Callable[[], None]) -> None:
        with self.went:
            self.actions.append(action)
            self.went.notify_all()

    def answers(self, count: int = 1) -> None:
        """Wait for so many answers, and hand them over."""
        with self.went:
            assert self.went.wait_for(lambda: len(self.actions) >= count, 5)
            actions, self.actions = self.actions, []
        for action in actions:
            action()

    def find(self, target: Target = ONE) -> list[tuple[Hop, ...]]:
        found: list[tuple[Hop, ...]] = []
        self.hosts.find(target, found.append)
        return found


@pytest.fixture(name="dns")
def fixture_dns() -> Iterator[SlowDns]:
    made = SlowDns()
    yield made
    made.hosts.stop()


def hop(address: str = "192.0.2.1") -> tuple[Hop, ...]:
    return (Hop(address, 5060),)


def test_who_asks_while_it_is_looked_up_is_told_with_the_others(dns: SlowDns) -> None:
    first, second = dns.find(), dns.find()
    assert first == second == []

    dns.answers()

    assert first == second == [hop()]
    assert dns.asked == ["one.example"]


def test_what_is_known_is_told_at_once_until_its_time_is_over(dns: SlowDns) -> None:
    dns.find()
    dns.answers()
    dns.address = "192.0.2.2"

    dns.now += 79
    assert dns.find() == [hop()]
    dns.now += 30
    later = dns.find()
    assert later == []
    dns.answers()
    assert later == [hop("192.0.2.2")]


def test_a_name_in_use_is_looked_up_anew_before_its_time_is_over(dns: SlowDns) -> None:
    dns.find()
    dns.answers()
    dns.address = "192.0.2.2"

    dns.now += 90
    assert dns.find() == [hop()]
    dns.answers()
    dns.now += 20
    assert dns.find() == [hop("192.0.2.2")]


def test_while_the_dns_is_away_what_it_said_last_is_taken(dns: SlowDns) -> None:
    dns.find()
    dns.answers()
    dns.broken = True

    dns.now += 101
    found = dns.find()
    dns.answers()
    assert found == [hop()]
    dns.now += STALE_SECONDS
    found = dns.find()
    dns.answers()
    assert found == [()]


def test_a_name_that_nobody_knows_is_asked_for_again_soon(dns: SlowDns) -> None:
    dns.broken = True
    found = dns.find()
    dns.answers()
    assert found == [()]
    assert dns.find() == [()]
    dns.broken = False
    dns.now += FAILED_TTL
    found = dns.find()
    dns.answers()
    assert found == [hop()]


def test_where_nobody_answered_lately_comes_last(dns: SlowDns) -> None:
    dns.more = ["192.0.2.2", "192.0.2.3"]
    dns.ttl = 86_400
    dns.find()
    dns.answers()
    first, second, third = (Hop(f"192.0.2.{number}", 5060) for number in (1, 2, 3))
    assert dns.find() == [(first, second, third)]

    dns.hosts.failed(first)
    assert dns.find() == [(second, third, first)]
    dns.now += DOWN_SECONDS

    assert dns.find() == [(first, second, third)]


def test_names_without_end_do_not_fill_the_memory(dns: SlowDns) -> None:
    for number in range(MOST_KEPT + 50):
        dns.find(Target(f"h{number}.example", 5060))
        dns.answers()

    assert len(dns.hosts._known) == MOST_KEPT


# ---- a name server -------------------------------------------------------------------------------

ZONE = """
one.example.       60 IN NAPTR 10 10 "s" "SIP+D2U" "" _sip._udp.one.example.
_sip._udp.one.example. 30 IN SRV 10 1 5070 a.one.example.
a.one.example.     20 IN A 192.0.2.11
"""


@pytest.fixture(name="port")
def fixture_port() -> Iterator[int]:
    server = dnslib.server.DNSServer(
        dnslib.server.BaseResolver(), port=0, address="127.0.0.1", logger=None
    )
    records = dnslib.RR.fromZone(ZONE)

    def resolve(request: dnslib.DNSRecord, _: object) -> dnslib.DNSRecord:
        reply = request.reply()
        for record in records:
            if record.rname == request.q.qname and record.rtype == request.q.qtype:
                reply.add_answer(record)
        if not any(record.rname == request.q.qname for record in records):
            reply.header.rcode = dnslib.RCODE.NXDOMAIN
        return reply

    server.server.resolver.resolve = resolve
    server.start_thread()
    yield int(server.server.server_address[1])
    server.stop()
    server.server.server_close()


def test_records_are_read_off_the_wire_with_their_times(port: int) -> None:
    dns = SystemDns(("127.0.0.1",), port)

    assert dns.naptr("one.example") == ([Naptr(10, 10, "SIP+D2U", "_sip._udp.one.example.")], 60)
    assert dns.srv("_sip._udp.one.example.") == ([Srv(10, 1, 5070, "a.one.example.")], 30)
    assert dns.addresses("a.one.example") == (["192.0.2.11"], 20)
    assert dns.addresses("nobody.example")[0] == []
    assert dns.srv("a.one.example")[0] == []


def test_a_name_server_that_is_not_there_is_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        dns = SystemDns(("127.0.0.1",), silent.getsockname()[1], lifetime=0.2)
        with pytest.raises(DnsFailed):
            dns.addresses("one.example")


def test_the_hosts_file_comes_first(tmp_path: Path, port: int) -> None:
    file = tmp_path / "hosts"
    file.write_text("127.0.0.1 localhost\n192.0.2.99  A.one.example alias # said here\n")
    dns = SystemDns(("127.0.0.1",), port, hosts=file)

    assert dns.addresses("a.one.example")[0] == ["192.0.2.99"]
    assert dns.addresses("alias")[0] == ["192.0.2.99"]
    assert dns.srv("alias")[0] == []
