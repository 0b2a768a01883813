"""What ./acd and the scripts in setup/ decide, with every program they ask replaced by a stub."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pjsua2
import pytest

PROJECT = Path(__file__).parents[1]
PARTS = ("common", "packages", "pjsip_source", "pjsip_build", "pjsip", "python")
LOAD = "".join(f'. "$setup_dir/{part}.sh"\n' for part in PARTS)

TWO_ARCHIVES = """\
MetaKey: main/binary-amd64/Packages
Label: Debian-Security
Origin: Debian
Repo-URI: http://security.example/debian-security/

MetaKey: main/binary-amd64/Packages
Label: Debian
Origin: Debian
Repo-URI: http://mirror.example/debian/
"""
UBUNTU = """\
MetaKey: main/binary-amd64/Packages
Label: Ubuntu
Origin: Ubuntu
Repo-URI: http://mirror.example/ubuntu/
"""

Result = subprocess.CompletedProcess[str]


class Machine:
    """A machine whose programs are stubs: shell scripts put first on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.cache = folder / "cache"
        self.bin.mkdir()
        self.cache.mkdir()

    def stub(self, name: str, script: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def shell(self, script: str, setup: Path = PROJECT / "setup") -> Result:
        """Run ``script`` after all parts of the set-up were loaded from the folder ``setup``."""
        head = f'set -eu\nproject_dir="{PROJECT}"\nsetup_dir="{setup}"\n{LOAD}'
        return self.run("sh", "-c", head + script)

    def run(self, *command: str) -> Result:
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "HOME": str(self.cache),
            "ACD_CACHE": str(self.cache),
        }
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_unknown_verb_shows_the_help_and_exits_with_2(machine: Machine) -> None:
    result = machine.run(str(PROJECT / "acd"), "dance")

    assert result.returncode == 2
    assert "unknown verb: dance" in result.stderr
    assert "./acd VERB" in result.stderr


def test_no_verb_is_a_question_for_help(machine: Machine) -> None:
    result = machine.run(str(PROJECT / "acd"))

    assert result.returncode == 0
    assert "./acd VERB" in result.stdout


def test_a_python_that_does_not_start_is_passed_over(machine: Machine) -> None:
    machine.stub("python3.13", "echo 'pyenv: command not found' >&2; exit 127")
    machine.stub("python3.12", f'exec {sys.executable} "$@"')

    assert machine.shell("system_python=none; find_python").stdout.strip() == sys.executable


def test_the_systems_own_python_is_taken_before_those_on_the_path(machine: Machine) -> None:
    machine.stub("python3.13", "echo /opt/python3.13")
    machine.stub("own", "echo /usr/bin/python3")

    result = machine.shell(f"system_python={machine.bin}/own; find_python")

    assert result.stdout == "/usr/bin/python3\n"


def test_a_python_older_than_3_11_is_no_python(machine: Machine) -> None:
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        machine.stub(name, "echo /usr/bin/python3; exit 1")

    result = machine.shell("system_python=python3; find_python")

    assert result.returncode == 1
    assert result.stdout == ""


def test_apt_is_not_asked_when_every_package_is_there(machine: Machine) -> None:
    machine.stub("dpkg-query", "echo installed")
    machine.stub("apt-get", "echo asked >&2; exit 9")

    result = machine.shell("need_packages gcc make")

    assert (result.returncode, result.stderr) == (0, "")


def test_a_package_that_was_removed_but_not_purged_is_missing(machine: Machine) -> None:
    machine.stub("dpkg-query", 'case "$4" in gcc) echo config-files ;; *) echo installed ;; esac')

    assert machine.shell("missing_packages gcc make").stdout == "gcc\n"


def test_a_renamed_package_is_found_under_either_name(machine: Machine) -> None:
    machine.stub("dpkg-query", '[ "$4" = libssl3 ] && echo installed')

    assert machine.shell("missing_packages 'libssl3t64|libssl3' 'a|b'").stdout == "a|b\n"


def test_without_root_or_sudo_the_one_line_to_run_is_printed(machine: Machine) -> None:
    machine.stub("dpkg-query", "exit 1")
    machine.stub("apt-cache", '[ "$3" != new ]')
    machine.stub("id", "echo 1000")
    machine.stub("sudo", "exit 1")
    machine.stub("apt-get", "echo asked; exit 9")

    result = machine.shell("need_packages gcc 'new|old'; echo went on")

    assert result.returncode == 1
    assert result.stdout == ""
    assert "sudo apt-get update && sudo apt-get install" in result.stderr
    assert result.stderr.endswith(" -y gcc old\n")


def test_root_installs_what_is_missing_after_an_update(machine: Machine) -> None:
    machine.stub("dpkg-query", '[ "$4" = make ] && echo installed')
    machine.stub("apt-cache", "exit 0")
    machine.stub("id", "echo 0")
    machine.stub("apt-get", 'echo "$*" >>"$HOME/asked"')

    result = machine.shell("need_packages gcc make")

    asked = (machine.cache / "asked").read_text(encoding="utf-8").splitlines()
    assert result.returncode == 0
    assert asked == ["-q update", "-q install --no-install-recommends -y gcc"]


