"""Workers: which processes are alive, by their heartbeat in real time, and their leases."""

import os
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from bot.model.state import State
from bot.store.engine import Store
from bot.store.queue import LEASE
from bot.store.tables import deliveries, in_state, workers

ALIVE = timedelta(seconds=45)  # after its last heartbeat


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker process as the store knows it; times are real UTC."""

    id: str
    host: str
    pid: int
    accounts: list[str]  # those that it can publish to
    started_at: datetime
    heartbeat_at: datetime
    waits_for: str | None = None  # why it sends nothing at all, for a person


def register(store: Store, worker: str, accounts: Sequence[str], real_now: datetime) -> None:
    """Make a worker known, with the accounts that it can publish to."""
    with store.write(beside_others=True) as connection:
        _insert(connection, worker, accounts, real_now)


def beat(
    store: Store,
    worker: str,
    accounts: Sequence[str],
    tokens: Collection[str],
    now: datetime,
    real_now: datetime,
    waits_for: str | None = None,
) -> None:
    """Give a sign of life, and renew the leases of the claims that some thread really has in hand.

    `waits_for` says why the worker sends nothing at all, for a person; None: it does.
    """
    with store.write(beside_others=True) as connection:
        known = connection.execute(
            update(workers)
            .where(workers.c.id == worker)
            .values(heartbeat_at=real_now, accounts=list(accounts), waits_for=waits_for)
        )
        if not known.rowcount:  # another worker took this one for dead while the machine slept
            _insert(connection, worker, accounts, real_now)
        if tokens:
            in_hand = deliveries.c.token.in_(list(tokens))
            connection.execute(
                update(deliveries).where(in_hand, in_state(State.PUBLISHING)).values(lease_until=now + LEASE)
            )


def _insert(connection: Connection, worker: str, accounts: Sequence[str], real_now: datetime) -> None:
    connection.execute(
        insert(workers).values(
            id=worker,
            host=socket.gethostname(),
            pid=os.getpid(),
            accounts=list(accounts),
            started_at=real_now,
            heartbeat_at=real_now,
        )
    )


def ahead_of_server(store: Store, real_now: Callable[[], datetime]) -> timedelta:
    """By how much this machine's clock is ahead of that of the database server; nothing for a file."""
    if store.is_sqlite:
        return timedelta()
    with store.read() as connection:
        before = real_now()
        there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        after = real_now()
    return before + (after - before) / 2 - there


def leave(store: Store, worker: str) -> None:
    """Forget a worker that has stopped in good order."""
    forget(store, [worker])


def forget(store: Store, gone: Sequence[str]) -> None:
    """Forget workers that are no more."""
    with store.write() as connection:
        connection.execute(delete(workers).where(workers.c.id.in_(gone)))


def all_workers(connection: Connection) -> Sequence[WorkerRow]:
    """Every worker that is known, the one heard of last first."""
    rows = connection.execute(select(workers).order_by(workers.c.heartbeat_at.desc())).mappings()
    return [WorkerRow(**row) for row in rows]


def alive(connection: Connection, real_now: datetime) -> Sequence[WorkerRow]:
    """The workers that were heard of just now; a clock that was set back makes none of them dead."""
    return [row for row in all_workers(connection) if abs(real_now - row.heartbeat_at) < ALIVE]


def dead(connection: Connection, me: str, real_now: datetime) -> list[str]:
    """Workers that are certainly gone: their process is not on this machine any more, or long silent."""
    here = socket.gethostname()
    return [
        row.id
        for row in all_workers(connection)
        if row.id != me
        and ((row.host == here and not _runs(row.pid)) or real_now - row.heartbeat_at > 20 * ALIVE)
    ]


def _runs(pid: int) -> bool:
    if pid == os.getpid():
        return False  # its number is ours now: in a container it is always the same one
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
