"""Webhook copies: what is on its way to each webhook, in the order of the post log, at least once.

A copy is made of every entry, by number and while nobody else writes, so that none is left out. Of one
webhook only the first that waits is sent, by one worker at a time; what follows waits until it has arrived
or was given up.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from bot.store import webhooks as rows
from bot.store.engine import Store
from bot.store.post_log import WORKER, Entry
from bot.store.post_log import entry as entry_of
from bot.store.program_tables import webhook_copies, webhooks
from bot.store.tables import post_log
from bot.store.webhooks import NOTED, TEST, Webhook

LEASE = timedelta(minutes=2)  # longer than sending takes; after it another worker sends the copy
WAITS = tuple(timedelta(seconds=one) for one in (5, 30, 120, 600, 1800, 3600))  # after each failure in a row
GIVE_UP = timedelta(days=1)  # what could not be sent for so long is not tried again
OFF_AFTER = timedelta(days=7)  # of nothing but failures
KEPT = timedelta(days=7)  # of what has arrived or was given up, to look at
BATCH = 500  # entries that are looked at in one transaction
LONGEST_ANSWER = 200  # characters


@dataclass(frozen=True, slots=True)
class Parcel:
    """The copy that one worker sends, fenced by a token."""

    copy: int
    token: str
    webhook: Webhook
    message: str
    type: str
    made_at: datetime
    entry: Entry | None  # None: a test
    campaign: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy as it is looked at; times are real UTC."""

    id: int
    message: str
    type: str
    entry: int | None
    made_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None
    given_up_at: datetime | None
    tries: int
    status: int | None
    answer: str


def note(store: Store, now: datetime) -> bool:
    """Make copies of what is new in the post log; whether there may be more of it."""
    with store.read() as connection:
        if not _behind(connection):
            return False
    # Alone, so that of two entries the one with the lower number can not appear after the other.
    with store.write() as connection:
        more = False
        for webhook, entry in _behind(connection):
            more |= _copy(connection, webhook, entry, now)
        return more


def _behind(connection: Connection) -> list[tuple[Webhook, int]]:
    """The webhooks for which there are entries to look at, each with the last one that it has."""
    newest = select(func.max(post_log.c.id)).scalar_subquery()
    statement = select(webhooks).where(webhooks.c.active.is_(True), webhooks.c.entry < newest)
    found = connection.execute(statement).mappings().all()
    return [(rows.of_row(row), row["entry"]) for row in found]


def _copy(connection: Connection, webhook: Webhook, entry: int, now: datetime) -> bool:
    column = post_log.c
    statement = select(column.id, column.from_state, column.to_state).where(column.id > entry)
    found = connection.execute(statement.order_by(column.id).limit(BATCH)).all()
    new = [
        _values(webhook.id, row.id, type_of(row.from_state, row.to_state), now)
        for row in found
        if not webhook.events or type_of(row.from_state, row.to_state) in webhook.events
    ]
    if new:
        connection.execute(insert(webhook_copies), new)
    if found:
        reached = update(webhooks).where(webhooks.c.id == webhook.id).values(entry=found[-1].id)
        connection.execute(reached)
    return len(found) == BATCH


def type_of(before: str | None, after: str) -> str:
    """What an entry of the post log is called."""
    return NOTED if before == after else f"delivery.{after}"


def add_test(connection: Connection, webhook: int, now: datetime) -> None:
    """Let a webhook be told that it is tested, and at once, whatever has failed before.

    Raises:
        WebhookError: there is none, or it is switched off.
    """
    if not rows.get(connection, webhook).active:
        raise rows.WebhookError("switch the webhook on first")
    connection.execute(insert(webhook_copies).values(**_values(webhook, None, TEST, now)))
    connection.execute(update(webhooks).where(webhooks.c.id == webhook).values(ready_at=now))


def _values(webhook: int, entry: int | None, type_: str, now: datetime) -> dict[str, Any]:
    message = f"msg_{uuid.uuid4().hex}"
    return {"webhook_id": webhook, "entry_id": entry, "message": message, "type": type_, "made_at": now,
            "tries": 0, "answer": ""}  # fmt: skip


def ready(connection: Connection, now: datetime) -> Sequence[int]:
    """The webhooks to which something can be sent now."""
    column = webhook_copies.c
    first = select(column.id).where(column.webhook_id == webhooks.c.id, *_waiting()).correlate(webhooks)
    wanted = (webhooks.c.active.is_(True), webhooks.c.ready_at <= now, first.exists())
    return list(connection.execute(select(webhooks.c.id).where(*wanted)).scalars())


