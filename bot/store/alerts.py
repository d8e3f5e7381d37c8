"""Alerts in the store: what people are told, once, and the copies on their way to each target."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, cast, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import String

from bot.model.state import Hold, State
from bot.store.engine import Store
from bot.store.listing import Queued, queued, waits_for_a_person
from bot.store.tables import alert_copies, alerts, campaigns, deliveries, post_log

EVENT, SUMMARY = "event", "summary"
LEASE = timedelta(minutes=2)  # longer than sending takes; after it another worker sends the copy
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
GIVE_UP = timedelta(days=1)  # an alert that could not be sent for so long is no alert any more


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell people, before it is known whether they were told already."""

    key: str  # the event itself, for ever: the same key is told once
    topic: str
    subject: str
    body: str = ""
    kind: str = EVENT
    quiet: timedelta = timedelta()  # not again while a notice of the same topic is younger than this


@dataclass(frozen=True, slots=True)
class Parcel:
    """The alerts that one worker sends to one target in one message, fenced by a token."""

    target: str
    token: str
    kind: str
    alerts: Sequence[Notice]
    tries: int  # with this one


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """How sending to one target goes; times are UTC."""

    target: str
    sent_at: datetime | None  # the last that arrived
    waiting: int
    given_up: int
    problem: str  # of the newest that has not arrived; "" where all have


def newest_entry(connection: Connection) -> int:
    """The last entry of the post log: where it has not moved, nothing has changed its state."""
    return connection.execute(select(func.max(post_log.c.id))).scalar() or 0


def campaign_zone(connection: Connection) -> str | None:
    """The time zone of the campaign that begins last, or None where there is none."""
    column = campaigns.c
    found: str | None = connection.execute(
        select(column.timezone).order_by(column.starts.desc(), column.name).limit(1)
    ).scalar()
    return found


def untold(connection: Connection, limit: int = 500) -> Sequence[tuple[Queued, str]]:
    """The deliveries that need a person, of which no alert tells yet, each with the key for it.

    The key names the entry of the post log with which it came to need one: the same delivery may fail twice.
    What a person holds, and what waits for approval, is no event: somebody has just decided it.
    """
    last = select(func.max(post_log.c.id)).where(post_log.c.delivery_id == deliveries.c.id)
    entry = last.correlate(deliveries).scalar_subquery()  # said, for within `told` it is not found out
    key = literal("delivery:") + cast(deliveries.c.id, String) + ":" + cast(entry, String)
    told = select(alerts.c.id).where(alerts.c.key == key).correlate(deliveries).exists()
    by_itself = or_(deliveries.c.state != State.HELD, deliveries.c.hold.in_((Hold.NOT_CONNECTED, Hold.STALE)))
    statement = (
        select(deliveries, key.label("alert_key"))
        .where(*waits_for_a_person(), by_itself, ~told)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
    )
    return [(queued(row), row["alert_key"]) for row in connection.execute(statement).mappings()]


def note(store: Store, notices: Sequence[Notice], targets: Sequence[str], now: datetime) -> int:
    """Write down what is new, with a copy for each target; how many were.

    However many workers see the same: the key is unique.
    """
    with store.read() as connection:
        fresh = [one for one in notices if not _is_told(connection, one, now)]
    if not fresh:
        return 0
    noted = 0
    with store.write() as connection:
        for one in fresh:
            # Again within the transaction: those before it may have the same topic.
            if not _is_told(connection, one, now):
                noted += _add(connection, one, targets, now)
    return noted


def is_known(connection: Connection, key: str) -> bool:
    """Whether a notice was written down, with or without anybody to tell it to."""
    return connection.execute(select(alerts.c.id).where(alerts.c.key == key)).first() is not None


def _is_told(connection: Connection, notice: Notice, now: datetime) -> bool:
    same = alerts.c.key == notice.key
    if notice.quiet:
        recent = and_(alerts.c.topic == notice.topic, alerts.c.at > now - notice.quiet)
        same = or_(same, recent)
    return connection.execute(select(alerts.c.id).where(same).limit(1)).first() is not None


def _add(connection: Connection, notice: Notice, targets: Sequence[str], now: datetime) -> int:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(alerts).values(
        key=notice.key, topic=notice.topic, kind=notice.kind, at=now, subject=notice.subject, body=notice.body
    )
    row = connection.execute(
        new.on_conflict_do_nothing(index_elements=["key"]).returning(alerts.c.id)
    ).first()
    if row is None:
        return 0  # another worker was quicker
    if targets:
        rows = [
            {"alert_id": row.id, "target": target, "ready_at": now, "tries": 0, "problem": ""}
            for target in targets
        ]
        connection.execute(insert(alert_copies), rows)
    return 1


def _waiting(target: str) -> ColumnElement[bool]:
    """In the words of the index."""
    column = alert_copies.c
    return and_(column.target == target, column.sent_at.is_(None), column.given_up_at.is_(None))


