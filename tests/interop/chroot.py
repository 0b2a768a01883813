"""A Debian system with Asterisk in a cached folder, by debootstrap from this machine's mirror."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.interop.tell import tell

ROOT = Path(__file__).parents[2]

DEBOOTSTRAP = ["debootstrap", "--variant=minbase", "--include=asterisk"]


def cache_folder() -> Path:
    """Return where everything lies that ./acd makes once a machine."""
    fallback = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("ACD_CACHE") or Path(fallback) / "acd")


def mirror() -> str:
    """Return the address of the archive that this machine's apt installs from."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    sites = [site for site in listed if "security" not in site]
    if not sites:
        message = "apt on this machine has no package sources to take Asterisk from"
        raise RuntimeError(message)
    return sites[0]


def suite() -> tuple[str, list[str]]:
    """Return the suite that carries Asterisk and the debootstrap options it needs.

    Debian has it in unstable alone since 12; Ubuntu has it in each release's universe.
    """
    pairs = (line.split("=", 1) for line in Path("/etc/os-release").read_text().split("\n") if line)
    release = {key: value.strip('"') for key, value in pairs}
    if release["ID"] == "ubuntu":
        return release["VERSION_CODENAME"], ["--components=main,universe"]
    return "sid", []


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Keep other runs out of the block."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare() -> Path:
    """Return the folder of a system with Asterisk; the first time it is made, in about a minute."""
    release, options = suite()
    folder = cache_folder() / f"asterisk-{release}"
    if folder.exists():
        return folder
    fresh = cache_folder() / f"asterisk-{release}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    log = cache_folder() / "asterisk.log"
    tell(f"making a system with Asterisk, once a machine, about a minute ({log})")
    with log.open("w") as out:
        made = subprocess.run(
            [*DEBOOTSTRAP, *options, release, str(fresh), mirror()],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if made.returncode:
        tail = "\n".join(log.read_text().split("\n")[-30:])
        message = f"debootstrap failed; the end of {log}:\n{tail}"
        raise RuntimeError(message)
    shutil.copytree(fresh / "etc/asterisk", fresh / "etc/asterisk.packaged")
    fresh.rename(folder)
    return folder


def configure(folder: Path) -> None:
    """Give the system conf/asterisk over the package's files, and nothing of an earlier run."""
    shutil.rmtree(folder / "etc/asterisk")
    shutil.copytree(folder / "etc/asterisk.packaged", folder / "etc/asterisk")
    for file in (ROOT / "conf/asterisk").glob("*.conf"):
        shutil.copy(file, folder / "etc/asterisk")
    # Without it every call waits for DNS time-outs; on loopback the refusal comes at once.
    (folder / "etc/resolv.conf").unlink(missing_ok=True)
    (folder / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
    # Asterisk takes its own address for SDP from its host name.
    (folder / "etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n")
    (folder / "var/lib/asterisk/astdb.sqlite3").unlink(missing_ok=True)
