"""The scenario of the ACD with a call server, step by step; each step's docstring is its title."""

from __future__ import annotations

from collections.abc import Callable

from tests.books import AT_ONCE_SECONDS, offers
from tests.hearing import is_loud
from tests.interop.world import (
    ASTERISK,
    SIP_PORT,
    World,
    agent_is,
    hears,
    hears_music,
)
from tests.server import eventually

# -- the steps ------------------------------------------------------------------------------------


def asterisk_runs(world: World) -> None:
    """Asterisk runs with conf/asterisk."""
    assert "Asterisk " in world.asterisk.command("core show version")
    assert not world.asterisk.faults(), world.asterisk.faults()


def acd_registers(world: World) -> None:
    """The ACD registers with digest."""
    eventually(
        lambda: world.acd.health()["registration"]["state"] == "registered",
        "the registration",
        10,
    )
    assert f"127.0.0.1:{SIP_PORT}" in world.asterisk.command("pjsip show contacts")


def phones_register(world: World) -> None:
    """Three phones and the gateway register."""
    for phone in world.phones.values():
        phone.register()


def nobody_is_logged_on(world: World) -> None:
    """REST shows empty queues and agents logged out."""
    queues = [{"name": "sales", "calls": []}, {"name": "support", "calls": []}]
    assert world.acd.get("/queues") == {"queues": queues}
    for agent in ("2771", "2772", "2773"):
        agent_is(world, agent, "loggedout", "")


def log_on(world: World, phone: str, agent: str) -> None:
    """Dial *44 and key the agent's number in while the ACD asks for it."""
    call = world.phone(phone).dial(f"sip:*44@{ASTERISK}")
    call.wait_up()
    eventually(lambda: is_loud(call.listen(0.2)), "the question for the number")
    call.press(f"{agent}#")
    call.wait_over()
    agent_is(world, agent, "idle", phone)


def first_agent_logs_on(world: World) -> None:
    """phone1 dials *44 and 2771#: logged on there, presence by hint says idle."""
    log_on(world, "phone1", "2771")
    world.acd.wait_log("2771")


def own_call_is_presence_busy(world: World) -> None:
    """phone1 calls phone3: agent 2771 is busy by presence, and idle again afterwards."""
    call = world.phone("phone1").dial(f"sip:phone3@{ASTERISK}")
    world.phone("phone3").wait_ring().answer()
    call.wait_up()
    agent_is(world, "2771", "busy", "phone1")
    call.hang_up()
    agent_is(world, "2771", "idle", "phone1")


def second_agent_logs_on(world: World) -> None:
    """phone2 dials *44 and 2772#."""
    log_on(world, "phone2", "2772")


def taken_agent_is_refused(world: World) -> None:
    """phone3 dials *44 and 2771#: refused, 2771 stays at phone1."""
    call = world.phone("phone3").dial(f"sip:*44@{ASTERISK}")
    call.wait_up()
    eventually(lambda: is_loud(call.listen(0.2)), "the question for the number")
    call.press("2771#")
    call.wait_over()
    agent_is(world, "2771", "idle", "phone1")


def outside_call_waits_and_rings_longest_idle(world: World) -> None:
    """The gateway calls 5001: the queue answers and speaks; the longest-idle agent is rung."""
    call = world.phone("gateway").dial(f"sip:5001@{ASTERISK}")
    call.wait_up()
    eventually(lambda: is_loud(call.listen(0.2)), "the welcome")
    world.calls["outside"] = call
    world.calls["first"] = world.phone("phone1").wait_ring()
    agent_is(world, "2771", "ringing", "phone1")
    [shown] = world.acd.wait_calls("sales", "assigned")
    assert list(shown) == ["id", "state", "from", "to"], shown
    assert shown["from"].startswith("gateway@"), shown
    assert shown["to"].startswith("sales@"), shown


def no_answer_rings_the_next(world: World) -> None:
    """phone1 does not answer: phone2 rings at once."""
    world.calls["first"].wait_over()
    world.calls["second"] = world.phone("phone2").wait_ring()
    [first, second] = offers(world.acd)[-2:]
    assert (first.agent, first.outcome, second.agent) == ("2771", "no-answer", "2772")
    assert second.offered_at - first.ended_at < AT_ONCE_SECONDS
    agent_is(world, "2772", "ringing", "phone2")
    agent_is(world, "2771", "idle", "phone1")


def they_talk(world: World) -> None:
    """phone2 answers: caller and agent hear each other; REST says connected and oncall."""
    outside, second = world.calls["outside"], world.calls["second"]
    second.answer()
    outside.say_tone(600)
    second.say_tone(1100)
    hears(outside, 1100)
    hears(second, 600)
    world.acd.wait_calls("sales", "connected")
    agent_is(world, "2772", "oncall", "phone2")


def agent_holds(world: World) -> None:
    """phone2 holds: Asterisk passes it on and the caller hears music; phone2 resumes: they talk."""
    outside, second = world.calls["outside"], world.calls["second"]
    second.hold()
    eventually(lambda: hears_music(world, outside), "music on hold")
    second.resume()
    second.say_tone(1200)
    outside.say_tone(650)
    hears(outside, 1200)
    hears(second, 650)


