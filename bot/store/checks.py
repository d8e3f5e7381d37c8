"""Checks: what each account's network said when it was last asked about the credentials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.engine import Store
from bot.store.tables import account_checks


@dataclass(frozen=True, slots=True)
class Check:
    """One account's last answer; times are UTC."""

    account: str
    checked_at: datetime
    ok: bool
    since: datetime  # when `ok` became what it is
    detail: str
    expires_at: datetime | None  # None: not known, or never


def begin(store: Store, account: str, now: datetime, at_most_every: timedelta) -> bool:
    """Whether an account is to be asked about now; of several workers one is told so."""
    with store.write() as connection:
        dialect = sqlite if store.is_sqlite else postgresql
        new = dialect.insert(account_checks).values(account=account, asked_at=now, ok=True, detail="")
        mine = new.on_conflict_do_nothing(index_elements=["account"]).returning(account_checks.c.account)
        if connection.execute(mine).first() is not None:
            return True
        old = account_checks.c.asked_at <= now - at_most_every
        again = update(account_checks).where(account_checks.c.account == account, old)
        return connection.execute(again.values(asked_at=now)).rowcount == 1


def record(
    store: Store, account: str, ok: bool, detail: str, expires_at: datetime | None, now: datetime
) -> None:
    """Keep what was answered."""
    column = account_checks.c
    since = case((and_(column.ok == ok, column.since.is_not(None)), column.since), else_=now)
    with store.write() as connection:
        connection.execute(
            update(account_checks)
            .where(column.account == account)
            .values(checked_at=now, ok=ok, since=since, detail=detail, expires_at=expires_at)
        )


def all_checks(connection: Connection) -> Sequence[Check]:
    """The accounts of which a network has ever answered."""
    column = account_checks.c
    rows = connection.execute(
        select(column.account, column.checked_at, column.ok, column.since, column.detail, column.expires_at)
        .where(column.checked_at.is_not(None))
        .order_by(column.account)
    ).mappings()
    return [Check(**row) for row in rows]
