"""A database of the first revision, in which a week is under way, is brought up to date and loses nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Table, func, insert, inspect, select, text

from bot.store import Store, migrate, open_store, switches, upkeep
from bot.store.engine import connect
from bot.store.tables import attempts, campaigns, deliveries, lanes, parts, post_log, workers
from bot.store.tables import switches as switch_rows
from bot.store.workers import register
from tests.postgres import Server
from tests.store import acts
from tests.store.conftest import NOON, delivery, queue_up

TABLES: tuple[Table, ...] = (campaigns, deliveries, parts, attempts, post_log, lanes, switch_rows, workers)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without anything in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    name = server.create()
    yield server.url(name)
    server.drop(name)


def under_way(store: Store) -> None:
    """A week with something published, failed, to be tried again, in flight and to come; and a pause."""
    later = NOON + timedelta(days=1)
    queue_up(store, delivery("week/1.md"), delivery("week/2.md", texts=("1/2", "2/2")), delivery("week/3.md"),
             delivery("week/4.md", "kenya-x"), delivery("week/5.md", due_at=later))  # fmt: skip
    acts.publish(store, acts.claim(store))
    acts.postpone(store, acts.publish(store, acts.claim(store), acts.OTHER), NOON + acts.MINUTE)
    acts.begin(store, acts.claim(store))
    acts.fail(store, acts.claim(store, "kenya-x"))
    register(store, "w1", ["fice-x"], NOON)
    switches.pause(store, "a crisis", "anna", NOON)


def rows(store: Store, table: Table, columns: set[str]) -> list[dict[str, Any]]:
    chosen = [column for column in table.c if column.name in columns]
    with store.read() as connection:
        found = connection.execute(select(*chosen).order_by(*table.primary_key)).mappings().all()
    return [dict(row) for row in found]


def test_a_week_that_is_under_way_outlives_every_migration(file_store: Store, empty: str) -> None:
    under_way(file_store)
    old = connect(empty)
    kept: dict[str, list[dict[str, Any]]] = {}
    with old.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        columns = {
            one.name: {column["name"] for column in inspect(connection).get_columns(one.name)}
            for one in TABLES
        }
    assert "look_since" not in columns["delivery"]
    with old.write() as connection:
        for table in TABLES:
            kept[table.name] = rows(file_store, table, columns[table.name])
            if kept[table.name]:
                connection.execute(insert(table), kept[table.name])
            if not old.is_sqlite and "id" in table.c and table is not workers:
                sequence = func.pg_get_serial_sequence(table.name, "id")
                connection.execute(
                    select(func.setval(sequence, select(func.max(table.c.id)).scalar_subquery()))
                )
    old.close()

    store = open_store(empty)
    try:
        assert {one.name: rows(store, one, columns[one.name]) for one in TABLES} == kept
        switches.resume(store, "anna", NOON + acts.HOUR)
        assert upkeep.rescue(store, NOON + acts.HOUR, {}) == 1
        held = acts.claim(store, at=NOON + acts.HOUR)  # the thread goes on after its first part
        assert held.post == "week/2.md"
        assert held.next_sending is not None
        assert held.next_sending.part.number == 2
        with store.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM secret")).scalar() == 0
    finally:
        store.close()