def claim(store: Store, webhook: int, now: datetime) -> Parcel | None:
    """Take what a webhook is to be told next, or None if nothing may be sent to it now.

    The try is counted here, so that a crash while sending counts too.
    """
    column = webhook_copies.c
    with store.write() as connection:
        may = (webhooks.c.id == webhook, webhooks.c.active.is_(True), webhooks.c.ready_at <= now)
        row = connection.execute(select(webhooks).where(*may)).mappings().first()
        waiting = select(webhook_copies).where(column.webhook_id == webhook, *_waiting())
        first = connection.execute(waiting.order_by(column.id).limit(1)).mappings().first()
        if row is None or first is None or (first["lease_until"] and first["lease_until"] > now):
            return None
        token = uuid.uuid4().hex
        taken = {"token": token, "lease_until": now + LEASE, "tries": column.tries + 1, "tried_at": now}
        connection.execute(update(webhook_copies).where(column.id == first["id"]).values(**taken))
        entry, campaign = _entry(connection, first["entry_id"])
        return Parcel(
            first["id"], token, rows.of_row(row), first["message"], first["type"], first["made_at"], entry,
            campaign,
        )  # fmt: skip


def _entry(connection: Connection, number: int | None) -> tuple[Entry | None, str]:
    if number is None:
        return None, ""
    row = connection.execute(select(post_log).where(post_log.c.id == number)).mappings().one()
    return entry_of(row), row["campaign"]


def arrived(store: Store, parcel: Parcel, status: int, answer: str, now: datetime) -> None:
    """The receiver has taken it."""
    with store.write() as connection:
        if _settle(connection, parcel, status=status, answer=answer[:LONGEST_ANSWER], sent_at=now):
            _set(connection, parcel, tries=0, failing_since=None, ready_at=now)
        old = webhook_copies.c.made_at < now - KEPT
        ended = or_(webhook_copies.c.sent_at.is_not(None), webhook_copies.c.given_up_at.is_not(None))
        mine = webhook_copies.c.webhook_id == parcel.webhook.id
        connection.execute(delete(webhook_copies).where(mine, old, ended))


def did_not_arrive(
    store: Store, parcel: Parcel, status: int | None, answer: str, now: datetime,
    wait: timedelta = timedelta(), gone: bool = False,
) -> datetime:  # fmt: skip
    """The receiver has not taken it; when it is tried again (real UTC), unless it was too old by then.

    `wait` is how long the receiver asks to be left alone, `gone` that it wants to be told nothing more.
    """
    with store.write() as connection:
        given_up = {"given_up_at": now} if parcel.made_at <= now - GIVE_UP else {}
        if not _settle(connection, parcel, status=status, answer=answer[:LONGEST_ANSWER], **given_up):
            return now  # another worker has it, or it is forgotten
        webhook = rows.get(connection, parcel.webhook.id)
        usual = WAITS[min(webhook.tries, len(WAITS) - 1)]
        usual += usual * secrets.randbelow(20) / 100  # so that many senders do not come back together
        again, since = now + max(usual, min(wait, WAITS[-1])), webhook.failing_since or now
        _set(connection, parcel, tries=webhook.tries + 1, failing_since=since, ready_at=again)
        if gone:
            why = "the receiver says that it wants to be told nothing more"
            rows.switch(connection, webhook.id, False, WORKER, now, why)
        elif since <= now - OFF_AFTER:
            why = f"nothing has arrived there for {OFF_AFTER.days} days"
            rows.switch(connection, webhook.id, False, WORKER, now, why)
        return again


def put_back(store: Store, parcel: Parcel) -> None:
    """It was not tried to its end, because this process stops: the next one sends it at once."""
    with store.write() as connection:
        _settle(connection, parcel)


def latest(connection: Connection, webhook: int, limit: int = 10) -> Sequence[Copy]:
    """What a webhook was told last, and what is on its way there, the newest first."""
    column = webhook_copies.c
    statement = select(webhook_copies).where(column.webhook_id == webhook).order_by(column.id.desc())
    return [
        Copy(
            id=row["id"],
            message=row["message"],
            type=row["type"],
            entry=row["entry_id"],
            made_at=row["made_at"],
            tried_at=row["tried_at"],
            sent_at=row["sent_at"],
            given_up_at=row["given_up_at"],
            tries=row["tries"],
            status=row["status"],
            answer=row["answer"],
        )
        for row in connection.execute(statement.limit(limit)).mappings()
    ]


def waiting(connection: Connection, webhook: int) -> int:
    """How much is on its way to a webhook."""
    mine = (webhook_copies.c.webhook_id == webhook, *_waiting())
    return connection.execute(select(func.count()).where(and_(*mine))).scalar_one()


def _waiting() -> tuple[ColumnElement[bool], ...]:
    """In the words of the index."""
    return webhook_copies.c.sent_at.is_(None), webhook_copies.c.given_up_at.is_(None)


def _settle(connection: Connection, parcel: Parcel, **values: Any) -> bool:
    """Whether the copy is still this worker's."""
    mine = (webhook_copies.c.id == parcel.copy, webhook_copies.c.token == parcel.token)
    settled = update(webhook_copies).where(*mine).values(token=None, lease_until=None, **values)
    return connection.execute(settled).rowcount == 1


def _set(connection: Connection, parcel: Parcel, **values: Any) -> None:
    connection.execute(update(webhooks).where(webhooks.c.id == parcel.webhook.id).values(**values))
