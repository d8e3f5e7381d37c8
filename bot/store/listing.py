"""Listings: the queue, one delivery's story, and the figures of the status screen."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, literal, or_, select

from bot.model.message import Part
from bot.model.sending import Sending
from bot.model.state import Hold, State
from bot.store.queue import parts_of, sending_of
from bot.store.tables import attempts, begins_with, deliveries, in_state, is_open, is_standing, parts
from bot.store.version import version_of
from bot.store.words import says

MOST_FAILED_LOOKS = 5  # then somebody should know, although the looking goes on


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which deliveries are wanted; None: all."""

    campaign: str | None = None
    account: str | None = None
    state: str | None = None
    post: str | None = None  # the beginning of a path
    ended: bool = False  # with those that are published or cancelled
    network: str | None = None
    kind: str | None = None
    day: int | None = None  # of its campaign, from 1
    text: str | None = None  # somewhere in what it says or in the path of its post, whatever the capitals
    since: datetime | None = None  # UTC: due from then on
    until: datetime | None = None  # UTC: due before then


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery as listings show it."""

    id: int
    post: str
    account: str
    network: str
    state: str
    due_at: datetime  # UTC
    hold: str | None
    reason: str
    remote_url: str | None
    look_at: datetime | None
    looks: int  # that have failed in a row
    removing_since: datetime | None = None  # UTC: taking it away has begun, and has not come to an end
    removed_at: datetime | None = None  # UTC: all of it that was out was taken away
    removed_by: str | None = None
    campaign: str = ""
    kind: str = ""
    slot: str | None = None
    day: int | None = None  # of its campaign, from 1
    wall: str = ""  # ISO 8601 without an offset: what was planned, in the zone
    zone: str = ""
    published_at: datetime | None = None  # UTC
    message: str = ""  # the fingerprint of its parts

    @property
    def version(self) -> str:
        """What a decision names, so that it is refused once the delivery is another."""
        return version_of(self.state, self.hold, self.due_at, self.message)

    @property
    def needs_a_person(self) -> bool:
        """Whether it stays as it is until somebody does something."""
        if self.removing_since is not None:
            return True
        if self.state == State.HELD:
            return self.hold != Hold.PAUSED
        return self.state in (State.FAILED, State.MISSED) or (
            self.state == State.UNCERTAIN and (self.look_at is None or self.looks >= MOST_FAILED_LOOKS)
        )

    def to_json(self) -> dict[str, Any]:
        """The object of `bot queue --json`."""
        return {
            "id": self.id,
            "post": self.post,
            "account": self.account,
            "network": self.network,
            "state": self.state,
            "due_at": self.due_at.isoformat(),
            "reason": self.reason,
            "hold": self.hold,
            "remote_url": self.remote_url,
            "removed_at": self.removed_at.isoformat() if self.removed_at else None,
            "removed_by": self.removed_by,
        }


def queue(connection: Connection, wanted: QueueFilter, limit: int | None = None) -> Sequence[Queued]:
    """The deliveries that match, the next one first."""
    column = deliveries.c
    statement = select(deliveries).order_by(column.due_at, column.id).limit(limit)
    if not wanted.ended and wanted.state is None:
        statement = statement.where(is_open())
    for name in ("campaign", "account", "state", "network", "kind", "day"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(column[name] == value)
    if wanted.post is not None:
        statement = statement.where(begins_with(column.post, wanted.post))
    if wanted.text is not None:
        statement = statement.where(says(column.id, wanted.text))
    if wanted.since is not None:
        statement = statement.where(column.due_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(column.due_at < wanted.until)
    return [queued(row) for row in connection.execute(statement).mappings()]


def of_ids(connection: Connection, ids: Sequence[int]) -> Sequence[Queued]:
    """The deliveries of these numbers, as far as there are such."""
    statement = select(deliveries).where(deliveries.c.id.in_(ids))
    return [queued(row) for row in connection.execute(statement).mappings()]


def due_before(connection: Connection, until: datetime) -> Sequence[Queued]:
    """What is scheduled for no later than an instant (UTC), the next one first."""
    column = deliveries.c
    statement = select(deliveries).where(in_state(State.SCHEDULED), column.due_at <= until)
    ordered = statement.order_by(column.due_at, column.id)
    return [queued(row) for row in connection.execute(ordered).mappings()]


def needing_a_person(connection: Connection, limit: int = 200, *, approval: bool = True) -> Sequence[Queued]:
    """What stays as it is until somebody does something, the oldest first.

    Without `approval` what only waits for that is left out.
    """
    column = deliveries.c
    statement = select(deliveries).where(*waits_for_a_person())
    if not approval:
        statement = statement.where(or_(column.hold.is_(None), column.hold != Hold.APPROVAL))
    statement = statement.order_by(column.due_at, column.id).limit(limit)
    half_removed = (
        select(deliveries)
        .where(column.removing_since.is_not(None))
        .order_by(column.removing_since, column.id)
        .limit(limit)
    )
    found = [*connection.execute(statement).mappings(), *connection.execute(half_removed).mappings()]
    return [queued(row) for row in {row["id"]: row for row in found}.values()]


def numbers_needing_a_person(connection: Connection) -> dict[str, int]:
    """How many deliveries of each account wait for somebody."""
    account = deliveries.c.account
    numbers: Counter[str] = Counter()
    for which in (waits_for_a_person(), (deliveries.c.removing_since.is_not(None),)):
        statement = select(account, func.count()).where(*which).group_by(account)
        numbers.update({row[0]: row[1] for row in connection.execute(statement)})
    return dict(numbers)


def number_removed(connection: Connection) -> int:
    """How many deliveries were taken away after they had been published."""
    removed = (deliveries.c.removed_at.is_not(None), deliveries.c.state == State.PUBLISHED)
    statement = select(func.count()).where(*removed)
    return connection.execute(statement).scalar_one()


def removed_links(connection: Connection, of: Collection[int]) -> frozenset[str]:
    """The links of parts of these deliveries that lead nowhere any more."""
    statement = select(parts.c.remote_url).where(
        parts.c.delivery_id.in_(of), parts.c.removed_at.is_not(None), parts.c.remote_url.is_not(None)
    )
    return frozenset(connection.execute(statement).scalars())


def waits_for_a_person() -> tuple[ColumnElement[bool], ...]:
    """The same as `Queued.needs_a_person`, for the database."""
    column = deliveries.c
    in_vain = or_(column.look_at.is_(None), column.looks >= MOST_FAILED_LOOKS)
    return is_standing(), or_(
        column.state.in_((State.FAILED, State.MISSED)),
        (column.state == State.HELD) & (column.hold != Hold.PAUSED),
        (column.state == State.UNCERTAIN) & in_vain,
    )


def parts_of_all(connection: Connection, of: Sequence[int]) -> dict[int, tuple[Part, ...]]:
    """What deliveries say, part by part."""
    found: dict[int, list[Part]] = {one: [] for one in of}
    for start in range(0, len(of), 500):
        chosen = select(parts.c.delivery_id, parts.c.content).where(
            parts.c.delivery_id.in_(of[start : start + 500])
        )
        for row in connection.execute(chosen.order_by(parts.c.delivery_id, parts.c.number)):
            found[row.delivery_id].append(Part.from_json(row.content))
    return {one: tuple(said) for one, said in found.items()}


def in_flight(connection: Connection) -> bool:
    """Whether some worker has a delivery in hand."""
    statement = select(deliveries.c.id).where(in_state(State.PUBLISHING)).limit(1)
    return connection.execute(statement).first() is not None


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many deliveries each account has in each state."""
    statement = select(deliveries.c.account, deliveries.c.state, func.count()).group_by(
        deliveries.c.account, deliveries.c.state
    )
    return {(account, state): number for account, state, number in connection.execute(statement)}


