"""The due trigger: when APScheduler wakes the worker."""

from datetime import UTC, datetime, timedelta

from bot.clock import FixedClock
from bot.worker.trigger import AT_MOST_EVERY, DueTrigger, EveryTrigger

NOON = datetime(2018, 9, 24, 12, 0, tzinfo=UTC)
PATIENCE = timedelta(seconds=15)


def trigger(instant: datetime | None) -> DueTrigger:
    return DueTrigger(lambda: instant, FixedClock(NOON), PATIENCE)


def test_it_fires_exactly_when_something_is_due() -> None:
    assert trigger(NOON + timedelta(seconds=3)).get_next_fire_time(None, NOON) == NOON + timedelta(seconds=3)


def test_it_never_sleeps_longer_than_its_patience() -> None:
    assert trigger(NOON + timedelta(days=3)).get_next_fire_time(None, NOON) == NOON + PATIENCE
    assert trigger(None).get_next_fire_time(None, NOON) == NOON + PATIENCE


def test_what_is_overdue_fires_at_once() -> None:
    assert trigger(NOON - timedelta(hours=1)).get_next_fire_time(None, NOON) == NOON


def test_what_can_not_be_taken_does_not_make_it_spin() -> None:
    assert trigger(NOON - timedelta(hours=1)).get_next_fire_time(NOON, NOON) == NOON + AT_MOST_EVERY


def test_a_clock_that_goes_from_1970_to_now_makes_up_for_no_firing() -> None:
    following = EveryTrigger(0.5).get_next_fire_time(datetime(1970, 1, 1, tzinfo=UTC), NOON)
    assert following == NOON + timedelta(seconds=0.5)
