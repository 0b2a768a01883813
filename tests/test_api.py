"""/api/v1 over real HTTP, before real actors of queues and agents: who may what, and what comes."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors.directory import DirectoryActor
from actors.editor import Editor
from actors.exchange.actor import Actor, World
from actors.exchange.clock import SystemClock
from actors.exchange.exchange import Exchange
from actors.exchange.post import Post
from actors.floor import FloorActor
from actors.http import routes
from actors.http.app import build_app
from actors.http.openapi import document
from actors.http.routes import ROUTES, Route
from actors.http.server import HttpServer
from actors.http.tokens import Role, Tokens, tokens_path
from actors.ids import AgentId, CallId, QueueName
from actors.messages import duty, facts, floor
from actors.messages.by import BY_SERVER
from actors.messages.directory import Exist, TakeSeats
from actors.seats import SeatsActor
from actors.settings import Agent, Http, PauseReason, Queue, Settings
from actors.switchboard import SwitchboardActor
from media.sounds import Sounds
from tests.api import ApiClient, Got
from tests.harness import phone_at

SALES, SUPPORT = Queue(QueueName("sales")), Queue(QueueName("support"))
ADA = Agent(AgentId("2771"), pin="4711", queues=(SALES.name,))
SETTINGS = Settings(queues=(SALES, SUPPORT), agents=(ADA, Agent(AgentId("2772"))))
DOCUMENT = Path(__file__).parent.parent / "docs" / "api.md"


class Listener(Actor):
    """Keeps what it is told."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.told: list[Any] = []

    def handle(self, message: Any) -> Any:
        if isinstance(message, facts.GetJournalState):
            return facts.JournalState(0, 0, 0, "")
        self.told.append(message)
        return None


class Office:
    """The actors that know what exists, an editor, and REST before them."""

    def __init__(self, folder: Path) -> None:
        self.journal_path = folder / "acd.sqlite"
        self.exchange = Exchange()
        self.exchange.start()
        self.post = Post()
        clock = SystemClock()
        world = World(self.post, clock, self.exchange, self.exchange)
        nothing = Settings(pause_reasons=(PauseReason("lunch"), PauseReason("meeting")))
        self.journal: Any = Listener.start(world)
        self.post.add("journal", self.journal)
        self.post.add("media", Listener.start(world))
        self.post.add("floor", FloorActor.start(world, nothing))
        self.post.add("seats", SeatsActor.start(world, nothing))
        self.post.add("switchboard", SwitchboardActor.start(world, nothing))
        directory = DirectoryActor.start(world, nothing)
        self.post.add("directory", directory)
        directory.ask(Exist(SETTINGS.queues, SETTINGS.agents, BY_SERVER), timeout=5)
        directory.tell(TakeSeats(()))
        sounds = Sounds({}, {})
        editor = Editor(None, SETTINGS, sounds, self.post, clock, make=lambda _: sounds)
        app = build_app(self.post, clock, editor, Tokens(tokens_path(self.journal_path)))
        self.server = HttpServer(app, Http(port=0, threads=2))
        self.server.start()

    def client(self, role: Role = Role.ADMIN, name: str = "crm") -> ApiClient:
        agent = "2771" if role is Role.AGENT else None
        return ApiClient.of(self.server.port, self.journal_path, role, name, agent)

    def nobody(self) -> ApiClient:
        return ApiClient(self.server.port, None)

    def changes(self) -> list[facts.ConfigurationChanged]:
        told = self.journal.proxy().told.get(timeout=5)
        return [one for one in told if isinstance(one, facts.ConfigurationChanged)]

    def close(self) -> None:
        self.server.stop()
        pykka.ActorRegistry.stop_all(timeout=5)
        self.exchange.stop()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.close()


# ---- who may what ------------------------------------------------------------------------------


