"""Webhooks: the addresses that are told of changes; who made them, and how sending to them goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from bot.errors import SpokenError
from bot.model.state import State
from bot.store import post_log
from bot.store.audit import record
from bot.store.program_tables import webhook_copies, webhooks

TEST, NOTED = "test", "delivery.noted"  # the second: an entry of the post log that changes no state
EVENTS = (*(f"delivery.{state}" for state in State), NOTED)
MOST = 20
LONGEST_NAME = 80
BOTH_SECRETS = timedelta(hours=24)  # for so long the former secret signs beside the new one


class WebhookError(SpokenError):
    """What was asked of a webhook can not be done."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address; times are real UTC."""

    id: int
    name: str
    url: str
    events: tuple[str, ...]  # empty: all of them
    secret: str  # sealed, like the next
    former_secret: str | None
    former_until: datetime | None
    active: bool
    off_why: str  # why it was switched off, where nobody did
    made_at: datetime
    made_by: str
    ready_at: datetime
    tries: int  # failed in a row
    failing_since: datetime | None


def make(
    connection: Connection, name: str, url: str, events: Sequence[str], secret: str, actor: str, now: datetime
) -> int:
    """Begin to tell an address; of what happens from now on. `secret` is sealed; the webhook's number.

    Raises:
        WebhookError: it has no name, or there are too many.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise WebhookError(f"write what the receiver is called, with at most {LONGEST_NAME} letters")
    if (connection.execute(select(func.count()).select_from(webhooks)).scalar() or 0) >= MOST:
        raise WebhookError(f"there are {MOST} webhooks already: remove one first")
    row = connection.execute(
        insert(webhooks)
        .values(
            name=called, url=url, events=[one for one in EVENTS if one in events], secret=secret, active=True,
            off_why="", made_at=now, made_by=actor, entry=post_log.newest(connection), ready_at=now, tries=0,
        )
        .returning(webhooks.c.id)
    ).one()  # fmt: skip
    record(connection, at=now, actor=actor, what="made a webhook", about=called)
    return int(row.id)


def all_webhooks(connection: Connection) -> Sequence[Webhook]:
    """Every webhook, the oldest first."""
    found = connection.execute(select(webhooks).order_by(webhooks.c.id)).mappings()
    return [of_row(row) for row in found]


def get(connection: Connection, webhook: int) -> Webhook:
    """A webhook by its number.

    Raises:
        WebhookError: there is none.
    """
    row = connection.execute(select(webhooks).where(webhooks.c.id == webhook)).mappings().first()
    if row is None:
        raise WebhookError("there is no such webhook any more")
    return of_row(row)


def switch(connection: Connection, webhook: int, on: bool, actor: str, now: datetime, why: str = "") -> None:
    """Go on telling an address, of what happens from now on, or tell it nothing more.

    Raises:
        WebhookError: there is none.
    """
    found = get(connection, webhook)
    if found.active == on:
        return
    values: dict[str, object] = {"active": on, "off_why": why}
    if on:
        values |= {"entry": post_log.newest(connection), "ready_at": now, "tries": 0, "failing_since": None}
    connection.execute(update(webhooks).where(webhooks.c.id == webhook).values(**values))
    what = "switched on a webhook" if on else "switched off a webhook"
    record(connection, at=now, actor=actor, what=what, about=found.name, detail=why)


def rotate(connection: Connection, webhook: int, secret: str, actor: str, now: datetime) -> None:
    """Sign with another secret (sealed), and for a while with the former one beside it.

    Raises:
        WebhookError: there is none.
    """
    found = get(connection, webhook)
    values = {"secret": secret, "former_secret": found.secret, "former_until": now + BOTH_SECRETS}
    connection.execute(update(webhooks).where(webhooks.c.id == webhook).values(**values))
    record(connection, at=now, actor=actor, what="gave another secret to a webhook", about=found.name)


def remove(connection: Connection, webhook: int, actor: str, now: datetime) -> None:
    """Forget an address, with what is on its way there.

    Raises:
        WebhookError: there is none.
    """
    found = get(connection, webhook)
    connection.execute(delete(webhook_copies).where(webhook_copies.c.webhook_id == webhook))
    connection.execute(delete(webhooks).where(webhooks.c.id == webhook))
    record(connection, at=now, actor=actor, what="removed a webhook", about=found.name)


def of_row(row: RowMapping) -> Webhook:
    """A row as a webhook."""
    return Webhook(
        id=row["id"],
        name=row["name"],
        url=row["url"],
        events=tuple(row["events"]),
        secret=row["secret"],
        former_secret=row["former_secret"],
        former_until=row["former_until"],
        active=row["active"],
        off_why=row["off_why"],
        made_at=row["made_at"],
        made_by=row["made_by"],
        ready_at=row["ready_at"],
        tries=row["tries"],
        failing_since=row["failing_since"],
    )