def test_a_failed_step_shows_the_end_of_its_log_and_where_it_lies(machine: Machine) -> None:
    log = machine.cache / "work.log"

    result = machine.shell(f'work() {{ seq 100; false; }}\nstep "{log}" working work; echo went on')

    assert result.returncode == 1
    assert "went on" not in result.stdout
    assert "\n70\n" not in result.stderr
    assert "\n71\n" in result.stderr
    assert result.stderr.endswith(f"{log}\n")


def test_a_failure_in_the_middle_of_the_configuration_is_a_failed_step(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()

    result = machine.shell(f'configure_pjsip "{tmp_path}/source" || echo refused')

    assert result.stdout.endswith("refused\n")


@pytest.mark.parametrize(
    ("archives", "mirror"),
    [(TWO_ARCHIVES, "http://mirror.example/debian/\n"), (UBUNTU, ""), ("", "")],
    ids=["Debian with its security archive", "Ubuntu", "no lists"],
)
def test_the_debian_mirror_is_the_one_the_machine_uses(
    machine: Machine, archives: str, mirror: str
) -> None:
    (machine.cache / "targets").write_text(archives, encoding="utf-8")
    machine.stub("apt-get", 'cat "$HOME/targets"')

    assert machine.shell("debian_mirror").stdout == mirror


def test_upstream_is_used_when_its_tag_is_the_known_commit(machine: Machine) -> None:
    machine.stub("git", '[ "$3" != rev-parse ] || echo "$GIT_ANSWER"')

    known = machine.shell(
        'GIT_ANSWER=$PJSIP_COMMIT; export GIT_ANSWER; pjsip_from_upstream "$HOME/a"'
    )
    moved = machine.shell('GIT_ANSWER=0123; export GIT_ANSWER; pjsip_from_upstream "$HOME/a"')

    assert known.returncode == 0
    assert moved.returncode == 1
    assert "not used" in moved.stdout


def test_with_neither_upstream_nor_a_debian_mirror_it_says_what_to_do(machine: Machine) -> None:
    machine.stub("git", "exit 128")
    machine.stub("apt-get", "true")

    result = machine.shell('fetch_pjsip "$HOME/source"')

    assert result.returncode == 1
    assert "Let this machine reach one of the two" in result.stdout


@pytest.mark.parametrize(("minor", "accepted"), [("17", True), ("16", False)])
def test_sources_of_another_version_are_refused(
    machine: Machine, minor: str, *, accepted: bool
) -> None:
    text = f"export PJ_VERSION_MAJOR  := 2\nexport PJ_VERSION_MINOR  := {minor}\n"
    (machine.cache / "version.mak").write_text(text, encoding="utf-8")

    assert (machine.shell('check_pjsip_version "$HOME"').returncode == 0) == accepted


def test_the_key_of_the_wheel_changes_with_its_configuration(
    machine: Machine, tmp_path: Path
) -> None:
    changed = tmp_path / "setup"
    changed.mkdir()
    for file in (PROJECT / "setup").iterdir():
        (changed / file.name).symlink_to(file)
    config = changed / "config_site.h"
    text = config.read_text(encoding="utf-8")
    config.unlink()
    config.write_text(text.replace("PJSUA_MAX_CALLS 10240", "PJSUA_MAX_CALLS 64"), encoding="utf-8")
    ask = f'pjsip_key "{sys.executable}"'

    keys = [
        machine.shell(ask).stdout,
        machine.shell(ask).stdout,
        machine.shell(ask, changed).stdout,
    ]

    assert keys[0] == keys[1] != keys[2]


def test_two_runs_at_once_wait_for_each_other(machine: Machine) -> None:
    script = """
        lock setup
        (lock setup; echo second) 2>"$HOME/says" &
        until grep -q waiting "$HOME/says"; do :; done
        echo first
        unlock
        wait
    """

    assert machine.shell(script).stdout == "first\nsecond\n"


def test_pjsua2_was_built_for_five_thousand_callers_on_agents_phones() -> None:
    assert pjsua2.ACD_MAX_CALLS >= 10_000
    assert pjsua2.ACD_MAX_CONF_PORTS > pjsua2.ACD_MAX_CALLS
    assert pjsua2.ACD_MAX_TRANSACTIONS >= 50_000
    assert pjsua2.ACD_MAX_SDP_BYTES >= 8_000
    assert pjsua2.ACD_HAS_EPOLL
    assert pjsua2.ACD_HAS_IPV6
    assert pjsua2.ACD_HAS_TLS
    assert pjsua2.ACD_HAS_SRTP
    assert pjsua2.ACD_HAS_OPUS
