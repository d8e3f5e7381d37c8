"""Fixtures of the worker's tests."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.sandbox import Sandbox
from bot.store import open_store

from .helper import NOON, Bench, House, NetworkTime, Said, built_house, listening


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def network_time(clock: FixedClock) -> NetworkTime:
    return NetworkTime(clock)


@pytest.fixture
def said() -> Iterator[Said]:
    """What the worker says."""
    with listening() as heard:
        yield heard


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "bot.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def new_bench(
    tmp_path: Path, empty_store: Path, clock: FixedClock, network_time: NetworkTime, said: Said
) -> Iterator[Callable[..., Bench]]:
    """Makes workers on one store and one sandbox."""
    shutil.copy(empty_store, tmp_path)
    with ExitStack() as stack, Sandbox(now=network_time.now) as sandbox:

        def make(**options: Any) -> Bench:
            made = Bench(tmp_path, sandbox, clock, **options)
            stack.callback(made.close)  # after the sandbox has stopped, which ends what hangs
            return made

        yield make


@pytest.fixture
def bench(new_bench: Callable[..., Bench]) -> Bench:
    return new_bench()


@pytest.fixture
def new_server_bench(new_bench: Callable[..., Bench], postgresql_url: str) -> Callable[..., Bench]:
    """The same on PostgreSQL."""
    return partial(new_bench, database=postgresql_url)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with built_house(tmp_path) as house:
        yield house


@pytest.fixture
def travelling_house(tmp_path: Path) -> Iterator[House]:
    """A house whose clock can be made to jump, where a test would have to wait."""
    with built_house(tmp_path, travelling=True) as house:
        yield house


@pytest.fixture
def server_house(tmp_path: Path, postgresql_url: str) -> Iterator[House]:
    """A house whose database is on PostgreSQL."""
    with built_house(tmp_path, database=postgresql_url) as house:
        yield house


@pytest.fixture
def travelling_server_house(tmp_path: Path, postgresql_url: str) -> Iterator[House]:
    """Both."""
    with built_house(tmp_path, travelling=True, database=postgresql_url) as house:
        yield house
