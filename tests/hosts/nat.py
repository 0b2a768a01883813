"""A home: a network behind a router that hides it behind one address (NAPT, RFC 3022)."""

from __future__ import annotations

from tests.hosts.host import Host
from tests.hosts.lab import Lab, Net

INSIDE = "10.1.2.0/24"
ROUTER, INHABITANT = "10.1.2.254", "10.1.2.3"
RULES = """
table ip home {
    chain out {
        type nat hook postrouting priority 100;
        oifname "eth0" masquerade fully-random
    }
    chain through {
        type filter hook forward priority 0; policy drop;
        iifname "eth1" accept
        ct state established,related accept
    }
}
"""


def home(lab: Lab, street: Net, address: str) -> Host:
    """Return a host at 10.1.2.3 whose packets come from `address`, each flow from a port by chance.

    Nothing comes in but answers to what went out.
    """
    rooms = lab.net(INSIDE)
    router = lab.host("router", {street: address, rooms: ROUTER})
    router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    router.run("nft", RULES)
    inhabitant = lab.host("home", {rooms: INHABITANT})
    inhabitant.ip("route", "replace", "default", "via", ROUTER)
    return inhabitant
