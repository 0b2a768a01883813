"""The address of the phone that calls us, from Contact, From or P-Asserted-Identity. Pure.

A phone that calls us directly puts itself into its Contact. Behind a call server (a back-to-back
user agent) the Contact is the call server's: chan_sip still put the phone's name into it, today's
chan_pjsip writes ``sip:asterisk@…`` for every call and names the phone in From alone.
"""

from __future__ import annotations

from actors.core.wire.uri import at_server, bare, host_of, is_address, user_of
from actors.messages.sip import Incoming, Party

OWN_USERS = frozenset(
    {"", "anonymous", "asterisk", "freeswitch", "mod_sofia", "opensips", "kamailio"}
)
"""Contact users that call servers give themselves: never a phone's."""

REMEMBERED = 1000
"""How many Contact users are kept in mind; more distinct ones than phones is somebody guessing."""


class Devices:
    """Finds the address of a calling phone; remembers which Contact users are no single phone's."""

    def __init__(self, device_from: str, call_server: str) -> None:
        """Take `sip.device_from` (contact, from, asserted or auto) and `sip.call_server`."""
        self._from = device_from
        self._server = bare(call_server) if call_server else ""
        self._callers: dict[str, str] = {}
        self._shared = set(OWN_USERS)
        if self._server:
            self._shared.add(user_of(self._server).casefold())

    def find(self, incoming: Incoming) -> str:
        """Return the URI under which the calling phone is called back and watched."""
        match self._from:
            case "contact":
                return bare(incoming.contact.uri)
            case "from":
                return self._through_server(incoming.caller)
            case "asserted":
                return self._through_server(incoming.asserted or incoming.caller)
            case _:
                return self._auto(incoming)

    def _auto(self, incoming: Incoming) -> str:
        if not self._by_server(incoming):
            return bare(incoming.contact.uri or incoming.caller.uri)
        contact, caller = user_of(incoming.contact.uri).casefold(), user_of(incoming.caller.uri)
        self._learn(contact, caller)
        party = incoming.caller if contact in self._shared else incoming.contact
        return self._through_server(party)

    def _by_server(self, incoming: Incoming) -> bool:
        """Say whether the call server sent this; where its name is no address, it always does."""
        if not self._server:
            return False
        host = host_of(self._server)
        return not is_address(host) or incoming.source[0] == host

    def _learn(self, contact: str, caller: str) -> None:
        """Two callers under one Contact user: it is the call server's own."""
        if self._callers.get(contact, caller) != caller:
            self._shared.add(contact)
        elif len(self._callers) < REMEMBERED:
            self._callers[contact] = caller

    def _through_server(self, party: Party) -> str:
        """Return the party's URI at the call server, which alone knows where the phone is."""
        return at_server(bare(party.uri), self._server)


def address(uri: str) -> str:
    """Return ``user@host:port`` without scheme and parameters, as REST and journal show a party."""
    return bare(uri).partition(":")[2]


def media_source(uri: str) -> str:
    """Return the IP address the phone's SIP goes to, empty where a name hides it."""
    try:
        host = host_of(uri)
    except ValueError:
        return ""
    return host if is_address(host) else ""
