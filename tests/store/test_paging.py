"""Paging: every row once, forwards and back, whatever is added meanwhile, and a place that nobody made up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.model.state import State
from bot.store import Store, log_pages, paging, queue_pages, switches
from bot.store.cursor import MOST, Cursor, CursorError
from bot.store.desk import Desk
from bot.store.listing import Queued, QueueFilter, queue
from bot.store.paging import Count, Page
from bot.store.post_log import Entry, Filter, entries
from tests.store.acts import HOUR, MINUTE, claim, fail, publish, reach
from tests.store.conftest import NOON, delivery, queue_up

ALL = QueueFilter(ended=True)


def queue_page(
    store: Store, wanted: QueueFilter = ALL, cursor: str | None = None, size: int = 3
) -> Page[Queued]:
    with store.read() as connection:
        return queue_pages.page(connection, wanted, cursor, size)


def log_page(store: Store, wanted: Filter, cursor: str | None = None, size: int = 3) -> Page[Entry]:
    with store.read() as connection:
        return log_pages.page(connection, wanted, cursor, size)


def every_page(store: Store, wanted: QueueFilter, size: int = 3) -> Iterator[Page[Queued]]:
    cursor: str | None = None
    while True:
        page = queue_page(store, wanted, cursor, size)
        yield page
        if (cursor := page.next) is None:
            return


def ids(*pages: Page[Any]) -> list[int]:
    return [row.id for page in pages for row in page.rows]


def week(store: Store, number: int = 10) -> list[int]:
    """Some at the same instant, so that their numbers decide."""
    return queue_up(
        store, *(delivery(f"week/{one}.md", due_at=NOON + HOUR * (one // 3)) for one in range(number))
    )


def test_every_row_is_on_one_page_and_the_way_back_is_the_same(store: Store) -> None:
    made = week(store)
    pages = list(every_page(store, QueueFilter()))
    assert [len(page.rows) for page in pages] == [3, 3, 3, 1]
    assert ids(*pages) == made
    assert pages[0].previous is None
    back = [pages[-1]]
    while (cursor := back[0].previous) is not None:
        back.insert(0, queue_page(store, QueueFilter(), cursor))
    assert ids(*back) == made
    assert back[0].next is not None


def test_what_has_ended_comes_the_other_way_round(store: Store) -> None:
    made = week(store)
    assert ids(*every_page(store, ALL)) == made[::-1]


def test_what_is_added_meanwhile_moves_nothing(store: Store) -> None:
    """A page by number would show the third row twice."""
    made = week(store, 6)
    first = queue_page(store, ALL)
    added = queue_up(store, delivery("week/new.md", due_at=NOON + 9 * HOUR))
    second = queue_page(store, ALL, first.next)
    assert ids(first, second) == made[::-1]
    assert second.next is None
    assert second.previous is not None
    before = queue_page(store, ALL, second.previous)
    assert ids(before) == ids(first)
    assert before.previous is not None
    assert ids(queue_page(store, ALL, before.previous)) == added


def test_the_log_comes_with_the_latest_first(store: Store) -> None:
    [one] = queue_up(store, delivery())
    publish(store, claim(store))
    assert [entry.to_state for entry in log_page(store, Filter(delivery=one)).rows] == [
        "published",
        "publishing",
        "scheduled",
    ]


def mixed(store: Store) -> dict[str, int]:
    made = queue_up(
        store,
        delivery("week/a.md", texts=["Bonjour à tous: ÉCOLE"]),
        delivery("week/b.md", "kenya-x", texts=["100% of _them_", "the second part: Nairobi"]),
        replace(delivery("week/c.md", "fice-facebook"), network="facebook", kind="chat", day=2),
        delivery("other/Path.md", due_at=NOON + HOUR),
        delivery("week/d.md", "kenya-x", due_at=NOON + 2 * HOUR),
    )
    publish(store, claim(store))
    fail(store, claim(store, "kenya-x"))
    Desk(store, "anna", NOON).cancel([made[4]], "")
    return dict(zip("abcpd", made, strict=True))


FILTERS: dict[str, tuple[dict[str, Any], str]] = {
    "everything": ({"ended": True}, "abcpd"),
    "what is open": ({}, "bcp"),
    "a campaign": ({"campaign": "week", "ended": True}, "abcpd"),
    "another campaign": ({"campaign": "weeks", "ended": True}, ""),
    "an account": ({"account": "kenya-x", "ended": True}, "bd"),
    "an account's open ones": ({"account": "kenya-x"}, "b"),
    "a network": ({"network": "facebook"}, "c"),
    "a kind": ({"kind": "chat"}, "c"),
    "a day": ({"day": 1}, "bp"),
    "a post": ({"post": "week/", "ended": True}, "abcd"),
    "failed": ({"state": "failed"}, "b"),
    "published": ({"state": "published"}, "a"),
    "cancelled": ({"state": "cancelled"}, "d"),
    "cancelled on an account": ({"state": "cancelled", "account": "fice-x"}, ""),
    "scheduled": ({"state": "scheduled"}, "cp"),
    "publishing": ({"state": "publishing"}, ""),
    "from then on": ({"since": NOON + HOUR, "ended": True}, "pd"),
    "until before then": ({"until": NOON + HOUR, "ended": True}, "abc"),
    "a text": ({"text": "nairobi"}, "b"),
    "a text in capitals": ({"text": "  école ", "ended": True}, "a"),
    "a text with the accent apart": ({"text": "E\u0301COLE", "ended": True}, "a"),
    "a path": ({"text": "OTHER/path"}, "p"),
    "a sign that SQL knows": ({"text": "100%", "ended": True}, "b"),
    "no wildcard": ({"text": "1%0", "ended": True}, ""),
    "another sign that SQL knows": ({"text": "_them_", "ended": True}, "b"),
    "a text and an account": ({"text": "week", "account": "kenya-x", "ended": True}, "bd"),
}


def test_each_filter_finds_what_it_says(store: Store) -> None:
    names = {number: letter for letter, number in mixed(store).items()}
    for words, expected in FILTERS.values():
        check(store, names, words, expected)


def check(store: Store, names: dict[int, str], words: dict[str, Any], expected: str) -> None:
    """The pages, the number, the stream and the whole list have the same, and so has the log."""
    wanted = QueueFilter(**words)
    pages = list(every_page(store, wanted, size=1))
    assert sorted(names[one] for one in ids(*pages)) == sorted(expected)
    with store.read() as connection:
        assert queue_pages.count(connection, wanted) == Count(len(expected))
        assert {one.id for one in queue(connection, wanted)} == set(ids(*pages))
        assert sorted(names[one.id] for one in queue_pages.stream(store, wanted)) == sorted(expected)
        if "post" not in words:
            told = {one.delivery for one in entries(connection, _of_log(words))}
            paged = {one.delivery for one in log_pages.page(connection, _of_log(words)).rows}
            assert paged == told == {one.delivery for one in log_pages.stream(store, _of_log(words))}


def _of_log(words: dict[str, Any]) -> Filter:
    return Filter(**{name: value for name, value in words.items() if name != "ended"})


@pytest.fixture
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page looks at four rows, and at two in the first place."""
    monkeypatch.setattr(paging, "FIRST_LOOK", 2)
    monkeypatch.setattr(paging, "WINDOW", 4)


