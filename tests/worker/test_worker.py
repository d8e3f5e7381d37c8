"""The worker: wakes when something is due, says what troubles it, and recovers."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from bot.sandbox import credentials
from bot.seal import new_key
from bot.store import workers
from bot.worker import lanes as lanes_module
from bot.worker import worker as worker_module
from bot.worker.worker import Worker

from .helper import (
    BY_NETWORK,
    HOUR,
    MINUTE,
    NOON,
    Bench,
    MovableClock,
    NetworkTime,
    Said,
    eventually,
    running,
)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


def known(bench: Bench) -> list[str]:
    with bench.store.read() as connection:
        return [one.id for one in workers.all_workers(connection)]


def test_what_is_due_goes_out(bench: Bench) -> None:
    one = bench.queue()
    with running(bench):
        eventually(lambda: bench.state(one) == "published")


def test_what_falls_due_while_it_runs_goes_out(bench: Bench, clock: MovableClock) -> None:
    one = bench.queue(due=NOON + HOUR)
    with running(bench):
        clock.advance(HOUR)
        eventually(lambda: bench.state(one) == "published")


def test_what_is_queued_while_it_sleeps_goes_out(new_bench: Callable[..., Bench]) -> None:
    bench, desk = new_bench(), new_bench(name="w2")
    with running(bench):
        one = desk.queue()
        eventually(lambda: bench.state(one) == "published")


def test_a_doubt_is_ended_without_anybody_asking(bench: Bench, clock: MovableClock) -> None:
    one = bench.queue()
    bench.sandbox.add_fault("twitter", "drop_after")
    with running(bench):
        eventually(lambda: bench.state(one) == "uncertain")
        clock.advance(MINUTE)
        eventually(lambda: bench.state(one) == "published")


def test_a_worker_is_signed_on_while_it_runs(bench: Bench) -> None:
    with running(bench) as worker:
        assert known(bench) == [worker.id]
    assert known(bench) == []


def test_an_account_goes_on_by_itself_when_its_credentials_work_again(
    bench: Bench, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "VERIFY_STOPPED_S", 0.2)  # a minute is long for a test
    ours = [bench.queue(text=f"number {number}") for number in range(3)]
    bench.sandbox.set_credentials("fice-x", "expired")
    with running(bench):
        eventually(lambda: bench.state(ours[0]) in ("failed", "held"))
        eventually(lambda: bench.looks() >= 2)  # it asks whether they work, and they do not
        assert [len(bench.attempts(one)) for one in ours] == [1, 0, 0]
        bench.sandbox.set_credentials("fice-x", "valid")
        eventually(lambda: [bench.state(one) for one in ours[1:]] == ["published"] * 2)
    assert bench.lane("fice-x").cause is None
    assert len(said.lines("fice-x works again")) == 1
    assert len(said.lines(level=logging.WARNING)) == 1


@pytest.mark.parametrize("account", ["fice-x", "fice-facebook", "fice-linkedin"])
def test_an_account_goes_on_by_itself_when_it_has_its_right_again(
    bench: Bench, said: Said, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    monkeypatch.setattr(worker_module, "VERIFY_STOPPED_S", 0.2)
    ours = [bench.queue(account, f"number {number}") for number in range(3)]
    bench.sandbox.set_credentials(account, "read-only")
    with running(bench):
        eventually(lambda: bench.state(ours[0]) == "failed")
        eventually(lambda: bench.looks(account) >= 2)
        assert [len(bench.attempts(one)) for one in ours] == [1, 0, 0]
        bench.sandbox.set_credentials(account, "valid")
        eventually(lambda: [bench.state(one) for one in ours[1:]] == ["published"] * 2)
    assert len(said.lines(f"{account} works again")) == 1
    assert len(said.lines(level=logging.WARNING)) == 1


def test_a_right_of_which_asking_shows_nothing_is_not_tried_again_and_again(
    bench: Bench, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "VERIFY_STOPPED_S", 0.1)
    ours = [bench.queue(text=f"number {number}") for number in range(3)]
    bench.sandbox.add_fault("twitter", "status", named="app without a project", count=9)
    with running(bench):
        eventually(lambda: bench.state(ours[0]) == "failed")
        eventually(lambda: bench.looks() >= 4)  # each time it seems to be well
    assert [len(bench.attempts(one)) for one in ours] == [1, 0, 0]
    assert bench.lane("fice-x").cause == "permission"
    assert said.lines("works again") == []


def test_a_stopped_account_goes_on_after_a_restart_with_new_credentials(bench: Bench) -> None:
    refused, waiting = bench.queue(text="one"), bench.queue(text="two")
    bench.sandbox.set_credentials("fice-x", "revoked")
    bench.run()
    bench.sandbox.set_credentials("fice-x", "valid")
    with running(bench):
        eventually(lambda: bench.state(waiting) == "published")
    assert bench.state(refused) in ("failed", "published")


def test_an_account_that_lacked_a_right_goes_on_after_a_reload_with_new_credentials(bench: Bench) -> None:
    """As after a restart: whether they have the right shows only in a post."""
    refused = bench.queue(text="one")
    bench.sandbox.add_fault("twitter", "status", named="app without a project", count=1)
    with running(bench) as worker:
        eventually(lambda: bench.state(refused) == "failed")
        waiting = bench.queue(text="two", due=bench.clock.now())
        worker.use(bench.settings)
        eventually(lambda: bench.state(waiting) == "published")


def test_a_reload_while_the_database_can_not_be_read_does_not_end_the_worker(
    new_bench: Callable[..., Bench], said: Said
) -> None:
    own = credentials.environment(credentials.account("linkedin", "fice-linkedin", "fice_linkedin"))
    bench = new_bench(variables={**own, "BOT_SECRET_KEY": new_key()})  # whose token lies in the database
    out_of_reach = True

    def on_checkout(*_: object) -> None:
        if out_of_reach:
            raise sqlite3.OperationalError("disk I/O error")

    with running(bench) as worker:
        eventually(worker.idle)
        event.listen(bench.store.engine, "checkout", on_checkout)
        worker.use(bench.settings)
        assert said.lines("the settings are read anew; connected: not known yet")
        out_of_reach = False
        one = bench.queue("fice-linkedin", due=bench.clock.now())
        eventually(lambda: bench.state(one) == "published")


def test_a_stop_leaves_nothing_in_publishing_and_a_later_answer_still_counts(
    bench: Bench, said: Said, network_time: NetworkTime
) -> None:
    one = bench.queue()
    worker = Worker(bench.store, bench.settings, bench.clock)
    network_time.during_next_call(lambda: worker.stop(grace=timedelta(0)))
    worker.start()
    # Its grace is over while the call is under way, so it is in doubt until the answer comes.
    eventually(lambda: bench.state(one) == "published")
    assert bench.story(one) == ["scheduled", "publishing", "uncertain", "published"]
    eventually(lambda: said.lines("has stopped"))


def test_a_stop_waits_for_the_call_under_way_and_claims_no_more(bench: Bench) -> None:
    posts = [bench.queue(text=f"number {number}") for number in range(20)]
    bench.sandbox.add_fault("twitter", "slow", seconds=0.3, count=20)
    with running(bench):
        eventually(bench.feed)
    states = [bench.state(one) for one in posts]
    assert set(states) == {"published", "scheduled"}
    assert states == sorted(states)  # the first ones are out
    assert len(bench.feed()) == states.count("published")


# Trouble with the store: one line, however often it comes back, no traceback, and then everything goes on.


@pytest.mark.parametrize("trouble", ["read-only", "locked"])
def test_a_pass_that_the_store_refuses_is_said_in_one_line_and_repeated(
    bench: Bench, said: Said, clock: MovableClock, trouble: str
) -> None:
    chat = bench.queue("kenya-x", late_ok=2 * MINUTE, due=NOON + MINUTE)
    with running(bench), refusing(bench, trouble) as end_of_it:
        clock.advance(5 * MINUTE)
        eventually(lambda: said.lines(level=logging.ERROR))
        seen = bench.transactions
        eventually(lambda: bench.transactions > seen + 30)
        end_of_it()
        eventually(lambda: bench.state(chat) == "missed")
    assert said.tracebacks() == []
    assert len(said.lines("trying on")) == 1


@pytest.mark.parametrize("trouble", ["read-only", "locked"])
def test_a_claim_that_the_store_refuses_is_said_in_one_line_and_repeated(
    bench: Bench, said: Said, clock: MovableClock, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes_module, "REST_S", 0.1)  # the rest of a lane that failed is long for a test
    posts = [bench.queue(account, due=NOON + MINUTE) for account in BY_NETWORK.values()]
    with running(bench), refusing(bench, trouble) as end_of_it:
        clock.advance(MINUTE)
        eventually(lambda: said.lines(level=logging.ERROR))
        seen = bench.transactions
        eventually(lambda: bench.transactions > seen + 60)
        end_of_it()
        eventually(lambda: [bench.state(one) for one in posts] == ["published"] * 3)
    assert said.tracebacks() == []
    assert len(said.lines(level=logging.ERROR)) == 1
    assert bench.sandbox.duplicates() == 0


@contextmanager
def refusing(bench: Bench, trouble: str) -> Iterator[Callable[[], None]]:
    """A store that takes no writes, until what is given is called."""
    if trouble == "locked":
        with bench.locked() as unlock:
            yield unlock
        return
    bench.writes_refused = True

    def end_of_it() -> None:
        bench.writes_refused = False

    try:
        yield end_of_it
    finally:
        end_of_it()


def test_a_worker_that_another_one_took_for_dead_signs_on_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "HEARTBEAT_S", 0.2)  # five seconds are long for a test
    with running(bench) as worker:
        workers.forget(bench.store, [worker.id])  # as after a night in which the machine slept
        eventually(lambda: known(bench) == [worker.id])


def test_a_trouble_with_the_store_is_known_while_it_lasts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "HEARTBEAT_S", 0.1)
    with running(bench) as worker:
        assert worker.troubles() == frozenset()
        bench.writes_refused = True
        eventually(lambda: any("read-only" in words for words in worker.troubles()))
        bench.writes_refused = False
        eventually(lambda: not worker.troubles())


def test_a_stopped_worker_that_starts_again_is_another_one(bench: Bench) -> None:
    with running(bench) as first:
        pass
    with running(bench) as second:
        assert known(bench) == [second.id] != [first.id]
