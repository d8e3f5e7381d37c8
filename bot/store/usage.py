"""Usage: how many posts each account has sent since an instant, and what it is to send until another."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.model.message import Part
from bot.store.tables import deliveries, is_open, parts

MOST = 10_000  # posts of an account that are looked at one by one


def sent(connection: Connection, since: datetime) -> Mapping[str, int]:
    """By account: the posts that came out since an instant (UTC), each part of a thread by itself."""
    statement = (
        select(deliveries.c.account, func.count())
        .select_from(parts.join(deliveries, deliveries.c.id == parts.c.delivery_id))
        .where(parts.c.published_at >= since)
        .group_by(deliveries.c.account)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def to_come(connection: Connection, until: datetime) -> Mapping[str, int]:
    """By account: the posts of open deliveries that are due before an instant (UTC) and not out."""
    statement = (
        select(deliveries.c.account, func.count())
        .select_from(deliveries.join(parts, deliveries.c.id == parts.c.delivery_id))
        .where(is_open(), deliveries.c.due_at < until, parts.c.published_at.is_(None))
        .group_by(deliveries.c.account)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def sent_parts(connection: Connection, account: str, since: datetime) -> Sequence[Part]:
    """What came out on an account since an instant (UTC), the latest `MOST` of it."""
    statement = (
        select(parts.c.content)
        .select_from(parts.join(deliveries, deliveries.c.id == parts.c.delivery_id))
        .where(parts.c.published_at >= since, deliveries.c.account == account)
        .order_by(parts.c.published_at.desc())
        .limit(MOST)
    )
    return [Part.from_json(content) for content in connection.execute(statement).scalars()]
