"""Page costs over HTTP: what a whole page asks of the store has a limit, however many years are behind it.

What is counted is the same on every computer: the steps of SQLite's machine, and the statements.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.store import Store, open_store, paging
from tests.pages_bench import addresses, reader
from tests.store.many import fill
from tests.web.helper import Visit

FEW, MANY = 1_000, 20_000
DEEPER = 1.6  # an index of twenty times as many rows has a level or two more
# What a page may cost that the small store can not fill: to go through all deliveries costs more.
ROOM = 40_000
A_MONTH = 250_000  # of two thousand deliveries, which are all shown
STATEMENTS = 80


@pytest.fixture(scope="module", autouse=True)
def _short_looks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(paging, "FIRST_LOOK", 100)
        patched.setattr(paging, "WINDOW", 300)
        yield


class Meter:
    """What everything in this process asks of SQLite."""

    def __init__(self) -> None:
        self.steps = self.statements = 0

    def watch(self, driver: Any, *_more: object) -> None:
        """Count on a connection from now on."""
        driver.set_progress_handler(self._step, 10)

    def _step(self) -> int:
        self.steps += 10
        return 0

    def count(self, *_call: object) -> None:
        """One statement."""
        self.statements += 1


@pytest.fixture(scope="module")
def meter() -> Iterator[Meter]:
    found = Meter()
    event.listen(Engine, "connect", found.watch)
    event.listen(Engine, "before_cursor_execute", found.count)
    yield found
    event.remove(Engine, "connect", found.watch)
    event.remove(Engine, "before_cursor_execute", found.count)


@pytest.fixture(scope="module")
def both(meter: Meter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Visit, int]]]:
    folder: Path = tmp_path_factory.mktemp("both")
    stores: list[Store] = [open_store(f"sqlite:///{folder / f'{size}.db'}") for size in (FEW, MANY)]
    numbers = [fill(store, size) for store, size in zip(stores, (FEW, MANY), strict=True)]
    with reader(stores[0]) as of_few, reader(stores[1]) as of_many:
        yield [(of_few, numbers[0]), (of_many, numbers[1])]
    for store in stores:
        store.close()


def test_no_page_asks_more_of_a_large_store(both: list[tuple[Visit, int]], meter: Meter) -> None:
    too_much = {}
    for small, large in zip(*(addresses(number) for _, number in both), strict=True):
        few, many = (
            cost(visitor, address, meter) for (visitor, _), address in zip(both, (small, large), strict=True)
        )
        room = A_MONTH if large.startswith("/calendar") else ROOM
        if many[0] > max(few[0] * DEEPER, room) or many[1] > STATEMENTS:
            too_much[large] = (few, many)
    assert too_much == {}


def cost(visitor: Visit, address: str, meter: Meter) -> tuple[int, int]:
    """The steps and the statements of a page, when it is asked for the second time."""
    assert visitor.get(address).status_code == 200
    before = meter.steps, meter.statements
    visitor.get(address)
    return meter.steps - before[0], meter.statements - before[1]
