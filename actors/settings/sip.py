"""Where SIP is spoken and with whom, as ``[sip]`` and what is under it say."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Registration:
    """``[sip.registration]``: how we log on at the call server (RFC 3261, section 10)."""

    registrar: str
    user: str
    password: str
    realm: str = "*"
    expires: int = 300


@dataclass(frozen=True, slots=True)
class Peer:
    """``[[sip.peer]]``: somebody known by the addresses his packets come from, and his rights.

    `addresses` are IP addresses, networks, or host names. `believed`: what he says of a caller's
    identity and priority counts (RFC 3325). `is_proxy`: he speaks for others.
    """

    name: str
    addresses: tuple[str, ...]
    may_call: bool = True
    may_log_on: bool = False
    believed: bool = False
    is_proxy: bool = False
    without_caps: bool = False


@dataclass(frozen=True, slots=True)
class Strangers:
    """``[sip.strangers]``: what everybody may do who is no peer."""

    may_call: bool = True
    may_log_on: bool = False


@dataclass(frozen=True, slots=True)
class SipLimits:
    """``[sip.limits]``: what one source address (IPv6: one /64) may have at a time, or in a second.

    `half_open`: calls that are not confirmed yet; `calls`: all of them; `connections`: TCP, those
    that it opens, `all_connections` of all sources together; `retry_after` in seconds.
    `dialog_requests_per_second` is for each dialog, whoever its other side is.
    """

    half_open: int = 10
    calls: int = 200
    setups_per_second: int = 20
    requests_per_second: int = 100
    dialog_requests_per_second: int = 20
    connections: int = 10
    all_connections: int = 1000
    retry_after: int = 10


@dataclass(frozen=True, slots=True)
class Privacy:
    """``[sip.privacy]``: where a caller's wish not to be known counts (RFC 3323).

    `agents` are their phones; `rest` and `journal` what those show; the log is as the journal.
    """

    agents: bool = True
    rest: bool = True
    journal: bool = True


LAN = Peer("lan", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"), may_log_on=True)
"""Private networks (RFC 1918, RFC 4193): where phones of one's own are."""


@dataclass(frozen=True, slots=True)
class Sip:
    """``[sip]``: where SIP is spoken and with whom.

    `drain_seconds`: how long SIGTERM lets calls in progress go on before they get their BYE.
    """

    address: str = "0.0.0.0"  # noqa: S104 - a server for phones on the network
    advertise: str = ""
    port: int = 5060
    transports: tuple[str, ...] = ("udp", "tcp")
    domain: str = ""
    call_server: str = ""
    device_from: str = "auto"
    max_calls: int = 1000
    unreachable_seconds: float = 2.0
    session_expires: int = 1800
    drain_seconds: float = 0.0
    trace: bool = False
    pass_headers: tuple[str, ...] = ()
    registration: Registration | None = None
    strangers: Strangers = Strangers()
    peers: tuple[Peer, ...] = (LAN,)
    limits: SipLimits = SipLimits()
    privacy: Privacy = Privacy()
