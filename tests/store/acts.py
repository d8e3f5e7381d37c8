"""The acts of which stories about the store are made, one line each, by the verbs that the worker uses."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, event, select
from sqlmodel import SQLModel

from bot.model.message import Part
from bot.model.outcome import Cause, NotPublished, Published, Rejected, RemotePost, Unknown
from bot.model.state import State
from bot.store import Store, listing, queue, settle, upkeep
from bot.store.desk import Desk
from bot.store.listing import Doubt
from bot.store.post_log import Entry, Filter, entries
from bot.store.queue import Claim
from bot.store.settle import Ending
from bot.store.tables import attempts, parts
from tests.store.conftest import NOON

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SPACING = timedelta(seconds=10)
LIMIT = timedelta(seconds=40)
SETTLE = timedelta(seconds=60)
OUT = RemotePost("1044210", "https://x.com/fice/status/1044210")
OTHER = RemotePost("1044299", "https://x.com/fice/status/1044299")


def claim(store: Store, account: str = "fice-x", *, worker: str = "w1", at: datetime = NOON) -> Claim:
    held = queue.claim(store, account, worker, at, SPACING)
    assert held is not None
    return held


def begin(store: Store, held: Claim, at: datetime = NOON) -> tuple[Part, int]:
    waiting = held.next_sending
    assert waiting is not None
    attempt = queue.begin(store, held, waiting.part, "payload", at, LIMIT)
    assert attempt is not None
    return waiting.part, attempt


def publish(store: Store, held: Claim, remote: RemotePost = OUT, at: datetime = NOON) -> Claim:
    """Intent, call and success for the next part; the claim as it is afterwards."""
    part, attempt = begin(store, held, at)
    settle.published(store, held, part, remote, Ending(attempt, Published(remote, 201)), at)
    return held.with_published(part.number, remote)


def postpone(store: Store, held: Claim, until: datetime, at: datetime = NOON) -> None:
    _, attempt = begin(store, held, at)
    settle.postponed(store, held, Ending(attempt, NotPublished(Cause.BUSY, "busy")), "busy", until, at)


def fail(store: Store, held: Claim, at: datetime = NOON) -> None:
    _, attempt = begin(store, held, at)
    settle.failed(store, held, Ending(attempt, Rejected(Cause.CONTENT, "too long")), "too long", at)


def doubt(store: Store, held: Claim, at: datetime = NOON, look_at: datetime | None = None) -> None:
    _, attempt = begin(store, held, at)
    settle.doubtful(store, held, Ending(attempt, Unknown("reset")), "reset", look_at or at + SETTLE, at)


def the_doubt(store: Store, at: datetime) -> Doubt:
    """The only uncertain delivery that is to be looked for."""
    with store.read() as connection:
        [found] = listing.doubts(connection, at)
    return found


def reach(store: Store, one: int, state: State, account: str = "fice-x") -> None:
    """Lead a scheduled delivery that is due at noon, alone on its account, into a state."""
    match state:
        case State.PUBLISHING:
            begin(store, claim(store, account))
        case State.PUBLISHED:
            publish(store, claim(store, account))
        case State.FAILED:
            fail(store, claim(store, account))
        case State.UNCERTAIN:
            doubt(store, claim(store, account))
        case State.MISSED:
            upkeep.miss_expired(store, row(store, one)["expires_at"] + SECOND)
        case State.HELD:
            Desk(store, "tester", NOON).hold([one], "")
        case State.CANCELLED:
            Desk(store, "tester", NOON).cancel([one], "")
    assert state_of(store, one) == state


def row(store: Store, one: int) -> RowMapping:
    with store.read() as connection:
        found = listing.one(connection, one)
    assert found is not None
    return found


def state_of(store: Store, one: int) -> str:
    return str(row(store, one)["state"])


def part_of(store: Store, one: int, number: int = 1) -> RowMapping:
    with store.read() as connection:
        statement = select(parts).where(parts.c.delivery_id == one, parts.c.number == number)
        return connection.execute(statement).mappings().one()


def attempts_of(store: Store, one: int) -> Sequence[RowMapping]:
    with store.read() as connection:
        statement = select(attempts).where(attempts.c.delivery_id == one).order_by(attempts.c.id)
        return connection.execute(statement).mappings().all()


def log_of(store: Store, one: int) -> Sequence[Entry]:
    with store.read() as connection:
        return entries(connection, Filter(delivery=one))


def last_of(store: Store, one: int) -> Entry:
    return log_of(store, one)[-1]


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, to see that nothing has changed."""
    with store.read() as connection:
        return {
            table.name: [tuple(found) for found in connection.execute(select(table))]
            for table in SQLModel.metadata.sorted_tables
        }


def broken_chains(store: Store) -> list[str]:
    """What is wrong with the stories in the post log: each must lead, unbroken, to the state of now."""
    with store.read() as connection:
        stories: dict[int, list[Entry]] = {}
        for entry in entries(connection, Filter()):
            stories.setdefault(entry.delivery, []).append(entry)
        now = listing.queue(connection, listing.QueueFilter(ended=True))
    wrong = []
    for one in now:
        states = [None, *(entry.to_state for entry in stories.get(one.id, []))]
        if states[-1] != one.state:
            wrong.append(f"delivery {one.id} is {one.state}, its story ends with {states[-1]}")
        wrong += [
            f"delivery {one.id}: entry {entry.id} starts from {entry.from_state}, not from {before}"
            for before, entry in zip(states, stories.get(one.id, []), strict=False)
            if entry.from_state != before
        ]
    return wrong


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that is sent to the database meanwhile, with its values."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def reading(store: Store, query: Callable[[Any], object]) -> None:
    with store.read() as connection:
        query(connection)
