"""The change check: what other processes write is noticed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

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
