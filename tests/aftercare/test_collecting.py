"""Collecting figures: on time, by one worker, and never in the way of publishing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.aftercare.collecting import Collector
from bot.figures import NONE, FigureOptions
from bot.model.figures import MEASURES, Rhythm
from bot.model.outcome import Cause
from bot.store import figures as store_figures
from bot.store import lanes
from bot.store.figures import TURN, Turn
from bot.store.tables import figures
from tests.worker.helper import EVERY_ACCOUNT, HOUR, MINUTE, NOON, Bench, Said, eventually

from .helper import IN_TWO_PARTS, calls, collector, published, remove

NETWORK = {account: EVERY_ACCOUNT[account] for account in IN_TWO_PARTS}
HOURLY = FigureOptions(usual=Rhythm(HOUR, 24 * HOUR, 720 * HOUR), networks={})
each_account = pytest.mark.parametrize("account", NETWORK)


def rows(bench: Bench, delivery: int) -> Sequence[Mapping[str, object]]:
    with bench.store.read() as connection:
        statement = select(figures).where(figures.c.delivery_id == delivery)
        return connection.execute(statement.order_by(figures.c.collected_at)).mappings().all()


def hourly(bench: Bench) -> Collector:
    """One that asks every hour of a post's first day, whatever the network."""
    found = collector(bench)
    found.use(replace(bench.settings, figures=HOURLY))
    return found


def collect(bench: Bench, by: Collector) -> list[str]:
    """One look of the worker; the accounts that were asked about."""
    due = list(by.due_now())
    for account in due:
        by.collect(account)
    return due


@each_account
def test_figures_are_collected_when_they_are_due_and_not_before(bench: Bench, account: str) -> None:
    one = published(bench, account)
    asking, before = hourly(bench), calls(bench, account, "GET")
    collect(bench, asking)
    bench.advance(HOUR - MINUTE)
    assert collect(bench, asking) == []
    assert (calls(bench, account, "GET"), rows(bench, one)) == (before, [])
    bench.advance(MINUTE)
    assert collect(bench, asking) == [account]
    found = rows(bench, one)
    assert {row["collected_at"] for row in found} == {NOON + HOUR}
    assert {row["part"] for row in found} == ({1, 2} if account in ("fice-x", "fice-mastodon") else {1})
    assert collect(bench, asking) == []


@each_account
def test_what_a_network_does_not_say_stays_empty(bench: Bench, account: str) -> None:
    from bot.networks import network_type

    one = published(bench, account, text="Hello")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    collect(bench, asking)
    [row] = rows(bench, one)
    told = {name for name in MEASURES if row[name] is not None}
    assert told
    assert told <= set(network_type(NETWORK[account]).abilities.figures)


def test_posts_of_an_account_share_a_request(bench: Bench) -> None:
    ones = [published(bench, "fice-linkedin", text=f"Post {number}") for number in range(3)]
    single = published(bench, "fice-linkedin", text="Another")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    before = calls(bench, "fice-linkedin", "GET")
    collect(bench, asking)
    assert all(len(rows(bench, one)) == 1 for one in [*ones, single])
    assert calls(bench, "fice-linkedin", "GET") - before <= 2


@each_account
def test_of_two_workers_one_collects(new_bench: Callable[..., Bench], account: str) -> None:
    ours, theirs = new_bench(), new_bench(name="w2")
    one = published(ours, account)
    collect(ours, hourly(ours))
    ours.advance(HOUR)
    first, second = hourly(ours), hourly(theirs)
    assert first.due_now() == second.due_now() == [account]
    assert first.collect(account)
    asked = calls(ours, account, "GET")
    assert not second.collect(account)
    assert calls(ours, account, "GET") == asked
    parts = 2 if account in ("fice-x", "fice-mastodon") else 1
    assert len(rows(ours, one)) == parts


def test_the_turn_of_a_worker_that_died_runs_out(bench: Bench) -> None:
    one = published(bench, "fice-linkedin", text="Hello")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    assert store_figures.take_turn(bench.store, Turn("fice-linkedin", "dead"), bench.clock.now())
    assert asking.due_now() == []
    assert not asking.collect("fice-linkedin")
    bench.advance(TURN)
    assert collect(bench, asking) == ["fice-linkedin"]
    assert len(rows(bench, one)) == 1


def test_who_has_lost_the_turn_asks_about_nothing_more(bench: Bench) -> None:
    published(bench, "fice-linkedin", text="Hello")
    bench.advance(HOUR)
    late = Turn("fice-linkedin", "late")
    assert store_figures.take_turn(bench.store, late, bench.clock.now())
    bench.advance(TURN)
    assert store_figures.take_turn(bench.store, Turn("fice-linkedin", "new"), bench.clock.now())
    rhythm = HOURLY.usual
    assert store_figures.next_batch(bench.store, late, rhythm, bench.clock.now()) == []


@each_account
def test_after_a_refusal_an_account_rests_and_the_report_knows_why(
    bench: Bench, said: Said, account: str
) -> None:
    one = published(bench, account, text="Hello")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    bench.sandbox.add_fault(NETWORK[account], "status", on="read", status=429, count=9)
    assert collect(bench, asking) == [account]
    assert (rows(bench, one), asking.due_now()) == ([], [])
    assert len(said.lines("no figures")) == 1
    with bench.store.read() as connection:
        assert account in store_figures.troubles(connection)
    bench.sandbox.clear_faults()
    bench.advance(HOUR)
    assert collect(bench, asking) == [account]
    assert len(rows(bench, one)) == 1
    with bench.store.read() as connection:
        assert store_figures.troubles(connection) == {}


