"""A project with a campaign of three days, and the store for its queue."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Store, open_store
from bot.store.engine import connect
from tests.planning.helper import Office, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.accounts()
    made.week()
    (tmp_path / "posts" / "week").mkdir(parents=True)
    return made


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once, and copied for each test."""
    path = tmp_path_factory.mktemp("store") / "new.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(tmp_path: Path, new_database: Path) -> Iterator[Store]:
    path = shutil.copy(new_database, tmp_path / "bot.db")
    opened = connect(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture
def office(project: Project, store: Store) -> Office:
    return Office(project, store)
