"""Who may speak for a leg, and which port it gets: the bounds of learning."""

from __future__ import annotations

import pytest

from media.learning import PROOF, QUARANTINE_TICKS, Learning, Sender, Window
from media.ports import SHARED, NoPort, Ports, behind_nat

PHONE, SBC, STRANGER = 0xC0000207, 0xC0000208, 0xC6336409
AT = Sender(0, PHONE, 7000)
MU = 0


def window(*hosts: int, until: int = 250) -> Window:
    return Window(until, frozenset(hosts), frozenset({MU}))


def learned(
    learning: Learning, sender: Sender, seqs: list[int], *, tick: int = 1, ssrc: int = 5
) -> list[tuple[int, Sender]]:
    return list(learning.learn([(sender, MU, ssrc, seq) for seq in seqs], tick))


def test_an_address_is_learned_from_packets_in_sequence() -> None:
    learning = Learning()
    learning.open(3, 0, window(PHONE))
    assert learned(learning, AT, [65534, 65535, 0]) == []
    assert learned(learning, AT, [1]) == [(3, AT)]
    assert PROOF == 4


def test_learning_closes_the_window() -> None:
    learning = Learning()
    learning.open(3, 0, window(PHONE))
    learned(learning, AT, [1, 2, 3, 4])
    assert learned(learning, Sender(0, PHONE, 9000), [1, 2, 3, 4, 5]) == []


@pytest.mark.parametrize(
    ("sender", "kind", "seqs"),
    [
        (Sender(0, STRANGER, 7000), MU, [1, 2, 3, 4, 5]),
        (Sender(1, PHONE, 7000), MU, [1, 2, 3, 4, 5]),
        (AT, 18, [1, 2, 3, 4, 5]),
        (AT, MU, [1, 3, 5, 7, 9, 11]),
        (AT, MU, [1, 2, 3, 3, 2, 1]),
    ],
    ids=["another host", "another port of ours", "wrong payload type", "gaps", "out of order"],
)
def test_nothing_is_learned_from(sender: Sender, kind: int, seqs: list[int]) -> None:
    learning = Learning()
    learning.open(3, 0, window(PHONE))
    assert list(learning.learn([(sender, kind, 5, seq) for seq in seqs], 1)) == []


def test_nothing_is_learned_outside_the_window() -> None:
    learning = Learning()
    assert learned(learning, AT, [1, 2, 3, 4, 5]) == []
    learning.open(3, 0, window(PHONE, until=250))
    assert learned(learning, AT, [1, 2, 3, 4, 5], tick=250) == []
    learning.expire(250)
    assert learning.windows == {}


def test_two_senders_that_take_turns_prove_nothing() -> None:
    learning = Learning()
    learning.open(3, 0, window(PHONE))
    other = Sender(0, PHONE, 7002)
    packets = [(each, MU, 5, seq) for seq in range(1, 9) for each in (AT, other)]
    assert list(learning.learn(packets, 1)) == []


def test_a_change_of_ssrc_begins_the_proof_anew() -> None:
    learning = Learning()
    learning.open(3, 0, window(PHONE))
    learned(learning, AT, [1, 2, 3], ssrc=5)
    assert learned(learning, AT, [4, 5, 6], ssrc=6) == []
    assert learned(learning, AT, [7], ssrc=6) == [(3, AT)]


def test_where_two_legs_might_be_meant_neither_learns() -> None:
    learning = Learning()
    learning.open(3, 0, window(SBC))
    learning.open(4, 0, window(SBC))
    assert learned(learning, Sender(0, SBC, 7000), [1, 2, 3, 4, 5]) == []


def test_a_phone_whose_call_is_over_is_not_taken_for_the_next() -> None:
    learning = Learning()
    learning.retire(AT, tick=0)
    learning.open(3, 0, window(PHONE, until=QUARANTINE_TICKS + 100))
    assert learned(learning, AT, [1, 2, 3, 4, 5], tick=10) == []
    learning.expire(QUARANTINE_TICKS)
    assert learned(learning, AT, [6, 7, 8, 9], tick=QUARANTINE_TICKS) == [(3, AT)]


# -- ports


def test_sessions_share_one_port_while_their_remotes_differ() -> None:
    ports = Ports(pool=2)
    assert ports.choose("a", ("192.0.2.1", 4000), "192.0.2.1") == SHARED
    assert ports.choose("b", ("192.0.2.1", 4002), "192.0.2.1") == SHARED
    assert ports.choose("c", None, "192.0.2.1") == SHARED


def test_a_second_session_of_the_same_remote_gets_a_port_of_the_pool() -> None:
    ports = Ports(pool=2)
    remote = ("192.0.2.1", 4000)
    doors = [ports.choose(who, remote, "192.0.2.1") for who in "abc"]
    assert doors == [SHARED, 1, 2]
    with pytest.raises(NoPort, match="pool"):
        ports.choose("d", remote, "192.0.2.1")
    ports.release("b")
    assert ports.choose("d", remote, "192.0.2.1") == 1


def test_when_the_first_has_gone_the_shared_port_is_free_for_the_remote() -> None:
    ports = Ports(pool=1)
    ports.choose("a", ("192.0.2.1", 4000), "192.0.2.1")
    ports.release("a")
    assert ports.choose("b", ("192.0.2.1", 4000), "192.0.2.1") == SHARED


def test_a_phone_behind_nat_gets_a_port_to_itself_while_there_is_one() -> None:
    ports = Ports(pool=1)
    assert ports.choose("a", ("192.168.1.5", 4000), "8.8.8.8") == 1
    assert ports.choose("b", ("192.168.1.6", 4000), "8.8.8.8") == SHARED


def test_a_new_remote_that_another_has_is_told() -> None:
    ports = Ports(pool=1)
    ports.choose("a", ("192.0.2.1", 4000), "192.0.2.1")
    ports.choose("b", None, "192.0.2.1")
    assert not ports.aim("b", ("192.0.2.1", 4000))
    assert ports.aim("b", ("192.0.2.1", 4002))
    ports.release("a")
    ports.release("b")
    assert ports.choose("c", ("192.0.2.1", 4002), "192.0.2.1") == SHARED


@pytest.mark.parametrize(
    ("address", "source", "hidden"),
    [
        ("192.168.1.5", "8.8.8.8", True),
        ("8.8.8.8", "8.8.8.8", False),
        ("192.168.1.5", "192.168.1.1", False),
        ("8.8.4.4", "8.8.8.8", False),
        ("phone.example", "8.8.8.8", False),
    ],
)
def test_nat_is_a_private_address_behind_a_public_one(
    address: str,
    source: str,
    hidden: bool,  # noqa: FBT001 - a row of the table
) -> None:
    assert behind_nat(address, source) is hidden
