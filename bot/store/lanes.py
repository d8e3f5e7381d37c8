"""Lanes: what holds for a whole account, and which accounts have work and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from bot.model.decision import STANDSTILL
from bot.model.lateness import LATE_AFTER
from bot.model.outcome import Cause
from bot.model.state import State
from bot.store.engine import Store
from bot.store.tables import deliveries, in_state, lanes

STOPPING = frozenset({Cause.CREDENTIALS, Cause.VERSION})  # ends only when the account is found to work


@dataclass(frozen=True, slots=True)
class Lane:
    """One account's line of deliveries."""

    account: str
    network: str
    blocked_until: datetime | None  # UTC; nothing of this account is sent before
    cause: str | None
    reason: str
    wakes_at: datetime | None  # UTC; None: nothing is scheduled, or something is in flight


def names(connection: Connection) -> Sequence[str]:
    """Every account that was ever planned for."""
    return connection.execute(select(lanes.c.account).order_by(lanes.c.account)).scalars().all()


def all_lanes(connection: Connection, now: datetime, spacing: timedelta) -> Sequence[Lane]:
    """Every account that was ever planned for, with the instant at which a claim can succeed."""
    found = []
    for row in connection.execute(select(lanes).order_by(lanes.c.account)).mappings():
        wakes = _wakes_at(connection, row, now, spacing)
        found.append(
            Lane(row["account"], row["network"], row["blocked_until"], row["cause"], row["reason"], wakes)
        )
    return found


def _wakes_at(connection: Connection, row: RowMapping, now: datetime, spacing: timedelta) -> datetime | None:
    """By the same rules as a claim: what is late keeps its distance, and delays nothing that is on time.

    A step or two into an index of scheduled deliveries, however many there are.
    """
    theirs = (in_state(State.SCHEDULED), deliveries.c.account == row["account"])
    first = _first_ready(connection, *theirs)
    if first is None or _in_flight(connection, row["account"]):
        return None
    earliest: datetime = first["ready_at"]
    late_since = now - LATE_AFTER
    if first["due_at"] < late_since and row["late_call_at"] is not None:
        earliest = max(earliest, row["late_call_at"] + spacing)
        since = deliveries.c.ready_at >= late_since  # a step into the index, past all that is late
        if on_time := _first_ready(connection, *theirs, since, may_pass_late_ones(row["account"], now)):
            earliest = min(earliest, on_time["ready_at"])
    return max(earliest, row["blocked_until"] or earliest)


def may_pass_late_ones(account: str, now: datetime) -> ColumnElement[bool]:
    """Whether a delivery is on time, and no late one waits that can wait no longer than it: a chat stays in
    its order, and a backlog of case studies does not delay it."""
    late_since = now - LATE_AFTER
    earlier = deliveries.alias()
    is_late = exists().where(
        earlier.c.state == literal_column(f"'{State.SCHEDULED}'"),
        earlier.c.account == account,
        earlier.c.ready_at <= now,
        earlier.c.late_ok_s <= deliveries.c.late_ok_s,
        earlier.c.due_at < late_since,
    )
    return and_(deliveries.c.due_at >= late_since, ~is_late)


def _first_ready(connection: Connection, *where: ColumnElement[bool]) -> RowMapping | None:
    statement = select(deliveries.c.ready_at, deliveries.c.due_at).where(*where)
    ordered = statement.order_by(deliveries.c.ready_at, deliveries.c.id).limit(1)
    return connection.execute(ordered).mappings().first()


def _in_flight(connection: Connection, account: str) -> bool:
    statement = select(deliveries.c.id).where(in_state(State.PUBLISHING), deliveries.c.account == account)
    return connection.execute(statement.limit(1)).first() is not None


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a delivery of an account that does not wait has come to its time."""
    statement = (
        select(deliveries.c.id)
        .join(lanes, lanes.c.account == deliveries.c.account)
        .where(
            in_state(State.SCHEDULED),
            deliveries.c.ready_at <= now,
            or_(lanes.c.blocked_until.is_(None), lanes.c.blocked_until <= now),
        )
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def block(store: Store, account: str, until: datetime, cause: Cause, reason: str) -> None:
    """Let an account wait: nothing of it is claimed before `until` (UTC)."""
    with store.write() as connection:
        block_in(connection, account, until, cause, reason)


def block_in(connection: Connection, account: str, until: datetime, cause: Cause, reason: str) -> None:
    """The same, within a transaction."""
    values = {"blocked_until": until, "cause": cause, "reason": reason}
    connection.execute(update(lanes).where(lanes.c.account == account).values(values))


def unblock(store: Store, accounts: Collection[str]) -> None:
    """Let accounts go on at once."""
    with store.write() as connection:
        connection.execute(
            update(lanes)
            .where(lanes.c.account.in_(accounts))
            .values(blocked_until=None, cause=None, reason="")
        )


def let_try(connection: Connection, accounts: Collection[str]) -> None:
    """Let accounts that stand still go on at once: a person may have set right what only a try will show."""
    standing = (lanes.c.account.in_(accounts), lanes.c.cause.in_(list(STANDSTILL)))
    connection.execute(update(lanes).where(*standing).values(blocked_until=None, cause=None, reason=""))


def first_doubt(connection: Connection, *where: ColumnElement[bool]) -> datetime | None:
    """When the reconciler has to look next (UTC), for a delivery that fulfils the conditions."""
    doubtful = (in_state(State.UNCERTAIN), deliveries.c.look_at.is_not(None))
    return _first(connection, deliveries.c.look_at, *doubtful, *where)


def first_expiry(connection: Connection) -> datetime | None:
    """When the next scheduled delivery passes its tolerance (UTC)."""
    return _first(connection, deliveries.c.expires_at, in_state(State.SCHEDULED))


def first_lease(connection: Connection) -> datetime | None:
    """When the next lease runs out, if nobody renews it (UTC)."""
    return _first(connection, deliveries.c.lease_until, in_state(State.PUBLISHING))


def _first(
    connection: Connection, column: ColumnElement[Any], *where: ColumnElement[bool]
) -> datetime | None:
    found: datetime | None = connection.execute(select(func.min(column)).where(*where)).scalar()
    return found
