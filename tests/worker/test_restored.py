"""A database that was brought back from a copy: what has gone out meanwhile goes out no second time."""

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.store import StoreError, open_store, restored
from bot.store.backup import backup
from bot.store.post_log import WORKER

from .helper import BY_NETWORK, EVERY_NETWORK, HOUR, MINUTE, NOON, SECOND, SETTLE, Bench, House, Said, stop

DAY = timedelta(days=1)


@contextmanager
def lost_time(new_bench: Callable[..., Bench], bench: Bench) -> Iterator[Callable[..., Bench]]:
    """What happens in the block is known to the networks only: afterwards the database is that of before.

    Given is what opens the copy, as a worker does at its start.
    """
    copy = bench.folder / "copy.db"
    backup(bench.store, copy, "anna", bench.clock.now())

    def come_back(**options: object) -> Bench:
        bench.store.close()
        for left in bench.folder.glob("bot.db*"):
            left.unlink()
        shutil.copy(copy, bench.folder / "bot.db")
        again = new_bench(name="w2", **options)
        restored.arrive(again.store, again.name, again.clock.now())
        return again

    yield come_back


def published(bench: Bench, *ours: int) -> list[bool]:
    return [bench.state(one) == "published" for one in ours]


@pytest.mark.parametrize("network", EVERY_NETWORK)
def test_what_went_out_since_the_copy_is_adopted_with_the_networks_own_id(
    new_bench: Callable[..., Bench], network: str
) -> None:
    bench, account = new_bench(), EVERY_NETWORK[network]
    bench.sandbox.set_refuse_duplicates(False)
    before = bench.queue(account, "before", due=NOON)
    since = [bench.queue(account, f"number {n}", due=NOON + n * MINUTE) for n in range(1, 4)]
    later = bench.queue(account, "later", due=NOON + 2 * HOUR)
    bench.run()
    with lost_time(new_bench, bench) as come_back:
        bench.live_through(HOUR)
        links = [bench.row(one)["remote_url"] for one in since]
    again = come_back()
    again.live_through(3 * HOUR)
    assert published(again, before, *since, later) == [True] * 5
    assert [again.row(one)["remote_url"] for one in since] == links
    assert [again.story(one)[-2:] for one in since] == [["uncertain", "published"]] * 3
    assert again.texts(account) == ["before", "number 1", "number 2", "number 3", "later"]
    assert [one.created_at for one in again.feed(account)][-1] == NOON + 2 * HOUR  # not a second late


