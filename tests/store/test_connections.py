"""What is kept of accounts that were connected."""

from bot.store import Store, connections
from bot.store.connections import Connected

from .conftest import NOON


def connected(account: str = "fice-x", sealed: str = "sealed") -> Connected:
    return Connected(account, "twitter", "origin", sealed, "@fice", NOON, "anna")


def keep(store: Store, one: Connected) -> None:
    with store.write() as connection:
        connections.keep(connection, one)


def forget(store: Store, account: str) -> bool:
    with store.write() as connection:
        return connections.forget(connection, account)


def kept(store: Store) -> list[Connected]:
    with store.read() as connection:
        return list(connections.all_connected(connection))


def test_what_was_connected_is_kept_by_account(store: Store) -> None:
    for one in (connected("kenya-x"), connected("fice-x")):
        keep(store, one)
    assert kept(store) == [connected("fice-x"), connected("kenya-x")]


def test_connecting_again_takes_the_place_of_the_time_before(store: Store) -> None:
    keep(store, connected(sealed="old"))
    keep(store, connected(sealed="new"))
    assert kept(store) == [connected(sealed="new")]


def test_what_is_forgotten_is_gone(store: Store) -> None:
    keep(store, connected())
    assert forget(store, "fice-x")
    assert not forget(store, "fice-x")
    assert kept(store) == []
