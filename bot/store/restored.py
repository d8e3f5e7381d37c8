"""Restored: what a database that was brought back from a copy must find out before it publishes again.

Whatever it takes for open may have gone out after the copy was made. So nothing of it is sent before the
network has shown that it is not there: `look_since` on a delivery keeps it from being claimed until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from bot.model.state import State, Verb
from bot.store import post_log
from bot.store.engine import Store
from bot.store.tables import deliveries, in_state, switches
from bot.store.transition import move

# Switches. The first stands only in a copy, from the moment at which it is made; opening it for work turns
# it into the other two: when the database was restored, and since when it does not know what has gone out.
COPY, RESTORED, UNKNOWN_SINCE = "copy", "restored", "restored-since"
FILES_CATCH_UP = timedelta(days=7)  # so long the files may ask for what only the lost database knew


@dataclass(frozen=True, slots=True)
class Restoration:
    """A database that was brought back (UTC)."""

    since: datetime  # what has gone out after this it does not know
    at: datetime
    deliveries: int  # that may have gone out

    @property
    def words(self) -> str:
        """What the person who restored it has to know."""
        return (
            f"this database was restored from a copy of {self.since:%Y-%m-%d %H:%M:%S} UTC: "
            f"{self.deliveries} deliveries may have gone out since; the networks are asked before any is sent"
        )


def mark_as_copy(store: Store, actor: str, at: datetime) -> None:
    """Say in a copy itself that it is one, and of when; the copy of a copy is as old as the first."""
    with store.write() as connection:
        if _at(connection, COPY) is None:
            _set(connection, COPY, at, actor)


def arrive(store: Store, actor: str, now: datetime) -> Restoration | None:
    """Let a copy that is opened for work be the database; None if it is none."""
    with store.read() as connection:
        if _at(connection, COPY) is None:
            return None
    with store.write() as connection:
        made = _at(connection, COPY)
        return None if made is None else _declare(connection, made, actor, now)


def declare(store: Store, since: datetime, actor: str, now: datetime) -> Restoration:
    """Take this database for one that knows nothing of what has gone out since an instant (UTC)."""
    with store.write() as connection:
        copied = _at(connection, COPY)
        return _declare(connection, min(since, copied or since), actor, now)


def unknown_since(connection: Connection, now: datetime) -> datetime | None:
    """Since when something may have gone out of what the files ask for now and this database never had.

    None where it was not restored lately.
    """
    restored = _at(connection, RESTORED)
    return _at(connection, UNKNOWN_SINCE) if restored and now - restored < FILES_CATCH_UP else None


def suspect(store: Store, settle: Mapping[str, timedelta], now: datetime) -> int:
    """Turn what may have gone out into `uncertain`, so that it is looked for; how many.

    `settle` says by network how long to wait before looking: when the database was restored, a call of
    the lost one may have been under way. Looked for at once, and not when it is due, so that it is on time.
    """
    with store.read() as connection:
        if connection.execute(select(deliveries.c.id).where(*_unsure()).limit(1)).first() is None:
            return 0
    suspected = 0
    with store.write() as connection:
        restored = _at(connection, RESTORED) or now
        unsure = select(deliveries.c.network, deliveries.c.look_since).where(*_unsure()).distinct()
        for network, since in connection.execute(unsure).all():
            wait = settle.get(network, timedelta(minutes=1))
            rows = move(
                connection, Verb.SUSPECT,
                deliveries.c.network == network, deliveries.c.look_since == since,
                at=now, actor=post_log.WORKER,
                reason=f"restored from a copy of {since:%Y-%m-%d %H:%M} UTC; looking whether it is out since",
                values={"looks": 0, "absences": 0, "look_at": max(now, restored + wait)},
            )  # fmt: skip
            suspected += len(rows)
    return suspected


def _declare(connection: Connection, since: datetime, actor: str, now: datetime) -> Restoration:
    since = min(since, unknown_since(connection, now) or since)
    column = deliveries.c.look_since
    unknown = (deliveries.c.state != State.PUBLISHED, or_(column.is_(None), column > since))
    connection.execute(update(deliveries).where(*unknown).values(look_since=since))
    for name, at in ((COPY, None), (RESTORED, now), (UNKNOWN_SINCE, since)):
        _set(connection, name, at, actor)
    waiting = select(func.count()).where(column.is_not(None), deliveries.c.state.not_in(_RESTS))
    return Restoration(since, now, connection.execute(waiting).scalar_one())


_RESTS = (State.PUBLISHED, State.CANCELLED, State.MISSED, State.FAILED)  # looked for if a person revives it


def _unsure() -> tuple[ColumnElement[bool], ...]:
    return in_state(State.SCHEDULED), deliveries.c.look_since.is_not(None)


def _at(connection: Connection, name: str) -> datetime | None:
    found: datetime | None = connection.execute(select(switches.c.at).where(switches.c.name == name)).scalar()
    return found


def _set(connection: Connection, name: str, at: datetime | None, actor: str) -> None:
    connection.execute(delete(switches).where(switches.c.name == name))
    if at is not None:
        connection.execute(insert(switches).values(name=name, reason="", actor=actor, at=at))
