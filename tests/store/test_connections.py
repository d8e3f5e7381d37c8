"""What is kept of accounts that were connected."""

from bot.store import Store, connections
from bot.store.connections import Connected

from .conftest import NOON


def connected(account: str = "fice-x", sealed: str = "sealed") -> Connected:
    return Connected(account, "twitter", "origin", sealed, "@fice", NOON, "anna")


def kept(store: Store) -> list[Connected]:
    with store.read() as connection:
        return list(connections.all_connected(connection))


def test_what_was_connected_is_kept_by_account(store: Store) -> None:
    for one in (connected("kenya-x"), connected("fice-x")):
        connections.keep(store, one)
    assert kept(store) == [connected("fice-x"), connected("kenya-x")]


def test_connecting_again_takes_the_place_of_the_time_before(store: Store) -> None:
    connections.keep(store, connected(sealed="old"))
    connections.keep(store, connected(sealed="new"))
    assert kept(store) == [connected(sealed="new")]


def test_what_is_forgotten_is_gone(store: Store) -> None:
    connections.keep(store, connected())
    assert connections.forget(store, "fice-x")
    assert not connections.forget(store, "fice-x")
    assert kept(store) == []
