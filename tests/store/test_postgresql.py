"""PostgreSQL: trouble is one line without the password, and nothing depends on the server's settings."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from bot.model.outcome import Cause, Rejected
from bot.settings import database_url
from bot.store import Store, StoreError, open_store, postgresql, settle, switches, workers
from bot.store.backup import backup
from bot.store.engine import connect
from bot.store.settle import Ending
from bot.store.tables import deliveries
from tests.postgres import PASSWORD, Server
from tests.store.acts import attempts_of, begin, claim, row
from tests.store.conftest import NOON, address_of, delivery, queue_up

SECRETS = (PASSWORD, "correct%20horse", "another")


def refusal(act: Callable[[], object]) -> str:
    """What is said when the database can not be used; always one line, and no secret."""
    with pytest.raises(StoreError) as caught:
        act()
    said = str(caught.value)
    assert "\n" not in said
    assert not any(secret in said for secret in SECRETS)
    return said


@pytest.fixture
def second(server_store: Store) -> Iterator[Store]:
    """The same database, opened by another process."""
    opened = open_store(address_of(server_store))
    yield opened
    opened.close()


def test_every_way_to_write_the_address_is_understood(postgresql: Server, postgresql_url: str) -> None:
    _, _, rest = postgresql_url.partition("://")
    person, _, place = rest.partition("@")
    name = place.rpartition("/")[2]
    addresses = [
        f"postgres://{rest}",
        f"postgresql://{rest}",
        f"postgresql+psycopg://{rest}",
        f"postgresql://{person}@/{name}?host={postgresql.socket_folder}&port={postgresql.port}",
        f"postgres://{rest}?sslmode=prefer&connect_timeout=5&application_name=ours",
    ]
    for address in addresses:
        store = open_store(database_url(address))
        with store.read() as connection:
            assert connection.execute(text("SELECT current_database()")).scalar() == name
        store.close()


def test_a_server_that_does_not_run_is_said_so(postgresql: Server) -> None:
    url = postgresql.url("bot").replace(f":{postgresql.port}/", ":1/")
    assert refusal(lambda: open_store(url)) == (
        "127.0.0.1:1/bot: the database server does not answer: is it running, is DATABASE_URL right?"
    )


def test_a_socket_that_is_not_there_is_said_so(postgresql: Server) -> None:
    said = refusal(lambda: open_store("postgresql://bot:another@/bot?host=/nowhere"))
    assert said.startswith("/nowhere/bot: the database server does not answer")


def test_a_machine_that_does_not_exist_is_said_so() -> None:
    said = refusal(lambda: open_store("postgres://bot:another@no.such.machine.invalid/bot"))
    assert said == "no.such.machine.invalid/bot: there is no such machine: check DATABASE_URL"


def test_a_wrong_password_is_said_so_and_not_shown(postgresql: Server) -> None:
    url = f"postgres://bot:another@127.0.0.1:{postgresql.port}/postgres"
    assert "refuses the user or the password: check DATABASE_URL" in refusal(lambda: open_store(url))


def test_a_missing_password_is_said_so(postgresql: Server) -> None:
    url = f"postgres://bot@127.0.0.1:{postgresql.port}/postgres"
    assert "wants a password: put it into DATABASE_URL" in refusal(lambda: open_store(url))


def test_a_database_that_does_not_exist_is_said_so(postgresql: Server) -> None:
    said = refusal(lambda: open_store(postgresql.url("nothing")))
    assert said.startswith(f"127.0.0.1:{postgresql.port}/nothing: the server has no such database: make it")


def test_a_database_in_another_encoding_is_refused(postgresql: Server) -> None:
    """What people write in every script would be refused one post at a time, after it is out."""
    postgresql.execute(
        "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    try:
        assert "make it anew with ENCODING 'UTF8'" in refusal(lambda: open_store(postgresql.url("latin")))
    finally:
        postgresql.drop("latin")


def test_a_user_without_rights_is_said_so(postgresql: Server, postgresql_url: str) -> None:
    name = postgresql_url.rpartition("/")[2]
    postgresql.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    try:
        store = connect(postgresql_url.replace("//bot:", "//reader:"))
        said = refusal(lambda: switches.pause(store, "", "anna", NOON))
        assert said.endswith("this user lacks a right: make it the owner of the database")
        store.close()
    finally:
        postgresql.execute("DROP OWNED BY reader; DROP ROLE reader", name)


def test_a_server_without_a_connection_left_is_said_so(postgresql: Server, postgresql_url: str) -> None:
    name = postgresql_url.rpartition("/")[2]
    postgresql.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    postgresql.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    try:
        url = postgresql_url.replace("//bot:", "//guest:")
        assert "no connection left: run fewer workers" in refusal(lambda: open_store(url))
    finally:
        postgresql.execute("DROP ROLE guest")


def test_a_database_without_tables_says_how_to_make_them(postgresql: Server) -> None:
    name = postgresql.create()
    store = connect(postgresql.url(name))
    try:
        assert "run bot db upgrade" in refusal(lambda: switches.pause(store, "", "anna", NOON))
    finally:
        store.close()
        postgresql.drop(name)


def test_a_connection_that_the_server_ends_in_the_middle_is_trouble_that_passes(
    postgresql: Server, server_store: Store
) -> None:
    def cut() -> None:
        with server_store.write() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            postgresql.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
            connection.execute(text("INSERT INTO switch VALUES ('pause', '', 'anna', now())"))

    assert "does not answer" in refusal(cut)
    with server_store.read() as connection:
        assert switches.current_pause(connection) is None
    assert switches.pause(server_store, "", "anna", NOON)


def test_connections_that_broke_while_nobody_used_them_are_replaced(
    postgresql: Server, server_store: Store
) -> None:
    switches.pause(server_store, "", "anna", NOON)
    postgresql.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    )
    assert switches.resume(server_store, "anna", NOON) == 0


def test_two_in_each_others_way_are_told_apart(server_store: Store, second: Store) -> None:
    """A deadlock, which only somebody who writes past the program can bring about."""
    queue_up(server_store, delivery("week/1.md"), delivery("week/2.md"))
    both = threading.Barrier(2)
    said: list[str] = []

    def write(store: Store, *order: int) -> None:
        try:
            with store.write(beside_others=True) as connection:
                for number in order:
                    connection.execute(
                        update(deliveries).where(deliveries.c.id == number).values(reason="mine")
                    )
                    if number == order[0]:
                        both.wait()
        except StoreError as error:
            said.append(str(error))

    other = threading.Thread(target=write, args=(second, 2, 1))
    other.start()
    write(server_store, 1, 2)
    other.join()
    assert len(said) == 1
    assert said[0].endswith("two programs were in each other's way, and this one gave in; do it again")


def test_a_process_that_is_frozen_in_a_transaction_does_not_keep_the_others_waiting(
    server_store: Store, second: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(postgresql._SESSION, "idle_in_transaction_session_timeout", "100ms")
    frozen = connect(address_of(server_store))
    began, goes_on = threading.Event(), threading.Event()
    said: list[str] = []

    def freeze() -> None:
        with frozen.write() as connection:
            began.set()
            goes_on.wait()
            connection.execute(text("INSERT INTO switch VALUES ('pause', '', 'frozen', now())"))

    def run() -> None:
        said.append(refusal(freeze))

    thread = threading.Thread(target=run)
    thread.start()
    began.wait()
    assert switches.pause(second, "", "anna", NOON)  # waits a tenth of a second, not for ever
    goes_on.set()
    thread.join()
    frozen.close()
    assert len(said) == 1


def test_times_do_not_depend_on_the_zone_of_the_server(server_store: Store) -> None:
    [one] = queue_up(server_store, delivery())
    with server_store.read() as connection:
        seconds = connection.execute(text("SELECT extract(epoch FROM due_at) FROM delivery")).scalar_one()
        assert connection.execute(text("SHOW timezone")).scalar() == "UTC"
    assert float(seconds) == NOON.timestamp()
    assert row(server_store, one)["due_at"].utcoffset() == timedelta()


def test_what_is_committed_is_on_the_disk_although_the_server_would_not_wait(
    postgresql: Server, postgresql_url: str
) -> None:
    name = postgresql_url.rpartition("/")[2]
    postgresql.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    postgresql.execute(f"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'")
    store = connect(postgresql_url)
    with store.write() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
    with store.read() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar() == "repeatable read"
        assert connection.execute(text("SHOW transaction_read_only")).scalar() == "on"
    store.close()


def test_what_a_network_says_with_a_nul_in_it_can_be_written(store: Store) -> None:
    """It must not keep the outcome of a call from being recorded."""
    [one] = queue_up(store, delivery())
    held = claim(store)
    _, attempt = begin(store, held)
    settle.failed(store, held, Ending(attempt, Rejected(Cause.CONTENT, "no\0pe")), "no\0pe", NOON)
    [found] = attempts_of(store, one)
    assert found["said"] in ("no\0pe", "no\ufffdpe")


def test_a_clock_that_is_off_is_noticed(server_store: Store) -> None:
    with server_store.read() as connection:
        there = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    ahead = workers.ahead_of_server(server_store, lambda: there + timedelta(minutes=3))
    assert timedelta(minutes=2) < ahead < timedelta(minutes=4)


def test_a_file_has_no_clock_of_its_own(file_store: Store) -> None:
    assert workers.ahead_of_server(file_store, lambda: NOON) == timedelta()


def test_a_backup_names_the_tool_that_makes_it(server_store: Store, tmp_path: Path) -> None:
    target = tmp_path / "copy.sql"
    said = refusal(lambda: backup(server_store, target, "tester", NOON))
    assert f'pg_dump "$DATABASE_URL" > {target}' in said
    assert not target.exists()


def test_a_process_takes_few_connections_and_waits_for_a_free_one(server_store: Store) -> None:
    """64 lanes share them; a small plan of a hosted server has 20."""
    taken = threading.Barrier(postgresql.POOL + 1)
    done = []

    def hold() -> None:
        with server_store.read() as connection:
            taken.wait()
            connection.execute(text("SELECT pg_sleep(0.05)"))

    threads = [threading.Thread(target=hold) for _ in range(postgresql.POOL)]
    for thread in threads:
        thread.start()
    taken.wait()
    done.append(switches.pause(server_store, "", "anna", NOON))
    for thread in threads:
        thread.join()
    assert done == [True]
    with server_store.read() as connection:
        count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert connection.execute(count).scalar_one() <= postgresql.POOL