def path_of(route: Route) -> str:
    path = route.path.removeprefix(routes.BASE)
    return path.replace("{queue}", "sales").replace("{agent}", "2771").replace("{call}", "1-1")


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_what_the_table_says_and_no_more(office: Office, role: Role) -> None:
    client = office.client(role)
    for route in ROUTES:
        if route.role is None:
            continue
        # Whoever is let in has left something out, or names what is not there: nothing happens.
        got = client.ask(route.method, path_of(route), {} if route.body else None)
        if role.may(route.role):
            assert got.status not in {401, 403}, (route, got)
        else:
            assert (got.status, got.problem) == (403, "role"), (route, got)
            assert route.role in got.body["detail"]


def test_nobody_is_let_in_without_a_token_of_ours(office: Office) -> None:
    clients = [office.nobody(), ApiClient(office.server.port, "acd_a_guessed")]
    for client in clients:
        for route in ROUTES[:12]:
            got = client.ask(route.method, path_of(route), {} if route.body else None)
            assert (got.status, got.problem) == (401, "unauthenticated"), (route, got)
            assert got.headers["www-authenticate"].startswith("Bearer")
    assert office.nobody().ask("GET", "/openapi.json").status == 200


def test_what_an_agent_does_not_do_is_refused_in_his_words(office: Office) -> None:
    client = office.client(Role.AGENT)
    phone = phone_at("sip:ada@192.0.2.11")
    office.post.to_agent(ADA.id, duty.LoggedIn(ADA.id, phone))

    refused = client.ask("POST", "/agents/2771/pause", {"reason": "tea"})
    assert (refused.status, refused.problem) == (422, "invalid")
    why = 'there is no pause reason "tea"; known: lunch, meeting'
    assert refused.body["errors"] == [{"pointer": "/reason", "detail": why}]
    assert client.ask("POST", "/agents/2771/pause", {"reason": "lunch"}).body["state"] == "paused"
    assert client.ask("POST", "/agents/2771/unpause").body["state"] != "paused"
    for path, body in (("end-wrapup", None), ("extend-wrapup", {"seconds": 60})):
        refused = client.ask("POST", f"/agents/2771/{path}", body)
        assert (refused.status, refused.problem) == (409, "state")
        assert refused.body["detail"] == "agent 2771 is in no wrap-up"


def test_an_agents_token_acts_for_that_agent_alone(office: Office) -> None:
    client = office.client(Role.AGENT)
    assert client.ask("POST", "/agents/2771/log-out").problem == "state"  # let in; not logged on
    assert client.ask("POST", "/agents/2772/log-out").problem == "role"


def test_who_asks_too_often_is_told_when_to_come_again(office: Office) -> None:
    client = office.nobody()
    answers = [client.ask("GET", "/queues") for _ in range(60)]
    refused = [got for got in answers if got.status == 429]
    assert refused
    assert int(refused[-1].headers["retry-after"]) >= 1


# ---- what comes of it --------------------------------------------------------------------------


def test_a_queue_is_made_changed_and_removed_and_every_change_is_in_the_journal(
    office: Office,
) -> None:
    api = office.client()
    made = api.ask("POST", "/queues", {"name": "billing", "priority": 2})
    assert (made.status, made.body["priority"]) == (201, 2)
    assert api.ask("GET", "/queues/billing").headers["etag"] == made.headers["etag"]
    changed = api.change("PATCH", "/queues/billing", {"priority": 3, "aliases": ["300"]})
    assert (changed.status, changed.body["priority"]) == (200, 3)
    assert api.change("PATCH", "/queues/billing", {"priority": None}).body["priority"] == 0
    assert api.change("DELETE", "/queues/billing").status == 204
    assert api.ask("GET", "/queues/billing").problem == "no-such-queue"

    kept = [(one.what, one.name, one.by, one.change) for one in office.changes()]
    assert kept[0] == ("queue", "billing", "token:crm", '{"name": "billing", "priority": 2}')
    assert kept[-1] == ("queue", "billing", "token:crm", None)
    assert json.loads(office.changes()[1].before or "")["priority"] == 2


