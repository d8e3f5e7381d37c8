"""Preflights and bookings in the store, on each engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from bot.model.campaign import Campaign
from bot.model.state import State
from bot.store import Store, plans, preflights
from bot.store.bookings import all_dates, booked
from tests.store.conftest import NOON, delivery, queue_up

TODAY = date(2018, 9, 24)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FINDING = {"ok": False, "mark": "no", "about": "account", "subject": "fice-x", "detail": "“gone” — <b>"}


def begin(store: Store, minutes: int = 0, day: date = TODAY, campaign: str = "week") -> bool:
    return preflights.begin(store, campaign, day, NOON + minutes * MINUTE)


def latest(store: Store, since_minutes: int = -60) -> list[preflights.Preflight]:
    with store.read() as connection:
        return list(preflights.latest(connection, NOON + since_minutes * MINUTE))


def test_each_campaign_and_day_is_begun_once(store: Store) -> None:
    assert [begin(store), begin(store), begin(store, day=TODAY + DAY), begin(store, campaign="other")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert latest(store) == []


def test_of_many_that_begin_at_once_one_does(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: begin(store), range(8))) == 1


def test_one_that_is_not_ended_is_begun_again_after_its_lease(store: Store) -> None:
    assert [begin(store, minutes) for minutes in (0, 9, 10, 11)] == [True, False, True, False]


def test_one_that_was_not_ready_is_begun_again_and_says_so_until_it_is(store: Store) -> None:
    assert begin(store)
    preflights.record(store, "week", TODAY, False, [FINDING], NOON + MINUTE)
    assert [begin(store, minutes) for minutes in (2, 29, 30, 31)] == [False, False, True, False]
    [found] = latest(store)
    assert (found.campaign, found.day, found.ended_at, found.ready) == ("week", TODAY, NOON + MINUTE, False)
    assert list(found.findings) == [FINDING]
    preflights.record(store, "week", TODAY, True, [], NOON + 31 * MINUTE)
    assert not begin(store, 24 * 60)
    assert latest(store)[0].ready


def test_the_last_of_each_campaign_is_told_if_it_is_fresh(store: Store) -> None:
    for day, campaign in ((TODAY - DAY, "week"), (TODAY, "week"), (TODAY - DAY, "other")):
        assert begin(store, day=day, campaign=campaign)
        ended = NOON - (TODAY - day)
        preflights.record(store, campaign, day, True, [], ended)
    assert [(one.campaign, one.day) for one in latest(store)] == [("week", TODAY)]
    assert [one.campaign for one in latest(store, -2 * 24 * 60)] == ["other", "week"]


def test_bookings_are_those_of_the_accounts_in_the_time_and_of_the_campaigns(store: Store) -> None:
    queue_up(
        store,
        delivery("week/1.md", texts=("1/2", "2/2")),
        delivery("week/2.md", due_at=NOON + 40 * DAY),
        delivery("week/3.md", "kenya-x"),
    )

    def found(accounts: list[str], names: list[str]) -> list[tuple[str, State, int]]:
        with store.read() as connection:
            rows = booked(connection, accounts, NOON - DAY, NOON + DAY, names)
        return [(one.post, one.state, len(one.parts)) for one in rows]

    assert [(post, parts) for post, _, parts in found(["fice-x"], [])] == [("week/1.md", 2)]
    assert [post for post, _, _ in found(["kenya-x"], [])] == ["week/3.md"]
    assert len(found([], ["week"])) == 3
    assert found([], []) == []


def test_the_dates_of_a_campaign_are_those_on_which_it_was_applied(store: Store) -> None:
    campaign = Campaign("week", "Week", "Africa/Nairobi", TODAY, ("One", "Two"), ()).starting(TODAY + DAY)
    with store.write() as connection:
        plans.record_campaign(connection, campaign, NOON)
        [dates] = all_dates(connection)
    assert (dates.starts, dates.ends, dates.timezone) == (TODAY + DAY, TODAY + 2 * DAY, "Africa/Nairobi")
