"""A backup: whole and checked while others write, and never in the place of something else."""

import sqlite3
import threading
from pathlib import Path

import pytest

from bot.store import Store, StoreError, listing, open_store
from bot.store.backup import backup
from bot.store.listing import QueueFilter
from tests.store.acts import broken_chains, claim, everything, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.store.rights import without_rights


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
