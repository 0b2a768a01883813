"""What a value must be beside its type: one rule for each setting that has one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actors import settings
from actors.config.faults import meant, one_of
from actors.core.routing.hours import holiday, span
from actors.core.routing.strategies import STRATEGIES
from actors.settings import MOST_PRIORITY

Rule = Callable[[Any], str | None]
"""Returns what would be right, or None where the value is."""

ABSENT = ("loggedout", "notresponding", "unavailable", "unknown", "paused", "busy")
"""States of agents who may count as not there: whoever is in another one has to do with calls."""

CODECS = ("PCMU", "PCMA")
"""What the RTP pump can encode and decode."""

MAX_PORT = 65535


def between(least: float, most: float) -> Rule:
    """Allow both ends; neither a NaN nor an infinity is between them."""
    return lambda value: None if least <= value <= most else f"must be {least:g} to {most:g}"


def positive(most: float) -> Rule:
    """Demand more than nothing: a time of 0 s would end before it began."""
    return lambda value: None if 0 < value <= most else f"must be more than 0, at most {most:g}"


def choice(*known: str) -> Rule:
    """Allow these words."""

    def rule(value: str) -> str | None:
        if value in known:
            return None
        close = meant(value, known)
        return f"must be {one_of(known)}" + (f" ({close})" if close.startswith("did") else "")

    return rule


def matching(pattern: str, what: str) -> Rule:
    """Demand that the whole text is as the pattern says."""
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else f"must be {what}"


def any_of(*rules: Rule) -> Rule:
    """Allow what one of the rules allows; told is what the last would have."""

    def rule(value: Any) -> str | None:
        told = [one(value) for one in rules]
        return None if None in told else told[-1]

    return rule


def _ip(value: str) -> str | None:
    return _tried(ipaddress.ip_address, value, "an IP address (names are not looked up)")


def _ipv4(value: str) -> str | None:
    what = "an IPv4 address (names are not looked up, IPv6 is not spoken)"
    return _tried(ipaddress.IPv4Address, value, what)


def _network(value: str) -> str | None:
    def network(text: str) -> object:
        return ipaddress.ip_network(text, strict=False)

    return _tried(network, value, "an IP address or network, such as 192.0.2.0/24")


def _tried(make: Callable[[str], object], value: str, what: str) -> str | None:
    try:
        make(value)
    except ValueError:
        return f"must be {what}"
    return None


def _hours(value: str) -> str | None:
    return _tried(span, value, 'hours such as "Mon-Fri 08:00-18:00" or "Sat 09:00-24:00"')


def _holiday(value: str) -> str | None:
    return _tried(holiday, value, 'a date: "2026-12-24" or, of every year, "12-25"')


def _time_zone(value: str) -> str | None:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        what = 'a time zone by its name, such as "Europe/Berlin"'
        return f"must be {what}, known to this machine (package tzdata)"
    return None


EMPTY = matching("", "empty")
SOMETHING = matching(r"(?s).*\S.*", "a text that is not empty")
PORT = between(1, MAX_PORT)
USER_CHARACTERS = r"[A-Za-z0-9_.!~*'()&=+$,;?/-]"
USER = matching(
    USER_CHARACTERS + "{1,64}",
    "the user part of a SIP address: letters, digits and any of -_.!~*'()&=+$,;?/",
)
SERVER = matching(
    r"sip:[A-Za-z0-9.-]+(:[0-9]{1,5})?(;[A-Za-z0-9=.-]+)*",
    'a server\'s SIP address without user, such as "sip:192.0.2.10:5060" (TLS is not spoken)',
)
CALL_SERVER = matching(
    rf"sip:({USER_CHARACTERS}{{1,64}}@)?[A-Za-z0-9.-]+(:[0-9]{{1,5}})?(;[A-Za-z0-9=.-]+)*",
    'a server\'s SIP address, such as "sip:192.0.2.10:5060" (TLS is not spoken); a user before it'
    ' is what it calls itself: "sip:pbx@192.0.2.10"',
)
HOST = matching(
    r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]", "a host name or address"
)
HOST_NAME = matching(r"(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", "a host name")
NAME = matching(r"[A-Za-z0-9_.-]{1,64}", "letters, digits and any of -_.")
NODE = matching(r"[A-Za-z0-9]{1,16}", "up to 16 letters and digits")
NUMBER = matching(
    r"[^\s*@<>\"]([^*@<>\"]{0,62}[^\s*@<>\"])?\*?|\*",
    'a number as calls show it, such as "+49301234567", "+4930*" or "anonymous"',
)
PASSED = matching(
    r"(?i)(?!X-ACD-)X-[A-Z0-9-]{1,61}|User-to-User|Subject|Diversion|History-Info",
    '"User-to-User", "Subject", "Diversion", "History-Info" or a header that begins with "X-", but'
    ' not with "X-ACD-"',
)
SHORT = matching(r"[^\x00-\x1f\x7f]{0,40}", "at most 40 characters, no line breaks")
DIGITS = matching(r"[0-9]{1,20}", "1 to 20 digits: it is keyed in at a phone")

KEY = matching("[0-9*#A-D]", "one key of a phone: 0 to 9, * or #")
REASON = matching(
    r"(?=.*\S)[^\x00-\x1f\x7f]{1,64}", "1 to 64 characters, at least one of them no space"
)
GRADE = between(1, 100)

DAY = 86_400.0

SHORTEST_SESSION = 90
"""Seconds a session interval has at least (RFC 4028, section 5)."""


def _of_outcomes(cls: type) -> dict[tuple[type, str], Rule]:
    """Return the rules of what outcomes cost: the same for all, a queue and an agent."""
    return {
        **{(cls, f"{outcome}_cooldown"): between(0, DAY) for outcome in settings.OUTCOMES},
        (cls, "strike_for"): choice(*settings.OUTCOMES),
        (cls, "strikes"): between(0, 1000),
        (cls, "then"): choice(*settings.THEN),
        (cls, "pause_reason"): REASON,
    }


RULES: dict[tuple[type, str], Rule] = {
    (settings.Sip, "address"): _ipv4,
    (settings.Sip, "advertise"): any_of(EMPTY, _ipv4),
    (settings.Sip, "port"): PORT,
    (settings.Sip, "transports"): choice("udp", "tcp"),
    (settings.Sip, "domain"): any_of(EMPTY, HOST),
    (settings.Sip, "call_server"): any_of(EMPTY, CALL_SERVER),
    (settings.Sip, "device_from"): choice("auto", "contact", "from", "asserted"),
    (settings.Sip, "max_calls"): between(1, 100_000),
    (settings.Sip, "unreachable_seconds"): positive(60),
    (settings.Sip, "session_expires"): any_of(
        between(0, 0), between(SHORTEST_SESSION, DAY), lambda _: "must be 0 (off) or 90 to 86400"
    ),
    (settings.Sip, "drain_seconds"): between(0, DAY),
    (settings.Sip, "pass_headers"): PASSED,
    (settings.Peer, "name"): SOMETHING,
    (settings.Peer, "addresses"): any_of(
        _network,
        HOST_NAME,
        lambda _: "must be an IP address, a network such as 192.0.2.0/24, or a host name",
    ),
    (settings.SipLimits, "half_open"): between(1, 100_000),
    (settings.SipLimits, "calls"): between(1, 100_000),
    (settings.SipLimits, "setups_per_second"): between(1, 10_000),
    (settings.SipLimits, "requests_per_second"): between(1, 100_000),
    (settings.SipLimits, "dialog_requests_per_second"): between(1, 10_000),
    (settings.SipLimits, "connections"): between(1, 8000),
    (settings.SipLimits, "all_connections"): between(1, 8000),
    (settings.SipLimits, "retry_after"): between(1, 3600),
    (settings.Registration, "registrar"): SERVER,
    (settings.Registration, "user"): USER,
    (settings.Registration, "realm"): SOMETHING,
    (settings.Registration, "expires"): between(30, DAY),
    (settings.KnownCallers, "numbers"): NUMBER,
    (settings.KnownCallers, "priority"): between(-MOST_PRIORITY, MOST_PRIORITY),
    (settings.MediaSettings, "address"): _ipv4,
    (settings.MediaSettings, "advertise"): any_of(EMPTY, _ipv4),
    (settings.MediaSettings, "port"): PORT,
    (settings.MediaSettings, "pool_first"): PORT,
    (settings.MediaSettings, "pool_last"): PORT,
    (settings.MediaSettings, "codecs"): choice(*CODECS),
    (settings.MediaSettings, "silent_seconds"): positive(DAY),
    (settings.MediaSettings, "quiet_seconds"): positive(DAY),
    (settings.MediaSettings, "learning_seconds"): positive(60),
    (settings.Music, "name"): NAME,
    (settings.Voice, "model"): SOMETHING,
    (settings.Login, "login"): USER,
    (settings.Login, "logout"): USER,
    (settings.Login, "pause"): USER,
    (settings.Login, "unpause"): USER,
    (settings.Login, "end_wrapup"): USER,
    (settings.Login, "extend_wrapup"): USER,
    (settings.Login, "extend_seconds"): positive(DAY),
    (settings.Login, "tries"): between(1, 10),
    (settings.Login, "digit_seconds"): positive(60),
    (settings.Login, "lock_after"): between(1, 1000),
    (settings.Login, "lock_seconds"): between(0, DAY),
    (settings.PresenceSettings, "server"): any_of(EMPTY, SERVER),
    (settings.PresenceSettings, "unknown_is_idle_after"): between(-1, DAY),
    **_of_outcomes(settings.Outcomes),
    **_of_outcomes(settings.OwnOutcomes),
    (settings.PauseReason, "name"): REASON,
    (settings.PauseReason, "dial"): any_of(EMPTY, USER),
    (settings.PauseReason, "key"): any_of(EMPTY, KEY),
    (settings.Accept, "key"): KEY,
    (settings.Accept, "seconds"): between(1, 60),
    (settings.Http, "address"): _ip,
    (settings.Http, "port"): PORT,
    (settings.Http, "threads"): between(1, 200),
    (settings.JournalSettings, "node"): any_of(EMPTY, NODE),
    (settings.Log, "level"): choice("debug", "info", "warning", "error"),
    (settings.Announcement, "every"): between(1, DAY),
    (settings.Queue, "name"): USER,
    (settings.Queue, "aliases"): USER,
    (settings.Queue, "strategy"): choice(*STRATEGIES),
    (settings.Queue, "widen_after"): between(0, DAY),
    (settings.Queue, "skills"): GRADE,
    (settings.Relaxed, "after"): positive(DAY),
    (settings.Relaxed, "skills"): GRADE,
    (settings.Queue, "priority_every"): any_of(
        between(0, 0), between(1, DAY), lambda _: "must be 0 (never) or 1 to 86400"
    ),
    (settings.Queue, "weight"): positive(1000),
    (settings.Queue, "priority"): between(-MOST_PRIORITY, MOST_PRIORITY),
    (settings.Queue, "caller_prefix"): SHORT,
    (settings.Queue, "ring_seconds"): positive(300),
    (settings.Queue, "ring_delay"): positive(300),
    (settings.Queue, "wrapup_seconds"): between(0, DAY),
    (settings.Queue, "target_seconds"): positive(DAY),
    (settings.Queue, "short_abandon"): between(0, DAY),
    (settings.Queue, "hours"): _hours,
    (settings.Queue, "holidays"): _holiday,
    (settings.Queue, "time_zone"): _time_zone,
    (settings.Queue, "no_agents"): choice("wait", "refuse", "leave"),
    (settings.Queue, "absent"): choice(*ABSENT),
    (settings.Queue, "leave_key"): any_of(EMPTY, matching("[0-9*#]", "one key: 0 to 9, * or #")),
    (settings.Queue, "max_length"): between(0, 100_000),
    (settings.Queue, "max_wait"): between(0, DAY),
    (settings.Agent, "id"): DIGITS,
    (settings.Agent, "pin"): any_of(EMPTY, DIGITS),
    (settings.Agent, "level"): between(1, 100),
    (settings.Agent, "weight"): between(1, 1000),
    (settings.Agent, "order"): between(1, 100_000),
    (settings.Agent, "skills"): GRADE,
    (settings.Agent, "ring_seconds"): positive(300),
    (settings.Agent, "wrapup_seconds"): between(0, DAY),
}

NOT_EMPTY = {
    (settings.Sip, "transports"),
    (settings.Peer, "addresses"),
    (settings.KnownCallers, "numbers"),
    (settings.MediaSettings, "codecs"),
}
"""Lists without which nothing works."""

SECRET = {"password", "pin"}
"""Keys whose value is never shown."""