@pytest.mark.usefixtures("short_looks")
def test_a_look_for_what_no_index_knows_ends_and_goes_on(store: Store) -> None:
    made = queue_up(
        store,
        *(
            delivery(f"week/{one}.md", due_at=NOON + HOUR * one, texts=["rare" if one == 9 else "plain"])
            for one in range(11)
        ),
    )
    rare = QueueFilter(text="RARE")
    pages = list(every_page(store, rare))
    assert [ids(page) for page in pages] == [[], [], [made[9]]]
    assert [page.searched_to for page in pages] == [NOON + 3 * HOUR, NOON + 7 * HOUR, None]
    with store.read() as connection:
        assert queue_pages.count(connection, rare) == Count(0, perhaps_more=True)
        assert queue_pages.count(connection, QueueFilter(text="plain")) == Count(4, perhaps_more=True)
    assert [one.id for one in queue_pages.stream(store, rare)] == [made[9]]
    first = queue_page(store, rare, pages[2].previous)
    assert (ids(first), first.searched_to) == ([], NOON + 5 * HOUR)
    assert first.next is not None
    assert ids(queue_page(store, rare, first.next)) == [made[9]]


@pytest.mark.usefixtures("short_looks")
def test_of_two_ways_the_one_with_fewer_rows_is_gone(store: Store) -> None:
    """Else the look for what failed on an account would end among what did not."""
    made = week(store, 9)
    reach(store, made[0], State.FAILED)
    queue_up(store, *(delivery(f"week/k{one}.md", "kenya-x", due_at=NOON - HOUR) for one in range(9)))
    found = queue_page(store, QueueFilter(state="failed", campaign="week", account="fice-x"))
    assert (ids(found), found.next, found.searched_to) == (made[:1], None, None)


