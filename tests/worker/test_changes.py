"""The change check: what other processes write is noticed."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.store.engine import DamagedStoreError
from bot.worker.changes import Changes

from .helper import NOON, Bench, eventually

WRITE = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=30)
with store:
    store.execute("INSERT INTO switch VALUES ('pause', '', 'anna', '2018-09-24 12:00:00')")
store.close()
"""


@pytest.fixture
def changes(bench: Bench) -> Iterator[Changes]:
    opened = Changes(bench.store)
    yield opened
    opened.close()


def test_nothing_written_is_no_change(changes: Changes) -> None:
    assert not changes.happened()
    assert not changes.happened()


def test_a_write_by_another_process_is_a_change_once(changes: Changes, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", WRITE, str(tmp_path / "bot.db")], check=True, timeout=60)
    assert changes.happened()
    assert not changes.happened()


def test_what_is_queued_is_a_change(changes: Changes, bench: Bench) -> None:
    bench.queue(due=NOON)
    assert changes.happened()


def test_what_was_written_before_the_first_look_is_no_change(bench: Bench) -> None:
    bench.queue(due=NOON)
    changes = Changes(bench.store)
    try:
        assert not changes.happened()
    finally:
        changes.close()


def test_reading_is_no_change(changes: Changes, bench: Bench) -> None:
    bench.states()
    assert not changes.happened()


def test_a_write_that_is_taken_back_is_no_change(changes: Changes, bench: Bench) -> None:
    with bench.locked():
        pass
    assert not changes.happened()


def test_a_write_under_way_is_no_change_and_does_not_stop_the_check(changes: Changes, bench: Bench) -> None:
    with bench.locked():
        assert not changes.happened()


def test_changes_are_noticed_from_another_thread(
    changes: Changes, bench: Bench, new_bench: Callable[..., Bench]
) -> None:
    seen: list[bool] = []
    new_bench(name="w2").queue(due=NOON)
    bench.lanes.run("a look", lambda: seen.append(changes.happened()))
    eventually(lambda: seen)
    assert seen == [True]


def test_a_check_may_be_under_way_while_it_is_closed(bench: Bench) -> None:
    changes, failed, enough = Changes(bench.store), [], threading.Event()

    def check() -> None:
        try:
            while not enough.is_set():
                changes.happened()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    changes.happened()
    changes.close()
    changes.happened()
    changes.close()
    enough.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_file_that_went_away_is_noticed(bench: Bench, changes: Changes, tmp_path: Path) -> None:
    assert not changes.happened()
    (tmp_path / "bot.db").rename(tmp_path / "elsewhere.db")
    with pytest.raises(DamagedStoreError, match="was deleted while it was in use"):
        changes.happened()
