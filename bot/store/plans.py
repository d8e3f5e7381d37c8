"""Plans: writes what a plan has decided into the queue, many rows at a time, with their log rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, exists, insert, select, tuple_, update

from bot.model.campaign import Campaign
from bot.model.key import new_key
from bot.model.message import Message
from bot.model.state import Hold, State, Verb
from bot.store.restored import unknown_since
from bot.store.tables import campaigns, deliveries, is_open, parts, post_log
from bot.store.transition import hold_what_must_wait, move
from bot.store.words import add_words, change_words

PLAN = "plan"  # the actor in `cancelled_by` of what `apply` has withdrawn


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """Everything that a delivery is made of."""

    campaign: str
    post: str
    account: str
    network: str
    kind: str
    slot: str | None
    day: int | None
    wall: str
    zone: str
    due_at: datetime  # UTC
    late_ok: timedelta
    needs_approval: bool
    message: Message

    def columns(self) -> dict[str, Any]:
        """The columns that an edit of the file may change."""
        return {
            "campaign": self.campaign,
            "network": self.network,
            "kind": self.kind,
            "slot": self.slot,
            "day": self.day,
            "needs_approval": self.needs_approval,
            "late_ok_s": int(self.late_ok.total_seconds()),
            "message": self.message.fingerprint,
            "planned_due_at": self.due_at,
        }

    def times(self) -> dict[str, Any]:
        """The columns that say when it goes out."""
        return {
            "wall": self.wall,
            "zone": self.zone,
            "due_at": self.due_at,
            "ready_at": self.due_at,
            "expires_at": self.due_at + self.late_ok,
        }


@dataclass(frozen=True, slots=True)
class AppliedCampaign:
    """The dates of a campaign as it was last applied."""

    starts: date
    file_starts: date


@dataclass(frozen=True, slots=True)
class Existing:
    """A delivery as the queue has it."""

    id: int
    campaign: str
    post: str
    account: str
    network: str
    state: State
    due_at: datetime  # UTC
    planned_due_at: datetime  # UTC: what the files said when last applied
    message: str  # a fingerprint
    late_ok: timedelta
    needs_approval: bool
    cancelled_by: str | None
    begun: bool  # some of its parts are out
    unsure: bool  # it may be out: the database was restored, and nobody has looked yet
    removed_by: str | None  # who has taken away what was out of it, or a part of that


def applied_campaigns(connection: Connection) -> Mapping[str, AppliedCampaign]:
    """Every campaign that was ever applied, by name."""
    rows = connection.execute(select(campaigns.c.name, campaigns.c.starts, campaigns.c.file_starts))
    return {row.name: AppliedCampaign(row.starts, row.file_starts) for row in rows}


def known_campaign(connection: Connection, name: str) -> RowMapping | None:
    """A campaign as it was last applied; None: it never was."""
    return connection.execute(select(campaigns).where(campaigns.c.name == name)).mappings().first()


def campaigns_with_open(connection: Connection) -> set[str]:
    """The campaigns of which something is still to go out."""
    return set(connection.execute(select(deliveries.c.campaign).where(is_open()).distinct()).scalars())


def deliveries_of(connection: Connection, names: Iterable[str]) -> Sequence[Existing]:
    """Every delivery of these campaigns."""
    return _existing(connection, deliveries.c.campaign.in_(list(names)))


def deliveries_saying(connection: Connection, messages: Sequence[str]) -> Sequence[Existing]:
    """Every delivery, of whatever campaign, with one of these messages (as fingerprints)."""
    return [
        one
        for start in range(0, len(messages), 500)
        for one in _existing(connection, deliveries.c.message.in_(messages[start : start + 500]))
    ]


def _existing(connection: Connection, which: ColumnElement[bool]) -> Sequence[Existing]:
    out = (
        select(parts.c.delivery_id)
        .join(deliveries, deliveries.c.id == parts.c.delivery_id)
        .where(which, parts.c.published_at.is_not(None))
    )
    started = set(connection.execute(out).scalars())
    gone = (
        select(parts.c.delivery_id, parts.c.removed_by)
        .join(deliveries, deliveries.c.id == parts.c.delivery_id)
        .where(which, parts.c.removed_at.is_not(None))
    )
    removers = {row.delivery_id: row.removed_by for row in connection.execute(gone)}
    rows = connection.execute(select(deliveries).where(which).order_by(deliveries.c.id)).mappings()
    return [
        Existing(
            id=row["id"],
            campaign=row["campaign"],
            post=row["post"],
            account=row["account"],
            network=row["network"],
            state=State(row["state"]),
            due_at=row["due_at"],
            planned_due_at=row["planned_due_at"],
            message=row["message"],
            late_ok=timedelta(seconds=row["late_ok_s"]),
            needs_approval=row["needs_approval"],
            cancelled_by=row["cancelled_by"],
            begun=row["id"] in started,
            unsure=row["state"] == State.SCHEDULED and row["look_since"] is not None,
            removed_by=removers.get(row["id"]),
        )
        for row in rows
    ]


def record_campaign(connection: Connection, campaign: Campaign, now: datetime) -> None:
    """Remember a campaign as it is applied now."""
    connection.execute(delete(campaigns).where(campaigns.c.name == campaign.name))
    connection.execute(
        insert(campaigns).values(
            name=campaign.name,
            title=campaign.title,
            timezone=campaign.timezone,
            starts=campaign.starts,
            file_starts=campaign.starts - campaign.moved_by,
            days=len(campaign.themes),
            hashtags=list(campaign.hashtags),
            themes=list(campaign.themes),
            applied_at=now,
        )
    )


def add(connection: Connection, new: Sequence[NewDelivery], actor: str, now: datetime) -> None:
    """Queue deliveries."""
    if not new:
        return
    look_since = unknown_since(connection, now)
    connection.execute(
        insert(deliveries),
        [
            {
                "post": one.post, "account": one.account, "key": new_key(now), "state": State.SCHEDULED,
                "reason": "", "tries": 0, "looks": 0, "absences": 0, "stale": False, "look_since": look_since,
                **one.columns(), **one.times(),
            }
            for one in new
        ],
    )  # fmt: skip
    ids = _ids(connection, [(one.post, one.account) for one in new])
    connection.execute(
        insert(parts),
        [row for one in new for row in _part_rows(ids[one.post, one.account], one.message)],
    )
    add_words(connection, {ids[one.post, one.account]: (one.post, one.message) for one in new})
    connection.execute(
        insert(post_log),
        [
            {
                "at": now, "delivery_id": ids[one.post, one.account], "campaign": one.campaign,
                "post": one.post, "account": one.account, "network": one.network, "from_state": None,
                "to_state": State.SCHEDULED, "reason": f"planned for {one.wall} {one.zone}", "actor": actor,
            }
            for one in new
        ],
    )  # fmt: skip
    _hold_unapproved(connection, [ids[one.post, one.account] for one in new if one.needs_approval], now)


def change(
    connection: Connection,
    delivery: int,
    to: NewDelivery,
    *,
    time_too: bool,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Let a delivery that is not out follow its file."""
    values = to.columns() | (to.times() if time_too else {}) | {"tries": 0, "cancelled_by": None}
    same = deliveries.c.id == delivery
    untouched = ~exists().where(parts.c.delivery_id == delivery, parts.c.published_at.is_not(None))
    rows = move(
        connection,
        Verb.REPLAN,
        same,
        untouched,
        at=now,
        reason=reason,
        actor=actor,
        values={**values, "stale": False},
    )
    if not rows:
        return  # it was taken meanwhile, or is out in part: its parts are what was sent
    if _may_go(rows[0]):
        move(connection, Verb.RELEASE, same, at=now, reason=reason, actor=actor)
    connection.execute(delete(parts).where(parts.c.delivery_id == delivery))
    connection.execute(insert(parts), _part_rows(delivery, to.message))
    change_words(connection, delivery, to.post, to.message)
    if not time_too:  # a tolerance that was edited holds for the time that a person has given it
        row = connection.execute(select(deliveries.c.due_at).where(deliveries.c.id == delivery)).one()
        late = update(deliveries).where(deliveries.c.id == delivery)
        connection.execute(late.values(expires_at=row.due_at + to.late_ok))


