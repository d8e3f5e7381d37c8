"""The daily summary: once a day at its wall time, and only when there is something to say."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.store import removals, workers
from bot.store.alerts import Notice
from tests.alerts.catcher import MAIL, look, settings_of
from tests.worker.helper import HOUR, MINUTE, Bench

DAY = timedelta(days=1)


def at(bench: Bench, *when: int) -> None:
    bench.clock.instant = datetime(*when, tzinfo=UTC)  # type: ignore[attr-defined,arg-type,misc]


def summaries(bench: Bench, **options: Any) -> Sequence[Notice]:
    chosen: dict[str, Any] = {"daily_at": time(8), **options}
    return [one for one in look(bench, settings_of(bench, MAIL, **chosen)) if one.kind == "summary"]


def test_it_tells_what_went_out_what_was_late_what_needs_a_person_and_what_comes(bench: Bench) -> None:
    workers.register(bench.store, "w1", ["fice-x"], bench.clock.now())
    bench.queue("fice-facebook", "on time")
    bench.queue("fice-x", "late", due=bench.clock.now() - 20 * MINUTE)
    bench.queue("fice-linkedin", "missed", due=bench.clock.now() - DAY)
    bench.run()
    bench.queue("fice-x", "tomorrow", due=datetime(2018, 9, 25, 14, 30, tzinfo=UTC))
    bench.queue("fice-x", "in a week", due=bench.clock.now() + 7 * DAY)
    at(bench, 2018, 9, 25, 8, 0)
    workers.beat(bench.store, "w1", [], [], bench.clock.now(), bench.clock.now())
    look(bench, settings_of(bench, MAIL))  # the event of the missed one
    [told] = summaries(bench)
    assert told.subject == "Tue 25 Sep: 2 out, 1 need a person, 1 to come"
    assert told.body.splitlines() == [
        "Published in the last 24 hours: 2 (1 on fice-facebook, 1 on fice-x).",
        "Of these late: 1.",
        "* week/2.md -> fice-x, 20 min late, Mon 24 Sep 12:00 UTC",
        "Needs a person: 1 (bot status says what to do).",
        "* week/3.md -> fice-linkedin is missed",
        "To go out in the next 24 hours: 1.",
        "* Tue 25 Sep 14:30 UTC  week/4.md -> fice-x",
        "Workers alive: 1.",
    ]


def test_what_is_noted_of_a_post_that_is_out_is_not_counted_as_publishing(bench: Bench) -> None:
    one = bench.queue("fice-x", "Hello")
    bench.run()
    with bench.store.read() as connection:
        [part] = removals.of_delivery(connection, one).shown
    removals.begin(bench.store, one, [1], "anna", "", bench.clock.now())
    removals.removed(bench.store, one, part, "deleted", "anna", bench.clock.now())
    at(bench, 2018, 9, 25, 8, 0)
    [told] = summaries(bench)
    assert told.subject == "Tue 25 Sep: 1 out, 0 need a person, 0 to come"


def test_it_comes_once_a_day_whatever_number_of_workers_looks_and_however_often_they_start(
    bench: Bench,
) -> None:
    bench.queue(due=bench.clock.now() + 9 * DAY)
    bench.queue(due=bench.clock.now() + 2 * DAY)
    told = []
    for _ in range(5 * 12):
        bench.run()
        found = summaries(bench)
        told += [(one.key, bench.clock.now().isoformat(" ", "minutes")[11:16]) for one in found]
        bench.advance(2 * HOUR)
    # The day before it goes out, and the day after; the summary of the 26th tells what comes on that day.
    assert told == [("summary:2018-09-26", "08:00"), ("summary:2018-09-27", "08:00")]


def test_a_worker_that_was_down_at_that_time_tells_it_later_the_same_day_and_else_not(bench: Bench) -> None:
    bench.queue(due=datetime(2018, 9, 26, 12, tzinfo=UTC))
    at(bench, 2018, 9, 25, 23, 50)
    assert [one.key for one in summaries(bench)] == ["summary:2018-09-25"]
    at(bench, 2018, 9, 26, 7, 0)
    assert summaries(bench) == []


def test_a_quiet_day_has_none_also_when_something_is_planned_after_its_time(bench: Bench) -> None:
    at(bench, 2018, 9, 25, 8, 0)
    assert summaries(bench) == []
    bench.advance(3 * HOUR)
    bench.queue(due=bench.clock.now() + HOUR)
    assert summaries(bench) == []  # that day was decided


def test_what_has_waited_for_a_person_for_days_sends_none_by_itself(bench: Bench) -> None:
    bench.queue(due=bench.clock.now() - DAY)
    bench.run()
    look(bench, settings_of(bench, MAIL))
    at(bench, 2018, 9, 25, 8, 0)
    assert len(summaries(bench)) == 1
    at(bench, 2018, 9, 27, 8, 0)
    assert summaries(bench) == []


@pytest.mark.parametrize(
    ("zone", "days", "expected"),
    [
        pytest.param("Europe/Brussels", (27, 28, 29), ["06:30", "07:30", "07:30"], id="the clocks go back"),
        pytest.param("Asia/Kathmandu", (27, 28), ["02:45", "02:45"], id="a quarter of an hour"),
    ],
)
def test_it_keeps_its_wall_time_over_a_change_of_clocks(
    bench: Bench, zone: str, days: tuple[int, ...], expected: list[str]
) -> None:
    told = []
    for day in days:
        at(bench, 2018, 10, day, 12, 0)
        bench.queue(text=f"day {day}", due=bench.clock.now())
        at(bench, 2018, 10, day, 2, 30)
        for _ in range(4 * 6):
            if summaries(bench, daily_at=time(8, 30), timezone=zone):
                told.append(f"{bench.clock.now():%H:%M}")
            bench.advance(15 * MINUTE)
    assert told == expected


def test_a_wall_time_that_the_clocks_skip_or_repeat_is_told_once(bench: Bench) -> None:
    told = []
    for month, day in ((3, 31), (10, 27)):  # at 01:00 UTC the clocks change
        at(bench, 2019, month, day, 12, 0)
        bench.queue(text=f"{month}", due=bench.clock.now())
        at(bench, 2019, month, day, 0, 0)
        for _ in range(6):
            if summaries(bench, daily_at=time(2, 30), timezone="Europe/Brussels"):
                told.append(f"{bench.clock.now():%H:%M}")
            bench.advance(30 * MINUTE)
    assert told == ["01:00", "00:30"]


def test_never_is_never(bench: Bench) -> None:
    bench.queue(due=bench.clock.now() + HOUR)
    assert summaries(bench, daily_at=None) == []
