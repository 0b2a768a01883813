"""Which AOR leads where, and what happens to calls that lead nowhere."""

from __future__ import annotations

import msgspec
import pytest

from actors.core.call.state import CallTerms
from actors.core.service.state import ServiceTerms
from actors.core.wire.aors import Aors, Purpose, QueueAor, ServiceAor
from actors.core.wire.uri import SipUri
from actors.exchange.actor import GetFaults, World
from actors.exchange.post import Ref
from actors.ids import CallId, Leg, QueueName
from actors.messages.duty import ServiceBegan, ServiceEnded
from actors.messages.life import Begin, CallEnded, CallFault
from actors.messages.phone import Hop, Phone
from actors.messages.sip import Incoming, Party, Refuse, Rights
from actors.settings import Login, Queue, Settings, Sip
from actors.switchboard import SwitchboardActor, Terms
from tests import callkit as kit
from tests.harness import Desk, Probe

SALES = Queue(QueueName("sales"), aliases=("5001", "Verkauf"))
UPPER = Queue(QueueName("SALES"))
SETTINGS = Settings(
    sip=Sip(call_server="sip:192.0.2.100"),
    login=Login(login="acdlogin"),
    queues=(SALES, UPPER),
)


class Board:
    """A switchboard whose calls are probes."""

    def __init__(self, settings: Settings = SETTINGS) -> None:
        self.desk = Desk()
        self.started: list[Terms] = []
        self.probes: list[Probe] = []
        self.broken = False
        self.actor = self.desk.seat(
            SwitchboardActor(self.desk.world, settings, self.start), role="switchboard"
        )

    def start(self, world: World, terms: Terms) -> Ref:
        assert world is self.desk.world
        if self.broken:
            raise RuntimeError("can't start new thread")
        self.started.append(terms)
        self.probes.append(Probe(f"call {len(self.probes)}"))
        return self.probes[-1].ref

    def call(self, user: str, number: int = 1) -> Incoming:
        incoming = kit.incoming(user=user, leg=Leg(CallId(f"t1-{number}"), 0))
        self.desk.tell(self.actor, incoming)
        return incoming


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ("sales", QueueAor(SALES)),
        ("SALES", QueueAor(UPPER)),
        ("Sales", QueueAor(SALES)),
        ("5001", QueueAor(SALES)),
        ("verkauf", QueueAor(SALES)),
        ("acdlogin", ServiceAor(Purpose.LOGIN)),
        ("ACDLogout", ServiceAor(Purpose.LOGOUT)),
        ("acdpause", ServiceAor(Purpose.PAUSE)),
        ("acdunpause", ServiceAor(Purpose.UNPAUSE)),
        ("acdready", ServiceAor(Purpose.END_WRAPUP)),
        ("acdextend", ServiceAor(Purpose.EXTEND_WRAPUP)),
        ("2771", None),
        ("", None),
    ],
)
def test_an_aor_is_found_exactly_first_then_whatever_its_case(user: str, found: object) -> None:
    assert Aors(SETTINGS).find(user) == found


def test_a_call_to_a_queue_gets_its_actor_and_begins() -> None:
    board = Board()
    board.call("5001")

    (terms,) = board.started
    assert isinstance(terms, CallTerms)
    assert terms.queue == SALES.name
    assert board.probes[0].got == [Begin()]
    assert board.actor.calls == {CallId("t1-1")}


def test_a_call_to_a_service_knows_the_phone_it_came_from() -> None:
    board = Board()
    board.call("acdlogin")

    (terms,) = board.started
    assert isinstance(terms, ServiceTerms)
    assert (terms.purpose, terms.phone) == (
        Purpose.LOGIN,
        # Beside a call server it is called where its call came from, not through that.
        Phone(
            SipUri.parse("sip:5551234@192.0.2.1:5070"),
            "5551234@192.0.2.1",
            Hop("192.0.2.1", 5070),
        ),
    )


