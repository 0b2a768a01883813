"""What is wrong with a configuration, told by file, line and key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as run

from actors.config import ConfigError, load, read
from actors.config.faults import key
from actors.config.lines import lines
from actors.config.reader import TABLES
from actors.settings import Settings
from tests.configurations import CLASSES, EXAMPLE, faults_of

# ---- faults ----------------------------------------------------------------------------------

SKILLED = '[[agent]]\nid = "1"\nskills = {english = 5}\n[[queue]]\nname = "a"\n'
STEP = "[[queue.relax_skills]]\n"

FAULTS = {
    "a limit that leads nowhere": (
        "[[queue]]\nname = 'a'\nmax_wait = 60",
        (
            ":3: queue[0].max_wait: nothing says where callers go then: overflow.max_wait must be"
            ' {queue = "name"} or {say = "text"}'
        ),
    ),
    "overflow to nobody": (
        "[[queue]]\nname = 'a'\n[queue.overflow]\nclosed = {queue = 'b'}\n[[queue]]\nname = 'bb'",
        ':4: queue[0].overflow.closed: there is no queue "b"; did you mean bb?',
    ),
    "overflow to itself": (
        "[[queue]]\nname = 'a'\n[queue.overflow]\nmax_length = {queue = 'a'}",
        ":4: queue[0].overflow.max_length: must not be the queue itself; known: none",
    ),
    "overflow to two places": (
        (
            "[[queue]]\nname = 'a'\n[queue.overflow]\nmax_wait = {queue = 'b', say = 'Bye.'}\n"
            "[[queue]]\nname = 'b'"
        ),
        (':4: queue[0].overflow.max_wait: must be {queue = "name"} or {say = "text"}: one of them'),
    ),
    "hours": (
        "[[queue]]\nname = 'a'\nhours = ['Mo 08:00-09:00']",
        (
            ':3: queue[0].hours[0]: must be hours such as "Mon-Fri 08:00-18:00" or '
            '"Sat 09:00-24:00"; is "Mo 08:00-09:00"'
        ),
    ),
    "holiday": (
        "[[queue]]\nname = 'a'\nholidays = ['12-32']",
        (
            ':3: queue[0].holidays[0]: must be a date: "2026-12-24" or, of every year, "12-25"; '
            'is "12-32"'
        ),
    ),
    "time zone": (
        "[[queue]]\nname = 'a'\ntime_zone = 'Europe/Atlantis'",
        (
            ':3: queue[0].time_zone: must be a time zone by its name, such as "Europe/Berlin", '
            'known to this machine (package tzdata); is "Europe/Atlantis"'
        ),
    ),
    "hours that lead nowhere": (
        "[[queue]]\nname = 'a'\nhours = ['Mon 08:00-09:00']",
        (
            ":3: queue[0].hours: nothing says where callers go then: overflow.hours must be"
            ' {queue = "name"} or {say = "text"}'
        ),
    ),
    "length": (
        "[[queue]]\nname = 'a'\nmax_length = -1",
        ":3: queue[0].max_length: must be 0 to 100000; is -1",
    ),
    "skills: a step that asks for more": (
        f"{SKILLED}skills = {{english = 3}}\n{STEP}after = 9\nskills = {{english = 4}}",
        ":9: queue[0].relax_skills[0].skills.english: must not ask for more than before (3); is 4",
    ),
    "skills: a step before the one before": (
        f"{SKILLED}{STEP}after = 30\n{STEP}after = 20",
        ":9: queue[0].relax_skills[1].after: must be above the one before (30); is 20",
    ),
    "skills: one that nobody has": (
        SKILLED + "skills = {englsh = 3}",
        ':6: queue[0].skills.englsh: no agent has the skill "englsh"; did you mean english?',
    ),
    "skills: a grade out of range": (
        '[[agent]]\nid = "1"\nskills = {english = 0}',
        ":3: agent[0].skills.english: must be 1 to 100; is 0",
    ),
    "unknown key": (
        '[[queue]]\nname = "a"\n\n[[queue]]\nname = "b"\nring_second = 3',
        ":6: queue[1].ring_second: unknown key; did you mean ring_seconds?",
    ),
    "unknown table": ("[sipp]", ":1: sipp: unknown key; did you mean sip?"),
    "wrong type": ("[sip]\nport = '5060'", ':2: sip.port: must be a whole number; is "5060"'),
    "truth is no number": (
        "[outcomes]\nreject_cooldown = true",
        ":2: outcomes.reject_cooldown: must be a number; is true",
    ),
    "no list": (
        "[media]\ncodecs = 'PCMU'",
        ':2: media.codecs: must be a list: [...]; is "PCMU"',
    ),
    "no table": ("sip = 3", ":1: sip: must be a table: [sip] or {...}; is 3"),
    "no list of tables": (
        "[queue]\nname = 'a'",
        ":1: queue: must be tables: [[queue]]",
    ),
    "missing": ("[[agent]]\nname = 'Ada'", ":1: agent[0].id: missing: it must be given"),
    "sips": (
        "[sip]\ncall_server = 'sips:pbx.example'",
        (
            ":2: sip.call_server: must be a server's SIP address, such as "
            '"sip:192.0.2.10:5060" (TLS is not spoken); a user before it is what it calls itself: '
            '"sip:pbx@192.0.2.10"; is "sips:pbx.example"'
        ),
    ),
    "IPv6": (
        "[sip]\naddress = '::'",
        (
            ":2: sip.address: must be an IPv4 address (names are not looked up, IPv6 is not "
            'spoken); is "::"'
        ),
    ),
    "a peer's network": (
        "[[sip.peer]]\nname = 'x'\naddresses = ['192.0.2.0/33']",
        (
            ":3: sip.peer[0].addresses[0]: must be an IP address, a network such as "
            '192.0.2.0/24, or a host name; is "192.0.2.0/33"'
        ),
    ),
    "port": ("[http]\nport = 70000", ":2: http.port: must be 1 to 65535; is 70000"),
    "time": (
        "[[queue]]\nname = 'a'\nring_seconds = 0",
        ":3: queue[0].ring_seconds: must be more than 0, at most 300; is 0",
    ),
    "not a number": (
        "[sip]\nunreachable_seconds = nan",
        ":2: sip.unreachable_seconds: must be more than 0, at most 60; is nan",
    ),
    "strategy": (
        "[[queue]]\nname = 'a'\nstrategy = 'most-idel'",
        (
            ":3: queue[0].strategy: must be one of fewest-calls, least-talk-time, linear, "
            "most-idle, random, ring-all, ring-progressively, round-robin, top-down, "
            'weighted-random (did you mean most-idle?); is "most-idel"'
        ),
    ),
    "codec": (
        "[media]\ncodecs = ['PCMU', 'G729']",
        ':2: media.codecs[1]: must be one of PCMA, PCMU; is "G729"',
    ),
    "empty list": ("[media]\ncodecs = []", ":2: media.codecs: must name at least one"),
    "twice in a list": (
        "[sip]\ntransports = ['udp', 'udp']",
        ":2: sip.transports[1]: stands in this list twice",
    ),
    "queue twice": (
        "[[queue]]\nname = 'a'\n[[queue]]\nname = 'A'",
        ':4: queue[1].name: must differ from queue[0].name: both are "A"',
    ),
    "agent twice": (
        "[[agent]]\nid = '1'\n[[agent]]\nid = '1'",
        ':4: agent[1].id: must differ from agent[0].id: both are "1"',
    ),
    "queue named like the login": (
        "[[queue]]\nname = 'acdlogin'",
        ':2: queue[0].name: must differ from login.login: both are "acdlogin"',
    ),
    "unknown queue": (
        "[[queue]]\nname = 'sales'\n[[agent]]\nid = '1'\nqueues = ['sale']",
        ':5: agent[0].queues[0]: there is no queue "sale"; did you mean sales?',
    ),
    "level in a queue the agent is not in": (
        "[[queue]]\nname = 'a'\n[[agent]]\nid = '1'\nqueues = ['a']\nlevel = {b = 2}",
        ':6: agent[0].level.b: the agent is not in queue "b"; known: a',
    ),
    "level below the first": (
        "[[queue]]\nname = 'a'\n[[agent]]\nid = '1'\nqueues = ['a']\nlevel = {a = 0}",
        ":6: agent[0].level.a: must be 1 to 100; is 0",
    ),
    "weight that is no number": (
        "[[queue]]\nname = 'a'\n[[agent]]\nid = '1'\nqueues = ['a']\nweight = {a = 'high'}",
        ':6: agent[0].weight.a: must be a whole number; is "high"',
    ),
    "order for no queue": (
        "[[queue]]\nname = 'a'\n[[agent]]\nid = '1'\nqueues = ['a']\norder = 2",
        ":6: agent[0].order: must be a table: [order] or {...}; is 2",
    ),
    "levels widened backwards": (
        "[[queue]]\nname = 'a'\nwiden_after = [30, 20]",
        ":3: queue[0].widen_after[1]: must not be below the one before (30.0); is 20.0",
    ),
    "unknown music": (
        "[[queue]]\nname = 'a'\nmusic = 'jazz'",
        ':3: queue[0].music: there is no music class "jazz"; known: default',
    ),
    "music twice": (
        "[[music]]\nname = 'a'\n[[music]]\nname = 'a'",
        ':4: music[1].name: there are two classes "a"',
    ),
    "empty prompt": (
        "[login.prompts]\nwrong = ' '",
        ':2: login.prompts.wrong: must be a text to speak, is empty; is " "',
    ),
    "prompt of both kinds": (
        "[[queue]]\nname = 'a'\nwelcome = {say = 'x', file = 'y'}",
        ':3: queue[0].welcome: must be a text, {say = "text"} or {file = "name.wav"}',
    ),
    "unknown purpose": (
        "[login.prompts]\naskid = 'x'",
        ":2: login.prompts.askid: unknown key; did you mean ask_id?",
    ),
    "odd pool": (
        "[media]\npool_first = 40003",
        ":2: media.pool_first: must be even, as RTP ports are; is 40003",
    ),
    "pool upside down": (
        "[media]\npool_last = 39000",
        ":2: media.pool_last: must not be below pool_first (40002); is 39000",
    ),
    "port in the pool": (
        "[media]\nport = 40100",
        ":2: media.port: must lie outside the pool 40002 to 40198; is 40100",
    ),
    "one TCP port for two": (
        "[http]\nport = 5060",
        ":2: http.port: must differ from sip.port: both are TCP port 5060",
    ),
    "one UDP port for two": (
        "[media]\nport = 5060",
        ":2: media.port: must differ from sip.port: both are UDP port 5060",
    ),
    "SIP at RTCP's port": (
        "[media]\nport = 5059",
        ":2: media.port: must not be the port below sip.port: the one above it is RTCP's; is 5059",
    ),
    "SIP at the RTCP port of the pool's last": (
        "[sip]\nport = 40199",
        ":2: sip.port: must lie outside media's pool 40002 to 40199 (the last is RTCP's); is 40199",
    ),
    "talks looked after later than all others": (
        "[media]\nsilent_seconds = 31",
        ":2: media.silent_seconds: must not be above quiet_seconds (30.0); is 31.0",
    ),
    "name for an address": (
        "[sip]\naddress = 'acd.example'",
        (
            ":2: sip.address: must be an IPv4 address (names are not looked up, IPv6 is not "
            'spoken); is "acd.example"'
        ),
    ),
    "agent's id not to be keyed in": (
        "[[agent]]\nid = 'ada'",
        ':2: agent[0].id: must be 1 to 20 digits: it is keyed in at a phone; is "ada"',
    ),
    "secret": (
        "[[agent]]\nid = '1'\npin = 'geheim'",
        ":3: agent[0].pin: must be 1 to 20 digits: it is keyed in at a phone",
    ),
    "syntax": (
        "[sip]\nport 5060",
        ":2: Expected '=' after a key in a key/value pair (column 6)",
    ),
    "list left open": (
        "[sip]\ntransports = ['udp'\nport = 1",
        ":3: Unclosed array (column 1)",
    ),
    "key twice": ("[sip]\nport = 1\nport = 2", ":3: Cannot overwrite a value (column 9)"),
    "mixed list": (
        "a = ['x', {say = 'y'}]",
        (
            ":1: a list must hold values of one kind: all texts, all numbers or all {...}; "
            'instead of "text" a prompt may be {say = "text"}'
        ),
    ),
}


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_file_line_key_and_what_would_be_right(
    tmp_path: Path, text: str, told: str
) -> None:
    assert faults_of(tmp_path, text) == [told]


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """
[[agent]]
id = "2771"
queues = ["sales", "nowhere"]

