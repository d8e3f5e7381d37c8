"""A clock that was set while things were under way: no wait is cut short by it, and none lasts for ever."""

from datetime import timedelta

import pytest

from bot.clock import FixedClock
from bot.model.outcome import Cause
from bot.store import lanes, upkeep, workers
from bot.store.queue import LEASE

from .helper import HOUR, MINUTE, NOON, SETTLE, SPACING, Bench

DAY = timedelta(days=1)


def set_clock(bench: Bench, by: timedelta) -> None:
    """As a worker finds its clock after a jump."""
    bench.advance(by)
    upkeep.begin_waits_anew(bench.store, bench.accounts.settle_times(), bench.clock.now())


def test_what_is_in_doubt_waits_for_a_whole_settling_time_after_a_jump(bench: Bench) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(late_ok=DAY)
    bench.sandbox.add_fault("twitter", "drop_after")
    bench.run()
    for by in (-HOUR, HOUR):
        set_clock(bench, by)
        assert bench.row(one)["look_at"] == bench.clock.now() + SETTLE
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_two_absences_between_which_the_clock_was_set_prove_nothing(bench: Bench) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    bench.queue(late_ok=DAY)
    bench.sandbox.add_fault("twitter", "drop_before")
    bench.run()
    bench.after(seconds=60)
    [doubt] = bench.doubts(later=SETTLE)
    assert doubt.absences == 1
    set_clock(bench, HOUR)  # as if the settling time were over
    bench.run()
    assert bench.looks() == 1
    bench.after(seconds=60)
    assert (bench.looks(), bench.texts()) == (2, [])
    bench.live_through(2 * MINUTE)
    assert bench.texts() == ["Hello"]


def test_after_a_clock_was_set_back_a_backlog_and_a_retry_do_not_wait_for_the_old_time(bench: Bench) -> None:
    for number in range(2):
        bench.queue(text=f"number {number}", due=NOON - 2 * HOUR, late_ok=DAY)
    bench.run()
    assert bench.texts() == ["number 0"]
    set_clock(bench, -HOUR)
    bench.live_through(2 * SPACING)
    assert bench.texts() == ["number 0", "number 1"]
    bench.sandbox.stop()
    again = bench.queue(text="again", due=bench.clock.now(), late_ok=DAY)
    bench.run()
    assert len(bench.attempts(again)) == 1  # not published: it is tried again later
    bench.sandbox.start()
    set_clock(bench, -HOUR)
    bench.advance(HOUR)
    bench.run()
    assert bench.state(again) == "published"


@pytest.mark.parametrize(
    ("cause", "waits"), [(Cause.PERMISSION, HOUR), (Cause.BLOCKED, HOUR), (Cause.RATE_LIMIT, None)]
)
def test_an_account_that_a_clock_far_ahead_has_stopped_does_not_wait_for_that_time(
    bench: Bench, clock: FixedClock, cause: Cause, waits: timedelta | None
) -> None:
    """An answer came while the clock was a year ahead."""
    bench.queue()
    lanes.block(bench.store, "fice-x", NOON + 365 * DAY + HOUR, cause, "the network says no")
    upkeep.begin_waits_anew(bench.store, bench.accounts.settle_times(), clock.now())
    until = bench.lane("fice-x").blocked_until
    assert until == (None if waits is None else NOON + waits)


def test_a_stop_that_ends_sooner_is_not_made_longer_by_a_jump(bench: Bench, clock: FixedClock) -> None:
    bench.queue()
    lanes.block(bench.store, "fice-x", NOON + MINUTE, Cause.PERMISSION, "the network says no")
    upkeep.begin_waits_anew(bench.store, bench.accounts.settle_times(), clock.now())
    assert bench.lane("fice-x").blocked_until == NOON + MINUTE


def test_a_lease_from_a_clock_that_was_ahead_does_not_last_for_ever(bench: Bench, clock: FixedClock) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    clock.advance(DAY)
    one = bench.queue(late_ok=2 * DAY)
    held = bench.claim()
    bench.begin(held)
    bench.call(held)  # and then its machine is no more, and ours is a day behind
    clock.advance(-DAY)
    bench.run()
    assert bench.state(one) == "uncertain"
    limit = bench.accounts.call_limit("twitter")
    assert bench.row(one)["look_at"] == NOON + limit + SETTLE
    clock.advance(DAY)  # the network's posts are of tomorrow
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_a_lease_that_is_renewed_is_kept_whichever_way_the_clock_was_set(
    bench: Bench, clock: FixedClock
) -> None:
    for by in (HOUR, -2 * HOUR):
        one = bench.queue("fice-x" if by > timedelta() else "kenya-x", late_ok=DAY)
        held = bench.claim("fice-x" if by > timedelta() else "kenya-x")
        clock.advance(by)
        workers.beat(bench.store, bench.name, [], [held.token], clock.now(), clock.now())
        bench.dispatcher.tidy()
        assert bench.state(one) == "publishing"
        assert bench.row(one)["lease_until"] == clock.now() + LEASE
