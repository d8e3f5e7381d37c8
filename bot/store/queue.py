"""The queue: claims a delivery, and commits the intent to send a part before the call.

Each is one conditional statement in a transaction of its own, together with its log row.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from bot.model.lateness import LATE_AFTER
from bot.model.message import Part
from bot.model.outcome import RemotePost
from bot.model.sending import Sending
from bot.model.state import State, Verb
from bot.store.engine import Store
from bot.store.lanes import may_pass_late_ones
from bot.store.tables import attempts, deliveries, in_state, lanes, parts, switches
from bot.store.transition import move

LEASE = timedelta(seconds=45)  # a worker renews it every few seconds; one that is dead can not


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part and, once it is out, where it stands on the network."""

    part: Part
    remote: RemotePost | None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one delivery, until the lease runs out."""

    delivery: int
    token: str
    worker: str
    post: str
    account: str
    network: str
    due_at: datetime
    key: str
    tries: int  # postponed in a row so far
    parts: tuple[SentPart, ...]

    @property
    def next_sending(self) -> Sending | None:
        """The first part that is not out yet, with how it stands to the others."""
        return sending_of(self.parts, self.key, self.due_at)

    def with_published(self, number: int, remote: RemotePost) -> "Claim":
        """The same claim after one more part is out, with those that came out with it."""
        out = dict(enumerate((remote, *remote.following), number))
        sent = [replace(one, remote=one.remote or out.get(one.part.number)) for one in self.parts]
        return replace(self, parts=tuple(sent))


def claim(store: Store, account: str, worker: str, now: datetime, spacing: timedelta) -> Claim | None:
    """Take the earliest delivery of an account that is ready, or None.

    None too while everything is paused, the account waits or has one in flight, or a late one would
    follow another late one within `spacing`.
    """
    token = uuid.uuid4().hex
    with store.write(beside_others=True) as connection:
        if not _take_lane(connection, account):
            return None
        rows = move(
            connection,
            Verb.CLAIM,
            deliveries.c.id == _ready(account, now, spacing).scalar_subquery(),
            at=now,
            reason="",
            actor=worker,
            values={"token": token, "worker": worker, "lease_until": now + LEASE},
        )
        if not rows:
            return None
        if now - rows[0]["due_at"] > LATE_AFTER:
            late = update(lanes).where(lanes.c.account == account).values(late_call_at=now)
            connection.execute(late)
        return _claim_of(connection, rows[0])


def _take_lane(connection: Connection, account: str) -> bool:
    """Lock an account's lane, or pass on: another worker takes from it at this moment.

    The lane and not the delivery is what is skipped: past a locked delivery, a later one would overtake.
    """
    lane = select(lanes.c.account).where(lanes.c.account == account)
    return connection.execute(lane.with_for_update(skip_locked=True)).first() is not None


def _ready(account: str, now: datetime, spacing: timedelta) -> Select[tuple[int]]:
    spaced = or_(lanes.c.late_call_at.is_(None), lanes.c.late_call_at <= now - spacing)
    in_flight = deliveries.alias()
    is_publishing = in_flight.c.state == literal_column(f"'{State.PUBLISHING}'")
    return (
        select(deliveries.c.id)
        .join(lanes, lanes.c.account == deliveries.c.account)
        .where(
            in_state(State.SCHEDULED),
            deliveries.c.account == account,
            deliveries.c.ready_at <= now,
            deliveries.c.expires_at >= now,
            or_(lanes.c.blocked_until.is_(None), lanes.c.blocked_until <= now),
            or_(spaced, may_pass_late_ones(account, now)),
            or_(~deliveries.c.needs_approval, deliveries.c.approved == deliveries.c.message),
            ~deliveries.c.stale,
            deliveries.c.look_since.is_(None),
            ~exists().where(switches.c.name == "pause"),
            ~exists().where(in_flight.c.account == account, is_publishing),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)  # and not ready_at: a retry keeps its place
        .limit(1)
        .with_for_update(of=deliveries)
    )


def _claim_of(connection: Connection, row: RowMapping) -> Claim:
    return Claim(
        delivery=row["id"],
        token=row["token"],
        worker=row["worker"],
        post=row["post"],
        account=row["account"],
        network=row["network"],
        due_at=row["due_at"],
        key=row["key"],
        tries=row["tries"],
        parts=parts_of(connection, row["id"]),
    )


def sending_of(parts: Sequence[SentPart], key: str, due_at: datetime) -> Sending | None:
    """The first of the parts that is not out yet, with how it stands to the others; None: all are out."""
    out = [one.remote for one in parts if one.remote is not None]
    waiting = [one.part for one in parts if one.remote is None]
    if not waiting:
        return None
    return Sending(
        part=waiting[0],
        previous=out[-1] if out else None,
        first=out[0] if out else None,
        following=tuple(waiting[1:]),
        key=key,
        due_at=due_at,
    )


def parts_of(connection: Connection, delivery: int) -> tuple[SentPart, ...]:
    """The parts of a delivery in order."""
    rows = connection.execute(
        select(parts).where(parts.c.delivery_id == delivery).order_by(parts.c.number)
    ).mappings()
    return tuple(
        SentPart(
            Part.from_json(row["content"]),
            RemotePost(row["remote_id"], row["remote_url"]) if row["published_at"] else None,
        )
        for row in rows
    )


def begin(store: Store, held: Claim, part: Part, payload: str, now: datetime, limit: timedelta) -> int | None:
    """Commit the intent to send a part; its attempt's id, or None if the claim is no longer ours to use.

    The last look before the call: the claim, the lease and the pause switch are conditions of the same
    transaction, in which nobody else can take the claim away. `limit` is how long the call may take at most.
    What was edited meanwhile is not begun either, for its files may have taken minutes; but a thread of
    which some is out goes on.
    """
    begun = exists().where(parts.c.delivery_id == held.delivery, parts.c.published_at.is_not(None))
    still_ours = select(deliveries.c.id).where(
        deliveries.c.id == held.delivery,
        deliveries.c.token == held.token,
        in_state(State.PUBLISHING),
        deliveries.c.lease_until > now,
        or_(~deliveries.c.stale, begun),
    )
    number = (
        select(func.coalesce(func.max(attempts.c.number), 0) + 1)
        .where(attempts.c.delivery_id == held.delivery)
        .scalar_subquery()
    )
    columns = {
        "delivery_id": literal(held.delivery),
        "part": literal(part.number),
        "number": number,
        "token": literal(held.token),
        "worker": literal(held.worker),
        "payload": literal(payload),
        "started_at": literal(now, attempts.c.started_at.type),
        "deadline_at": literal(now + limit, attempts.c.deadline_at.type),
        "said": literal(""),
    }
    is_out = exists().where(
        parts.c.delivery_id == held.delivery, parts.c.number == part.number, parts.c.published_at.is_not(None)
    )
    intent = select(*columns.values()).where(~exists().where(switches.c.name == "pause"), ~is_out)
    with store.write(beside_others=True) as connection:
        if connection.execute(still_ours.with_for_update()).first() is None:
            return None
        statement = insert(attempts).from_select(list(columns), intent).returning(attempts.c.id)
        found: int | None = connection.execute(statement).scalar()
        return found