def test_what_the_file_has_stays_removed_and_of_all_else_nothing_is_kept(office: Office) -> None:
    api = office.client()
    for number in range(3):
        assert api.ask("POST", "/queues", {"name": f"q{number}"}).status == 201
        assert api.change("DELETE", f"/queues/q{number}").status == 204
    assert api.change("DELETE", "/queues/support").status == 204

    last = {(one.what, one.name): one.change for one in office.changes()}
    queues = {name: change for (what, name), change in last.items() if what == "queue"}
    assert queues == {"q0": None, "q1": None, "q2": None, "support": "null"}


def test_a_change_of_what_was_changed_meanwhile_is_refused(office: Office) -> None:
    api = office.client()
    seen = api.ask("GET", "/queues/sales").headers["etag"]
    assert api.change("PATCH", "/queues/sales", {"priority": 1}).status == 200
    late = api.ask("PATCH", "/queues/sales", {"priority": 2}, {"If-Match": seen})
    assert (late.status, late.problem) == (412, "version")
    blind = api.ask("PATCH", "/queues/sales", {"priority": 2})
    assert (blind.status, blind.problem) == (428, "version-needed")
    assert api.ask("GET", "/queues/sales").body["priority"] == 1
    assert api.make("/queues/sales", {}).problem == "exists"
    again = api.ask("GET", "/queues/sales", headers={"If-None-Match": seen})
    assert again.status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("PATCH", "/queues/sales", {"ring_seconds": -1}, "/ring_seconds"),
        ("PATCH", "/queues/sales", {"ring_secnds": 1}, "/ring_secnds"),
        ("PATCH", "/queues/sales", {"strategy": "best"}, "/strategy"),
        ("PATCH", "/queues/sales", {"aliases": ["support"]}, "/queue/1/name"),
        ("PATCH", "/queues/sales", {"name": "other"}, "/name"),
        ("PATCH", "/agents/2771", {"pin": "abc"}, "/pin"),
        ("PATCH", "/agents/2771", {"queues": ["sales"]}, "/queues"),
        ("PUT", "/queues/sales/members/2771", {"level": 0}, "/level/sales"),
        ("PUT", "/queues/sales/members/2771", {"level": "x"}, "/level"),
    ],
)
def test_what_is_not_valid_is_refused_with_its_place_and_changes_nothing(
    office: Office, method: str, path: str, body: dict[str, Any], pointer: str
) -> None:
    api = office.client()
    before = api.ask("GET", path).body
    got = api.change(method, path, body)
    assert (got.status, got.problem) == (422, "invalid")
    assert pointer in [one["pointer"] for one in got.body["errors"]]
    assert got.headers["content-type"] == "application/problem+json"
    assert api.ask("GET", path).body == before
    assert not office.changes()


def test_a_membership_has_level_weight_and_order(office: Office) -> None:
    api = office.client(Role.SUPERVISOR)
    made = api.make("/queues/support/members/2771", {"level": 2})
    assert (made.status, made.body) == (201, {"queue": "support", "agent": "2771", "level": 2})
    assert [one["agent"] for one in api.ask("GET", "/queues/support/members").body["items"]] == [
        "2771"
    ]
    floor_actor: Any = office.post.role("floor")
    [member] = floor_actor.proxy().pool.get(timeout=5).shares[SUPPORT.name].rules.members
    assert (member.agent, member.level) == ("2771", 2)
    assert api.make("/queues/support/members/9999", {}).problem == "no-such-agent"
    assert api.make("/queues/nothing/members/2771", {}).problem == "no-such-queue"
    assert api.change("DELETE", "/queues/support/members/2771").status == 204


