"""Bookings: what the queue has for some accounts in some time, out or still to come, with its parts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from bot.model.message import Part
from bot.model.state import Hold, State
from bot.store.tables import campaigns, deliveries, parts


@dataclass(frozen=True, slots=True)
class Booked:
    """A delivery as the queue has it; times are UTC."""

    campaign: str
    post: str
    account: str
    network: str
    state: State
    hold: Hold | None
    at: datetime  # when it went out, else when it is due
    planned_at: datetime  # what the files said when last applied
    tolerance: timedelta
    parts: tuple[Part, ...]
    cancelled_by: str | None  # "plan", or the person


@dataclass(frozen=True, slots=True)
class Dates:
    """A campaign's dates as it was last applied."""

    name: str
    timezone: str  # IANA
    starts: date
    ends: date  # the last day


def booked(
    connection: Connection,
    accounts: Collection[str],
    since: datetime,
    until: datetime,
    names: Collection[str],
) -> Sequence[Booked]:
    """What these accounts have between two instants, and all of these campaigns."""
    column = deliveries.c
    at = func.coalesce(column.published_at, column.due_at)
    theirs = column.account.in_(list(accounts)) & (at >= since) & (at <= until)
    which = or_(theirs, column.campaign.in_(list(names)))
    contents: dict[int, list[Part]] = {}
    found = select(parts.c.delivery_id, parts.c.content).join(deliveries, column.id == parts.c.delivery_id)
    for row in connection.execute(found.where(which).order_by(parts.c.delivery_id, parts.c.number)):
        contents.setdefault(row.delivery_id, []).append(Part.from_json(row.content))
    rows = connection.execute(select(deliveries).where(which).order_by(column.due_at, column.id)).mappings()
    return [
        Booked(
            campaign=row["campaign"],
            post=row["post"],
            account=row["account"],
            network=row["network"],
            state=State(row["state"]),
            hold=Hold(row["hold"]) if row["hold"] else None,
            at=row["published_at"] or row["due_at"],
            planned_at=row["planned_due_at"],
            tolerance=timedelta(seconds=row["late_ok_s"]),
            parts=tuple(contents.get(row["id"], ())),
            cancelled_by=row["cancelled_by"],
        )
        for row in rows
    ]


def all_dates(connection: Connection) -> Sequence[Dates]:
    """The dates of every campaign that was ever applied, the latest first."""
    column = campaigns.c
    rows = connection.execute(select(campaigns).order_by(column.starts.desc(), column.name)).mappings()
    return [
        Dates(row["name"], row["timezone"], row["starts"], row["starts"] + timedelta(max(row["days"], 1) - 1))
        for row in rows
    ]
