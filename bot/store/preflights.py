"""Preflights: what the workers found when they looked ahead, once for each campaign and day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.engine import Store
from bot.store.tables import preflights

LEASE = timedelta(minutes=10)  # whoever has not ended one by then has died in it
AGAIN = timedelta(minutes=30)  # after one that was not ready: what was mended shows soon


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found; times are UTC."""

    campaign: str
    day: date  # in the campaign's zone
    ended_at: datetime
    ready: bool
    findings: Sequence[Mapping[str, Any]]  # as `bot preflight --json` has them


def begin(store: Store, campaign: str, day: date, now: datetime) -> bool:
    """Whether to look ahead now; of several workers one is told so, and again only if something is wrong."""
    column = preflights.c
    same = and_(column.campaign == campaign, column.day == day)
    died = and_(column.ended_at.is_(None), column.begun_at <= now - LEASE)
    may_be_mended = and_(column.ready.is_(False), column.begun_at <= now - AGAIN)
    with store.read() as connection:  # nearly always: so the write lock is not asked for every minute
        row = connection.execute(select(or_(died, may_be_mended)).where(same)).first()
        if row is not None and not row[0]:
            return False
    with store.write() as connection:
        dialect = sqlite if store.is_sqlite else postgresql
        new = dialect.insert(preflights).values(campaign=campaign, day=day, begun_at=now, findings=[])
        mine = new.on_conflict_do_nothing(index_elements=["campaign", "day"]).returning(column.campaign)
        if connection.execute(mine).first() is not None:
            return True
        again = update(preflights).where(same, or_(died, may_be_mended))
        # What was found stays until something else is; only who looks, and since when, changes.
        return connection.execute(again.values(begun_at=now)).rowcount == 1


def record(
    store: Store, campaign: str, day: date, ready: bool, findings: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Keep what was found."""
    column = preflights.c
    with store.write() as connection:
        connection.execute(
            update(preflights)
            .where(column.campaign == campaign, column.day == day)
            .values(ended_at=now, ready=ready, findings=list(findings))
        )


def latest(connection: Connection, since: datetime) -> Sequence[Preflight]:
    """The last one of each campaign that has ended since an instant (UTC)."""
    column = preflights.c
    newest = (
        select(column.campaign, func.max(column.day).label("day"))
        .where(column.ended_at.is_not(None))
        .group_by(column.campaign)
        .subquery()
    )
    joined = preflights.join(newest, and_(column.campaign == newest.c.campaign, column.day == newest.c.day))
    statement = (
        select(column.campaign, column.day, column.ended_at, column.ready, column.findings)
        .select_from(joined)
        .where(column.ended_at >= since)
        .order_by(column.campaign)
    )
    return [Preflight(**row) for row in connection.execute(statement).mappings()]
