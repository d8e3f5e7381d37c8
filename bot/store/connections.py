"""Connections: the credentials that a person let a network give an account, encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import connections


@dataclass(frozen=True, slots=True)
class Connected:
    """What is kept of an account that was connected."""

    account: str
    network: str
    origin: str  # the fingerprint of the environment's values at that time: when they change, they win
    sealed: str  # its credentials by field, never in plain text
    identity: str  # as the network named the account
    at: datetime  # UTC
    actor: str


def all_connected(connection: Connection) -> Sequence[Connected]:
    """Every account that was connected, by name."""
    rows = connection.execute(select(connections).order_by(connections.c.account)).mappings()
    return [Connected(**row) for row in rows]


def keep(connection: Connection, connected: Connected) -> None:
    """Keep an account's credentials, in the place of those of an earlier time."""
    connection.execute(delete(connections).where(connections.c.account == connected.account))
    connection.execute(
        insert(connections).values(
            account=connected.account,
            network=connected.network,
            origin=connected.origin,
            sealed=connected.sealed,
            identity=connected.identity,
            at=connected.at,
            actor=connected.actor,
        )
    )


def forget(connection: Connection, account: str) -> bool:
    """Keep an account's credentials no more; whether there were any."""
    return connection.execute(delete(connections).where(connections.c.account == account)).rowcount > 0
