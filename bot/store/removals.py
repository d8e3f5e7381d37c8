"""Removals: records that what was out was taken away.

The ids of what was taken away stay known, so that nothing takes them for something else, and a part that
was out once is never sent again. That somebody has begun is written before the first call, so that a crash
leaves a trace that asks for a second try: taking away what is gone already is harmless.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, select, update

from bot.model.message import Part
from bot.model.outcome import RemotePost
from bot.model.state import State, Verb
from bot.store.desk_error import DeskError
from bot.store.engine import Store
from bot.store.settle import note
from bot.store.tables import deliveries, parts
from bot.store.transition import move


@dataclass(frozen=True, slots=True)
class OutPart:
    """A part that is, or was, on its network."""

    part: Part
    remote: RemotePost
    removed_at: datetime | None  # UTC
    removed_by: str | None

    @property
    def number(self) -> int:
        """Its place in the delivery, from 1."""
        return self.part.number

    @property
    def has_only_a_link(self) -> bool:
        """Whether a person has given its link, from which no id could be read."""
        return self.remote.remote_id.startswith(("https://", "http://"))

    @property
    def where(self) -> str:
        """Its link, or what the network names it by."""
        return self.remote.url or self.remote.remote_id


@dataclass(frozen=True, slots=True)
class Out:
    """A delivery with the parts of it that have ever been out."""

    delivery: int
    campaign: str
    post: str
    account: str
    network: str
    state: State
    parts: tuple[OutPart, ...]

    @property
    def shown(self) -> Sequence[OutPart]:
        """Those that are out still."""
        return [one for one in self.parts if one.removed_at is None]


def of_delivery(connection: Connection, delivery: int) -> Out:
    """What has ever been out of a delivery.

    Raises:
        DeskError: there is no such delivery.
    """
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery)).mappings().first()
    if row is None:
        raise DeskError(f"there is no delivery {delivery}: bot queue --all lists them")
    found = select(parts).where(parts.c.delivery_id == delivery, parts.c.published_at.is_not(None))
    return Out(
        delivery=delivery,
        campaign=row["campaign"],
        post=row["post"],
        account=row["account"],
        network=row["network"],
        state=State(row["state"]),
        parts=tuple(
            OutPart(
                Part.from_json(one["content"]),
                RemotePost(one["remote_id"], one["remote_url"]),
                one["removed_at"],
                one["removed_by"],
            )
            for one in connection.execute(found.order_by(parts.c.number)).mappings()
        ),
    )


def deliveries_with(connection: Connection, remote_ids: Collection[str]) -> Sequence[int]:
    """The deliveries of which a part has one of these ids on its network."""
    found = select(parts.c.delivery_id).where(parts.c.remote_id.in_(remote_ids)).distinct()
    return connection.execute(found.order_by(parts.c.delivery_id)).scalars().all()


def any_removed(connection: Connection, delivery: int) -> bool:
    """Whether something of a delivery was taken away: then it is never sent again."""
    removed = exists().where(parts.c.delivery_id == delivery, parts.c.removed_at.is_not(None))
    return bool(connection.execute(select(removed)).scalar())


def begin(store: Store, delivery: int, numbers: Collection[int], actor: str, why: str, now: datetime) -> None:
    """Write down that parts are to be taken away; the rest of the delivery is not sent any more.

    Raises:
        DeskError: it is on its way, or nobody knows whether it is out; or another part is meant than is out.
    """
    with store.write() as connection:
        out = of_delivery(connection, delivery)
        _refuse_what_moves(out)
        unknown = sorted(set(numbers) - {one.number for one in out.parts})
        if unknown:
            raise DeskError(f"delivery {delivery} has no part {unknown[0]} that is out")
        if out.state not in (State.PUBLISHED, State.CANCELLED):
            words = "the rest is not sent: what is out of it is being taken away"
            move(
                connection, Verb.CANCEL, deliveries.c.id == delivery,
                at=now, reason=words, actor=actor, values={"cancelled_by": actor},
            )  # fmt: skip
        _set(connection, delivery, removing_since=now)
        which = ", ".join(map(str, sorted(numbers)))
        words = f"to be taken away from the network: part{'s' if len(numbers) > 1 else ''} {which}"
        reason = f"{words}: {why}" if why else words
        note(connection, delivery, at=now, actor=actor, reason=reason)


def _refuse_what_moves(out: Out) -> None:
    if out.state is State.PUBLISHING:
        raise DeskError(f"delivery {out.delivery} is being sent at this moment: try again in a minute")
    if out.state is State.UNCERTAIN:
        words = "nobody knows yet whether all of it is out: the worker looks, or bot resolve ends the doubt"
        raise DeskError(f"delivery {out.delivery}: {words}")
    if not out.parts:
        raise DeskError(f"nothing of delivery {out.delivery} is out: bot cancel withdraws it")


def removed(store: Store, delivery: int, one: OutPart, words: str, actor: str, now: datetime) -> None:
    """A part is gone: by our call, or already before it."""
    with store.write() as connection:
        changed = connection.execute(
            update(parts)
            .where(
                parts.c.delivery_id == delivery, parts.c.number == one.number, parts.c.removed_at.is_(None)
            )
            .values(removed_at=now, removed_by=actor)
        )
        if not changed.rowcount:
            return  # somebody else has just done the same
        details = {"remote_id": one.remote.remote_id, "remote_url": one.remote.url}
        reason = f"part {one.number} is taken away: {words}"
        note(connection, delivery, at=now, actor=actor, reason=reason, details=details)
        if not of_delivery(connection, delivery).shown:
            _all_gone(connection, delivery, actor, now)


def _all_gone(connection: Connection, delivery: int, actor: str, now: datetime) -> None:
    reason = f"taken away by {actor} at {now:%Y-%m-%d %H:%M} UTC"
    _set(
        connection, delivery,
        removing_since=None, removed_at=now, removed_by=actor, figures_at=None, reason=reason,
    )  # fmt: skip


def not_removed(
    store: Store, delivery: int, one: OutPart, words: str, actor: str, now: datetime, *, unclear: bool
) -> None:
    """A part is still there, or nobody knows; what a clear no has left untouched is as it was before."""
    with store.write() as connection:
        half = unclear or any_removed(connection, delivery)
        state = "perhaps taken away" if unclear else "not taken away"
        reason = f"part {one.number} is {state}: {words}"
        details = {"remote_id": one.remote.remote_id, "remote_url": one.remote.url}
        note(connection, delivery, at=now, actor=actor, reason=reason, details=details)
        if half:
            _set(connection, delivery, reason=f"{reason}; try again: bot unpublish {delivery}")
        else:
            _set(connection, delivery, removing_since=None)


def finish(store: Store, delivery: int) -> None:
    """All that was to be taken away is gone, although other parts are meant to stay."""
    with store.write() as connection:
        _set(connection, delivery, removing_since=None)


def _set(connection: Connection, delivery: int, **values: object) -> None:
    connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**values))
