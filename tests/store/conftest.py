"""A store with a little campaign in it, on each engine."""

import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.model.message import Message, Part, Role
from bot.store import Store, open_store, plans, upkeep
from bot.store.plans import NewDelivery

NOON = datetime(2018, 9, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is set up and empty, to be copied: the migrations take longer than most tests."""
    path: Path = tmp_path_factory.mktemp("set-up") / "bot.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def file_store(tmp_path: Path, set_up: Path) -> Iterator[Store]:
    """For what concerns SQLite only."""
    shutil.copy(set_up, tmp_path / "bot.db")
    opened = open_store(f"sqlite:///{tmp_path / 'bot.db'}")
    yield opened
    opened.close()


@pytest.fixture
def server_store(postgresql_url: str) -> Iterator[Store]:
    """For what concerns PostgreSQL only."""
    opened = open_store(postgresql_url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """The same tests on both engines."""
    found: Store = request.getfixturevalue("file_store" if request.param == "sqlite" else "server_store")
    return found


def address_of(store: Store) -> str:
    """With which others can open the same database."""
    return store.engine.url.render_as_string(hide_password=False)


def delivery(
    post: str = "week/1.md",
    account: str = "fice-x",
    *,
    due_at: datetime = NOON,
    texts: Sequence[str] = ("Hello",),
    late_ok: timedelta = timedelta(hours=3),
    needs_approval: bool = False,
) -> NewDelivery:
    roles = [Role.POST, *[Role.REPLY] * (len(texts) - 1)]
    numbered = enumerate(zip(texts, roles, strict=True), 1)
    return NewDelivery(
        campaign="week",
        post=post,
        account=account,
        network="twitter",
        kind="daily-post",
        slot="morning",
        day=1,
        wall=due_at.replace(tzinfo=None).isoformat(),
        zone="UTC",
        due_at=due_at,
        late_ok=late_ok,
        needs_approval=needs_approval,
        message=Message(tuple(Part(number, role, text) for number, (text, role) in numbered)),
    )


def queue_up(store: Store, *new: NewDelivery, now: datetime = NOON - timedelta(days=1)) -> list[int]:
    """Queue deliveries; their ids in the order given."""
    with store.write() as connection:
        upkeep.know_accounts(connection, {one.account: one.network for one in new})
        plans.add(connection, new, "tester", now)
        known = {(one.post, one.account): one.id for one in plans.deliveries_of(connection, ["week"])}
    return [known[one.post, one.account] for one in new]
