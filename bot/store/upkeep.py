"""Upkeep: what the worker does to many deliveries at once, without a call to any network."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, exists, or_, select, update

from bot.model.decision import STANDSTILL
from bot.model.outcome import Cause
from bot.model.state import Hold, State, Verb
from bot.store import post_log
from bot.store.engine import Store
from bot.store.queue import LEASE
from bot.store.switches import current_pause, let_go
from bot.store.tables import attempts, deliveries, from_now_or_its_time, in_state, lanes, switches
from bot.store.transition import move

ABANDONED = "its worker stopped in the middle; waiting, then looking whether it is out"


def miss_expired(store: Store, now: datetime) -> int:
    """Mark as missed what is still scheduled past its tolerance; how many."""
    late = (deliveries.c.expires_at < now, deliveries.c.look_since.is_(None))  # what may be out is no miss
    if not _any(store, State.SCHEDULED, *late):
        return 0
    with store.write() as connection:
        rows = move(
            connection,
            Verb.MISS,
            *late,
            at=now,
            reason="too late by its tolerance; bot reschedule gives it a new time, bot cancel drops it",
            actor=post_log.WORKER,
        )
    return len(rows)


def hold_due_while_paused(store: Store, now: datetime) -> int:
    """Hold what falls due during a pause; how many."""
    paused = exists().where(switches.c.name == "pause")
    due = (deliveries.c.ready_at <= now, paused)
    if not _any(store, State.SCHEDULED, *due):
        return 0
    with store.write() as connection:
        pause = current_pause(connection)
        reason = pause.words if pause else ""
        return len(
            move(connection, Verb.HOLD, *due, at=now, reason=reason, actor=post_log.WORKER, hold=Hold.PAUSED)
        )


def let_go_after_pause(store: Store, now: datetime) -> None:
    """Release what only a pause holds, where there is none any more."""
    if _any(store, State.HELD, deliveries.c.hold == Hold.PAUSED, ~exists().where(switches.c.name == "pause")):
        with store.write() as connection:
            if current_pause(connection) is None:
                let_go(connection, post_log.WORKER, now)


def follow_connections(store: Store, missing: Mapping[str, str], now: datetime) -> None:
    """Hold what is scheduled for accounts that are not connected, and let go what now is.

    `missing` names each account that lacks credentials with the reason to show.
    """
    for account, reason in missing.items():
        theirs = (deliveries.c.account == account,)
        if _any(store, State.SCHEDULED, *theirs):
            with store.write() as connection:
                move(
                    connection, Verb.HOLD, *theirs,
                    at=now, reason=reason, actor=post_log.WORKER, hold=Hold.NOT_CONNECTED,
                )  # fmt: skip
    connected = (deliveries.c.hold == Hold.NOT_CONNECTED, deliveries.c.account.not_in(list(missing)))
    if _any(store, State.HELD, *connected):
        with store.write() as connection:
            move(
                connection, Verb.RELEASE, *connected,
                at=now, reason="the account is connected now", actor=post_log.WORKER,
            )  # fmt: skip


def rescue(
    store: Store, now: datetime, settle: Mapping[str, timedelta], dead_workers: Collection[str] = ()
) -> int:
    """Turn what a dead or stalled worker left in `publishing` into `uncertain`; how many.

    Never into `scheduled`: the call may be under way at this moment. `settle` says by network how long
    to wait, after the last instant at which that call can have ended, before looking.
    """
    abandoned = or_(
        deliveries.c.lease_until < now,
        deliveries.c.lease_until > now + 2 * LEASE,  # given by a clock that was ahead, and not renewed since
        deliveries.c.worker.in_(list(dead_workers)),
    )
    if not _any(store, State.PUBLISHING, abandoned):
        return 0
    rescued = 0
    with store.write() as connection:
        found = select(deliveries.c.id, deliveries.c.network).where(in_state(State.PUBLISHING), abandoned)
        for row in connection.execute(found).all():
            wait = settle.get(row.network, timedelta(minutes=1))
            rescued += _doubt(connection, row.id, abandoned, wait, now)
    return rescued


def _doubt(
    connection: Connection, delivery: int, abandoned: ColumnElement[bool], wait: timedelta, now: datetime
) -> int:
    same = deliveries.c.id == delivery
    open_one = connection.execute(
        select(attempts.c.id, attempts.c.number, attempts.c.started_at, attempts.c.deadline_at).where(
            attempts.c.delivery_id == delivery, attempts.c.outcome.is_(None)
        )
    ).first()
    look_at = (max(_end_of(open_one.started_at, open_one.deadline_at, now), now) if open_one else now) + wait
    rows = move(
        connection, Verb.DOUBT, same, abandoned,
        at=now, reason=ABANDONED,
        actor=post_log.WORKER, values={"looks": 0, "absences": 0, "look_at": look_at},
        details={"attempt": open_one.number if open_one else None},
    )  # fmt: skip
    if rows and open_one:
        said = {"outcome": "unknown", "ended_at": now, "said": "the worker stopped before an answer came"}
        connection.execute(update(attempts).where(attempts.c.id == open_one.id).values(said))
    return len(rows)


def _end_of(started_at: datetime, deadline_at: datetime, now: datetime) -> datetime:
    """When a call has ended at the latest; one that began in the future was timed by a clock set since."""
    return min(deadline_at, now + (deadline_at - started_at))


def begin_waits_anew(store: Store, settle: Mapping[str, timedelta], now: datetime) -> None:
    """Measure by the clock as it is now what was measured by one that has been set since.

    Nothing that was seen absent counts: between two looks there may have been no time at all. What waits
    for a try that follows a proof may be tried at once. An account that stands still waits from now on at
    most as long as one that has just come to that. `settle` says by network how long to wait to look.
    """
    with store.write() as connection:
        waiting = update(deliveries).where(in_state(State.UNCERTAIN), deliveries.c.look_at.is_not(None))
        for network, wait in settle.items():
            theirs = waiting.where(deliveries.c.network == network)
            connection.execute(theirs.values(look_at=now + wait, absences=0))
        again = update(deliveries).where(in_state(State.SCHEDULED), deliveries.c.tries > 0)
        connection.execute(again.values(ready_at=from_now_or_its_time(now)))
        connection.execute(update(lanes).where(lanes.c.late_call_at > now).values(late_call_at=None))
        by_our_clock = (Cause.NEVER_LEFT, Cause.CREDITS, Cause.RATE_LIMIT)  # one call shows whether it lasts
        ours = update(lanes).where(lanes.c.cause.in_(by_our_clock))
        connection.execute(ours.values(blocked_until=None, cause=None, reason=""))
        for cause, longest in STANDSTILL.items():
            beyond = (lanes.c.cause == cause, lanes.c.blocked_until > now + longest)
            connection.execute(update(lanes).where(*beyond).values(blocked_until=now + longest))


def _any(store: Store, state: State, *where: object) -> bool:
    """Whether there is work, so that the write lock is taken only then."""
    with store.read() as connection:
        statement = select(deliveries.c.id).where(in_state(state), *where).limit(1)  # type: ignore[arg-type]
        return connection.execute(statement).first() is not None


def know_accounts(connection: Connection, accounts: Mapping[str, str]) -> None:
    """Make sure that each account (by name, with its network) has a lane."""
    known = {row.account for row in connection.execute(select(lanes.c.account))}
    for account, network in accounts.items():
        if account not in known:
            connection.execute(lanes.insert().values(account=account, network=network, reason=""))
