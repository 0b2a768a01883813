"""No more TCP connections than the process has descriptors for."""

from __future__ import annotations

import resource
import subprocess
import sys
from dataclasses import replace

import pytest

from actors.descriptors import FEWEST, RESERVED, fitted
from actors.settings import MediaSettings, Settings

SETTINGS = Settings(media=MediaSettings(pool_first=40002, pool_last=40198))
PORTS = 200


def test_where_there_is_room_the_settings_count() -> None:
    assert fitted(SETTINGS, 1000 + PORTS + RESERVED) is SETTINGS


def test_with_few_descriptors_calls_come_before_connections() -> None:
    assert fitted(SETTINGS, 1024).sip.limits.all_connections == 1024 - PORTS - RESERVED


def test_with_too_few_nothing_is_started_and_what_would_do_is_told() -> None:
    enough = FEWEST + PORTS + RESERVED
    with pytest.raises(OSError, match=f"needs {enough} at least"):
        fitted(SETTINGS, enough - 1)

    media = replace(SETTINGS.media, pool_last=40002)
    assert fitted(replace(SETTINGS, media=media), enough - 1)


def test_the_process_gets_as_many_as_it_may_have() -> None:
    script = "from actors.descriptors import raise_limit; import resource as r\n"
    script += "r.setrlimit(r.RLIMIT_NOFILE, (100, 200)); raise_limit()\n"
    script += "print(r.getrlimit(r.RLIMIT_NOFILE))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "(200, 200)\n"
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[1] != 200
