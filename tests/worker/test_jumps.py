"""The jump watch: a clock that was set, or a machine that slept, is noticed."""

from datetime import timedelta

import pytest

from bot.clock import FixedClock, SystemClock
from bot.worker.jumps import JumpWatch

HOUR = timedelta(hours=1)


def test_a_clock_that_runs_evenly_has_not_jumped() -> None:
    watch = JumpWatch(SystemClock())
    assert watch.seen() is None


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_jump_is_seen_with_its_length_and_direction(clock: FixedClock, by: timedelta) -> None:
    watch = JumpWatch(clock)
    clock.advance(by)
    assert watch.seen() == pytest.approx(by.total_seconds(), abs=60)


def test_a_jump_is_seen_once(clock: FixedClock) -> None:
    watch = JumpWatch(clock)
    clock.advance(HOUR)
    watch.seen()
    assert watch.seen() is None


def test_a_correction_of_a_second_is_no_jump(clock: FixedClock) -> None:
    watch = JumpWatch(clock)
    clock.advance(timedelta(seconds=1))
    assert watch.seen() is None
