"""The dispatcher: what goes out late and what does not, and whose deliveries are held."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.clock import FixedClock
from bot.store import listing

from .helper import HOUR, MINUTE, NOON, SECOND, SPACING, Bench, NetworkTime, Said

DAY = timedelta(days=1)
TWO_MINUTES = 2 * MINUTE


def times(bench: Bench, account: str = "fice-x") -> list[tuple[str, datetime]]:
    return [(one.text, one.created_at) for one in bench.feed(account)]


def gaps(bench: Bench, account: str = "fice-x") -> list[timedelta]:
    instants = [instant for _, instant in times(bench, account)]
    return [later - earlier for earlier, later in pairwise(instants)]


def test_after_an_hour_without_a_worker_the_backlog_goes_out_in_order_and_spaced(bench: Bench) -> None:
    for number in range(1, 6):
        bench.queue(text=f"number {number}", due=NOON + number * MINUTE)
    bench.advance(HOUR)
    bench.live_through(10 * MINUTE)
    assert bench.texts() == [f"number {number}" for number in range(1, 6)]
    assert times(bench)[0][1] == NOON + HOUR
    assert all(SPACING <= gap <= SPACING + SECOND for gap in gaps(bench))


def test_the_backlogs_of_two_accounts_do_not_wait_for_each_other(bench: Bench) -> None:
    for account in ("fice-x", "kenya-x"):
        for number in range(3):
            bench.queue(account, f"number {number}")
    bench.advance(HOUR)
    bench.live_through(2 * SPACING + SECOND)
    assert (len(bench.feed("fice-x")), len(bench.feed("kenya-x"))) == (3, 3)


def test_after_a_day_without_a_worker_only_what_is_inside_its_tolerance_goes_out(bench: Bench) -> None:
    late_ok = {"chat": TWO_MINUTES, "daily post": 3 * HOUR, "case study": 24 * HOUR, "story": 30 * HOUR}
    of = {kind: bench.queue(text=kind, late_ok=tolerance) for kind, tolerance in late_ok.items()}
    bench.advance(DAY + SECOND)
    bench.live_through(HOUR)
    assert bench.texts() == ["story"]
    assert [bench.state(of[kind]) for kind in late_ok] == ["missed"] * 3 + ["published"]
    assert bench.log(of["chat"])[-1].lateness_s == DAY.total_seconds() + 1
    assert bench.log(of["story"])[-1].lateness_s == DAY.total_seconds() + 1
    with bench.store.read() as connection:
        assert len(listing.needing_a_person(connection)) == 3


def test_the_last_moment_of_a_tolerance_is_inside_it(bench: Bench) -> None:
    at_the_end = bench.queue(text="just in time", late_ok=TWO_MINUTES)
    past = bench.queue(text="a second too late", due=NOON - SECOND, late_ok=TWO_MINUTES)
    bench.after(minutes=2)
    assert (bench.state(at_the_end), bench.state(past)) == ("published", "missed")


def test_a_chat_that_was_slept_through_does_not_burst(bench: Bench) -> None:
    for number in range(1, 6):
        bench.queue(text=f"Q{number}", due=NOON + (number - 1) * 20 * SECOND, late_ok=TWO_MINUTES)
    bench.advance(TWO_MINUTES + SECOND)  # Q1 is 121 s late, Q5 41 s
    bench.live_through(TWO_MINUTES)
    assert bench.texts() == ["Q2", "Q3", "Q4", "Q5"]
    assert all(gap >= SPACING for gap in gaps(bench))


def test_a_backlog_longer_than_a_tolerance_is_cut_and_never_sent_too_late(bench: Bench) -> None:
    for number in range(1, 6):
        bench.queue(text=f"number {number}", late_ok=TWO_MINUTES)
    bench.advance(95 * SECOND)
    bench.live_through(HOUR)
    assert bench.texts() == ["number 1", "number 2", "number 3"]
    assert bench.states() == {"published": 3, "missed": 2}


@pytest.mark.parametrize("limited", [False, True], ids=["a free account", "an account that had to wait"])
def test_a_backlog_does_not_hold_up_what_is_on_time(new_bench: Callable[..., Bench], limited: bool) -> None:
    bench = new_bench(spacing=5 * MINUTE)
    for number in range(1, 4):
        bench.queue(text=f"number {number}", due=NOON - HOUR)
    chat = bench.queue(text="Q1", due=NOON + 3 * SECOND, late_ok=TWO_MINUTES)
    if limited:
        bench.sandbox.add_fault("twitter", "status", status=429, headers={"x-rate-limit-reset": reset_at(1)})
    bench.live_through(10 * SECOND)
    assert bench.state(chat) == "published"
    assert dict(times(bench))["Q1"] - NOON <= 5 * SECOND


def reset_at(seconds: int) -> str:
    return str(int(NOON.timestamp()) + seconds)


def test_between_two_of_a_backlog_the_worker_sleeps(bench: Bench) -> None:
    for number in range(2):
        bench.queue(text=f"number {number}")
    bench.after(hours=1)
    assert bench.wait() == SPACING


def test_what_is_due_at_the_same_instant_goes_out_in_the_order_of_the_files(bench: Bench) -> None:
    for number in range(5):
        bench.queue(text=f"number {number}")
    bench.run()
    assert bench.texts() == [f"number {number}" for number in range(5)]


def test_what_fell_due_during_a_pause_goes_out_after_it_in_order_and_spaced(bench: Bench) -> None:
    for number in range(1, 4):
        bench.queue(text=f"number {number}", due=NOON + number * MINUTE)
    bench.pause()
    bench.live_through(HOUR)
    assert bench.texts() == []
    assert bench.states() == {"held": 3}
    bench.resume()
    bench.live_through(MINUTE)
    assert bench.texts() == ["number 1", "number 2", "number 3"]
    assert all(gap >= SPACING for gap in gaps(bench))


def test_resuming_never_sends_what_passed_its_tolerance(bench: Bench) -> None:
    chat = bench.queue(text="Q1", late_ok=TWO_MINUTES)
    daily = bench.queue(text="daily post")
    bench.pause()
    bench.run()
    bench.advance(HOUR)
    bench.resume()
    bench.live_through(HOUR)
    assert bench.texts() == ["daily post"]
    assert (bench.state(chat), bench.state(daily)) == ("missed", "published")


def test_what_waits_for_its_account_beyond_its_tolerance_is_missed(bench: Bench) -> None:
    chat = bench.queue(text="Q1", late_ok=TWO_MINUTES)
    bench.sandbox.add_fault("twitter", "status", status=429)  # for a quarter of an hour
    bench.run()
    bench.live_through(TWO_MINUTES + SECOND)
    assert bench.state(chat) == "missed"
    bench.live_through(HOUR)
    assert bench.texts() == []


def test_what_passed_its_tolerance_behind_a_slow_call_is_not_sent_after_it(
    bench: Bench, clock: FixedClock, network_time: NetworkTime
) -> None:
    slow, chat = bench.queue(text="slow"), bench.queue(text="Q1", late_ok=TWO_MINUTES)
    network_time.during_next_call(lambda: clock.advance(TWO_MINUTES + SECOND))
    bench.run()
    bench.run()
    assert bench.texts() == ["slow"]
    assert (bench.state(slow), bench.state(chat)) == ("published", "missed")


def test_an_account_without_credentials_is_held_with_the_reason_and_the_others_go_out(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench(connected=["fice-facebook"])
    x, facebook = bench.queue("fice-x"), bench.queue("fice-facebook")
    later = bench.queue("fice-x", "later", due=NOON + DAY)
    bench.run()
    assert [bench.state(one) for one in (x, later, facebook)] == ["held", "held", "published"]
    for name in ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"):
        assert f"FICE_X_{name}" in bench.row(x)["reason"]
    assert bench.dispatcher.idle()
    with bench.store.read() as connection:
        assert [one.id for one in listing.needing_a_person(connection)] == [x, later]


def test_an_account_that_is_given_credentials_goes_on_by_itself(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench(connected=[])
    daily, chat = bench.queue(text="daily"), bench.queue(text="Q1", late_ok=TWO_MINUTES)
    bench.run()
    assert bench.states() == {"held": 2}
    connected = new_bench(name="w2")
    connected.advance(HOUR)
    connected.live_through(MINUTE)
    assert (bench.state(daily), bench.state(chat)) == ("published", "missed")
    assert bench.texts() == ["daily"]


def test_an_account_that_no_file_names_any_more_is_held(bench: Bench) -> None:
    one = bench.queue()
    del bench.settings.accounts["fice-x"]  # type: ignore[attr-defined]
    bench.run()
    assert (bench.state(one), bench.row(one)["hold"]) == ("held", "not-connected")
    assert "accounts.toml has no account 'fice-x'" in bench.row(one)["reason"]


def test_what_a_person_holds_is_not_released_with_the_credentials(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    one = bench.queue()
    bench.desk().hold([one], "the minister reads it first")
    bench.live_through(HOUR)
    assert (bench.state(one), bench.row(one)["hold"]) == ("held", "operator")


def test_the_next_instant_is_the_earliest_of_all_that_waits(bench: Bench) -> None:
    assert bench.dispatcher.next_instant() is None
    bench.queue("fice-x", due=NOON + HOUR)
    assert bench.dispatcher.next_instant() == NOON + HOUR
    bench.queue("fice-facebook", due=NOON + MINUTE)
    assert bench.dispatcher.next_instant() == NOON + MINUTE
    bench.sandbox.add_fault("facebook", "drop_after")
    bench.after(minutes=1)
    assert bench.dispatcher.next_instant() == NOON + 2 * MINUTE  # a look


def test_a_worker_is_idle_when_nothing_is_due_now(bench: Bench) -> None:
    assert bench.dispatcher.idle()
    bench.queue(due=NOON + MINUTE)
    assert bench.dispatcher.idle()
    bench.advance(MINUTE)
    assert not bench.dispatcher.idle()
    bench.run()
    assert bench.dispatcher.idle()


def test_a_worker_is_not_idle_while_a_backlog_is_spaced_out(bench: Bench) -> None:
    for text in ("one", "two"):
        bench.queue(text=text)
    bench.after(hours=1)
    assert (bench.texts(), bench.dispatcher.idle()) == (["one"], False)
    bench.after(seconds=10)
    assert (bench.texts(), bench.dispatcher.idle()) == (["one", "two"], True)


def test_a_worker_is_not_idle_while_another_one_publishes(
    new_bench: Callable[..., Bench], network_time: NetworkTime
) -> None:
    bench, other = new_bench(), new_bench(name="w2")
    bench.queue()
    seen: list[bool] = []
    network_time.during_next_call(lambda: seen.append(other.dispatcher.idle()))
    bench.run()
    assert (seen, other.dispatcher.idle()) == ([False], True)


def test_a_worker_that_stops_starts_nothing(bench: Bench) -> None:
    one = bench.queue()
    bench.stopping.set()
    bench.run()
    assert bench.story(one) == ["scheduled"]


def test_a_pass_over_nothing_writes_nothing(bench: Bench, said: Said, clock: FixedClock) -> None:
    bench.queue(due=NOON + HOUR)
    bench.run()
    bench.writes_refused = True
    bench.run()
    assert said.records == []
