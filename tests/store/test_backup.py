"""A backup: whole and checked while others write, and never in the place of something else."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bot.store import Store, StoreError, listing, open_store
from bot.store.backup import backup
from bot.store.engine import DamagedStoreError
from bot.store.listing import QueueFilter
from tests.store.acts import broken_chains, claim, everything, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.store.rights import without_rights

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(file_store: Store) -> Store:
    """Only a file is copied here; PostgreSQL has tools for that."""
    return file_store


def verdict(copy: Path) -> str:
    database = sqlite3.connect(copy)
    try:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        database.close()


def posts(store: Store) -> set[str]:
    with store.read() as connection:
        return {one.post for one in listing.queue(connection, QueueFilter(ended=True))}


def refusal(store: Store, target: Path) -> str:
    with pytest.raises(StoreError) as caught:
        backup(store, target, "tester", NOON)
    assert "\n" not in str(caught.value)
    assert str(target) in str(caught.value)
    return str(caught.value)


def test_a_copy_says_the_same_as_the_original(store: Store, tmp_path: Path) -> None:
    queue_up(store, delivery("week/1.md", texts=["one", "two"]), delivery("week/2.md", "fice-facebook"))
    publish(store, claim(store))
    target = tmp_path / "copy.db"
    size = backup(store, target, "tester", NOON)
    assert (size, verdict(target)) == (target.stat().st_size, "ok")
    copy = open_store(f"sqlite:///{target}")
    said = everything(copy)
    assert said.pop("switch") == [("copy", "", "tester", NOON)]  # that it is one, and of when
    assert said == {name: rows for name, rows in everything(store).items() if name != "switch"}
    copy.close()


def test_a_copy_is_one_file_with_nothing_beside_it(store: Store, tmp_path: Path) -> None:
    queue_up(store, delivery())
    (tmp_path / "copies").mkdir()
    backup(store, tmp_path / "copies" / "copy.db", "tester", NOON)
    assert [found.name for found in (tmp_path / "copies").iterdir()] == ["copy.db"]


def test_work_goes_on_from_a_copy_where_the_original_was(store: Store, tmp_path: Path) -> None:
    [one] = queue_up(store, delivery())
    backup(store, tmp_path / "copy.db", "tester", NOON)
    copy = open_store(f"sqlite:///{tmp_path / 'copy.db'}")
    publish(copy, claim(copy))
    assert broken_chains(copy) == []
    copy.close()
    with store.read() as connection:
        found = listing.one(connection, one)
    assert found is not None
    assert found["state"] == "scheduled"


def test_a_copy_made_while_others_write_is_whole_and_has_all_that_was_there_before(
    store: Store, tmp_path: Path
) -> None:
    queue_up(store, *(delivery(f"week/before-{number}.md") for number in range(300)))
    before = posts(store)
    writing, enough = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def write() -> None:
        number = 0
        try:
            while not enough.is_set():
                queue_up(store, delivery(f"week/during-{number}.md"))
                number += 1
                writing.set()
        except BaseException as error:  # noqa: BLE001
            failed.append(error)
            writing.set()

    thread = threading.Thread(target=write)
    thread.start()
    copies = [tmp_path / f"{number}.db" for number in range(5)]
    seen = []
    try:
        writing.wait()
        for target in copies:
            seen.append(posts(store))
            backup(store, target, "tester", NOON)
    finally:
        enough.set()
        thread.join()
    assert not failed
    after = posts(store)
    assert after > before
    for target, known in zip(copies, seen, strict=True):
        assert verdict(target) == "ok"
        copy = open_store(f"sqlite:///{target}")
        assert before <= known <= posts(copy) <= after
        assert broken_chains(copy) == []  # no transaction was copied by halves
        copy.close()


@pytest.mark.parametrize("kind", ["file", "folder", "the database itself"])
def test_what_is_there_already_is_not_replaced(store: Store, tmp_path: Path, kind: str) -> None:
    queue_up(store, delivery())
    target = tmp_path / ("bot.db" if kind == "the database itself" else "copy.db")
    if kind == "file":
        target.write_text("another thing")
    if kind == "folder":
        target.mkdir()
    before = everything(store)
    assert "exists already: name a new file" in refusal(store, target)
    assert everything(store) == before
    if kind == "file":
        assert target.read_text() == "another thing"


def test_a_folder_that_does_not_exist_is_said_so(store: Store, tmp_path: Path) -> None:
    refusal(store, tmp_path / "nowhere" / "copy.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_can_not_be_written_is_said_so_and_nothing_is_left_there(store: Store) -> None:
    with without_rights() as (folder, powerless):
        with powerless():
            refusal(store, folder / "copy.db")
        assert list(folder.iterdir()) == []


def test_what_a_crash_left_of_an_earlier_copy_does_not_stand_in_the_way(store: Store, tmp_path: Path) -> None:
    (tmp_path / ".copy.db.part").write_bytes(b"half of it" * 1000)
    queue_up(store, delivery())
    backup(store, tmp_path / "copy.db", "tester", NOON)
    assert verdict(tmp_path / "copy.db") == "ok"


def test_of_two_copies_to_the_same_file_at_once_one_is_whole_and_the_other_refused(
    store: Store, tmp_path: Path
) -> None:
    queue_up(store, *(delivery(f"week/{number}.md") for number in range(300)))
    target = tmp_path / "copy.db"
    barrier = threading.Barrier(2)
    ends: list[str] = []

    def copy() -> None:
        barrier.wait()
        try:
            backup(store, target, "tester", NOON)
            ends.append("whole")
        except StoreError:
            ends.append("refused")

    threads = [threading.Thread(target=copy) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "whole" in ends
    assert len(ends) == 2
    assert verdict(target) == "ok"


STALE = "is of the database that was there before"


def test_a_copy_put_beside_what_a_crash_left_of_the_old_database_is_refused(
    store: Store, tmp_path: Path
) -> None:
    """SQLite would write the newest changes of the old database into the copy."""
    queue_up(store, delivery())
    backup(store, tmp_path / "copy.db", "tester", NOON)
    queue_up(store, delivery("week/2.md"))
    place = tmp_path / "restored"
    place.mkdir()
    shutil.copy(tmp_path / "copy.db", place / "bot.db")
    shutil.copy(tmp_path / "bot.db-wal", place / "bot.db-wal")  # as after a kill
    with pytest.raises(DamagedStoreError, match=STALE):
        open_store(f"sqlite:///{place / 'bot.db'}")
    (place / "bot.db-wal").unlink()
    restored = open_store(f"sqlite:///{place / 'bot.db'}")
    assert posts(restored) == {"week/1.md"}
    restored.close()


def test_a_database_that_was_killed_is_opened_with_its_newest_changes(store: Store, tmp_path: Path) -> None:
    queue_up(store, delivery())
    place = tmp_path / "killed"
    place.mkdir()
    for name in ("bot.db", "bot.db-wal"):
        shutil.copy(tmp_path / name, place / name)
    opened = open_store(f"sqlite:///{place / 'bot.db'}")
    assert posts(opened) == {"week/1.md"}
    opened.close()


WRITER = """
import sys
from bot.store import open_store
from tests.store.conftest import delivery, queue_up
store = open_store(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    queue_up(store, delivery(f"week/{sys.argv[2]}-{number}.md"))
    number += 1
"""


def test_copies_made_while_several_processes_write_can_be_put_in_the_place_of_the_database(
    store: Store, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path / 'bot.db'}"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, address, name], stdout=subprocess.PIPE, cwd=ROOT)
        for name in ("a", "b", "c")
    ]
    copies = [tmp_path / f"copy-{number}.db" for number in range(4)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        known = []
        for target in copies:
            known.append(posts(store))
            backup(store, target, "tester", NOON)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    for number, (target, before) in enumerate(zip(copies, known, strict=True)):
        place = tmp_path / str(number)
        place.mkdir()
        shutil.copy(target, place / "bot.db")
        restored = open_store(f"sqlite:///{place / 'bot.db'}")
        assert verdict(target) == "ok"
        assert before <= posts(restored) <= posts(store)
        assert broken_chains(restored) == []
        queue_up(restored, delivery("week/work-goes-on.md"))
        restored.close()
    assert len(known[-1]) > len(known[0])
