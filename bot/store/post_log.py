"""The post log: writes a row for every change of state, in the transaction of the change, and reads them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select

from bot.model.state import State
from bot.store.engine import Store
from bot.store.tables import begins_with, deliveries, post_log
from bot.store.words import says

BATCH = 1_000  # rows that are in memory at a time
WORKER = "worker"  # the actor of what the worker does by itself


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the post log, with the fields and names of the contract."""

    id: int
    at: datetime  # UTC
    delivery: int
    post: str
    account: str
    network: str
    from_state: str | None  # None: the delivery was queued
    to_state: str
    attempt: int | None  # its number within the delivery
    remote_id: str | None
    remote_url: str | None
    reason: str
    actor: str
    lateness_s: float | None  # seconds after its time, of what was published or missed

    def to_json(self) -> dict[str, Any]:
        """The object of `bot log --json`: `from` and `state` are the states before and after."""
        value = asdict(self)
        value["from"], value["state"] = value.pop("from_state"), value.pop("to_state")
        value["at"] = value["at"].isoformat()
        return value


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are wanted; None: all."""

    delivery: int | None = None
    post: str | None = None  # the beginning of a path
    account: str | None = None
    network: str | None = None
    state: str | None = None
    since: datetime | None = None  # UTC
    after_id: int = 0
    campaign: str | None = None
    kind: str | None = None
    day: int | None = None  # of the campaign, from 1
    text: str | None = None  # somewhere in what its delivery says, or in the path of its post
    until: datetime | None = None  # UTC, no longer wanted

    def after(self, entry: int) -> "Filter":
        """The same, of what comes after an entry."""
        return replace(self, after_id=entry)


def append(
    connection: Connection,
    delivery: RowMapping,
    source: State | None,
    *,
    at: datetime,
    reason: str,
    actor: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add the row for a delivery that has just left `source` and is now as given."""
    target = delivery["state"]
    came_to_be = source != target and target in (State.PUBLISHED, State.MISSED)
    late = (at - delivery["due_at"]).total_seconds() if came_to_be else None
    values = {
        "at": at,
        "delivery_id": delivery["id"],
        "campaign": delivery["campaign"],
        "post": delivery["post"],
        "account": delivery["account"],
        "network": delivery["network"],
        "from_state": source,
        "to_state": target,
        "reason": reason,
        "actor": actor,
        "lateness_s": round(max(late, 0.0), 3) if late is not None else None,
    }
    connection.execute(insert(post_log).values({**values, **(details or {})}))


def newest(connection: Connection) -> int:
    """The number of the latest row; 0 if there is none."""
    return connection.execute(select(func.max(post_log.c.id))).scalar() or 0


def entries(connection: Connection, wanted: Filter, *, newest: int | None = None) -> Sequence[Entry]:
    """The rows that match, oldest first; with `newest` only that many of the latest."""
    statement = select(post_log).where(*_conditions(wanted))
    if newest is None:
        return [entry(row) for row in connection.execute(statement.order_by(post_log.c.id)).mappings()]
    rows = connection.execute(statement.order_by(post_log.c.id.desc()).limit(newest)).mappings().all()
    return [entry(row) for row in reversed(rows)]


def every(store: Store, wanted: Filter) -> Iterator[Entry]:
    """The rows that match, in the order in which they were written; only some are in memory at a time."""
    while True:
        statement = select(post_log).where(*_conditions(wanted)).order_by(post_log.c.id).limit(BATCH)
        with store.read() as connection:
            found = [entry(row) for row in connection.execute(statement).mappings()]
        yield from found
        if len(found) < BATCH:
            return
        wanted = wanted.after(found[-1].id)


def after(connection: Connection, wanted: Filter, most: int) -> Sequence[Entry]:
    """The first rows that match, in the order in which they were written, for those who follow the log."""
    statement = select(post_log).where(*_conditions(wanted)).order_by(post_log.c.id).limit(most)
    return [entry(row) for row in connection.execute(statement).mappings()]


def _conditions(wanted: Filter) -> Iterator[Any]:
    column = post_log.c
    if wanted.after_id:
        yield column.id > wanted.after_id
    if wanted.delivery is not None:
        yield column.delivery_id == wanted.delivery
    if wanted.post is not None:
        yield begins_with(column.post, wanted.post)
    if wanted.campaign is not None:
        yield column.campaign == wanted.campaign
    if wanted.account is not None:
        yield column.account == wanted.account
    if wanted.network is not None:
        yield column.network == wanted.network
    if wanted.state is not None:
        yield column.to_state == wanted.state
    if wanted.since is not None:
        yield column.at >= wanted.since
    if wanted.until is not None:
        yield column.at < wanted.until
    if wanted.text is not None:
        yield says(column.delivery_id, wanted.text)
    for name in ("kind", "day"):
        if (value := getattr(wanted, name)) is not None:
            yield of_its_delivery(column.delivery_id, name) == value


def of_its_delivery(number: ColumnElement[int], column: str) -> ColumnElement[Any]:
    """A column of an entry's delivery; looked up for every entry, so that it leads to no other way."""
    return select(deliveries.c[column]).where(deliveries.c.id == number).scalar_subquery()


def entry(row: RowMapping) -> Entry:
    """A row of the log."""
    return Entry(
        id=row["id"],
        at=row["at"],
        delivery=row["delivery_id"],
        post=row["post"],
        account=row["account"],
        network=row["network"],
        from_state=row["from_state"],
        to_state=row["to_state"],
        attempt=row["attempt"],
        remote_id=row["remote_id"],
        remote_url=row["remote_url"],
        reason=row["reason"],
        actor=row["actor"],
        lateness_s=row["lateness_s"],
    )
