"""The engine: the settings on which the promises rest are in force, and writers wait instead of failing."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import IntegrityError

import bot.store.engine as engine_module
from bot.store import Store, StoreError, lanes, listing, open_store, postgresql, switches
from bot.store.engine import connect
from bot.store.listing import QueueFilter
from bot.store.tables import parts
from tests.store.acts import SPACING
from tests.store.conftest import NOON, address_of, delivery, queue_up


@pytest.fixture
def impatient(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The same database, opened by somebody who waits for a lock only for a moment."""
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    monkeypatch.setitem(postgresql._SESSION, "lock_timeout", "50ms")
    opened = connect(address_of(store))
    yield opened
    opened.close()


def pragma(store: Store, name: str, *, writing: bool) -> object:
    with store.write() if writing else store.read() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


@pytest.mark.parametrize("writing", [True, False], ids=["writing", "reading"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 15_000)],
)
def test_the_settings_are_in_force(file_store: Store, name: str, value: object, writing: bool) -> None:
    assert pragma(file_store, name, writing=writing) == value


def test_the_settings_are_in_force_on_every_connection(file_store: Store) -> None:
    with file_store.read(), file_store.read(), file_store.read() as third:
        assert third.execute(text("PRAGMA synchronous")).scalar() == 2
        assert third.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_a_part_of_no_delivery_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), store.write() as connection:
        connection.execute(insert(parts).values(delivery_id=77, number=1, content={}))


def test_a_writer_holds_the_lock_from_its_first_moment(store: Store, impatient: Store) -> None:
    nothing_is_written_yet = store.write()
    with nothing_is_written_yet, pytest.raises(StoreError, match="another program holds the database"):
        switches.pause(impatient, "", "anna", NOON)


def test_a_second_writer_waits_until_the_first_is_done(store: Store) -> None:
    other = open_store(address_of(store))
    came: list[str] = []
    began = threading.Event()

    def second() -> None:
        began.set()
        with other.write() as connection:
            came.append("second")
            # It sees what the first has committed: it has not begun before.
            assert switches.current_pause(connection) is not None

    with store.write() as connection:
        thread = threading.Thread(target=second)
        thread.start()
        began.wait()
        connection.execute(text("INSERT INTO switch VALUES ('pause', '', 'anna', '2018-09-24')"))
        came.append("first")
    thread.join()
    other.close()
    assert came == ["first", "second"]


def test_who_reads_first_and_writes_then_is_not_refused_because_of_another(store: Store) -> None:
    """What a transaction that takes the lock only when it writes would suffer, whatever its time-out."""
    failed: list[BaseException] = []
    barrier = threading.Barrier(4)

    def count_up() -> None:
        try:
            barrier.wait()
            for _ in range(25):
                with store.write() as connection:
                    seen = connection.execute(text("SELECT count(*) FROM switch")).scalar_one()
                    connection.execute(
                        text("INSERT INTO switch VALUES (:name, '', 'anna', '2018-09-24')"),
                        {"name": f"switch-{seen}"},
                    )
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM switch")).scalar() == 100


def test_readers_are_not_blocked_by_a_writer(store: Store, impatient: Store) -> None:
    queue_up(store, delivery())
    with store.write() as connection:
        connection.execute(text("UPDATE delivery SET reason = 'half done'"))
        with impatient.read() as reader:
            [seen] = listing.queue(reader, QueueFilter())
    assert seen.reason == ""


def test_a_writer_is_not_blocked_by_a_reader(store: Store, impatient: Store) -> None:
    with store.read() as reader:
        lanes.all_lanes(reader, NOON, SPACING)
        assert switches.pause(impatient, "", "anna", NOON)


def test_a_reader_sees_one_consistent_view(store: Store) -> None:
    with store.read() as reader:
        assert switches.current_pause(reader) is None
        switches.pause(store, "", "anna", NOON)
        assert switches.current_pause(reader) is None
    with store.read() as reader:
        assert switches.current_pause(reader) is not None


def test_what_fails_half_way_has_changed_nothing(store: Store) -> None:
    def half_way() -> None:
        with store.write() as connection:
            connection.execute(text("INSERT INTO switch VALUES ('pause', '', 'anna', '2018-09-24')"))
            raise RuntimeError("the program stops here")

    with pytest.raises(RuntimeError):
        half_way()
    with store.read() as connection:
        assert switches.current_pause(connection) is None


def test_times_come_back_as_they_were_given(store: Store) -> None:
    switches.pause(store, "", "anna", NOON)
    with store.read() as connection:
        pause = switches.current_pause(connection)
    assert pause is not None
    assert (pause.at, pause.at.utcoffset()) == (NOON, NOON.utcoffset())


def test_too_many_at_once_is_trouble_of_the_store_that_may_be_tried_again(tmp_path: Path) -> None:
    """The worker insists on writing what has happened as long as it is told of a StoreError."""
    path = f"sqlite:///{tmp_path / 'bot.db'}"
    open_store(path).close()
    store = Store(create_engine(path, pool_size=1, max_overflow=0, pool_timeout=0.05))
    with store.read(), pytest.raises(StoreError), store.write():
        pass
    store.close()


def test_a_full_disk_is_said_so_and_loses_nothing(file_store: Store) -> None:
    [one] = queue_up(file_store, delivery())
    with file_store.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        connection.commit()
    full = [delivery(f"week/{number}.md", texts=["x" * 2000]) for number in range(2, 20)]
    with pytest.raises(StoreError, match="the disk is full: free some room"):
        queue_up(file_store, *full)
    with file_store.read() as connection:
        assert [found.id for found in listing.queue(connection, QueueFilter())] == [one]