def caller_hangs_up(world: World) -> None:
    """The caller hangs up: phone2's call ends, both agents are idle, the queue is empty."""
    world.calls["outside"].hang_up()
    world.calls["second"].wait_over()
    agent_is(world, "2772", "idle", "phone2")
    agent_is(world, "2771", "idle", "phone1")
    world.acd.wait_calls("sales")


def agent_on_another_call_is_not_rung(world: World) -> None:
    """phone1 talks to phone3: a call to the queue rings phone2 although 2771 is idle longer."""
    own = world.phone("phone1").dial(f"sip:phone3@{ASTERISK}")
    world.phone("phone3").wait_ring().answer()
    own.wait_up()
    agent_is(world, "2771", "busy", "phone1")
    rung = world.phone("phone1").ring_count()
    outside = world.phone("gateway").dial(f"sip:5001@{ASTERISK}")
    second = world.phone("phone2").wait_ring()
    second.answer()
    outside.say_tone(700)
    hears(second, 700)
    assert world.phone("phone1").ring_count() == rung
    world.calls.update(own=own, outside=outside, second=second)


def call_waits_until_an_agent_is_free(world: World) -> None:
    """A second call waits while both are busy; phone1 hangs up its own call and is rung at once."""
    another = world.phone("gateway").dial(f"sip:5001@{ASTERISK}")
    world.acd.wait_calls("sales", "waiting", "connected")
    world.calls["own"].hang_up()
    first = world.phone("phone1").wait_ring()
    first.answer()
    another.say_tone(800)
    hears(first, 800)


def agents_hang_up(world: World) -> None:
    """phone1 and phone2 hang up: the callers' calls end, the queue is empty."""
    for name in ("phone1", "phone2"):
        calls = world.phone(name).calls.values()
        next(call for call in calls if call.is_up).hang_up()
    for call in world.phone("gateway").calls.values():
        call.wait_over()
    world.acd.wait_calls("sales")
    agent_is(world, "2771", "idle", "phone1")
    agent_is(world, "2772", "idle", "phone2")


def phone_away_is_unavailable(world: World) -> None:
    """phone2 logs off from Asterisk: 2772 is unavailable; it comes back: idle."""
    world.phone("phone2").unregister()
    agent_is(world, "2772", "unavailable", "phone2")
    world.phone("phone2").register()
    agent_is(world, "2772", "idle", "phone2")


def call_server_restarts(world: World) -> None:
    """Asterisk is killed and started again: calls reach the queue and the agents as before."""
    world.asterisk.kill()
    world.asterisk.start()  # its database still has everybody's registration
    outside = world.phone("gateway").dial(f"sip:5001@{ASTERISK}")
    ringing = world.phone("phone1").wait_ring()
    ringing.answer()
    outside.say_tone(900)
    hears(ringing, 900)
    outside.hang_up()
    ringing.wait_over()
    agent_is(world, "2771", "idle", "phone1")


def agents_log_off(world: World) -> None:
    """phone1 and phone2 dial *45: logged out, without a phone."""
    for phone, agent in (("phone1", "2771"), ("phone2", "2772")):
        world.phone(phone).dial(f"sip:*45@{ASTERISK}").wait_over()
        agent_is(world, agent, "loggedout", "")
    eventually(
        lambda: "phone" not in world.asterisk.command("pjsip show subscriptions inbound"),
        "the end of the subscriptions",
    )


def caller_waits_alone(world: World) -> None:
    """A call with nobody logged on waits; the caller hangs up and is forgotten."""
    call = world.phone("gateway").dial(f"sip:5001@{ASTERISK}")
    call.wait_up()
    world.acd.wait_calls("sales", "waiting")
    call.hang_up()
    world.acd.wait_calls("sales")


def acd_stops(world: World) -> None:
    """SIGTERM: the ACD unregisters and ends within five seconds."""
    code = world.acd.stop()
    assert code == 0, code
    assert world.acd.seconds_between("stopping: ", "stopped$") < 5
    eventually(
        lambda: f"127.0.0.1:{SIP_PORT}" not in world.asterisk.command("pjsip show contacts"),
        "the end of the registration",
    )


STEPS: list[Callable[[World], None]] = [
    asterisk_runs,
    acd_registers,
    phones_register,
    nobody_is_logged_on,
    first_agent_logs_on,
    own_call_is_presence_busy,
    second_agent_logs_on,
    taken_agent_is_refused,
    outside_call_waits_and_rings_longest_idle,
    no_answer_rings_the_next,
    they_talk,
    agent_holds,
    caller_hangs_up,
    agent_on_another_call_is_not_rung,
    call_waits_until_an_agent_is_free,
    agents_hang_up,
    phone_away_is_unavailable,
    call_server_restarts,
    agents_log_off,
    caller_waits_alone,
    acd_stops,
]
