"""The jump watch: a clock that was set, or a machine that slept, is noticed."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.clock import FixedClock, SystemClock
from bot.worker.jumps import JumpWatch

from .helper import eventually

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


@pytest.fixture
def stopping() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_jump_is_told_to_whoever_watches(clock: FixedClock, stopping: threading.Event) -> None:
    jumps: list[float] = []
    JumpWatch(clock).watch(stopping, jumps.append)
    clock.advance(HOUR)
    eventually(lambda: jumps)
    assert jumps[0] == pytest.approx(3600, abs=60)
