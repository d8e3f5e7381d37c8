"""Workers: who is alive, whose lease goes on, and who is certainly gone."""

import os
import socket
import subprocess
import sys
from datetime import datetime

from sqlalchemy import insert

from bot.model.state import State
from bot.store import Store, queue, upkeep, workers
from bot.store.queue import LEASE, Claim
from bot.store.tables import workers as worker_table
from bot.store.workers import ALIVE, WorkerRow
from tests.store.acts import HOUR, LIMIT, OTHER, SECOND, begin, claim, publish, row, state_of
from tests.store.conftest import NOON, address_of, delivery, queue_up

# Heartbeats are in real time, which in a rehearsal is another than the campaign's.
REAL = NOON + 1000 * HOUR
LONG_SILENT = 20 * ALIVE
ACCOUNTS = ["fice-x", "fice-facebook"]

SHORT_LIFE = """
import sys
from datetime import datetime
from bot.store import open_store, workers
workers.register(open_store(sys.argv[1]), "short-lived", [], datetime.fromisoformat(sys.argv[2]))
"""


def known(store: Store) -> list[WorkerRow]:
    with store.read() as connection:
        return list(workers.all_workers(connection))


def names(store: Store) -> list[str]:
    return [one.id for one in known(store)]


def dead(store: Store, real_now: datetime = REAL, *, me: str = "w1") -> list[str]:
    with store.read() as connection:
        return workers.dead(connection, me, real_now)


def alive(store: Store, real_now: datetime) -> list[str]:
    with store.read() as connection:
        return [one.id for one in workers.alive(connection, real_now)]


def register(store: Store, worker: str = "w1", real_now: datetime = REAL) -> None:
    workers.register(store, worker, ACCOUNTS, real_now)


def beat(store: Store, worker: str, *held: Claim, now: datetime = NOON, real_now: datetime = REAL) -> None:
    workers.beat(store, worker, ACCOUNTS, [one.token for one in held], now, real_now)


def of_another_machine(store: Store, worker: str) -> None:
    with store.write() as connection:
        connection.execute(
            insert(worker_table).values(
                id=worker, host="elsewhere", pid=os.getpid(), accounts=[], started_at=REAL, heartbeat_at=REAL
            )
        )


def test_a_worker_is_known_from_its_start_to_its_orderly_end(store: Store) -> None:
    register(store)
    [one] = known(store)
    assert (one.id, one.host, one.pid) == ("w1", socket.gethostname(), os.getpid())
    assert (one.started_at, one.heartbeat_at, one.accounts) == (REAL, REAL, ACCOUNTS)
    workers.leave(store, "w1")
    assert known(store) == []


def test_a_sign_of_life_is_in_real_time(store: Store) -> None:
    register(store)
    beat(store, "w1", real_now=REAL + SECOND)
    [one] = known(store)
    assert (one.started_at, one.heartbeat_at) == (REAL, REAL + SECOND)


def test_the_worker_heard_of_last_comes_first(store: Store) -> None:
    for number, worker in enumerate(["w1", "w2", "w3"]):
        register(store, worker, REAL + number * SECOND)
    beat(store, "w2", real_now=REAL + 9 * SECOND)
    assert names(store) == ["w2", "w3", "w1"]


def test_a_sign_of_life_renews_the_leases_of_what_the_worker_has_in_hand(store: Store) -> None:
    [one] = queue_up(store, delivery())
    register(store)
    held = claim(store)
    begin(store, held)
    beat(store, "w1", held, now=NOON + 30 * SECOND)
    assert row(store, one)["lease_until"] == NOON + 30 * SECOND + LEASE
    assert upkeep.rescue(store, NOON + LEASE + SECOND, {}) == 0
    assert upkeep.rescue(store, NOON + 30 * SECOND + LEASE + SECOND, {}) == 1


def test_what_no_thread_of_a_living_worker_has_in_hand_loses_its_lease(store: Store) -> None:
    """A thread that has failed must not leave its delivery in flight for as long as the process lives."""
    [one, two] = queue_up(store, delivery("week/1.md", "a"), delivery("week/1.md", "b"))
    claim(store, "a")
    held = claim(store, "b")
    beat(store, "w1", held, now=NOON + LEASE)
    assert upkeep.rescue(store, NOON + LEASE + SECOND, {}) == 1
    assert (state_of(store, one), state_of(store, two)) == (State.UNCERTAIN, State.PUBLISHING)


def test_a_renewed_lease_lets_the_next_part_of_a_thread_go(store: Store) -> None:
    queue_up(store, delivery(texts=["one", "two"]))
    register(store)
    held = publish(store, claim(store))
    beat(store, "w1", held, now=NOON + 40 * SECOND)
    publish(store, held, OTHER, NOON + LEASE + SECOND)


