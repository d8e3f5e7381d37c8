"""Degraded: a disk that is full, and a database that goes away under a running worker."""

import json
import resource
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock

from .helper import LONG_S, House, eventually, stop


def events(house: House) -> list[str]:
    return [line["event"] for line in lines(house)]


def lines(house: House) -> list[dict[str, Any]]:
    return [json.loads(line) for line in house.said().splitlines()]


def fill_disk(house: House, worker: "subprocess.Popen[bytes]") -> None:
    """Let no file of the worker grow any more; its log is shorter than the database's."""
    size = (house.folder / "var" / "bot.db-wal").stat().st_size
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def make_room(worker: "subprocess.Popen[bytes]") -> None:
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def with_a_post_out_and_the_disk_full(house: House) -> "subprocess.Popen[bytes]":
    """A worker whose post is out, while the disk has no room for saying so."""
    house.post("1-post", "The post", "fice-x")
    house.bot("apply")
    house.sandbox.add_fault("twitter", "slow", seconds=2)
    worker = house.worker()
    eventually(lambda: house.shown() == Counter(["The post"]), LONG_S)
    fill_disk(house, worker)
    eventually(lambda: "not-written" in events(house), LONG_S)
    return worker


def test_what_is_out_is_written_as_soon_as_a_full_disk_has_room(house: House) -> None:
    worker = with_a_post_out_and_the_disk_full(house)
    assert house.states() == {"publishing": 1}
    make_room(worker)
    eventually(lambda: house.states() == {"published": 1}, LONG_S)
    eventually(lambda: "store-works" in events(house) or "store-trouble" not in events(house), LONG_S)
    assert stop(worker) == 0
    said = Counter(events(house))
    assert (said["not-written"], said["written"]) == (1, 1)  # when it began, and when it was over
    assert said["store-trouble"] == said["store-works"] <= 1
    [trouble] = [line for line in lines(house) if line["event"] == "not-written"]
    assert "the disk is full, or fails: free some room" in trouble["message"]
    assert "https://x.com/" in trouble["message"]  # the proof, wherever the log goes
    assert trouble["delivery"] == 1
    assert house.shown() == Counter(["The post"])
    assert "Traceback" not in house.said()


def test_what_was_out_when_the_worker_died_on_a_full_disk_is_found(travelling_house: House) -> None:
    house = travelling_house
    house.sandbox.set_refuse_duplicates(False)
    worker = with_a_post_out_and_the_disk_full(house)
    worker.kill()
    worker.wait()
    worker = house.worker()
    house.live_until({"published": 1})
    assert stop(worker) == 0
    assert house.shown() == Counter(["The post"])
    assert "found" in events(house)


def delete(database: Path) -> None:
    for file in database.parent.glob("bot.db*"):
        file.unlink()


def replace(database: Path) -> None:
    """As who restores a copy without having stopped the worker."""
    copy = database.with_name("copy")
    shutil.copy(database, copy)
    copy.replace(database)


def damage(database: Path) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("UPDATE lane SET reason = 'touched'")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()
    with database.open("r+b") as file:
        file.write(b"no database at all " * 4000)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (delete, "the file was deleted while it was in use"),
        (replace, "the file was replaced while it was in use"),
        (damage, "restore it from a backup"),
    ],
)
def test_a_worker_does_not_go_on_without_its_database(
    house: House, harm: Callable[[Path], None], said: str
) -> None:
    house.post("1-post", "The post", "fice-x", at=SystemClock().now() + timedelta(hours=1))
    house.bot("apply")
    worker = house.worker()
    eventually(lambda: "worker-started" in events(house), LONG_S)
    harm(house.folder / "var" / "bot.db")
    assert worker.wait(LONG_S) == 1
    assert events(house) == ["worker-started", "worker-stopped", "ended"]
    ended = lines(house)[-1]
    assert ended["level"] == "critical"
    assert said in ended["message"]
    assert "Traceback" not in house.said()