def claim(store: Store, target: str, now: datetime, apart: timedelta) -> Parcel | None:
    """Take everything of one kind that waits for a target, or None if nothing may be sent to it now.

    `apart` is the least time between two messages: what happens meanwhile is told together. The try is
    counted here, so that a crash while sending counts too.
    """
    with store.read() as connection:
        if not _may_send(connection, target, now, apart):
            return None
    with store.write() as connection:
        _give_up(connection, target, now)
        if not _may_send(connection, target, now, apart):
            return None
        return _take(connection, target, now)


def _may_send(connection: Connection, target: str, now: datetime, apart: timedelta) -> bool:
    column = alert_copies.c
    soonest = select(func.min(column.ready_at)).where(_waiting(target))
    ready = connection.execute(soonest).scalar()
    if ready is None or ready > now:
        return False
    leased = select(column.alert_id).where(_waiting(target), column.lease_until > now).limit(1)
    if connection.execute(leased).first() is not None:
        return False
    last = connection.execute(select(func.max(column.sent_at)).where(column.target == target)).scalar()
    return last is None or abs(now - last) >= apart  # abs: the clock may have been set back


def _give_up(connection: Connection, target: str, now: datetime) -> None:
    column = alert_copies.c
    old = select(alerts.c.id).where(alerts.c.at < now - GIVE_UP)
    free = or_(column.lease_until.is_(None), column.lease_until <= now)
    connection.execute(
        update(alert_copies)
        .where(_waiting(target), column.tries > 0, free, column.alert_id.in_(old))
        .values(given_up_at=now)
    )


def _take(connection: Connection, target: str, now: datetime) -> Parcel | None:
    column = alert_copies.c
    ready = and_(
        _waiting(target), column.ready_at <= now, or_(column.lease_until.is_(None), column.lease_until <= now)
    )
    joined = alerts.join(alert_copies, alerts.c.id == column.alert_id)
    kind = connection.execute(
        select(alerts.c.kind).select_from(joined).where(ready).order_by(alerts.c.id).limit(1)
    ).scalar()
    token = uuid.uuid4().hex
    of_kind = select(alerts.c.id).where(alerts.c.kind == kind)
    connection.execute(
        update(alert_copies)
        .where(ready, column.alert_id.in_(of_kind))
        .values(token=token, lease_until=now + LEASE, tries=column.tries + 1)
    )
    rows = connection.execute(
        select(alerts, column.tries).select_from(joined).where(column.token == token).order_by(alerts.c.id)
    ).all()
    if kind is None or not rows:  # on PostgreSQL another worker was quicker
        return None
    told = [Notice(row.key, row.topic, row.subject, row.body, row.kind) for row in rows]
    return Parcel(target, token, kind, told, max(row.tries for row in rows))


def arrived(store: Store, parcel: Parcel, now: datetime) -> None:
    """The target has taken the message."""
    _settle(store, parcel, sent_at=now, problem="")


def did_not_arrive(store: Store, parcel: Parcel, problem: str, now: datetime) -> datetime:
    """The target has not taken it; when it is tried again (UTC), unless it has become too old by then."""
    wait = min(FIRST_WAIT * (1 << min(parcel.tries - 1, 10)), LONGEST_WAIT)
    _settle(store, parcel, ready_at=now + wait, problem=problem)
    return now + wait


def put_back(store: Store, parcel: Parcel, now: datetime) -> None:
    """It was not tried to its end, because this process stops: the next one sends it at once."""
    _settle(store, parcel, ready_at=now)


def _settle(store: Store, parcel: Parcel, **values: Any) -> None:
    with store.write() as connection:
        connection.execute(
            update(alert_copies)
            .where(alert_copies.c.token == parcel.token)
            .values(token=None, lease_until=None, **values)
        )


def targets_status(connection: Connection, targets: Sequence[str]) -> Sequence[TargetStatus]:
    """How sending to each target goes."""
    return [_target_status(connection, target) for target in targets]


def _target_status(connection: Connection, target: str) -> TargetStatus:
    column = alert_copies.c
    waiting = case((and_(column.sent_at.is_(None), column.given_up_at.is_(None)), 1), else_=0)
    given_up = case((column.given_up_at.is_not(None), 1), else_=0)
    row = connection.execute(
        select(
            func.max(column.sent_at).label("sent_at"), func.sum(waiting).label("waiting"),
            func.sum(given_up).label("given_up"),
        ).where(column.target == target)
    ).one()  # fmt: skip
    newest = select(column.problem).where(column.target == target, column.tries > 0)
    problem = connection.execute(newest.order_by(column.alert_id.desc()).limit(1)).scalar()
    return TargetStatus(target, row.sent_at, row.waiting or 0, row.given_up or 0, problem or "")
