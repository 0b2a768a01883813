"""One SIP URI (RFC 3261, section 19.1): taken apart, shown, compared, written as it came. Pure."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import Self
from urllib.parse import quote, unquote_to_bytes

from actors.core.wire import text
from actors.messages.message import Message

UNRESERVED = "-_.!~*'()"
USER = UNRESERVED + "&=+$,;?/"
PASSWORD = UNRESERVED + "&=+$,"
PARAMETER = UNRESERVED + "[]/:&+$"
HEADERS = UNRESERVED + "[]/?:+$&="
"""What stands unescaped in each part (RFC 3261, section 25.1), beside letters and digits."""

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
NAME = re.compile(r"[A-Za-z0-9_.-]+")
ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
MAX_PORT = 65535
LONGEST_PORT = 9
"""Digits that are looked at: some write noughts in front."""

ADDRESSES_KNOWN = 4096
"""Hosts of which is kept whether they are addresses: each is asked for several times a call."""

Parameters = tuple[tuple[str, str | None], ...]


class SipUri(Message, frozen=True):
    """A URI: ``scheme:user:password@host:port;parameters?headers``.

    Every part stands as it came, escapes too, so that `str` gives back what `parse` was given; what
    may not stand in a URI is escaped. Anything but sip and sips has its text in `user` and no host.
    `host` is without the brackets of IPv6.
    """

    scheme: str
    user: str = ""
    host: str = ""
    port: int | None = None
    parameters: Parameters = ()
    headers: str = ""
    password: str | None = None

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a URI of scheme sip or sips; ValueError says what is wrong with it."""
        scheme, _, rest = written.strip().partition(":")
        if scheme.lower() not in {"sip", "sips"}:
            raise ValueError(f"no SIP URI: {text.shown(written)!r}")
        # The last @ before the headers: a user part is often written with an unescaped one.
        rest, _, headers = _headers_apart(rest)
        login, at, place = rest.rpartition("@")
        user, colon, password = login.partition(":")
        place, *parameters = place.split(";")
        host, port = _host_and_port(place, written)
        return cls(
            scheme=scheme.lower(),
            user=_escaped(user, USER),
            host=host,
            port=port,
            parameters=_parameters(parameters),
            headers=_escaped(headers, HEADERS),
            password=_escaped(password, PASSWORD) if at and colon else None,
        )

    @classmethod
    def read(cls, written: str) -> Self:
        """Read whatever stands in a header: also ``tel:``, and what is no URI at all."""
        try:
            return cls.parse(written)
        except ValueError:
            scheme, _, rest = written.strip().partition(":")
            if not SCHEME.fullmatch(f"{scheme}:"):
                scheme, rest = "", written.strip()
            rest, *parameters = rest.split(";")
            # What no SIP URI could be made of may hold a password all the same.
            login, at, place = rest.rpartition("@")
            rest = f"{login.partition(':')[0]}{at}{place}"
            return cls(
                scheme=scheme.lower(),
                user=_escaped(rest, USER + ":@"),
                parameters=_parameters(parameters),
            )

    # -- written

    def __str__(self) -> str:
        """Write the URI whole, its password too: for the wire only."""
        password = "" if self.password is None else f":{self.password}"
        headers = f"?{self.headers}" if self.headers else ""
        return f"{self._front(password)}{_written(self.parameters)}{headers}"

    def __repr__(self) -> str:
        """Write the URI for a log: without its password."""
        return f"<{self._front('')}{_written(self.parameters)}>"

    def _front(self, password: str) -> str:
        if not self.host:
            return f"{self.scheme}:{self.user}" if self.scheme else self.user
        user = f"{self.user}{password}@" if self.user or password else ""
        return f"{self.scheme}:{user}{self.place}"

    @property
    def place(self) -> str:
        """``host:port``, the host of IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def address(self) -> str:
        """``user@host:port``, as REST and the journal show a party."""
        if not self.host:
            return self.user
        return f"{self.user}@{self.place}" if self.user else self.place

    # -- what is asked of it

    @property
    def is_sip(self) -> bool:
        """Whether a SIP request can be sent to it."""
        return bool(self.host)

    @property
    def number(self) -> str:
        """The user part as it is dialled and shown: escapes undone, its own parameters left out.

        A ``;`` in the user part begins parameters of its own (RFC 3261, section 19.1.6: tel URIs).
        """
        return text.unescaped(self.user.partition(";")[0])

    @property
    def record(self) -> str:
        """``user@host`` in lower case: whose URI it is, whichever way it was written.

        By RFC 3261, section 19.1.4, case counts in a user part; but nobody's phone is told from
        another's by that.
        """
        user = quote(unquote_to_bytes(self.user), safe=USER)
        return f"{user}@{self.host}".lower()

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP address and needs no resolving."""
        return is_address(self.host)

    def parameter(self, name: str) -> str | None:
        """Return a parameter's value, empty where it has none; None where it is not there."""
        for key, value in self.parameters:
            if key.lower() == name:
                return value or ""
        return None

    # -- others made of it

    def target(self) -> SipUri:
        """Return it as a Request-URI (RFC 3261, section 19.1.1, table 1).

        Headers and method have no place there; a password is kept nowhere.
        """
        kept = tuple(pair for pair in self.parameters if pair[0].lower() != "method")
        return SipUri(self.scheme, self.user, self.host, self.port, kept)

    def at(self, server: SipUri) -> SipUri:
        """Return the same user at another server, by the way that leads to that."""
        return SipUri(server.scheme, self.user, server.host, server.port, server.parameters)


