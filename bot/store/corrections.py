"""Corrections: records that what is out says something else now, so that plans compare files with that."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.model.message import Message, Part
from bot.model.state import State
from bot.store.desk_error import DeskError
from bot.store.engine import Store
from bot.store.queue import parts_of
from bot.store.removals import Out, OutPart, of_delivery
from bot.store.settle import note
from bot.store.tables import deliveries, in_state, parts
from bot.store.words import change_words


def published_of(connection: Connection, post: str) -> Sequence[Out]:
    """The deliveries of a post (by its path) that are published, and not taken away since."""
    same = (deliveries.c.post == post, in_state(State.PUBLISHED), deliveries.c.removed_at.is_(None))
    ids = connection.execute(select(deliveries.c.id).where(*same).order_by(deliveries.c.id)).scalars()
    return [of_delivery(connection, one) for one in ids.all()]


def begin(store: Store, delivery: int, one: OutPart, actor: str, now: datetime) -> None:
    """Write down that a part is to be changed on its network.

    Raises:
        DeskError: it was taken away meanwhile.
    """
    with store.write() as connection:
        _refuse_removed(connection, delivery, one.number)
        _note(connection, delivery, one, f"part {one.number} is to be corrected on the network", actor, now)


def corrected(
    store: Store, delivery: int, one: OutPart, to: Part, words: str, actor: str, now: datetime
) -> None:
    """A part says something else now: from here on that is what it was sent with.

    Who has seen the difference and sent it has approved it, where a campaign asks for that.
    """
    with store.write() as connection:
        same = (parts.c.delivery_id == delivery, parts.c.number == one.number)
        connection.execute(update(parts).where(*same).values(content=to.to_json()))
        message = Message(tuple(sent.part for sent in parts_of(connection, delivery)))
        values = {"message": message.fingerprint, "approved": message.fingerprint}
        same_delivery = update(deliveries).where(deliveries.c.id == delivery)
        post = connection.execute(same_delivery.values(values).returning(deliveries.c.post)).scalar_one()
        change_words(connection, delivery, post, message)
        _note(connection, delivery, one, f"part {one.number} is corrected: {words}", actor, now)


def not_corrected(
    store: Store, delivery: int, one: OutPart, words: str, actor: str, now: datetime, *, unclear: bool
) -> None:
    """A part says what it said, or nobody knows; another try is harmless."""
    with store.write() as connection:
        state = "perhaps corrected" if unclear else "not corrected"
        _note(connection, delivery, one, f"part {one.number} is {state}: {words}", actor, now)


def _refuse_removed(connection: Connection, delivery: int, number: int) -> None:
    shown = {one.number for one in of_delivery(connection, delivery).shown}
    if number not in shown:
        raise DeskError(f"part {number} of delivery {delivery} was taken away meanwhile")


def _note(
    connection: Connection, delivery: int, one: OutPart, reason: str, actor: str, now: datetime
) -> None:
    details = {"remote_id": one.remote.remote_id, "remote_url": one.remote.url}
    note(connection, delivery, at=now, actor=actor, reason=reason, details=details)
