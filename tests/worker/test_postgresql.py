"""Workers on PostgreSQL: together, wherever they run and whatever stops, they publish everything once."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.clock import FixedClock
from bot.model.outcome import Cause
from bot.store import lanes, workers
from bot.worker.changes import Changes
from bot.worker.worker import Worker
from tests.postgres import Server

from .helper import BY_NETWORK, LONG_S, NOON, Bench, House, MovableClock, Said, eventually, stop

ACCOUNTS = tuple(BY_NETWORK.values())
NewBench = Callable[..., Bench]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def bench(new_server_bench: NewBench) -> Bench:
    return new_server_bench()


@pytest.fixture
def changes(bench: Bench) -> Iterator[Changes]:
    opened = Changes(bench.store)
    yield opened
    opened.close()


def write(house: House, names: Sequence[str], text: str = "number") -> None:
    for name in names:
        house.post(name, f"{text} {name}", *ACCOUNTS)


def once_each(house: House, count: int) -> None:
    """Followers have seen every text of every account, and none of them twice."""
    seen = Counter((one.account, one.text) for one in house.sandbox.feed())
    assert [text for text, times in seen.items() if times > 1] == []
    assert len(seen) == count


def test_what_a_killed_worker_had_in_hand_another_one_brings_to_its_end(
    travelling_server_house: House,
) -> None:
    house = travelling_server_house
    house.sandbox.set_refuse_duplicates(False)
    write(house, ["0", "1"])
    house.sandbox.add_fault("twitter", "hang", stored=True, seconds=60)
    house.bot("apply")
    victim = house.worker()
    eventually(lambda: house.states() == {"published": 4, "publishing": 1, "scheduled": 1}, LONG_S)
    survivor = house.worker()
    eventually(lambda: house.workers() == 2, LONG_S)
    victim.kill()
    victim.wait()
    eventually(lambda: house.workers() == 1, LONG_S)
    house.live_until({"published": 6})
    assert stop(survivor) == 0
    once_each(house, 6)


def test_a_server_that_restarts_in_the_middle_of_a_call_loses_nothing(
    postgresql: Server, server_house: House
) -> None:
    house = server_house
    write(house, ["0"])
    house.sandbox.add_fault("twitter", "slow", seconds=2)
    house.bot("apply")
    worker = house.worker()
    eventually(lambda: house.states() == {"published": 2, "publishing": 1}, LONG_S)
    postgresql.stop()
    try:
        eventually(lambda: "can not be written yet" in house.said(), LONG_S)
    finally:
        postgresql.start()
    write(house, ["1"])
    house.bot("apply")
    eventually(lambda: house.states() == {"published": 6}, LONG_S)
    assert stop(worker) == 0
    once_each(house, 6)
    assert "Traceback" not in house.said()
    assert house.said().count("the database server does not answer: is it running") == 2  # worker and lane


def test_a_worker_that_sleeps_for_an_hour_is_woken_by_what_another_process_queues(
    new_server_bench: NewBench,
) -> None:
    bench, desk = new_server_bench(), new_server_bench(name="w2")
    worker = Worker(bench.store, bench.settings, bench.clock, patience=timedelta(hours=1))
    worker.start()
    try:
        one = desk.queue()
        eventually(lambda: bench.state(one) == "published")
    finally:
        worker.stop()


def test_nothing_written_is_no_change(changes: Changes) -> None:
    assert not changes.happened()


def test_what_another_process_queues_is_a_change_once(changes: Changes, new_server_bench: NewBench) -> None:
    new_server_bench(name="w2").queue(due=NOON)
    eventually(changes.happened)
    assert not changes.happened()


@pytest.mark.parametrize("act", ["pause", "resume", "hold", "block", "a worker comes", "a worker leaves"])
def test_what_concerns_other_workers_is_a_change(bench: Bench, new_server_bench: NewBench, act: str) -> None:
    other = new_server_bench(name="w2")
    one = other.queue(due=NOON)
    if act == "resume":
        other.pause()
    workers.register(other.store, "w0", [], NOON)
    changes = Changes(bench.store)
    {
        "pause": other.pause,
        "resume": other.resume,
        "hold": lambda: other.desk().hold([one], ""),
        "block": lambda: lanes.block(other.store, "fice-x", NOON, Cause.BUSY, "busy"),
        "a worker comes": lambda: workers.register(other.store, "w2", [], NOON),
        "a worker leaves": lambda: workers.leave(other.store, "w0"),
    }[act]()
    eventually(changes.happened)
    changes.close()


def test_a_sign_of_life_and_a_claim_wake_nobody(bench: Bench, new_server_bench: NewBench) -> None:
    """Else the workers would keep each other awake."""
    other = new_server_bench(name="w2")
    other.queue(due=NOON)
    workers.register(other.store, "w2", [], NOON)
    changes = Changes(bench.store)
    held = other.claim()
    workers.beat(other.store, "w2", [], [held.token], NOON, NOON)
    assert not changes.happened()
    other.pause()  # which is told after all of that
    eventually(changes.happened)
    changes.close()


def test_a_write_that_is_taken_back_is_no_change(changes: Changes, bench: Bench) -> None:
    with pytest.raises(IntegrityError), bench.store.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO switch SELECT 'pause', '', 'anna', now() FROM generate_series(1, 2)"
        )
    assert not changes.happened()


def test_a_lost_connection_is_made_anew_and_counts_as_a_change(
    postgresql: Server, changes: Changes, new_server_bench: NewBench
) -> None:
    postgresql.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    )
    eventually(changes.happened)
    eventually(lambda: not changes.happened())
    new_server_bench(name="w2").queue(due=NOON)
    eventually(changes.happened)


def test_a_worker_says_once_that_its_clock_is_off(bench: Bench, said: Said) -> None:
    worker = Worker(bench.store, bench.settings, FixedClock(NOON))  # a noon long ago
    for _ in range(3):
        worker._compare_clocks()
    worker.stop()
    [line] = said.lines("clock")
    assert "set both by NTP" in line