def test_an_agent_goes_with_his_memberships_and_never_shows_his_pin(office: Office) -> None:
    api = office.client()
    assert api.ask("GET", "/agents/2771").body["pin"] is True
    assert api.change("PATCH", "/agents/2771", {"pin": "815"}).status == 200
    assert api.change("DELETE", "/agents/2771").status == 204
    assert api.ask("GET", "/queues/sales/members").body["items"] == []
    assert "4711" not in str([(one.before, one.after) for one in office.changes()])
    again = api.ask("POST", "/agents", {"id": "2771"})
    assert again.status == 201
    assert api.ask("GET", "/agents/2771").body["queues"] == []


def test_a_queue_with_callers_is_not_removed_and_says_how_many_there_are(office: Office) -> None:
    api = office.client()
    for number in range(2):
        join = floor.Join(f"c-{number}", SALES.name, 1.0, 0, "id", "a", "b")  # type: ignore[arg-type]
        office.post.to_queue(SALES.name, join)
    got = api.change("DELETE", "/queues/sales")
    assert (got.status, got.problem) == (409, "in-use")
    assert "2 calls" in got.body["detail"]
    assert api.ask("GET", "/queues/sales").status == 200


def test_a_post_sent_again_with_its_key_is_done_once(office: Office) -> None:
    api = office.client()
    key = {"Idempotency-Key": "k-1"}

    def make(body: dict[str, Any]) -> Got:
        return api.ask("POST", "/queues", body, key)

    first, second = make({"name": "billing"}), make({"name": "billing"})
    assert (first.status, second.status, first.body) == (201, 201, second.body)
    assert second.headers["idempotency-replayed"] == "true"
    assert make({"name": "other"}).problem == "idempotency"
    assert len(office.changes()) == 1


@pytest.mark.parametrize(
    ("text", "headers", "status"),
    [
        ("{", {}, 400),
        ("[]", {}, 422),
        ('{"priority": NaN}', {}, 400),
        ("[" * 5000, {}, 400),
        ("{}", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_a_body_that_is_none_is_refused(
    office: Office, text: str, headers: dict[str, str], status: int
) -> None:
    api = office.client()
    connection = http.client.HTTPConnection("127.0.0.1", office.server.port, timeout=10)
    sent = {
        "Authorization": f"Bearer {api.secret}",
        "If-Match": "*",
        "Content-Type": "application/merge-patch+json",
    }
    connection.request("PATCH", "/api/v1/queues/sales", text, sent | headers)
    assert connection.getresponse().status == status
    connection.close()


# ---- why -----------------------------------------------------------------------------------------


def test_why_a_call_and_an_agent_are_served_or_not_is_told_with_each_reason(office: Office) -> None:
    client, call = office.client(Role.READ), CallId("1-7")
    office.post.add_call(call, office.journal)
    office.post.to_floor(floor.Waiting(call, SALES.name, 0.0, 0))

    of_call = client.ask("GET", "/calls/1-7/why").body
    of_agent = client.ask("GET", "/agents/2771/why").body

    [candidate] = of_call["candidates"]
    assert (candidate["agent"], candidate["call"], of_call["queue"]) == ("2771", "1-7", "sales")
    [against] = candidate["against"]
    assert (against["bar"], against["text"]) == ("logged-off", "is not logged on")
    assert of_agent["candidates"] == of_call["candidates"]
    assert of_agent["against"] == [against]


def test_of_a_call_or_agent_that_is_not_there_nobody_is_told_why(office: Office) -> None:
    client = office.client(Role.READ)

    assert client.ask("GET", "/calls/1-8/why").problem == "no-such-call"
    assert client.ask("GET", "/agents/4711/why").problem == "no-such-agent"


# ---- the description ---------------------------------------------------------------------------


def test_the_documents_table_is_the_table_of_the_routes() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert routes.table() in text
    assert routes.problems_table() in text


def test_the_description_has_every_route_role_and_problem() -> None:
    told = document()
    for route in ROUTES:
        operation = told["paths"][route.path][route.method.lower()]
        assert operation.get("x-role") == route.role
        statuses = {str(routes.PROBLEMS[name][0]) for name in route.all_problems()}
        assert statuses <= operation["responses"].keys()