ANONYMOUS = SipUri("sip", "anonymous", "anonymous.invalid")
"""Who does not want to be known (RFC 3323, section 4.1.1.3)."""


@functools.lru_cache(ADDRESSES_KNOWN)
def is_address(host: str) -> bool:
    """Say whether the host is an IP address and needs no resolving."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@functools.lru_cache(ADDRESSES_KNOWN)
def is_any(address: str) -> bool:
    """Say whether the IP address stands for all addresses of this machine; ValueError for none."""
    return ipaddress.ip_address(address).is_unspecified


def _headers_apart(rest: str) -> tuple[str, str, str]:
    """Split at the ``?`` that begins the headers: one in the user part is not it."""
    user, at, place = rest.rpartition("@")
    place, mark, headers = place.partition("?")
    return f"{user}{at}{place}", mark, headers


def _host_and_port(place: str, written: str) -> tuple[str, int | None]:
    if place.startswith("["):
        host, bracket, rest = place[1:].partition("]")
        port = rest.removeprefix(":")
        good = bool(bracket) and rest[:1] in {"", ":"} and ":" in host and is_address(host)
    else:
        host, _, port = place.partition(":")
        good = NAME.fullmatch(host) is not None
    if not good:
        raise ValueError(f"no host in the SIP URI {text.shown(written)!r}")
    if not port:
        return host, None
    digits = port if len(port) <= LONGEST_PORT else ""
    if not (digits.isascii() and digits.isdecimal() and 0 < int(digits) <= MAX_PORT):
        raise ValueError(f"no port {text.shown(port)!r} in the SIP URI {text.shown(written)!r}")
    return host, int(digits)


def _parameters(written: list[str]) -> Parameters:
    """Read ``name`` and ``name=value``; what has no name says nothing."""
    parts = (one.partition("=") for one in written)
    return tuple(
        (_escaped(name.strip(), PARAMETER), _escaped(value.strip(), PARAMETER) if equals else None)
        for name, equals, value in parts
        if name.strip()
    )


def _written(parameters: Parameters) -> str:
    return "".join(
        f";{name}" if value is None else f";{name}={value}" for name, value in parameters
    )


def _escaped(part: str, safe: str) -> str:
    """Escape what may not stand in this part; escapes stay, a lone ``%`` becomes one."""
    if part.isascii() and part.isalnum():
        return part
    return quote(text.octets(ESCAPE.sub("%25", part)), safe=safe + "%")
