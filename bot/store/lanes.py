"""Lanes: what holds for a whole account, and which accounts have work and when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from bot.model.lateness import LATE_AFTER
from bot.model.outcome import Cause
from bot.model.state import State
from bot.store.engine import Store
from bot.store.tables import deliveries, lanes

STOPPING = frozenset({Cause.CREDENTIALS, Cause.VERSION})  # ends only when the account is found to work


@dataclass(frozen=True, slots=True)
class Lane:
    """One account's line of deliveries."""

    account: str
    network: str
    blocked_until: datetime | None  # UTC; nothing of this account is sent before
    cause: str | None
    reason: str
    wakes_at: datetime | None  # UTC; None: nothing is scheduled


def all_lanes(connection: Connection, spacing: timedelta) -> Sequence[Lane]:
    """Every account that was ever planned for, with the instant at which it has something to do."""
    found = []
    for row in connection.execute(select(lanes).order_by(lanes.c.account)).mappings():
        # One step into an index of scheduled deliveries, however many there are.
        first = connection.execute(
            select(deliveries.c.ready_at, deliveries.c.due_at)
            .where(deliveries.c.state == State.SCHEDULED, deliveries.c.account == row["account"])
            .order_by(deliveries.c.ready_at, deliveries.c.id)
            .limit(1)
        ).first()
        wakes = max(first.ready_at, row["blocked_until"] or first.ready_at) if first else None
        if first and wakes and row["late_call_at"] and wakes - first.due_at > LATE_AFTER:
            wakes = max(wakes, row["late_call_at"] + spacing)
        found.append(
            Lane(row["account"], row["network"], row["blocked_until"], row["cause"], row["reason"], wakes)
        )
    return found


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a delivery of an account that does not wait has come to its time."""
    statement = (
        select(deliveries.c.id)
        .join(lanes, lanes.c.account == deliveries.c.account)
        .where(
            deliveries.c.state == State.SCHEDULED,
            deliveries.c.ready_at <= now,
            or_(lanes.c.blocked_until.is_(None), lanes.c.blocked_until <= now),
        )
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def block(store: Store, account: str, until: datetime, cause: Cause, reason: str) -> None:
    """Let an account wait: nothing of it is claimed before `until` (UTC)."""
    with store.write() as connection:
        connection.execute(
            update(lanes)
            .where(lanes.c.account == account)
            .values(blocked_until=until, cause=cause, reason=reason)
        )


def unblock(store: Store, accounts: Collection[str]) -> None:
    """Let accounts go on at once."""
    with store.write() as connection:
        connection.execute(
            update(lanes)
            .where(lanes.c.account.in_(accounts))
            .values(blocked_until=None, cause=None, reason="")
        )


def first_doubt(connection: Connection) -> datetime | None:
    """When the reconciler has to look next (UTC)."""
    found: datetime | None = connection.execute(
        select(func.min(deliveries.c.look_at)).where(
            deliveries.c.state == State.UNCERTAIN, deliveries.c.look_at.is_not(None)
        )
    ).scalar()
    return found


def first_expiry(connection: Connection) -> datetime | None:
    """When the next scheduled delivery passes its tolerance (UTC)."""
    found: datetime | None = connection.execute(
        select(func.min(deliveries.c.expires_at)).where(deliveries.c.state == State.SCHEDULED)
    ).scalar()
    return found