def test_a_sign_of_life_renews_no_lease_of_another_worker(store: Store) -> None:
    [one, two] = queue_up(store, delivery("week/1.md", "a"), delivery("week/1.md", "b"))
    claim(store, "a", worker="w1")
    held = claim(store, "b", worker="w2")
    beat(store, "w2", held, now=NOON + 30 * SECOND)
    assert row(store, one)["lease_until"] == NOON + LEASE
    assert row(store, two)["lease_until"] == NOON + 30 * SECOND + LEASE


def test_a_sign_of_life_brings_nothing_back_that_was_rescued(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    upkeep.rescue(store, NOON + HOUR, {})
    beat(store, "w1", held, now=NOON + HOUR)
    assert (state_of(store, one), row(store, one)["lease_until"]) == (State.UNCERTAIN, None)
    waiting = held.next_sending
    assert waiting is not None
    assert queue.begin(store, held, waiting.part, "payload", NOON + HOUR, LIMIT) is None


def test_a_sign_of_life_leaves_what_has_ended_as_it_is(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = publish(store, claim(store))
    before = row(store, one)
    beat(store, "w1", held, now=NOON + SECOND)
    assert row(store, one) == before


def test_a_worker_never_takes_itself_for_dead(store: Store) -> None:
    """After a night's sleep of the machine its own last sign of life is long ago."""
    register(store)
    assert dead(store, REAL + LONG_SILENT + SECOND) == []


def test_a_worker_whose_process_is_gone_is_dead_at_once(store: Store) -> None:
    arguments = [address_of(store), REAL.isoformat()]
    subprocess.run([sys.executable, "-c", SHORT_LIFE, *arguments], check=True)
    register(store)
    assert sorted(names(store)) == ["short-lived", "w1"]
    assert dead(store) == ["short-lived"]
    workers.forget(store, dead(store))
    assert names(store) == ["w1"]


def test_a_worker_whose_process_runs_on_this_machine_is_not_dead(store: Store) -> None:
    register(store, "other")
    with store.write() as connection:
        connection.execute(worker_table.update().values(pid=os.getppid()))
    assert dead(store) == []


def test_a_worker_that_had_the_number_of_this_process_is_dead(store: Store) -> None:
    """In a container every process that is started anew has the number of the one before it."""
    register(store, "the-one-before")
    register(store)
    assert dead(store) == ["the-one-before"]


def test_of_another_machine_only_a_long_silence_tells(store: Store) -> None:
    of_another_machine(store, "w2")
    assert dead(store, REAL + LONG_SILENT) == []
    assert dead(store, REAL + LONG_SILENT + SECOND) == ["w2"]
    beat(store, "w2", real_now=REAL + LONG_SILENT)
    assert dead(store, REAL + LONG_SILENT + SECOND) == []


def test_a_worker_that_was_given_up_is_known_again_at_its_next_sign_of_life(store: Store) -> None:
    """Another one took it for dead while its machine slept; awake, it goes on."""
    register(store)
    awake = REAL + LONG_SILENT + SECOND
    workers.forget(store, dead(store, awake, me="w2"))
    beat(store, "w1", real_now=awake)
    [one] = known(store)
    assert (one.id, one.accounts, one.heartbeat_at) == ("w1", ACCOUNTS, awake)


def test_only_who_was_heard_of_lately_is_alive(store: Store) -> None:
    register(store)
    assert alive(store, REAL + ALIVE - SECOND) == ["w1"]
    assert alive(store, REAL + ALIVE + SECOND) == []


def test_a_clock_that_is_set_back_a_little_makes_nobody_dead(store: Store) -> None:
    register(store)
    assert alive(store, REAL - ALIVE + SECOND) == ["w1"]
    assert dead(store, REAL - HOUR, me="w2") == ["w1"]  # by its process, which is this one
    of_another_machine(store, "w3")
    assert "w3" not in dead(store, REAL - HOUR, me="w2")


def test_the_work_of_the_dead_is_rescued_and_that_of_the_living_is_not(store: Store) -> None:
    [one, two] = queue_up(store, delivery("week/1.md", "a"), delivery("week/1.md", "b"))
    register(store)
    of_another_machine(store, "w2")
    begin(store, claim(store, "a", worker="w1"))
    begin(store, claim(store, "b", worker="w2"))
    upkeep.rescue(store, NOON + SECOND, {}, dead(store, REAL + LONG_SILENT + SECOND))
    assert (state_of(store, one), state_of(store, two)) == (State.PUBLISHING, State.UNCERTAIN)
