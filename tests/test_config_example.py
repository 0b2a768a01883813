"""The shipped example: complete, and nothing but the defaults."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from actors import settings
from actors.config import load
from actors.config.reader import TABLES
from actors.config.rules import RULES
from actors.settings import Settings
from tests.configurations import CLASSES, EXAMPLE, settings_of


def test_the_example_has_two_queues_and_four_agents_of_whom_one_needs_a_pin() -> None:
    example = load(EXAMPLE)

    assert [queue.name for queue in example.queues] == ["sales", "support"]
    assert [agent.id for agent in example.agents] == ["2771", "2772", "2773", "2774"]
    assert [bool(agent.pin) for agent in example.agents] == [False, False, False, True]
    assert all(queue.welcome and queue.announcement.prompts for queue in example.queues)


def test_the_example_gives_every_setting_its_default() -> None:
    example = load(EXAMPLE)
    default = Settings()

    for name in ("sip", "media", "presence", "outcomes", "http", "journal", "log", "music"):
        assert getattr(example, name) == getattr(default, name)
    assert example.voice.model == default.voice.model
    assert example.voice.cache == default.voice.cache.expanduser()


def test_the_examples_login_prompts_are_those_of_an_empty_file(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "").login == load(EXAMPLE).login
    assert settings_of(tmp_path, "").accept == load(EXAMPLE).accept


def test_the_example_names_every_setting() -> None:
    named = set(re.findall(r"^#?\[*([a-z_.]+)(?:\]| =)", EXAMPLE.read_text(), re.MULTILINE))
    named |= {name.rpartition(".")[2] for name in named} | {"prompts", "every", "say"}

    for cls in CLASSES:
        if cls is not settings.Prompt:
            assert {TABLES.get(one.name, one.name) for one in fields(cls)} - named <= {"agent"}


def test_what_the_example_has_commented_out_can_be_switched_on(tmp_path: Path) -> None:
    text = re.sub(r"^#(\[|[a-z_]+ =)", r"\1", EXAMPLE.read_text(), flags=re.MULTILINE)

    loaded = settings_of(tmp_path, text)

    assert loaded.sip.registration == settings.Registration("sip:192.0.2.10:5060", "acd", "secret")
    assert loaded.agents[0].ring_seconds == 20.0


def test_there_is_no_rule_for_a_setting_that_does_not_exist() -> None:
    known = {(cls, one.name) for cls in CLASSES for one in fields(cls)}

    assert set(RULES) <= known