[sip]
port = "x"
prot = 1

[[queue]]
name = "sales"
ring_seconds = -1
music = "jazz"
"""

    told = faults_of(tmp_path, text)

    assert [one.split(":")[1:3] for one in told] == [
        ["4", " agent[0].queues[1]"],
        ["7", " sip.port"],
        ["8", " sip.prot"],
        ["12", " queue[0].ring_seconds"],
        ["13", " queue[0].music"],
    ]


def test_a_fault_is_one_line_whatever_value_it_shows(tmp_path: Path) -> None:
    told = faults_of(tmp_path, '[sip]\nport = """one\ntwo\\u001b[2J' + "x" * 5000 + '"""')

    assert len(told) == 1
    assert r"one\ntwo\x1b[2Jx" in told[0]
    assert len(told[0]) < 1000


def test_a_file_that_is_not_there_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")


def test_a_file_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "acd.toml"
    file.write_bytes(b'[voice]\nmodel = "\xff"')

    with pytest.raises(ConfigError, match="must be UTF-8"):
        load(file)


@pytest.mark.parametrize(
    "text", ["= 1", "[", "[[queue]]\n[queue]", 'a = "', "a = {", "\x00", "a.b"]
)
def test_no_text_makes_it_fail_in_another_way(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text)


# ---- lines -----------------------------------------------------------------------------------


def test_lines_are_found_in_tables_lists_of_tables_and_dotted_keys() -> None:
    found = lines('[a]\nx = 1\n[[b]]\n[b.c]\ny = 2\n[[b]]\n"z" = 3 # c\nd.e = 4\n')

    assert found == {
        (): 0,
        ("a",): 1,
        ("a", "x"): 2,
        ("b", 0): 3,
        ("b", 0, "c"): 4,
        ("b", 0, "c", "y"): 5,
        ("b", 1): 6,
        ("b", 1, "z"): 7,
        ("b", 1, "d", "e"): 8,
    }


# ---- whatever stands there -------------------------------------------------------------------

ANYTHING = strategies.recursive(
    strategies.none().map(lambda _: "x")
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.sampled_from(["", "sip:a", "2771", "\0", "~"]),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.sampled_from(["name", "say", "id"]), inner, max_size=3)
    ),
    max_leaves=5,
)

KEYS = sorted({TABLES.get(one.name, one.name) for cls in CLASSES for one in fields(cls)})


@run(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    strategies.dictionaries(
        strategies.sampled_from(KEYS),
        ANYTHING
        | strategies.dictionaries(strategies.sampled_from(KEYS), ANYTHING, max_size=4)
        | strategies.lists(
            strategies.dictionaries(strategies.sampled_from(KEYS), ANYTHING, max_size=6), max_size=3
        ),
        max_size=6,
    )
)
def test_whatever_stands_in_a_file_is_settings_or_faults(table: dict[str, object]) -> None:
    loaded, faults = read(table, EXAMPLE.parent)

    assert isinstance(loaded, Settings)
    assert all(key(fault.at) and fault.text for fault in faults)
