"""When a campaign's posts go out, on the dates of its file or on others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.campaign import Approval, Campaign, Slot
from bot.model.post import Kind, Post
from bot.model.walltime import Oddity, resolve

MONDAY = date(2018, 9, 24)
MORNING = Slot("morning", time(9), (Kind.DAILY_POST, Kind.BLOG), ("fice-x",))
EVENING = Slot("evening", time(17, 30), (Kind.EVENT, Kind.DAILY_POST), ("fice-x",))
days = st.dates(date(2000, 1, 1), date(2090, 1, 1))
numbers = st.integers(1, 366)


def campaign(starts: date = MONDAY, themes: int = 5, slots: Sequence[Slot] = (MORNING, EVENING)) -> Campaign:
    names = tuple(f"Theme {number}" for number in range(1, themes + 1))
    return Campaign("week", "The week", "America/New_York", starts, names, tuple(slots))


def post(
    kind: Kind = Kind.DAILY_POST, *, day: int | None = None, at: str | None = None, slot: str | None = None
) -> Post:
    moment = datetime.fromisoformat(at) if at else None
    return Post("week/1.md", "week", kind, "Hello", day=day, at=moment, slot=slot)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def when(of: Campaign, one: Post) -> datetime:
    """The wall time of a post that has one."""
    found = of.wall_time_of(one)
    assert found is not None
    return found


def test_a_campaign_ends_on_the_day_of_its_last_theme() -> None:
    assert campaign().ends == date(2018, 9, 28)
    assert campaign(themes=1).ends == MONDAY


def test_a_campaign_without_themes_lasts_its_first_day() -> None:
    assert campaign(themes=0).ends == MONDAY


def test_a_slot_is_found_by_its_name() -> None:
    assert campaign().slot("evening") is EVENING
    assert campaign().slot("night") is None


def test_a_post_goes_out_in_the_first_slot_that_takes_its_kind() -> None:
    assert campaign().slot_of(post(Kind.DAILY_POST, day=1)) is MORNING
    assert campaign().slot_of(post(Kind.EVENT, day=1)) is EVENING
    assert campaign(slots=(EVENING, MORNING)).slot_of(post(Kind.DAILY_POST, day=1)) is EVENING


def test_a_post_goes_out_in_the_slot_that_it_names_whatever_its_kind() -> None:
    assert campaign().slot_of(post(Kind.DAILY_POST, day=1, slot="evening")) is EVENING
    assert campaign().slot_of(post(Kind.CHAT, day=1, slot="morning")) is MORNING


def test_a_post_that_names_a_slot_which_is_not_there_gets_no_other_one() -> None:
    lost = post(Kind.DAILY_POST, day=1, slot="mornign")
    assert campaign().slot_of(lost) is None
    assert campaign().wall_time_of(lost) is None


def test_a_kind_that_no_slot_takes_has_no_time() -> None:
    assert campaign().slot_of(post(Kind.CHAT, day=1)) is None
    assert campaign().wall_time_of(post(Kind.CHAT, day=1)) is None


def test_a_fixed_time_needs_no_slot() -> None:
    fixed = post(Kind.DAILY_POST, at="2018-09-25 09:05")
    assert campaign().slot_of(fixed) is None
    assert campaign().wall_time_of(fixed) == wall("2018-09-25 09:05")


def test_a_fixed_time_wins_over_that_of_a_slot_which_lends_only_its_accounts() -> None:
    fixed = post(Kind.DAILY_POST, at="2018-09-25 09:05", slot="evening")
    assert campaign().slot_of(fixed) is EVENING
    assert campaign().wall_time_of(fixed) == wall("2018-09-25 09:05")


def test_a_post_without_a_day_has_no_time() -> None:
    assert campaign().wall_time_of(post(Kind.DAILY_POST)) is None


def test_day_1_is_the_first_day() -> None:
    assert campaign().wall_time_of(post(Kind.EVENT, day=1)) == wall("2018-09-24 17:30")
    assert campaign().wall_time_of(post(Kind.BLOG, day=5)) == wall("2018-09-28 09:00")


@settings(deadline=None)
@given(days, numbers)
def test_a_post_of_day_n_goes_out_n_less_one_days_after_the_start(starts: date, number: int) -> None:
    found = when(campaign(starts), post(day=number))
    assert found == datetime.combine(starts, time(9)) + timedelta(days=number - 1)
    assert found.tzinfo is None


@settings(deadline=None)
@given(days, st.integers(1, 400))
def test_a_campaign_of_n_days_ends_n_less_one_days_after_its_start(starts: date, number: int) -> None:
    one = campaign(starts, themes=number)
    assert one.ends == starts + timedelta(days=number - 1)
    assert one.ends == when(one, post(day=number)).date()


@settings(deadline=None)
@given(days, days, st.one_of(st.builds(lambda n: post(day=n), numbers), st.just(post(at="2018-09-25 09:05"))))
def test_a_campaign_that_is_moved_takes_all_its_posts_along(starts: date, to: date, one: Post) -> None:
    there, here = campaign(starts), campaign(starts).starting(to)
    assert when(here, one) - when(there, one) == to - starts
    assert here.ends - there.ends == to - starts


@settings(deadline=None)
@given(days, days, days)
def test_a_campaign_that_is_moved_twice_is_where_it_was_moved_last(
    starts: date, first: date, last: date
) -> None:
    assert campaign(starts).starting(first).starting(last) == campaign(starts).starting(last)
    assert campaign(starts).starting(first).starting(starts) == campaign(starts)


def test_a_move_changes_the_dates_and_nothing_else() -> None:
    there = replace(campaign(), approval=Approval.REQUIRED, hashtags=("SSWWeek",))
    here = there.starting(date(2027, 9, 20))
    assert here.starts == date(2027, 9, 20)
    assert here.moved_by == date(2027, 9, 20) - MONDAY
    assert replace(here, starts=there.starts, moved_by=there.moved_by) == there


@pytest.mark.parametrize(
    ("zone", "starts", "hours"),
    [
        ("America/New_York", date(2018, 3, 9), [14, 14, 13, 13]),  # forward on day 3
        ("America/New_York", date(2026, 10, 30), [13, 13, 14, 14]),  # back on day 3
        ("Europe/Berlin", date(2027, 3, 26), [8, 8, 7, 7]),
        ("Asia/Kolkata", date(2027, 3, 26), [3, 3, 3, 3]),  # half past
    ],
)
def test_nine_in_the_morning_stays_nine_in_the_morning_when_the_clocks_change(
    zone: str, starts: date, hours: list[int]
) -> None:
    walls = [when(campaign(starts), post(day=number)) for number in range(1, 5)]
    instants = [resolve(one, zone).instant for one in walls]
    assert [instant.hour for instant in instants] == hours
    assert [instant.astimezone(ZoneInfo(zone)).time() for instant in instants] == [time(9)] * 4


@settings(deadline=None)
@given(
    st.sampled_from(["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo"]),
    days,
    st.times(),
)
def test_every_day_of_a_campaign_has_the_same_time_on_the_wall_unless_the_clocks_skip_it(
    zone: str, starts: date, at: time
) -> None:
    week = campaign(starts, themes=7, slots=(replace(MORNING, at=at),))
    for number in range(1, 8):
        asked = when(week, post(day=number))
        found = resolve(asked, zone)
        local = found.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        if found.oddity is Oddity.SKIPPED:
            assert asked < local <= asked + timedelta(hours=1)
        else:
            assert local == asked == datetime.combine(starts + timedelta(days=number - 1), at)


def test_in_a_wave_by_country_the_same_wall_time_is_another_instant_in_each_zone() -> None:
    asked = when(campaign(), post(day=1))
    zones = ["Asia/Tokyo", "Africa/Nairobi", "Europe/Berlin", "America/New_York"]
    assert [resolve(asked, zone).instant for zone in zones] == [
        datetime(2018, 9, 24, hour, tzinfo=UTC) for hour in (0, 6, 7, 13)
    ]


def test_a_campaign_needs_no_approval_unless_it_says_so() -> None:
    assert campaign().approval is Approval.NONE