def test_an_account_that_waits_is_not_asked_about(bench: Bench) -> None:
    published(bench, "fice-linkedin", text="Hello")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    until = bench.clock.now() + HOUR
    lanes.block(bench.store, "fice-linkedin", until, Cause.BLOCKED, "suspended")
    assert asking.due_now() == []
    bench.advance(HOUR)
    assert asking.due_now() == ["fice-linkedin"]


def test_where_it_is_switched_off_nothing_is_asked(bench: Bench) -> None:
    published(bench, "fice-linkedin", text="Hello")
    bench.advance(48 * HOUR)
    asking = collector(bench)
    for options in (NONE, FigureOptions(networks={"linkedin": None})):
        asking.use(replace(bench.settings, figures=options))
        assert asking.due_now() == []
        assert not asking.collect("fice-linkedin")


def test_what_was_taken_away_is_not_asked_about_and_keeps_its_last_figures(bench: Bench) -> None:
    one = published(bench, "fice-linkedin", text="Hello")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    collect(bench, asking)
    remove(bench, one)
    bench.advance(24 * HOUR)
    assert asking.due_now() == []
    assert len(rows(bench, one)) == 1


def test_a_post_that_is_gone_is_told_nothing_about_and_asked_about_to_its_last_time(bench: Bench) -> None:
    one = published(bench, "fice-linkedin", text="Hello")
    asking = hourly(bench)
    collect(bench, asking)
    bench.sandbox._books.delete("linkedin", bench.feed("fice-linkedin")[0].id)
    for _ in range(3):
        bench.advance(HOUR)
        assert collect(bench, asking) == ["fice-linkedin"]
    assert rows(bench, one) == []
    bench.advance(720 * HOUR)
    collect(bench, asking)
    assert bench.row(one)["figures_at"] is None


def test_after_its_last_time_a_post_is_left_alone_and_its_figures_stay_few(bench: Bench) -> None:
    one = published(bench, "fice-linkedin", text="Hello")
    asking = collector(bench)
    often = FigureOptions(usual=Rhythm(timedelta(minutes=30), 7 * 24 * HOUR, 35 * 24 * HOUR), networks={})
    asking.use(replace(bench.settings, figures=often))
    collect(bench, asking)
    for _ in range(300):
        at = bench.row(one)["figures_at"]
        if at is None:
            break
        bench.advance(at - bench.clock.now())
        collect(bench, asking)
    assert bench.row(one)["figures_at"] is None
    assert len(rows(bench, one)) == 24 + 5 + 1
    assert rows(bench, one)[-1]["collected_at"] == NOON + 35 * 24 * HOUR


def test_what_could_not_be_asked_about_for_long_is_given_up_without_a_request(bench: Bench) -> None:
    one = published(bench, "fice-linkedin", text="Hello")
    bench.advance(timedelta(days=60))
    before = calls(bench, "fice-linkedin", "GET")
    collect(bench, hourly(bench))
    assert bench.row(one)["figures_at"] is None
    assert calls(bench, "fice-linkedin", "GET") == before


def test_a_network_that_hangs_does_not_keep_a_post_from_going_out(bench: Bench) -> None:
    published(bench, "fice-linkedin", text="Hello")
    bench.advance(4 * HOUR)
    bench.dispatcher.use(replace(bench.settings, figures=HOURLY))
    bench.sandbox.add_fault("linkedin", "hang", on="read", seconds=20)
    bench.dispatcher._collector._looked_at = float("-inf")
    two = bench.queue("fice-linkedin", "Good afternoon", due=bench.clock.now())
    bench.dispatcher.dispatch()
    eventually(lambda: bench.state(two) == "published")
    eventually(lambda: bench.lanes.busy() == {"figures of fice-linkedin"})


def test_on_postgresql_of_two_workers_one_collects(new_server_bench: Callable[..., Bench]) -> None:
    ours, theirs = new_server_bench(), new_server_bench(name="w2")
    one = published(ours, "fice-linkedin", **IN_TWO_PARTS["fice-linkedin"])
    collect(ours, hourly(ours))
    ours.advance(HOUR)
    assert hourly(ours).collect("fice-linkedin")
    assert not hourly(theirs).collect("fice-linkedin")
    assert len(rows(ours, one)) == 1
    remove(ours, one)
    assert ours.row(one)["removed_by"] == "anna"


def test_what_is_out_of_a_thread_whose_rest_was_given_up_is_counted(bench: Bench) -> None:
    one = bench.queue(**IN_TWO_PARTS["fice-x"])
    bench.sandbox.add_fault("twitter", "slow", seconds=0)  # the first part goes out
    bench.sandbox.add_fault("twitter", "status", status=400)
    bench.run()
    bench.desk().cancel([one], "")
    asking = hourly(bench)
    collect(bench, asking)
    bench.advance(HOUR)
    assert collect(bench, asking) == ["fice-x"]
    assert [row["part"] for row in rows(bench, one)] == [1]