def open_counts(connection: Connection) -> dict[tuple[str, str], int]:
    """The same of those that have not ended: what is out costs nothing here, however much it is."""
    account, state = deliveries.c.account, deliveries.c.state
    found: dict[tuple[str, str], int] = {}
    for which in (in_state(State.SCHEDULED), in_state(State.PUBLISHING), is_standing()):
        statement = select(account, state, func.count()).where(which).group_by(account, state)
        found |= {(row[0], row[1]): row[2] for row in connection.execute(statement)}
    return found


def number_published(connection: Connection, account: str, most: int) -> int:
    """How many deliveries of an account are published; no more than so many are counted."""
    published = (deliveries.c.account == account, deliveries.c.state == State.PUBLISHED)
    some = select(literal(1)).select_from(deliveries).where(*published).limit(most).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one()


def is_any(connection: Connection) -> bool:
    """Whether anything was ever queued."""
    return connection.execute(select(deliveries.c.id).limit(1)).first() is not None


def one(connection: Connection, delivery: int) -> RowMapping | None:
    """A delivery's whole row."""
    return connection.execute(select(deliveries).where(deliveries.c.id == delivery)).mappings().first()


@dataclass(frozen=True, slots=True)
class Doubt:
    """An uncertain delivery with what is needed to look for it."""

    delivery: int
    token: str | None
    account: str
    network: str
    look_at: datetime
    looks: int
    absences: int
    sending: Sending | None  # of the first part that is not known to be out; None: all are
    since: datetime | None  # UTC: from when on it may have been published; None: no call was ever made
    reason: str

    @property
    def part(self) -> Part | None:
        """The first part that is not known to be out."""
        return self.sending.part if self.sending else None