def test_what_did_not_go_out_goes_out_by_its_tolerance(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    case_study = bench.queue(text="case study", due=NOON + MINUTE, late_ok=DAY)
    chat = bench.queue(text="Q1", due=NOON + MINUTE, late_ok=2 * MINUTE)
    with lost_time(new_bench, bench) as come_back:
        bench.advance(HOUR)  # no worker ran
    again = come_back()
    again.live_through(HOUR)
    assert (again.state(case_study), again.state(chat)) == ("published", "missed")
    assert again.texts() == ["case study"]
    waited = again.feed()[0].created_at - NOON - HOUR
    assert 2 * SETTLE <= waited <= 2 * SETTLE + SECOND  # absent twice, a settling time apart


def test_a_question_that_is_due_in_minutes_is_not_made_late(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench()
    with lost_time(new_bench, bench) as come_back:
        pass
    again = come_back()
    chat = again.queue(text="Q1", due=NOON + 3 * MINUTE, late_ok=2 * MINUTE)
    again.live_through(HOUR)
    assert (again.state(chat), again.feed()[0].created_at) == ("published", NOON + 3 * MINUTE)


def test_of_a_thread_that_is_out_in_part_only_the_rest_follows(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    thread = bench.queue(text=["1/3", "2/3", "3/3"], due=NOON + MINUTE)
    with lost_time(new_bench, bench) as come_back:
        bench.advance(MINUTE)
        held = bench.claim()
        bench.begin(held)
        bench.call(held)  # and then the disk was lost
    again = come_back()
    again.live_through(HOUR)
    assert (again.state(thread), again.texts()) == ("published", ["1/3", "2/3", "3/3"])
    first, second, third = again.feed()
    assert (second.parent_id, third.parent_id) == (first.id, second.id)


@pytest.mark.parametrize("account", ["fice-facebook", "fice-linkedin"])
def test_a_first_comment_is_looked_for_as_well(new_bench: Callable[..., Bench], account: str) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(account, "The post", comment="The comment", due=NOON + MINUTE)
    with lost_time(new_bench, bench) as come_back:
        bench.live_through(2 * MINUTE)
        shown = bench.texts(account)
    again = come_back()
    again.live_through(HOUR)
    assert (again.state(one), again.texts(account)) == ("published", shown)


def test_what_the_files_asked_for_only_after_the_copy_is_looked_for_before_it_is_sent(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench()
    with lost_time(new_bench, bench) as come_back:
        bench.queue(text="added later", due=NOON + MINUTE)
        bench.live_through(2 * MINUTE)
    again = come_back()
    again.sandbox.set_refuse_duplicates(False)
    once_more = again.queue(text="added later", due=NOON + MINUTE)  # `bot apply`
    again.live_through(HOUR)
    assert (again.state(once_more), again.texts()) == ("published", ["added later"])


def test_two_with_the_same_words_are_told_apart(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    evening = bench.queue(text="The chat begins soon", due=NOON + 5 * HOUR)
    noon = bench.queue(text="The chat begins soon", due=NOON + MINUTE)
    with lost_time(new_bench, bench) as come_back:
        bench.live_through(HOUR)
    again = come_back()
    again.live_through(5 * HOUR)
    assert [one.created_at for one in again.feed()] == [NOON + MINUTE, NOON + 5 * HOUR]
    assert [again.row(one)["remote_id"] for one in (noon, evening)] == [one.id for one in again.feed()]


def test_a_call_that_was_under_way_when_the_copy_was_made_is_found(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue()
    held = bench.claim()
    with lost_time(new_bench, bench) as come_back:
        bench.begin(held)
        bench.call(held)
        bench.advance(HOUR)
    again = come_back()
    again.live_through(HOUR)
    assert (again.state(one), again.texts()) == ("published", ["Hello"])


def test_where_nobody_may_look_a_person_is_asked_and_nothing_is_sent(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    bench.sandbox.set_reads_allowed("linkedin", False)
    out = bench.queue("fice-linkedin", "out", due=NOON + MINUTE)
    waiting = bench.queue("fice-linkedin", "waiting", due=NOON + 3 * HOUR)
    with lost_time(new_bench, bench) as come_back:
        bench.live_through(HOUR)
    again = come_back()
    again.live_through(HOUR)
    assert (again.state(out), again.state(waiting)) == ("uncertain", "uncertain")
    again.resolve(out, again.feed("fice-linkedin")[0].url)
    again.desk().resolve_not_published(waiting, "")
    again.live_through(3 * HOUR)
    assert published(again, out, waiting) == [True, True]
    assert again.texts("fice-linkedin") == ["out", "waiting"]


def test_what_a_person_holds_stays_held_and_is_looked_for_when_it_is_let_go(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(due=NOON + MINUTE, late_ok=DAY)
    bench.desk().hold([one], "the minister reads it first")
    with lost_time(new_bench, bench) as come_back:
        bench.desk().release([one], "")
        bench.live_through(HOUR)
    again = come_back()
    again.live_through(HOUR)
    assert again.row(one)["hold"] == "operator"
    again.desk().release([one], "")
    again.live_through(HOUR)
    assert (again.state(one), again.texts()) == ("published", ["Hello"])


def test_what_was_missed_and_then_sent_by_hand_is_not_sent_again_by_hand(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(late_ok=2 * MINUTE)
    bench.after(hours=1)
    assert bench.state(one) == "missed"
    with lost_time(new_bench, bench) as come_back:
        bench.desk().reschedule({one: (bench.clock.now(), "now")}, "")
        bench.run()
        assert bench.state(one) == "published"
    again = come_back()
    again.live_through(HOUR)
    assert again.state(one) == "missed"
    again.desk().reschedule({one: (again.clock.now(), "now")}, "")
    again.live_through(HOUR)
    assert (again.state(one), again.texts()) == ("published", ["Hello"])


def test_what_looks_twice_in_vain_goes_out_only_once_the_network_can_be_asked(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(due=NOON + MINUTE, late_ok=DAY)
    with lost_time(new_bench, bench) as come_back:
        bench.live_through(HOUR)
    again = come_back()
    again.sandbox.add_fault("twitter", "status", on="read", status=500, count=3)
    again.live_through(2 * HOUR)
    assert (again.state(one), again.texts()) == ("published", ["Hello"])


def test_it_is_done_once(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench()
    bench.queue(due=NOON + HOUR)
    with lost_time(new_bench, bench) as come_back:
        pass
    again = come_back()
    assert restored.arrive(again.store, "w3", again.clock.now()) is None
    again.live_through(10 * MINUTE)
    looks = again.looks()
    again.live_through(2 * HOUR)
    assert (looks, again.looks()) == (2, 2)


def test_a_copy_of_a_copy_is_as_old_as_the_first(new_bench: Callable[..., Bench], tmp_path: Path) -> None:
    bench = new_bench()
    one = bench.queue(due=NOON + MINUTE)
    backup(bench.store, tmp_path / "first.db", "anna", NOON)
    first = open_store(f"sqlite:///{tmp_path / 'first.db'}")
    backup(first, tmp_path / "second.db", "anna", NOON + DAY)
    second = open_store(f"sqlite:///{tmp_path / 'second.db'}")
    found = restored.arrive(second, WORKER, NOON + DAY)
    first.close()
    second.close()
    assert found is not None
    assert (found.since, found.deliveries) == (NOON, one)


def test_what_no_backup_of_ours_has_made_can_be_declared_by_hand(bench: Bench) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(late_ok=DAY)
    held = bench.claim()
    bench.begin(held)
    bench.call(held)
    with bench.store.write() as connection:  # as a dump has it that was made before
        connection.exec_driver_sql("DELETE FROM attempt")
        connection.exec_driver_sql(
            "UPDATE delivery SET state = 'scheduled', lease_until = NULL, token = NULL, worker = NULL"
        )
    bench.advance(HOUR)
    said = restored.declare(bench.store, NOON, "anna", bench.clock.now())
    assert "restored from a copy of 2018-09-24 12:00:00 UTC: 1 deliveries may have gone out" in said.words
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


# The file itself


def test_a_worker_whose_database_was_replaced_sends_nothing_more(
    bench: Bench, clock: FixedClock, said: Said
) -> None:
    bench.queue(due=NOON + MINUTE)
    backup(bench.store, bench.folder / "copy.db", "anna", NOON)
    (bench.folder / "copy.db").replace(bench.folder / "bot.db")
    clock.advance(MINUTE)
    with pytest.raises(StoreError, match=r"bot\.db: the file was replaced while it was in use"):
        bench.claim()
    assert bench.texts() == []
    assert said.tracebacks() == []
    assert said.lines(level=logging.ERROR) == []


def test_a_copy_beside_the_wal_of_its_predecessor_is_refused(bench: Bench) -> None:
    for number in range(20):
        bench.queue(text=f"number {number}", due=NOON + HOUR)
    backup(bench.store, bench.folder / "copy.db", "anna", NOON)
    bench.queue(text="after the copy", due=NOON + HOUR)
    wal = bench.folder / "bot.db-wal"
    assert wal.stat().st_size
    shutil.copy(bench.folder / "copy.db", bench.folder / "new.db")
    shutil.copy(wal, bench.folder / "new.db-wal")  # as a worker that was killed leaves it
    with pytest.raises(StoreError, match=r"new\.db is a copy, but .*delete .*new\.db-wal and .*new\.db-shm"):
        open_store(f"sqlite:///{bench.folder / 'new.db'}")
    (bench.folder / "new.db-wal").unlink()
    open_store(f"sqlite:///{bench.folder / 'new.db'}").close()
    assert sqlite3.connect(bench.folder / "new.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_week_is_restored_by_the_commands_and_nothing_is_doubled(travelling_house: House) -> None:
    house = travelling_house
    assert house.clock is not None
    house.sandbox.set_refuse_duplicates(False)
    accounts = tuple(BY_NETWORK.values())
    start = house.clock.now()
    for number in range(3):
        house.post(f"{number}", f"number {number}", *accounts, at=start + number * MINUTE + SECOND)
    house.bot("apply")
    house.bot("db", "backup", "copy.db")
    worker = house.worker()
    house.travel(minutes=1, seconds=30)
    house.live_until({"published": 6, "scheduled": 3})
    database = house.folder / "var" / "bot.db"
    shutil.copy(house.folder / "copy.db", house.folder / "again.db")
    (house.folder / "again.db").replace(database)
    assert worker.wait(60) == 1  # it has noticed
    assert "was replaced while it was in use" in house.said()
    for left in ("-wal", "-shm"):
        database.with_name(f"bot.db{left}").unlink(missing_ok=True)
    worker = house.worker()
    house.travel(minutes=1)
    house.live_until({"published": 9})
    assert stop(worker) == 0
    assert set(house.shown().values()) == {3}
    assert house.sandbox.duplicates() == 0
    assert "restored from a copy" in house.said()
    assert "Traceback" not in house.said()
