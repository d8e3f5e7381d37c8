"""Log pages: entries of the post log as the pages list, count and export them."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from bot.model.state import State
from bot.store import paging
from bot.store.engine import Store
from bot.store.paging import ON_A_PAGE, Condition, Count, Page, Quest, equals
from bot.store.post_log import Entry, Filter, entry, of_its_delivery
from bot.store.tables import SELDOM, begins_with, is_seldom, post_log
from bot.store.words import says

_COLUMNS = ("delivery_id", "campaign", "account", "network", "to_state", "post")


def page(
    connection: Connection, wanted: Filter, cursor: str | None = None, size: int = ON_A_PAGE
) -> Page[Entry]:
    """Entries that match, the latest first.

    Raises:
        CursorError: the cursor is none.
    """
    return paging.page(connection, quest(wanted), entry, cursor, size)


def count(connection: Connection, wanted: Filter) -> Count:
    """How many entries match."""
    return paging.count(connection, quest(wanted))


def stream(store: Store, wanted: Filter) -> Iterator[Entry]:
    """All entries that match, the earliest first."""
    return paging.stream(store, replace(quest(wanted), newest_first=False), entry)


def quest(wanted: Filter) -> Quest:
    """Where to look for entries."""
    return Quest(
        table=post_log,
        at="at",
        newest_first=True,
        ways=tuple(_ways(wanted)),
        rest=tuple(_rest(wanted)),
        shown=tuple(post_log.c.keys()),
        columns=_COLUMNS,
        since=wanted.since,
        until=wanted.until,
    )


def _ways(wanted: Filter) -> Iterator[Condition]:
    """The conditions with an index of their own."""
    if wanted.delivery is not None:
        yield equals("delivery_id", wanted.delivery)
    if wanted.state in SELDOM:
        yield _seldom(State(wanted.state))
    for name in ("campaign", "account"):
        if (value := getattr(wanted, name)) is not None:
            yield equals(name, value)


def _rest(wanted: Filter) -> Iterator[Condition]:
    """The conditions without one."""
    if wanted.state is not None and wanted.state not in SELDOM:
        yield equals("to_state", wanted.state)
    if wanted.network is not None:
        yield equals("network", wanted.network)
    if wanted.after_id:
        yield lambda column: column.id > wanted.after_id
    if (post := wanted.post) is not None:
        yield lambda column: begins_with(column.post, post)
    if (text := wanted.text) is not None:
        yield lambda column: says(column.delivery_id, text)
    for name in ("kind", "day"):
        if (value := getattr(wanted, name)) is not None:
            yield _of_delivery(name, value)


def _seldom(state: State) -> Condition:
    return lambda column: is_seldom(column) & (column.to_state == state)


def _of_delivery(name: str, value: object) -> Condition:
    return lambda column: of_its_delivery(column.delivery_id, name) == value