def doubts(connection: Connection, now: datetime, limit: int = 50) -> Sequence[Doubt]:
    """The uncertain deliveries that are to be looked for now."""
    rows = connection.execute(
        select(deliveries)
        .where(in_state(State.UNCERTAIN), deliveries.c.look_at <= now)
        # Of two with the same words, the post that is found is that of the one which was due first.
        .order_by(deliveries.c.look_at, deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
    ).mappings()
    return [_doubt(connection, row) for row in rows.all()]


@dataclass(frozen=True, slots=True)
class NextLook:
    """When an account's next doubt is to be looked into (UTC)."""

    account: str
    look_at: datetime


def next_doubts(connection: Connection) -> Sequence[NextLook]:
    """For each account with doubts, the next look."""
    rows = connection.execute(
        select(deliveries.c.account, func.min(deliveries.c.look_at).label("look_at"))
        .where(in_state(State.UNCERTAIN), deliveries.c.look_at.is_not(None))
        .group_by(deliveries.c.account)
    )
    return [NextLook(row.account, row.look_at) for row in rows]


def _doubt(connection: Connection, row: RowMapping) -> Doubt:
    sending = sending_of(parts_of(connection, row["id"]), row["key"], row["due_at"])
    called = first_doubtful_call(connection, row["id"], sending.part.number) if sending else None
    return Doubt(
        delivery=row["id"],
        token=row["token"],
        account=row["account"],
        network=row["network"],
        look_at=row["look_at"],
        looks=row["looks"],
        absences=row["absences"],
        sending=sending,
        since=min((at for at in (called, row["look_since"]) if at is not None), default=None),
        reason=row["reason"],
    )


def first_doubtful_call(connection: Connection, delivery: int, part: int) -> datetime | None:
    """When the first attempt at a part began that nobody knows the end of (UTC)."""
    found: datetime | None = connection.execute(
        select(func.min(attempts.c.started_at)).where(
            attempts.c.delivery_id == delivery,
            attempts.c.part == part,
            or_(attempts.c.outcome == "unknown", attempts.c.outcome.is_(None)),
        )
    ).scalar()
    return found


def last_doubtful_end(connection: Connection, delivery: int) -> datetime | None:
    """By when the last call has ended of which nobody knows what came of it (UTC); None: there was none."""
    found: datetime | None = connection.execute(
        select(func.max(attempts.c.deadline_at)).where(
            attempts.c.delivery_id == delivery,
            or_(attempts.c.outcome == "unknown", attempts.c.outcome.is_(None)),
        )
    ).scalar()
    return found


def ended_in_doubt(connection: Connection, delivery: int, part: int) -> bool:
    """Whether some attempt at a part has ended without anybody knowing how."""
    statement = select(attempts.c.id).where(
        attempts.c.delivery_id == delivery, attempts.c.part == part, attempts.c.outcome == "unknown"
    )
    return connection.execute(statement.limit(1)).first() is not None


def known_ids(connection: Connection, account: str, since: datetime) -> frozenset[str]:
    """The network's ids of what an account has published since an instant (UTC), as far as we know."""
    found = connection.execute(
        select(parts.c.remote_id)
        .join(deliveries, deliveries.c.id == parts.c.delivery_id)
        .where(deliveries.c.account == account, parts.c.published_at >= since)
    ).scalars()
    return frozenset(remote_id for remote_id in found if remote_id)


SHOWN = tuple(field.name for field in fields(Queued))  # columns, of the same names


def queued(row: RowMapping) -> Queued:
    """A delivery's row as listings show it."""
    return Queued(**{name: row[name] for name in SHOWN})
