"""Doubts: records what looking for an uncertain delivery has shown.

Whoever looks has reserved the look, and only as long as nobody else has done so since is believed that
something was not seen. What was seen is believed from everybody.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, update

from bot.model.outcome import RemotePost
from bot.model.state import State, Verb
from bot.store import settle
from bot.store.engine import Store
from bot.store.listing import Doubt
from bot.store.post_log import WORKER
from bot.store.tables import deliveries, from_now_or_its_time, in_state
from bot.store.transition import move


def take(store: Store, doubt: Doubt, until: datetime) -> Doubt | None:
    """Reserve the look until an instant (UTC), so that two workers do not look at once.

    The doubt with which to go on, or None: another one looks, or has looked.
    """
    with store.write() as connection:
        return replace(doubt, look_at=until) if _update(connection, doubt, look_at=until) else None


def found(store: Store, doubt: Doubt, remote: RemotePost, now: datetime) -> bool:
    """It is out: adopt the network's id; the rest of a thread is sent later.

    False if the same post was found for another delivery meanwhile, so that nothing is proved for this one.
    """
    assert doubt.part is not None  # noqa: S101
    with store.write() as connection:
        if settle.is_taken(connection, doubt.account, remote.remote_id, doubt.delivery):
            return False
        settle.record_published(
            connection, doubt.delivery, doubt.part.number, remote,
            at=now, actor=WORKER, why="found among the account's own posts",
        )  # fmt: skip
        return True


def clear(store: Store, doubt: Doubt, reason: str, now: datetime) -> None:
    """It is not out: back to the queue, where its tolerance decides."""
    with store.write() as connection:
        move(
            connection, Verb.CLEAR, _same(doubt),
            at=now, reason=reason, actor=WORKER,
            values={"ready_at": from_now_or_its_time(now), "look_since": None},
        )  # fmt: skip


def not_seen(store: Store, doubt: Doubt, again_at: datetime) -> None:
    """It was not there this time; look once more at an instant (UTC)."""
    with store.write() as connection:
        _update(connection, doubt, look_at=again_at, absences=doubt.absences + 1, looks=0)


def could_not_look(store: Store, doubt: Doubt, again_at: datetime | None, reason: str, now: datetime) -> None:
    """Nothing was proved: try again at an instant (UTC), or leave it to a person (None).

    The reason is logged where it is new.
    """
    with store.write() as connection:
        changed = _update(connection, doubt, look_at=again_at, looks=doubt.looks + 1, reason=reason)
        if changed and reason != doubt.reason:
            settle.note(connection, doubt.delivery, at=now, actor=WORKER, reason=reason)


def _update(connection: Connection, doubt: Doubt, **values: object) -> bool:
    return connection.execute(update(deliveries).where(_same(doubt)).values(**values)).rowcount == 1


def _same(doubt: Doubt) -> ColumnElement[bool]:
    return and_(
        deliveries.c.id == doubt.delivery,
        in_state(State.UNCERTAIN),
        deliveries.c.token == doubt.token,
        deliveries.c.look_at == doubt.look_at,
    )
