"""Doubts: records what looking for an uncertain delivery has shown."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, update

from bot.model.outcome import RemotePost
from bot.model.state import State, Verb
from bot.store import settle
from bot.store.engine import Store
from bot.store.listing import Doubt
from bot.store.post_log import WORKER
from bot.store.tables import deliveries
from bot.store.transition import move


def take(store: Store, doubt: Doubt, until: datetime) -> bool:
    """Reserve the look until an instant (UTC), so that two workers do not look at once."""
    with store.write() as connection:
        taken = connection.execute(
            update(deliveries)
            .where(_same(doubt), deliveries.c.looks == doubt.looks, deliveries.c.look_at < until)
            .values(look_at=until, looks=doubt.looks + 1)
        )
        return taken.rowcount == 1


def found(store: Store, doubt: Doubt, remote: RemotePost, now: datetime) -> None:
    """It is out: adopt the network's id; the rest of a thread is sent later."""
    assert doubt.part is not None  # noqa: S101
    with store.write() as connection:
        settle.record_published(
            connection, doubt.delivery, _same(doubt), doubt.part.number, remote,
            at=now, actor=WORKER, why="found among the account's own posts",
        )  # fmt: skip


def clear(store: Store, doubt: Doubt, reason: str, now: datetime) -> None:
    """It is not out: back to the queue, where its tolerance decides."""
    with store.write() as connection:
        move(
            connection, Verb.CLEAR, _same(doubt),
            at=now, reason=reason, actor=WORKER, values={"ready_at": now},
        )  # fmt: skip


def look_again(store: Store, doubt: Doubt, at: datetime | None, reason: str | None, now: datetime) -> None:
    """Nothing is proved yet: look again at an instant (UTC), or leave it to a person (None).

    `reason` is logged and shown where it is new; None keeps the one before.
    """
    with store.write() as connection:
        values = {"look_at": at} | ({"reason": reason} if reason else {})
        changed = connection.execute(update(deliveries).where(_same(doubt)).values(**values))
        if changed.rowcount and reason:
            settle.note(connection, doubt.delivery, at=now, actor=WORKER, reason=reason)


def _same(doubt: Doubt) -> ColumnElement[bool]:
    return and_(
        deliveries.c.id == doubt.delivery,
        deliveries.c.state == State.UNCERTAIN,
        deliveries.c.token == doubt.token,
    )
