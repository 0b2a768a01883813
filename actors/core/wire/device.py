"""The address of the phone that calls us, from Contact, From or P-Asserted-Identity. Pure.

A phone that calls us directly puts itself into its Contact. Behind a call server (a back-to-back
user agent) the Contact is the call server's: chan_sip still put the phone's name into it, today's
chan_pjsip writes ``sip:asterisk@…`` for every call and names the phone in From alone.
"""

from __future__ import annotations

from actors.core.wire.uri import SipUri
from actors.messages.phone import Phone
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
        self._server = SipUri.parse(call_server) if call_server else None
        self._callers: dict[str, str] = {}
        self._shared = set(OWN_USERS)
        if self._server:
            self._shared.add(self._server.number.casefold())

    def find(self, incoming: Incoming) -> Phone:
        """Return the calling phone: where it is called back and watched, and who it is."""
        match self._from:
            case "contact":
                return Phone.at(incoming.contact.uri.target())
            case "from":
                return self._through_server(incoming.caller)
            case "asserted":
                return self._through_server(incoming.asserted or incoming.caller)
            case _:
                return self._auto(incoming)

    def _auto(self, incoming: Incoming) -> Phone:
        if not self._by_server(incoming):
            return self._direct(incoming)
        self._learn(incoming.contact.uri.number.casefold(), incoming.caller.uri.number)
        shared = incoming.contact.uri.number.casefold() in self._shared
        return self._through_server(incoming.caller if shared else incoming.contact)

    def _direct(self, incoming: Incoming) -> Phone:
        """Return the phone that its Contact names; its user, often made up anew, is From's."""
        contact, caller = incoming.contact.uri, incoming.caller.uri
        uri = (contact if contact.is_sip else caller).target()
        if caller.number.casefold() in OWN_USERS:
            return Phone.at(uri)
        return Phone(uri, SipUri("sip", caller.user, uri.host).record)

    def _by_server(self, incoming: Incoming) -> bool:
        """Say whether the call server sent this; where its name is no address, it always does."""
        if self._server is None:
            return False
        return not self._server.is_address or incoming.source[0] == self._server.host

    def _learn(self, contact: str, caller: str) -> None:
        """Two callers under one Contact user: it is the call server's own."""
        if self._callers.get(contact, caller) != caller:
            self._shared.add(contact)
        elif len(self._callers) < REMEMBERED:
            self._callers[contact] = caller

    def _through_server(self, party: Party) -> Phone:
        """Return the party's URI at the call server, which alone knows where the phone is."""
        return Phone.at(party.uri.at(self._server) if self._server else party.uri.target())


def media_source(phone: SipUri) -> str:
    """Return the IP address the phone's SIP goes to, empty where a name hides it."""
    return phone.host if phone.is_address else ""
