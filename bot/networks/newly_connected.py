"""Newly connected: tries the credentials that a network has given a person, and keeps them encrypted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.model.account import Account
from bot.model.outcome import AccountHealth, Cause
from bot.networks import NotConnectedError, connect
from bot.networks.authorising import AuthorisationError
from bot.networks.connected import origin_of, sealed
from bot.settings import Settings
from bot.store import audit, checks, connections
from bot.store.engine import Store

_PROVES_NOTHING = frozenset({Cause.BUSY, Cause.NEVER_LEFT, Cause.RATE_LIMIT})


def tried(account: Account, known: Settings, credentials: Mapping[str, str], clock: Clock) -> AccountHealth:
    """What the network says of new credentials; it is well, or could not be asked now.

    Raises:
        AuthorisationError: they do not work.
    """
    values = {f"{account.prefix}_{field}": value for field, value in credentials.items()}
    try:
        health = connect(account, replace(known, connected=values), clock).verify()
    except NotConnectedError as error:
        raise AuthorisationError(f"the network gave too little: {error}") from None
    if not health.ok and health.cause not in _PROVES_NOTHING:
        raise AuthorisationError(f"{account.name} is not connected: {health.detail}")
    return health


def keep(
    store: Store,
    account: Account,
    known: Settings,
    credentials: Mapping[str, str],
    health: AccountHealth,
    actor: str,
    clock: Clock,
) -> None:
    """Keep an account's new credentials, in the place of those of an earlier time; `known` without them.

    Raises:
        SettingsError: BOT_SECRET_KEY is no key, or is not set.
        StoreError: the database can not be used.
    """
    now = clock.now()
    kept = connections.Connected(
        account=account.name,
        network=account.network,
        origin=origin_of(account, known),
        sealed=sealed(credentials, known),
        identity=health.identity or "",
        at=now,
        actor=actor,
    )
    with store.write() as connection:
        connections.keep(connection, kept)
        who = f"as {kept.identity}" if kept.identity else ""
        audit.record(
            connection, at=clock.real(now), actor=actor, what="connected", about=account.name, detail=who
        )
    if health.ok:  # what was last heard of it was about other credentials
        checks.begin(store, account.name, now, timedelta())
        checks.record(store, account.name, True, health.detail, health.expires_at, now)


def forget(store: Store, account: str, actor: str, clock: Clock) -> bool:
    """Keep an account's credentials no more, those of the environment hold again; whether there were any.

    Raises:
        StoreError: the database can not be used.
    """
    with store.write() as connection:
        if not connections.forget(connection, account):
            return False
        at = clock.real(clock.now())
        audit.record(connection, at=at, actor=actor, what="disconnected", about=account)
        return True
