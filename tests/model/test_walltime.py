"""From a wall time in any zone of the world to the one instant that is meant."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model.walltime import Oddity, Resolved, resolve

ZONES = sorted(available_timezones())
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
SHORTEST = timedelta(days=10)  # no zone has two changes within less, in those years
SECOND, TICK = timedelta(seconds=1), timedelta(microseconds=1)

zones = st.sampled_from(ZONES)
walls = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  (wall times)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def shown(instant: datetime, zone: str) -> datetime:
    """What a clock on the wall in that zone shows."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def offset(instant: datetime, zone: str) -> timedelta:
    return instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def instants_showing(asked: datetime, zone: str) -> list[datetime]:
    """Every instant at which a clock there shows just that, found by looking at clocks only."""
    around = [asked.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in range(-26, 27)]
    candidates = {(asked - offset(instant, zone)).replace(tzinfo=UTC) for instant in around}
    return sorted(instant for instant in candidates if shown(instant, zone) == asked)


def is_end_of_gap(instant: datetime, asked: datetime, zone: str) -> bool:
    """Whether the clocks there jump over the time that was asked for just at that instant."""
    return shown(instant - TICK, zone) < asked < shown(instant, zone)


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The first instants of each new offset of a zone, found by looking."""
    return tuple(_changes(zone))


def _changes(zone: str) -> Iterator[datetime]:
    before, old = FIRST, offset(FIRST, zone)
    while before < LAST:
        after = before + SHORTEST
        new = offset(after, zone)
        if new != old:
            yield _change_between(before, after, zone)
        before, old = after, new


def _change_between(before: datetime, after: datetime, zone: str) -> datetime:
    old = offset(before, zone)
    while after - before > SECOND:
        middle = before + timedelta(seconds=(after - before) // SECOND // 2)
        before, after = (middle, after) if offset(middle, zone) == old else (before, middle)
    return after


def assert_meant(found: Resolved) -> None:
    """The instant and the oddity are those that the clocks of the zone show."""
    showing = instants_showing(found.wall, found.zone)
    if not showing:
        assert found.oddity is Oddity.SKIPPED
        assert is_end_of_gap(found.instant, found.wall, found.zone)
    else:
        assert found.instant == showing[0]
        assert found.oddity is (Oddity.TWICE if len(showing) == 2 else None)
        assert shown(found.instant, found.zone) == found.wall


@st.composite
def near_a_change(draw: st.DrawFn) -> tuple[datetime, str]:
    """A wall time close to one at which the clocks of its zone change."""
    zone = draw(zones)
    change = draw(st.sampled_from(changes(zone) or (FIRST,)))  # some zones have none
    beside = shown(change - draw(st.sampled_from([timedelta(), SECOND])), zone)
    return beside + draw(st.timedeltas(timedelta(hours=-3), timedelta(hours=3))), zone


@settings(deadline=None, max_examples=200)
@given(walls, zones)
@example(wall("2011-12-30T09:00:00"), "Pacific/Apia")
@example(wall("1900-01-01T00:00:00"), "Africa/Monrovia")  # its clocks were off by seconds
def test_in_every_zone_a_time_becomes_the_first_instant_at_which_a_clock_there_shows_it(
    asked: datetime, zone: str
) -> None:
    assert_meant(resolve(asked, zone))


@settings(deadline=None, max_examples=200)
@given(near_a_change())
def test_near_a_change_of_clocks_a_time_is_no_other_than_the_one_meant(case: tuple[datetime, str]) -> None:
    assert_meant(resolve(*case))


def test_every_gap_of_every_zone_is_moved_to_its_end_and_no_further() -> None:
    for zone in ZONES:
        for change in changes(zone):
            begins, ends = shown(change - SECOND, zone) + SECOND, shown(change, zone)
            if begins < ends:
                middle = begins + (ends - begins) / 2
                for asked in (begins, middle, ends - SECOND, ends - TICK):
                    assert resolve(asked, zone) == Resolved(asked, zone, change, Oddity.SKIPPED)
                assert resolve(begins - SECOND, zone).instant == change - SECOND
                assert resolve(begins - SECOND, zone).oddity is None
                assert resolve(ends, zone) == Resolved(ends, zone, change)


def test_every_time_that_occurs_twice_in_any_zone_is_taken_the_first_time() -> None:
    for zone in ZONES:
        for change in changes(zone):
            begins, ends = shown(change, zone), shown(change - SECOND, zone) + SECOND
            if begins < ends:
                for asked in (begins, begins + (ends - begins) / 2, ends - SECOND):
                    first = change - (ends - asked)
                    assert resolve(asked, zone) == Resolved(asked, zone, first, Oddity.TWICE)
                assert resolve(begins - SECOND, zone).oddity is None
                assert resolve(ends, zone) == Resolved(ends, zone, change + (ends - begins))


def test_the_zones_of_these_tests_have_changes_of_both_kinds() -> None:
    moves = {offset(one, zone) - offset(one - SECOND, zone) for zone in ZONES for one in changes(zone)}
    assert len(ZONES) > 400
    assert {timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=30), timedelta(days=1)} <= moves


@pytest.mark.parametrize(
    ("zone", "asked", "instant"),
    [
        ("America/New_York", "2018-03-11T02:30:00", "2018-03-11T07:00:00"),
        ("America/New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00"),
        ("Europe/Berlin", "2027-03-28T02:30:00", "2027-03-28T01:00:00"),
        ("Europe/Berlin", "2027-03-28T02:59:59.999999", "2027-03-28T01:00:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00"),  # half an hour is missing
        ("Asia/Kathmandu", "1986-01-01T00:10:00", "1985-12-31T18:30:00"),  # a quarter of an hour
        ("Pacific/Apia", "2011-12-30T00:00:00", "2011-12-30T10:00:00"),  # a whole day
        ("Pacific/Apia", "2011-12-30T09:00:00", "2011-12-30T10:00:00"),
        ("America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00"),  # midnight itself
        ("America/Sao_Paulo", "2017-10-15T00:30:00", "2017-10-15T03:00:00"),
    ],
)
def test_a_time_that_does_not_exist_moves_to_the_end_of_the_gap(zone: str, asked: str, instant: str) -> None:
    meant = wall(instant).replace(tzinfo=UTC)
    assert resolve(wall(asked), zone) == Resolved(wall(asked), zone, meant, Oddity.SKIPPED)


@pytest.mark.parametrize(
    ("zone", "asked", "instant"),
    [
        ("America/New_York", "2018-11-04T01:30:00", "2018-11-04T05:30:00"),
        ("America/New_York", "2026-11-01T01:00:00", "2026-11-01T05:00:00"),
        ("Europe/Berlin", "2027-10-31T02:30:00", "2027-10-31T00:30:00"),
        ("Europe/Berlin", "2027-10-31T02:59:59.999999", "2027-10-31T00:59:59.999999"),
        ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00"),
        ("America/Sao_Paulo", "2018-02-17T23:30:00", "2018-02-18T01:30:00"),
    ],
)
def test_a_time_that_occurs_twice_is_taken_the_first_time(zone: str, asked: str, instant: str) -> None:
    meant = wall(instant).replace(tzinfo=UTC)
    assert resolve(wall(asked), zone) == Resolved(wall(asked), zone, meant, Oddity.TWICE)


@pytest.mark.parametrize(
    ("zone", "asked", "instant"),
    [
        ("America/New_York", "2018-09-24T08:00:00", "2018-09-24T12:00:00"),
        ("America/New_York", "2018-03-11T01:59:59", "2018-03-11T06:59:59"),
        ("America/New_York", "2018-03-11T03:00:00", "2018-03-11T07:00:00"),
        ("America/New_York", "2018-11-04T02:00:00", "2018-11-04T07:00:00"),
        ("Europe/Berlin", "2027-03-28T03:00:00", "2027-03-28T01:00:00"),
        ("Europe/Berlin", "2027-10-31T01:59:59", "2027-10-30T23:59:59"),
        ("Europe/Berlin", "2027-10-31T03:00:00", "2027-10-31T02:00:00"),
        ("Asia/Kathmandu", "2026-01-01T09:00:00", "2026-01-01T03:15:00"),
        ("Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59"),
        ("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00"),
        ("UTC", "2018-09-24T08:00:00", "2018-09-24T08:00:00"),
    ],
)
def test_any_other_time_is_the_one_instant_at_which_clocks_show_it(
    zone: str, asked: str, instant: str
) -> None:
    meant = wall(instant).replace(tzinfo=UTC)
    assert resolve(wall(asked), zone) == Resolved(wall(asked), zone, meant)


@settings(deadline=None)
@given(near_a_change(), st.timedeltas(timedelta(), timedelta(hours=6)))
def test_what_is_later_on_the_wall_never_goes_out_before_what_is_earlier(
    case: tuple[datetime, str], later: timedelta
) -> None:
    asked, zone = case
    one, other = resolve(asked, zone), resolve(asked + later, zone)
    # A time in a gap waits for the gap's end; whoever comes after the gap is never before that.
    assert one.instant <= other.instant


@settings(deadline=None)
@given(near_a_change() | st.tuples(walls, zones))
def test_an_instant_is_told_in_utc_and_the_time_that_was_asked_for_is_kept(
    case: tuple[datetime, str],
) -> None:
    found = resolve(*case)
    assert (found.wall, found.zone) == case
    assert found.wall.tzinfo is None
    assert found.instant.tzinfo is UTC


@pytest.mark.parametrize("asked", ["2027-10-31T02:30:00", "2027-03-28T02:30:00", "2027-06-01T09:00:00"])
def test_the_fold_of_a_time_that_is_asked_for_changes_nothing(asked: str) -> None:
    plain, folded = (resolve(wall(asked).replace(fold=fold), "Europe/Berlin") for fold in (0, 1))
    assert (plain.instant, plain.oddity) == (folded.instant, folded.oddity)


def test_a_time_with_a_zone_of_its_own_is_refused() -> None:
    with pytest.raises(ValueError, match="a wall time has no tzinfo"):
        resolve(datetime(2018, 9, 24, 9, tzinfo=UTC), "Europe/Berlin")


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        resolve(wall("2018-09-24T09:00:00"), "Europe/Berlyn")
