"""Queue pages: deliveries as the pages list, count and export them, and as the calendar shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.model.state import ENDED, State
from bot.store import paging
from bot.store.engine import Store
from bot.store.listing import SHOWN, Queued, QueueFilter, queued
from bot.store.paging import ON_A_PAGE, Condition, Count, Page, Quest, equals
from bot.store.tables import STANDING, begins_with, deliveries, in_state, is_open, is_standing
from bot.store.words import says

MOST_IN_CALENDAR = 2_000
_COLUMNS = ("campaign", "account", "network", "state", "kind", "day", "post")


def page(
    connection: Connection, wanted: QueueFilter, cursor: str | None = None, size: int = ON_A_PAGE
) -> Page[Queued]:
    """Deliveries that match: what is to come with the next one first, what has ended with the last one first.

    Raises:
        CursorError: the cursor is none.
    """
    return paging.page(connection, quest(wanted), queued, cursor, size)


def count(connection: Connection, wanted: QueueFilter) -> Count:
    """How many deliveries match."""
    return paging.count(connection, quest(wanted))


def stream(store: Store, wanted: QueueFilter) -> Iterator[Queued]:
    """All deliveries that match, the earliest first."""
    return paging.stream(store, replace(quest(wanted), newest_first=False), queued)


@dataclass(frozen=True, slots=True)
class Span:
    """What is due between two instants, the earliest first."""

    deliveries: Sequence[Queued]
    cut: bool  # there is more than is shown, from the time of the last one on


def calendar(
    connection: Connection,
    since: datetime,
    until: datetime,
    wanted: QueueFilter = QueueFilter(ended=True),  # noqa: B008  (frozen)
    most: int = MOST_IN_CALENDAR,
) -> Span:
    """What is, or was, due from one instant (UTC) until before another."""
    within = replace(wanted, since=since, until=until)
    asked = replace(quest(within), newest_first=False)
    found: list[Queued] = []
    cursor: str | None = None
    while True:
        one = paging.page(connection, asked, queued, cursor, min(most - len(found), paging.LONGEST_PAGE))
        found += one.rows
        if one.next is None or one.searched_to is not None or len(found) >= most:
            return Span(found, cut=one.next is not None)
        cursor = one.next


def quest(wanted: QueueFilter) -> Quest:
    """Where to look for deliveries."""
    return Quest(
        table=deliveries,
        at="due_at",
        newest_first=wanted.ended or wanted.state in ENDED,
        ways=tuple(_ways(wanted)),
        rest=tuple(_rest(wanted)),
        shown=SHOWN,
        columns=_COLUMNS,
        since=wanted.since,
        until=wanted.until,
    )


def _ways(wanted: QueueFilter) -> Iterator[Condition]:
    """The conditions with an index of their own."""
    if wanted.state in STANDING:
        yield is_standing
    elif wanted.state in (State.CANCELLED, State.PUBLISHING):
        yield _in(State(wanted.state))
    elif wanted.state == State.SCHEDULED or (wanted.state is None and not wanted.ended):
        yield is_open
    for name in ("campaign", "account"):
        if (value := getattr(wanted, name)) is not None:
            yield equals(name, value)


def _rest(wanted: QueueFilter) -> Iterator[Condition]:
    """The conditions without one."""
    if wanted.state is not None and wanted.state not in (State.CANCELLED, State.PUBLISHING):
        yield equals("state", wanted.state)
    for name in ("network", "kind", "day"):
        if (value := getattr(wanted, name)) is not None:
            yield equals(name, value)
    if (post := wanted.post) is not None:
        yield lambda column: begins_with(column.post, post)
    if (text := wanted.text) is not None:
        yield lambda column: says(column.id, text)


def _in(state: State) -> Condition:
    return lambda column: in_state(state, column)
