"""Kamailio on a host of a lab: call server of one.example and two.example (kamailio.cfg).

Other domains may be given, its address for one. Whatever is not of its domains gets 404, unless it
`relays`: then it is an outbound proxy for all. With `presence` it is the presence server of its
domains, and answers SUBSCRIBE itself; else that goes to the phone. In dialogs it stays in the way
(Record-Route). Users such as acdlogin and sales are the ACD's, which registers as acd with the
password "secret" where nobody says where it is. Nobody is registered for longer than `expires`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Self

from tests.hosts.host import Host
from tests.hosts.program import Program

CONFIGURATION = Path(__file__).with_suffix(".cfg")
TABLES = Path("/usr/share/kamailio/dbtext/kamailio")
"""The empty tables of its text-file database: for presence it insists on one."""

DOMAINS = ("one.example", "two.example")


class Kamailio(Program):
    """Runs until the end of its block; `acd` is the ACD, as ``acd.example;transport=tcp``."""

    def __init__(  # noqa: PLR0913 - what its configuration has
        self,
        folder: Path,
        host: Host,
        acd: str,
        *,
        port: int = 5060,
        domains: tuple[str, ...] = DOMAINS,
        relays: bool = False,
        presence: bool = False,
        expires: int = 3600,
    ) -> None:
        tables = folder / "kamailio-tables"
        if presence:
            shutil.copytree(TABLES, tables)
        words = {
            "ADDRESS": host.address,
            "PORT": str(port),
            "ACD": acd,
            "DOMAINS": "|".join(domains).replace(".", "\\."),
            "RELAYS": str(int(relays)),
            "EXPIRES": str(expires),
            "DOMAIN": domains[0],
            "TABLES": str(tables),
            "ALIASES": "\n".join(f'alias="{domain}"' for domain in domains),
        }
        text = CONFIGURATION.read_text()
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        file = folder / "kamailio.cfg"
        file.write_text(text)
        command = [
            "kamailio",
            "-f",
            str(file),
            "-DD",
            "-E",
            "-m",
            "32",
            "-M",
            "4",
            "-Y",
            str(folder),
        ]
        if presence:
            command += ["-A", "PRESENCE"]
        if not acd:
            command += ["-A", "REGISTERED"]
        super().__init__(host, *command)

    def __enter__(self) -> Self:
        super().__enter__()
        self.wait_line("kamailio is ready")
        return self
