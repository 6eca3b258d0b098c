"""A body counts once for all who have not taken it, and whoever holds longest goes first."""

from __future__ import annotations

from serving.unsent import Unsent


class Client:
    """Notes that it was let go."""

    def __init__(self) -> None:
        self.is_gone = False

    def let_go(self) -> None:
        self.is_gone = True


def test_one_body_for_many_counts_once() -> None:
    unsent, body, clients = Unsent(most=1_500), bytes(1_000), [Client() for _ in range(100)]
    for client in clients:
        unsent.hold(client, body)
    assert unsent.bytes == 1_000
    for client in clients[1:]:
        unsent.release(client)
    assert (unsent.bytes, any(client.is_gone for client in clients)) == (1_000, False)
    unsent.release(clients[0])
    unsent.release(clients[0])
    assert unsent.bytes == 0


def test_beyond_the_bound_the_oldest_goes_first_and_the_newest_stays() -> None:
    unsent, clients = Unsent(most=2_500), [Client() for _ in range(4)]
    for number, client in enumerate(clients):
        unsent.hold(client, bytes([number]) * 1_000)
    assert [client.is_gone for client in clients] == [True, True, False, False]
    assert unsent.bytes == 2_000
    large = Client()
    unsent.hold(large, bytes(10_000))
    assert not large.is_gone
    assert all(client.is_gone for client in clients)
