"""The clocks: real time, a journey, and standing still."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import FixedClock, JourneyClock, SystemClock

MONDAY = datetime(2018, 9, 24, 12, 0, tzinfo=UTC)


def test_the_system_clock_tells_utc() -> None:
    now = SystemClock().now()
    assert now.utcoffset() == timedelta()
    assert SystemClock().real(now) == now


def test_a_journey_arrives_and_then_runs_as_real_time_does(tmp_path: Path) -> None:
    clock = JourneyClock(tmp_path / "clock")
    clock.set_out(MONDAY, MONDAY + timedelta(days=1), 0.0)
    now = clock.now()
    assert timedelta() <= now - (MONDAY + timedelta(days=1)) < timedelta(seconds=60)
    assert abs(clock.real(now) - SystemClock().now()) < timedelta(seconds=60)


def test_a_journey_knows_when_it_comes_by(tmp_path: Path) -> None:
    clock = JourneyClock(tmp_path / "clock")
    clock.set_out(MONDAY, MONDAY + timedelta(hours=1), 1000.0)
    half_way = clock.real(MONDAY + timedelta(minutes=30)) - clock.real(MONDAY)
    beyond = clock.real(MONDAY + timedelta(hours=1, seconds=5)) - clock.real(MONDAY + timedelta(hours=1))
    assert abs(half_way - timedelta(seconds=500)) < timedelta(milliseconds=1)
    assert abs(beyond - timedelta(seconds=5)) < timedelta(milliseconds=1)


def test_another_process_reads_the_same_journey(tmp_path: Path) -> None:
    JourneyClock(tmp_path / "clock").set_out(MONDAY, MONDAY, 0.0)
    assert JourneyClock(tmp_path / "clock").now() - MONDAY < timedelta(seconds=60)


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(MONDAY)
    clock.advance(timedelta(minutes=5))
    assert clock.now() == MONDAY + timedelta(minutes=5)
