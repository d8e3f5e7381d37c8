"""Page costs: a list costs a page no more in a large store, or else an amount that has a limit.

What is counted is the same on every computer: the steps of SQLite's machine, and the rows that the nodes of
a plan of PostgreSQL have passed on or thrown away.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.store import Store, open_store, paging
from tests.conftest import SET_UP
from tests.pages_bench import looks, steps
from tests.postgres import Server
from tests.store.acts import statements
from tests.store.many import fill

FEW, MANY = 1_000, 30_000
DEEPER = 1.6  # an index of thirty times as many rows has a level or two more
WINDOW = 300  # rows among which a page looks for what no index knows
# By which a page that the small store can not fill may cost more; to go through the large one costs ten times
# as much.
ROOM = {"sqlite": 25_000, "postgresql": 7_500}
A_MONTH = {"sqlite": 130_000, "postgresql": 12_000}  # of two thousand deliveries, which are all shown


@pytest.fixture(scope="module", autouse=True)
def _short_looks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paging, "FIRST_LOOK", 100)
        patched.setattr(paging, "WINDOW", WINDOW)
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Store, int]]]:
    folder: Path = tmp_path_factory.mktemp("both")
    opened = [open_store(f"sqlite:///{folder / f'{size}.db'}") for size in (FEW, MANY)]
    yield [(store, fill(store, size)) for store, size in zip(opened, (FEW, MANY), strict=True)]
    for store in opened:
        store.close()


@pytest.fixture(scope="module")
def databases(postgresql: Server) -> Iterator[list[tuple[Store, int]]]:
    names = [postgresql.create(template=SET_UP) for _ in (FEW, MANY)]
    opened = [open_store(postgresql.url(name)) for name in names]
    filled = [(store, fill(store, size)) for store, size in zip(opened, (FEW, MANY), strict=True)]
    for name in names:
        postgresql.execute("VACUUM ANALYZE", name)
    yield filled
    for store, name in zip(opened, names, strict=True):
        store.close()
        postgresql.drop(name)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_page_costs_more_in_a_large_store(request: pytest.FixtureRequest, engine: str) -> None:
    both = request.getfixturevalue("files" if engine == "sqlite" else "databases")
    cost: Callable[[Store, int, str], int] = _steps if engine == "sqlite" else _rows
    too_much = {}
    for name in looks(FEW):
        few, many = (cost(store, number, name) for store, number in both)
        room = (A_MONTH if name == "calendar: a month" else ROOM)[engine]
        if many > max(few * DEEPER, room):
            too_much[name] = (few, many)
    assert too_much == {}


def test_a_way_through_everything_would_be_noticed(files: list[tuple[Store, int]]) -> None:
    store, _ = files[1]
    with store.read() as connection:
        for table in ("post_log", "delivery"):
            everything = (
                f"SELECT id FROM {table} WHERE actor = '?'"
                if table == "post_log"
                else ("SELECT id FROM delivery WHERE slot = '?'")
            )
            assert steps(connection, lambda c, one=everything: c.exec_driver_sql(one).all()) > ROOM["sqlite"]


def _steps(store: Store, number: int, name: str) -> int:
    with store.read() as connection:
        return steps(connection, looks(number)[name])


def _rows(store: Store, number: int, name: str) -> int:
    """How many rows a look has touched on PostgreSQL."""
    with statements(store) as sent, store.read() as connection:
        looks(number)[name](connection)
    raw = store.engine.raw_connection()
    found = 0
    try:
        for statement, values in sent:
            if statement.startswith("SELECT"):
                cursor = raw.cursor()
                one = values[0] if isinstance(values, list) else values
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", one)
                found += _touched(cursor.fetchall()[0][0][0]["Plan"])
                cursor.close()
    finally:
        raw.close()
    return found


def _touched(node: dict[str, Any]) -> int:
    thrown_away = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    own = (node["Actual Rows"] + thrown_away) * node["Actual Loops"]
    return int(own) + sum(_touched(one) for one in node.get("Plans", ()))