def test_more_than_a_thousand_are_not_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 5)
    week(store, 6)
    with store.read() as connection:
        assert queue_pages.count(connection, ALL) == Count(5, more=True)
        assert queue_pages.count(connection, QueueFilter(text="hello")) == Count(5, more=True)
        assert log_pages.count(connection, Filter(account="fice-x")) == Count(5, more=True)


def test_a_stream_has_everything_in_the_order_of_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "BATCH", 4)
    made = week(store, 9)
    assert [one.id for one in queue_pages.stream(store, QueueFilter())] == made
    assert [one.delivery for one in log_pages.stream(store, Filter())] == made


def test_a_stream_blocks_nobody(file_store: Store) -> None:
    week(file_store, 3)
    rows = queue_pages.stream(file_store, QueueFilter())
    next(rows)
    switches.pause(file_store, "", "anna", NOON)
    assert len(list(rows)) == 2


def test_a_page_has_a_greatest_size(store: Store) -> None:
    week(store, 4)
    assert ids(queue_page(store, size=0)) == ids(queue_page(store, size=1))
    assert len(ids(queue_page(store, size=10**9))) == 4


@given(
    at=some.datetimes(timezones=some.just(UTC)),
    number=some.integers(0, MOST),
    back=some.booleans(),
)
def test_a_cursor_comes_back_from_an_address(at: datetime, number: int, back: bool) -> None:
    cursor = Cursor(at, number, back)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    ["x", "n", "n1", "n1.", "n.1", "m1.1", "n1.1 ", "n1.1\n", "n1.-1", "nfffffffffffffff.1",
     "n-fffffffffffffff.1", f"n1.{MOST + 1:x}", "n1.1' OR '1", "N1.1", "n1.g", "n" * 10_000],
)  # fmt: skip
def test_a_made_up_place_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(CursorError, match=r"begin again at its first page$"):
        Cursor.parse(text)


@given(text=some.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_place(text: str) -> None:
    try:
        found = Cursor.parse(text)
    except CursorError:
        return
    assert Cursor.parse(str(found)) == found


def test_a_place_at_the_end_of_time_harms_nothing(store: Store) -> None:
    week(store, 2)
    for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        for back in (False, True):
            queue_page(store, ALL, str(Cursor(at, MOST, back)))
            queue_page(store, QueueFilter(), str(Cursor(at, 0, back)))


def test_the_calendar_has_what_is_due_between_two_instants(store: Store) -> None:
    made = week(store)
    publish(store, claim(store))
    with store.read() as connection:
        found = queue_pages.calendar(connection, NOON, NOON + 2 * HOUR)
        assert ([one.id for one in found.deliveries], found.cut) == (made[:6], False)
        found = queue_pages.calendar(connection, NOON, NOON + 2 * HOUR, most=4)
        assert ([one.id for one in found.deliveries], found.cut) == (made[:4], True)
        found = queue_pages.calendar(connection, NOON, NOON + 2 * HOUR, QueueFilter(account="kenya-x"))
        assert (found.deliveries, found.cut) == ([], False)
        one = queue_pages.calendar(connection, NOON, NOON + MINUTE).deliveries[0]
    assert (one.campaign, one.kind, one.day, one.zone, one.wall) == (
        "week",
        "daily-post",
        1,
        "UTC",
        (NOON + timedelta()).replace(tzinfo=None).isoformat(),
    )
    assert one.published_at is not None