def test_an_unknown_aor_is_not_found() -> None:
    board = Board()
    incoming = board.call("nobody")

    assert board.desk.gateway.got == [
        Refuse(incoming.leg, 404, at_door="no such AOR: 'nobody'"),
    ]
    assert not board.actor.calls


@pytest.mark.parametrize("user", ["acdlogin", "acdlogout", "acdpause", "acdunpause"])
def test_who_may_not_log_on_reaches_queues_only(user: str) -> None:
    board = Board()
    stranger = msgspec.structs.replace(kit.incoming(user=user), rights=Rights(may_call=True))
    caller = msgspec.structs.replace(stranger, user="sales", leg=Leg(CallId("t1-2"), 0))
    board.desk.tell(board.actor, stranger)
    board.desk.tell(board.actor, caller)

    assert board.desk.gateway.got == [
        Refuse(stranger.leg, 403, at_door="may not log agents on"),
    ]
    assert board.actor.calls == {caller.leg.call}


def test_nobody_logs_on_before_the_call_servers_name_is_looked_up() -> None:
    board = Board()
    rights = Rights(may_call=True, server_unknown=True)
    early = msgspec.structs.replace(kit.incoming(user="acdlogin"), rights=rights)
    board.desk.tell(board.actor, early)

    (refuse,) = board.desk.gateway.got
    assert (refuse.code, refuse.retry_after) == (503, 5)
    assert not board.started


def test_where_nobody_knows_which_phone_calls_nobody_logs_on() -> None:
    board = Board()
    rights = Rights(may_log_on=True, is_call_server=True)
    contact = Party(SipUri.parse("sip:pbx@192.0.2.1"))
    call = msgspec.structs.replace(kit.incoming(user="acdlogin"), rights=rights, contact=contact)
    board.desk.tell(board.actor, call)

    (refuse,) = board.desk.gateway.got
    assert refuse.code == 403
    assert "Contact says 'pbx', its From '5551234'; set sip.device_from" in refuse.at_door
    assert not board.started


def test_an_ended_call_is_counted_no_more() -> None:
    board = Board()
    board.call("sales")

    board.desk.tell(board.actor, CallEnded(CallId("t1-1")))

    assert not board.actor.calls


def test_the_seats_hear_of_calls_to_services_from_beginning_to_end() -> None:
    board = Board()
    board.call("acdlogin", 1)
    board.call("sales", 2)
    (terms, _) = board.started
    assert isinstance(terms, ServiceTerms)
    login = CallId("t1-1")
    assert board.desk.seats.take() == [ServiceBegan(login, terms.phone)]

    for call in ("t1-2", "t1-1", "t1-1"):
        board.desk.tell(board.actor, CallEnded(CallId(call)))

    assert board.desk.seats.take() == [ServiceEnded(login)]


def test_the_faults_of_calls_are_counted_while_they_last_and_after() -> None:
    board = Board()
    board.desk.faults_expected = True
    board.call("sales")

    board.desk.tell(board.actor, CallFault(CallId("t1-1")))
    assert board.desk.ask(board.actor, GetFaults()) == 1
    board.desk.tell(board.actor, CallEnded(CallId("t1-1")))

    assert board.desk.ask(board.actor, GetFaults()) == 1


def test_a_cancel_that_overtook_the_calls_start_is_passed_on() -> None:
    board = Board()
    leg = Leg(CallId("t1-1"), 0)
    board.desk.post.expect_call(leg.call)
    board.desk.post.to_call(leg.call, kit.hung_up(leg))

    board.call("sales")

    assert board.probes[0].got == [Begin(), kit.hung_up(leg)]


def test_a_call_whose_actor_cannot_start_is_refused() -> None:
    board = Board()
    board.desk.faults_expected = board.broken = True
    incoming = board.call("sales")

    assert board.desk.gateway.got == [Refuse(incoming.leg, 503, retry_after=5)]
    assert not board.actor.calls
    assert not board.desk.post.calls()
