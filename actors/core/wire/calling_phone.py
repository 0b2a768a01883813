"""The address of the phone that calls us, from Contact, From or P-Asserted-Identity. Pure.

A phone that calls us directly puts itself into its Contact. Behind a call server (a back-to-back
user agent) the Contact is the call server's: chan_sip still put the phone's name into it, today's
chan_pjsip writes ``sip:asterisk@…`` for every call and names the phone in From alone.
"""

from __future__ import annotations

import msgspec

from actors.core.wire.origin import origin
from actors.core.wire.uri import SipUri
from actors.messages.phone import Hop, Phone
from actors.messages.sip import Incoming, Party

OWN_USERS = frozenset(
    {"", "anonymous", "asterisk", "freeswitch", "mod_sofia", "opensips", "kamailio"}
)
"""Contact users that call servers give themselves: never a phone's."""

GATEWAY = "gw+"
"""So begins what FreeSWITCH calls itself on the line of one of its gateways."""

DEFAULT_PORT = 5060


class CallingPhones:
    """Finds the address of a calling phone, by what the configuration says alone.

    So the first call after a start finds what every later one does.
    """

    def __init__(self, device_from: str, call_server: str) -> None:
        """Take `sip.device_from` (contact, from, asserted or auto) and `sip.call_server`.

        The user of the latter is what the call server calls itself in its Contacts.
        """
        self._from = device_from
        self._server = SipUri.parse(call_server) if call_server else None
        self._own_users = OWN_USERS | {self._server.number.casefold() if self._server else ""}

    def find(self, incoming: Incoming) -> Phone | None:
        """Return the calling phone: where it is called back and watched, and who it is.

        None where the call server's Contact and From name two, and nobody has said which one is a
        phone: a seat at the wrong one would have strangers rung.
        """
        phone = self._named(incoming)
        if phone is None:
            return None
        return msgspec.structs.replace(phone, origin=origin(incoming, phone))

    def _named(self, incoming: Incoming) -> Phone | None:
        """Return the phone that the call names, whoever may have written that."""
        match self._from:
            case "contact":
                uri = incoming.contact.uri.target()
                return Phone(uri, uri.record, self._hop(uri, incoming))
            case "from":
                return self._through_server(incoming.caller, incoming)
            case "asserted":
                return self._through_server(incoming.asserted or incoming.caller, incoming)
            case _:
                return self._auto(incoming)

    def _auto(self, incoming: Incoming) -> Phone | None:
        if not self._by_server(incoming):
            return self._direct(incoming)
        if self._is_phones(incoming):
            # The call server is a proxy: whose phone it is, the From says.
            return self._through_server(incoming.caller, incoming)
        parties = (incoming.contact, incoming.caller)
        told = {one.uri.number.casefold(): one for one in parties if self._names_a_phone(one)}
        if len(told) != 1:
            return None
        return self._through_server(next(iter(told.values())), incoming)

    def _names_a_phone(self, party: Party) -> bool:
        """Say whether this may be a phone's name: it is none of the call server's own."""
        user = party.uri.number.casefold()
        return user not in self._own_users and not user.startswith(GATEWAY)

    def _direct(self, incoming: Incoming) -> Phone:
        """Return the phone that its Contact names; its user, often made up anew, is From's."""
        contact, caller = incoming.contact.uri, incoming.caller.uri
        uri = (contact if contact.is_sip else caller).target()
        shared = caller.number.casefold() in OWN_USERS
        record = uri.record if shared else SipUri("sip", caller.user, uri.host).record
        return Phone(uri, record, self._hop(uri, incoming))

    def _by_server(self, incoming: Incoming) -> bool:
        """Say whether the call server sent this."""
        return self._server is not None and incoming.rights.is_call_server

    def _is_phones(self, incoming: Incoming) -> bool:
        """Say whether the Contact is a phone's own, not the call server's."""
        contact = incoming.contact.uri
        own = (incoming.source[0], self._server.host if self._server else "")
        return contact.is_address and contact.host not in own

    def _hop(self, uri: SipUri, incoming: Incoming) -> Hop | None:
        """Return where the phone's packets go: to where its call came from, never to a third host.

        A phone by UDP that names its own host is believed about the port: some listen at another
        one than they send from. By TCP it is called on its connection, while that lives.
        """
        host, port = incoming.source
        if incoming.transport != "udp" or uri.host != host or uri.parameter("maddr") is not None:
            return Hop(host, port, incoming.transport, incoming.rights.is_proxy)
        # Where there is a call server, what has no hop goes there.
        return Hop(host, uri.port or DEFAULT_PORT) if self._server else None

    def _through_server(self, party: Party, incoming: Incoming) -> Phone:
        """Return the party's URI at the call server, which alone knows where the phone is."""
        uri = party.uri
        if self._server is None:
            return Phone(uri.target(), uri.record, self._hop(uri.target(), incoming))
        if uri.is_address or uri.host.lower() == self._server.host.lower():
            return Phone.at(uri.at(self._server))
        # A call server of several domains knows its phones by theirs.
        return Phone.at(SipUri(self._server.scheme, uri.user, uri.host))


def media_source(phone: Phone) -> str:
    """Return the IP address the phone's SIP goes to, empty where a name hides it."""
    if phone.hop:
        return phone.hop.host
    return phone.uri.host if phone.uri.is_address else ""
