"""Secrets: the tokens that a network gave an account, encrypted, and who is renewing them.

A renewal is written down before its call (`take`) and its answer before it is used (`keep`), each in one
conditional UPDATE: of two workers one renews, and what a success has brought is never overwritten by what
somebody else has found out with the tokens from before it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.model.tokens import Tokens
from bot.store.engine import Store
from bot.store.tables import secrets


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store keeps for an account; times are UTC."""

    account: str
    origin: str  # the fingerprint of the environment's values with which it began
    sealed: str
    version: int  # grows with every renewal
    access_ends_at: datetime | None
    refresh_ends_at: datetime | None
    renewed_at: datetime | None
    refused: str  # why the network will renew no more; empty while it does
    again_at: datetime | None  # after a failure
    holder: str | None
    held_until: datetime | None


def of(connection: Connection, account: str) -> Kept | None:
    """What is kept for an account."""
    row = connection.execute(select(secrets).where(secrets.c.account == account)).mappings().first()
    return Kept(**row) if row else None


def begin(store: Store, account: str, origin: str, sealed: str, tokens: Tokens) -> None:
    """Keep the environment's own tokens, in the place of any that began with other values."""
    values: dict[str, Any] = {
        "origin": origin,
        "sealed": sealed,
        "access_ends_at": tokens.access_ends_at,
        "refresh_ends_at": tokens.refresh_ends_at,
        "renewed_at": None,
        "refused": "",
        "again_at": None,
        "holder": None,
        "held_until": None,
    }
    other = (secrets.c.account == account, secrets.c.origin != origin)
    with store.write() as connection:
        changed = update(secrets).where(*other).values(**values, version=secrets.c.version + 1)
        if connection.execute(changed).rowcount or of(connection, account):
            return
    try:
        with store.write() as connection:
            connection.execute(insert(secrets).values(account=account, version=0, **values))
    except IntegrityError:
        return  # another worker was quicker, with the same values


def take(store: Store, kept: Kept, holder: str, now: datetime, until: datetime) -> bool:
    """Write down that a renewal begins; whether nobody else is at it, or has done it meanwhile."""
    free = or_(secrets.c.held_until.is_(None), secrets.c.held_until <= now)
    return _change(store, kept, free, holder=holder, held_until=until)


def keep(store: Store, kept: Kept, sealed: str, tokens: Tokens, now: datetime) -> bool:
    """Keep what a renewal has brought; whether no other was kept since.

    Not fenced by the holder: even who was taken for dead holds tokens that work, and perhaps the only ones.
    """
    return _change(
        store,
        kept,
        sealed=sealed,
        version=kept.version + 1,
        access_ends_at=tokens.access_ends_at,
        refresh_ends_at=tokens.refresh_ends_at,
        renewed_at=now,
        refused="",
        again_at=None,
        holder=None,
        held_until=None,
    )


def refused(store: Store, kept: Kept, holder: str, reason: str) -> bool:
    """The network will renew no more."""
    mine = secrets.c.holder == holder
    return _change(store, kept, mine, refused=reason, holder=None, held_until=None)


def failed(store: Store, kept: Kept, holder: str, again_at: datetime) -> bool:
    """No answer: whether it can be renewed shows later."""
    mine = secrets.c.holder == holder
    return _change(store, kept, mine, again_at=again_at, holder=None, held_until=None)


def reseal(store: Store, kept: Kept, sealed: str) -> bool:
    """Keep the same tokens under another key."""
    return _change(store, kept, sealed=sealed)


def _change(store: Store, kept: Kept, *where: ColumnElement[bool], **values: Any) -> bool:
    same = (
        secrets.c.account == kept.account,
        secrets.c.origin == kept.origin,
        secrets.c.version == kept.version,
    )
    with store.write() as connection:
        return connection.execute(update(secrets).where(*same, *where).values(**values)).rowcount == 1
