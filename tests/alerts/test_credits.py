"""Credits: an account that has used them up waits, says so everywhere, and goes on when there are some."""

from datetime import timedelta

from bot.clock import FixedClock
from bot.planning.booking import of_queue
from bot.planning.finding import Mark
from bot.planning.queue_ahead import of_standstill
from bot.planning.status import look
from bot.store.desk import Desk
from bot.store.post_log import Filter, entries
from tests.alerts.catcher import MAIL, settings_of
from tests.alerts.catcher import look as told
from tests.worker.helper import HOUR, MINUTE, NOON, Bench

WEEK = frozenset({"week"})


def test_an_account_without_credits_waits_says_so_and_goes_on(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    ours = [bench.queue("fice-x", text=f"number {number}") for number in range(3)]
    elsewhere = bench.queue("fice-facebook", text="Hello there")
    bench.sandbox.add_fault("twitter", "status", named="credits used up", count=4)
    bench.run()
    assert [bench.state(one) for one in (*ours, elsewhere)] == ["scheduled"] * 3 + ["published"]

    shown = {one.account: one for one in look(bench.store, bench.settings, bench.clock).accounts}
    assert shown["fice-x"].said.startswith("waits until 2018-09-24 12:15 UTC: ")
    assert "Buy credits" in shown["fice-x"].said
    [standstill] = of_standstill(bench.store, of_queue(bench.store, WEEK), bench.settings, bench.clock.now())
    assert (standstill.mark, standstill.subject) == (Mark.NO, "fice-x")
    with bench.store.read() as connection:
        story = [one.reason for one in entries(connection, Filter(delivery=ours[0]))]
    assert "Buy credits" in story[-1]
    [notice] = told(bench, settings)
    assert notice.subject == "nothing goes out on fice-x: credits"

    bench.live_through(HOUR - MINUTE)  # nobody has bought any: a try each quarter of an hour, told once
    assert [len(bench.attempts(one)) for one in ours] == [4, 0, 0]
    assert told(bench, settings) == []
    assert bench.texts("fice-x") == []

    bench.live_through(2 * MINUTE)  # somebody has
    assert bench.texts("fice-x") == ["number 0", "number 1", "number 2"]
    assert [bench.state(one) for one in ours] == ["published"] * 3
    assert look(bench.store, bench.settings, bench.clock).fine
    assert isinstance(bench.clock, FixedClock)
    assert bench.clock.now() - NOON == timedelta(hours=1, minutes=1)


def test_who_has_bought_credits_lets_it_go_on_at_once(bench: Bench) -> None:
    one = bench.queue("fice-x")
    bench.sandbox.add_fault("twitter", "status", named="credits used up", count=1)
    bench.run()
    assert bench.state(one) == "scheduled"
    now = bench.clock.now()
    Desk(bench.store, "anna", now).reschedule({one: (now, now.isoformat())}, "credits were bought")
    bench.run()
    assert bench.state(one) == "published"


def test_a_rate_limit_is_waited_out_whoever_asks(bench: Bench) -> None:
    one = bench.queue("fice-x")
    bench.sandbox.add_fault("twitter", "status", status=429)
    bench.run()
    now = bench.clock.now()
    Desk(bench.store, "anna", now).reschedule({one: (now, now.isoformat())}, "")
    bench.run()
    assert bench.state(one) == "scheduled"
