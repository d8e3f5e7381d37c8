"""Migrations: two may start at once, the tables are the ones that the code knows, and trouble is one line."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

import bot.store.engine as engine_module
from bot.store import Store, StoreError, migrate, open_store, switches
from bot.store.engine import connect
from tests.store.conftest import NOON, delivery, queue_up
from tests.store.rights import without_rights

ROUNDS = 15
MIGRATIONS = Path(migrate.__file__).parent / "migrations"

OPENER = """
import sys
import alembic.command, alembic.config
from bot.store import open_store
print("ready", flush=True)
for url in sys.stdin:
    try:
        open_store(url.strip()).close()
        print("opened", flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", flush=True)
"""


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def refusal(path: Path) -> str:
    """What is said when the database can not be opened; always one line that names the file."""
    with pytest.raises(StoreError) as caught:
        open_store(url(path)).close()
    said = str(caught.value)
    assert "\n" not in said
    assert str(path) in said
    return said


@contextmanager
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who waits for a lock gives up after a moment."""
    with monkeypatch.context() as patched:
        patched.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
        yield


def schema(database: sqlite3.Connection) -> dict[str, str]:
    """Every table, index and trigger with its definition, without what layout changes."""
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def clauses(definition: str) -> list[str]:
    """The columns and constraints of a table, in no order."""
    inside = definition[definition.index("(") + 1 : definition.rindex(")")]
    found, depth, begin = [], 0, 0
    for at, letter in enumerate(inside):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append(inside[begin:at].strip())
            begin = at + 1
    return sorted([*found, inside[begin:].strip()])


def test_the_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_the_migrations_make_the_constraints_and_partial_indexes_that_the_code_knows(
    file_store: Store, tmp_path: Path
) -> None:
    """What the comparison of Alembic does not see: conditions of indexes, checks, keys."""
    engine = create_engine(url(tmp_path / "model.db"))
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    with file_store.read() as connection, sqlite3.connect(tmp_path / "model.db") as model:
        made = schema(connection.connection.driver_connection)
        wanted = schema(model)
    model.close()
    assert "delivery_in_flight" in wanted
    for name, definition in wanted.items():
        if definition.startswith("CREATE TABLE"):
            assert clauses(made[name]) == clauses(definition), name
        else:
            assert made[name] == definition, name


def test_the_head_that_the_code_names_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [migrate.HEAD]


def test_a_database_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    store = connect(url(tmp_path / "bot.db"))
    assert migrate.upgrade(store)
    assert not migrate.upgrade(store)
    store.close()


def test_two_processes_that_start_at_once_on_an_empty_file_both_succeed(tmp_path: Path) -> None:
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = []
    try:
        for process in pair:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for number in range(ROUNDS):
            for process in pair:
                assert process.stdin is not None
                process.stdin.write(url(tmp_path / f"{number}.db") + "\n")
                process.stdin.flush()
            said += [process.stdout.readline().strip() for process in pair if process.stdout is not None]
    finally:
        for process in pair:
            process.communicate()
    assert said == ["opened", "opened"] * ROUNDS
    for number in range(ROUNDS):
        with sqlite3.connect(tmp_path / f"{number}.db") as database:
            assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(migrate.HEAD,)]
        database.close()


def test_who_opens_a_file_that_another_is_just_setting_up_waits_for_him(tmp_path: Path) -> None:
    """Turning WAL on does not wait by itself: SQLite answers "locked" at once, whatever the time-out."""
    path = tmp_path / "bot.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    failed: list[StoreError] = []

    def start() -> None:
        try:
            open_store(url(path)).close()
        except StoreError as error:
            failed.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join(0.3)  # ends early only if it has not waited
    other.execute("COMMIT")
    thread.join()
    other.close()
    assert not failed


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.touch()
    store = open_store(url(path))
    assert queue_up(store, delivery()) == [1]
    store.close()


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "var" / "deep" / "bot.db"
    open_store(url(path)).close()
    assert path.is_file()


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"can not make the folder .*var") as caught:
        open_store(url(tmp_path / "var" / "deep" / "bot.db"))
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    assert "check the folder and its rights" in refusal(tmp_path)


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(b"minutes of the meeting\n" * 500)
    assert "no database" in refusal(path)
    assert path.read_bytes() == b"minutes of the meeting\n" * 500


@pytest.mark.parametrize("damage", ["cut off", "scribbled over"])
def test_a_damaged_database_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "bot.db"
    store = open_store(url(path))
    queue_up(store, *(delivery(f"week/{number}.md") for number in range(50)))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == "cut off" else whole[:4096] + b"?" * len(whole))
    assert "restore it from a backup" in refusal(path)


def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    store = open_store(url(path))
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=f"revision 9999.*knows {migrate.HEAD}: install the newer version"):
        open_store(url(path))
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
    database.close()


def test_a_database_of_a_revision_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    store = open_store(url(path))
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    store.close()
    with pytest.raises(StoreError) as caught:
        open_store(url(path))
    assert "\n" not in str(caught.value)


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE delivery (parcel TEXT)")
    database.close()
    with pytest.raises(StoreError, match="delivery"):
        open_store(url(path))
    with sqlite3.connect(path) as database:
        assert schema(database) == {"delivery": "CREATE TABLE delivery (parcel TEXT)"}
    database.close()


def test_a_database_that_is_locked_for_too_long_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with impatient(monkeypatch):
        assert "another program holds the database" in refusal(path)
    other.close()


def test_a_read_only_file_is_said_so() -> None:
    with without_rights() as (folder, powerless):
        path = folder / "bot.db"
        open_store(url(path)).close()
        path.chmod(0o444)
        with powerless():
            assert "read-only: check the rights" in refusal(path)


def test_a_read_only_folder_is_said_so() -> None:
    with without_rights() as (folder, powerless), powerless():
        assert "check the folder and its rights" in refusal(folder / "bot.db")
        with pytest.raises(StoreError, match=r"can not make the folder .*var"):
            open_store(url(folder / "var" / "bot.db"))


def test_a_read_only_folder_with_a_database_is_said_so_before_anything_is_promised() -> None:
    with without_rights() as (folder, powerless):
        path = folder / "bot.db"
        open_store(url(path)).close()
        with powerless():
            store = connect(url(path))
            with pytest.raises(StoreError, match="check the"):
                switches.pause(store, "", "anna", NOON)
            store.close()


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    store = connect(url(tmp_path / "bot.db"))
    with pytest.raises(StoreError, match="run bot db upgrade"):
        switches.pause(store, "", "anna", NOON)
    store.close()
