"""The server under test on a host of a lab: port 5060 of all interfaces, REST asked from inside."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.hosts.host import Host
from tests.server import AcdServer, merged

OWN: dict[str, Any] = {
    "sip": {
        "address": "0.0.0.0",  # noqa: S104 - a host of the tests'
        "port": 5060,
        "trace": True,
        # Phones, and the router of some: not the call server, which is a peer by itself.
        "peer": [
            {
                "name": "phones",
                "addresses": ["192.0.2.30", "192.0.2.99", "198.51.100.30"],
                "may_log_on": True,
            }
        ],
    },
    "media": {"address": "0.0.0.0", "port": 40000, "pool_first": 40002, "pool_last": 40198},  # noqa: S104
    "http": {"port": 8242},
    "presence": {"subscribe": False, "unknown_is_idle_after": 0.0},
    "queue": [{"name": "sales", "ring_seconds": 3.0}],
    "agent": [{"id": "2771", "queues": ["sales"]}, {"id": "2772", "queues": ["sales"]}],
}


class LabServer(AcdServer):
    """A server that is reached at its host's first address."""

    def __init__(
        self, folder: Path, host: Host, configuration: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(folder, merged(OWN, configuration or {}))
        self.host = host

    def _command(self, *command: str) -> list[str]:
        return self.host.command(*command)

    def _connection(self) -> http.client.HTTPConnection:
        connection = super()._connection()
        with self.host.network():
            connection.connect()
        return connection

    def uri(self, user: str) -> str:
        """Return the SIP address of a queue, login or agent by the host's address."""
        return f"sip:{user}@{self.host.address}:{self.sip_port}"
