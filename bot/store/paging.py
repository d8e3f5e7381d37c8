"""Paging: lists in the order of time, a page at a time, at a cost that does not grow with the store.

A page begins where the reader stands (a row, not a number of rows), so that it is as quick far back as at
the beginning, and nothing is shown twice or left out when rows are added meanwhile. What an index knows is
gone through directly; for the rest, a text for instance, one page looks at a bounded number of rows, says
how far it has looked, and the next one goes on from there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, func, literal, or_, select

from bot.store.cursor import MOST, Cursor
from bot.store.engine import Store

FIRST_LOOK = 1_000  # rows among which a page most often finds what it wants
WINDOW = 20_000  # rows that it looks at, at most, for what no index knows
MOST_COUNTED = 1_000
ON_A_PAGE = 50
LONGEST_PAGE = 500
BATCH = 1_000  # rows that a stream has in memory

Condition = Callable[[Any], ColumnElement[bool]]  # on the columns of a table, or of some of its rows
Row = TypeVar("Row")


def equals(name: str, value: object) -> Condition:
    """The condition that a column has a value."""

    def condition(column: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = column[name] == value
        return found

    return condition


@dataclass(frozen=True, slots=True)
class Quest:
    """Which rows of a table are wanted, and in what order."""

    table: Table
    at: str  # the column of the time by which they are ordered
    newest_first: bool
    shown: tuple[str, ...]  # the columns of what is found
    ways: tuple[Condition, ...] = ()  # each with an index that has its rows in order, or few rows
    rest: tuple[Condition, ...] = ()  # those without
    columns: tuple[str, ...] = ()  # that conditions look at
    since: datetime | None = None  # UTC
    until: datetime | None = None  # UTC, no longer wanted


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and where it goes on."""

    rows: Sequence[Row]
    next: str | None  # the cursor of the page that follows; None: this is the last
    previous: str | None
    searched_to: datetime | None = None  # UTC: the look has ended here before the page was full


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are."""

    number: int
    more: bool = False  # there are more than that
    perhaps_more: bool = False  # not all was looked at


def page(
    connection: Connection,
    quest: Quest,
    make: Callable[[RowMapping], Row],
    cursor: str | None = None,
    size: int = ON_A_PAGE,
) -> Page[Row]:
    """The page that a cursor of another page leads to; without one, the first.

    Raises:
        CursorError: the cursor is none.
    """
    start = Cursor.parse(cursor) if cursor else None
    found = _look(connection, quest, start, min(max(size, 1), LONGEST_PAGE))
    rows = [make(row) for row in _rows(connection, quest, found.keys)]
    return Page(
        rows,
        next=str(found.next) if found.next else None,
        previous=str(found.previous) if found.previous else None,
        searched_to=found.edge.at if found.edge else None,
    )


def count(connection: Connection, quest: Quest) -> Count:
    """How many rows a list has: exact up to a thousand."""
    within = _range(quest, None)
    look = _narrowest(connection, quest, within)
    few = _matching(look.statement(WINDOW if look.rest else MOST_COUNTED + 1), look.rest, literal(1))
    number = _number(connection, few.limit(MOST_COUNTED + 1))
    if number > MOST_COUNTED:
        return Count(MOST_COUNTED, more=True)
    return Count(number, perhaps_more=bool(look.rest) and look.edge(connection, WINDOW) is not None)


def stream(store: Store, quest: Quest, make: Callable[[RowMapping], Row]) -> Iterator[Row]:
    """All rows of a list, of which only some are in memory; each batch is a look of its own."""
    start: Cursor | None = None
    while True:
        with store.read() as connection:
            found = _look(connection, quest, start, BATCH)
            rows = _rows(connection, quest, found.keys)
        yield from map(make, rows)
        if found.next is None:
            return
        start = found.next


@dataclass(frozen=True, slots=True)
class _Found:
    """The keys of a page, in the order of reading."""

    keys: Sequence[Cursor]
    next: Cursor | None
    previous: Cursor | None
    edge: Cursor | None  # where the look has ended before the page was full


def _look(connection: Connection, quest: Quest, start: Cursor | None, size: int) -> _Found:
    keys, edge = _search(connection, quest, start, size)
    more, keys = len(keys) > size, keys[:size]
    onwards = keys[-1] if more else edge
    if start is None:
        return _Found(keys, onwards, None, edge)
    # From where nothing was found, the way back leads to the row itself after which the look began.
    descending = quest.newest_first != start.back
    beyond = start.id - 1 if descending else start.id + 1
    backwards = keys[0] if keys else Cursor(start.at, min(max(beyond, 0), MOST))
    if start.back:
        previous = Cursor(onwards.at, onwards.id, back=True) if onwards else None
        return _Found(keys[::-1], backwards, previous, edge)
    return _Found(keys, onwards, Cursor(backwards.at, backwards.id, back=True), edge)


def _search(
    connection: Connection, quest: Quest, start: Cursor | None, size: int
) -> tuple[list[Cursor], Cursor | None]:
    """One key more than the page has rows, if there are so many; else where the look has ended, if it did."""
    back = start is not None and start.back
    within = _range(quest, start)
    look = _Looking(quest, quest.ways[:1], (*quest.rest, *quest.ways[1:]), tuple(within), back)
    keys, edge = look.keys(connection, size + 1, FIRST_LOOK)
    if edge is not None:
        keys, edge = _narrowest(connection, quest, within, back=back).keys(connection, size + 1, WINDOW)
    return keys, edge


@dataclass(frozen=True, slots=True)
class _Looking:
    """A look along one way, with the conditions besides it."""

    quest: Quest
    way: tuple[Condition, ...]  # none: along all rows
    rest: tuple[Condition, ...]
    within: tuple[ColumnElement[bool], ...]
    back: bool = False

    def keys(self, connection: Connection, number: int, window: int) -> tuple[list[Cursor], Cursor | None]:
        """The first keys that match, and the last row that was looked at if there are too few of them."""
        looked_at = self.statement(window if self.rest else number)
        found = _matching(looked_at, self.rest, looked_at.c[self.quest.at], looked_at.c.id).limit(number)
        keys = [Cursor(row[0], row[1]) for row in connection.execute(found)]
        edge = self.edge(connection, window) if self.rest and len(keys) < number else None
        return keys, edge

    def statement(self, window: int) -> Any:
        """The rows that are looked at, in order; a limit that no engine moves conditions past."""
        names = dict.fromkeys((self.quest.at, "id", *self.quest.columns))
        columns = [self.quest.table.c[name] for name in names]
        return self._ordered(select(*columns)).limit(window).subquery("looked_at")

    def edge(self, connection: Connection, window: int) -> Cursor | None:
        """The last row that was looked at; None: there are no more."""
        keys = select(self.quest.table.c[self.quest.at], self.quest.table.c.id)
        found = connection.execute(self._ordered(keys).offset(window - 1).limit(2)).all()
        return Cursor(found[0][0], found[0][1]) if len(found) == 2 else None

    def size(self, connection: Connection, most: int) -> int:
        """How many rows the way has, as far as it matters."""
        rows = select(literal(1)).select_from(self.quest.table).where(*self._conditions())
        return _number(connection, rows.limit(most))

    def _conditions(self) -> Iterator[ColumnElement[bool]]:
        yield from (condition(self.quest.table.c) for condition in self.way)
        yield from self.within

    def _ordered(self, statement: Select[Any]) -> Select[Any]:
        at, number = self.quest.table.c[self.quest.at], self.quest.table.c.id
        chosen = statement.where(*self._conditions())
        if self.quest.newest_first != self.back:
            return chosen.order_by(at.desc(), number.desc())
        return chosen.order_by(at, number)


def _narrowest(
    connection: Connection, quest: Quest, within: Sequence[ColumnElement[bool]], *, back: bool = False
) -> _Looking:
    """The look along the way with the fewest rows."""
    ways = quest.ways or (None,)
    found = [
        _Looking(
            quest,
            (way,) if way else (),
            (*quest.rest, *(other for other in quest.ways if other is not way)),
            tuple(within),
            back,
        )
        for way in ways
    ]
    best, fewest = found[0], WINDOW
    if len(found) > 1:
        for one in found:
            if (size := one.size(connection, fewest)) < fewest:
                best, fewest = one, size
    return best


def _range(quest: Quest, start: Cursor | None) -> list[ColumnElement[bool]]:
    """The conditions on time that an index answers: what is wanted of it, and what lies beyond a row."""
    at, number = quest.table.c[quest.at], quest.table.c.id
    found: list[ColumnElement[bool]] = []
    if quest.since is not None:
        found.append(at >= quest.since)
    if quest.until is not None:
        found.append(at < quest.until)
    if start is not None and quest.newest_first != start.back:
        found += [at <= start.at, or_(at < start.at, number < start.id)]
    elif start is not None:
        found += [at >= start.at, or_(at > start.at, number > start.id)]
    return found


def _matching(looked_at: Any, rest: Sequence[Condition], *columns: ColumnElement[Any]) -> Select[Any]:
    """Of the rows that are looked at those that match; they stay in their order."""
    return select(*columns).select_from(looked_at).where(*(one(looked_at.c) for one in rest))


def _number(connection: Connection, statement: Select[Any]) -> int:
    return connection.execute(select(func.count()).select_from(statement.subquery())).scalar_one()


def _rows(connection: Connection, quest: Quest, keys: Sequence[Cursor]) -> list[RowMapping]:
    """The whole rows of these keys, in their order."""
    wanted = [key.id for key in keys]
    columns = [quest.table.c[name] for name in quest.shown]
    statement = select(*columns).where(quest.table.c.id.in_(wanted))
    found = {row["id"]: row for row in connection.execute(statement).mappings()} if wanted else {}
    return [found[number] for number in wanted if number in found]