def _may_go(row: RowMapping) -> bool:
    """Whether what holds a delivery has ended with the change of its file."""
    return row["hold"] == Hold.STALE or (row["hold"] == Hold.APPROVAL and not row["needs_approval"])


def mark_stale(connection: Connection, delivery: int, stale: bool) -> None:
    """Remember whether the files say something else by now than what is in flight or in doubt."""
    changed = (deliveries.c.id == delivery, deliveries.c.stale != stale)
    connection.execute(update(deliveries).where(*changed).values(stale=stale))


def _hold_unapproved(connection: Connection, new: Sequence[int], now: datetime) -> None:
    for delivery in new:
        rows = connection.execute(select(deliveries).where(deliveries.c.id == delivery)).mappings().all()
        hold_what_must_wait(connection, rows, now)


def withdraw(connection: Connection, delivery: int, reason: str, actor: str, now: datetime) -> None:
    """Cancel a delivery whose file no longer asks for it."""
    move(
        connection,
        Verb.CANCEL,
        deliveries.c.id == delivery,
        at=now,
        reason=reason,
        actor=actor,
        values={"cancelled_by": PLAN},
    )


def _part_rows(delivery: int, message: Message) -> list[dict[str, Any]]:
    return [
        {"delivery_id": delivery, "number": part.number, "content": part.to_json()} for part in message.parts
    ]


def _ids(connection: Connection, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found = {}
    identity = tuple_(deliveries.c.post, deliveries.c.account)
    for start in range(0, len(keys), 500):
        rows = connection.execute(
            select(deliveries.c.id, deliveries.c.post, deliveries.c.account).where(
                identity.in_(keys[start : start + 500])
            )
        )
        found.update({(row.post, row.account): row.id for row in rows})
    return found
