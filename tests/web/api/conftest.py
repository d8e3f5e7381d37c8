"""A page with a small campaign, and programs of members of each role."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.role import Role
from bot.model.scope import Scope, scopes_of
from bot.seal import new_key
from bot.settings import Settings
from bot.store import Store, api_tokens, members, open_store
from bot.web.server import serving
from tests.store.conftest import NOON, delivery, queue_up, set_up

__all__ = ["set_up"]

LATER = NOON + timedelta(hours=2)


@dataclass
class Program:
    """What shows a token to the API."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return requests.request(
            method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30, **more
        )

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        tmp_path / "config",
        tmp_path / "posts",
        f"sqlite:///{tmp_path / 'bot.db'}",
        0,
        organisation="FICE",
        accounts={"fice-x": Account("fice-x", "twitter", "@fice", timezone="Europe/Berlin")},
        environment={"BOT_SECRET_KEY": new_key()},
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def store(settings: Settings, set_up: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(set_up, tmp_path / "bot.db")
    opened = open_store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def url(settings: Settings, store: Store, clock: FixedClock) -> Iterator[str]:
    queue_up(
        store,
        delivery("week/1.md", due_at=LATER),
        delivery("week/2.md", due_at=LATER),
        delivery("week/3.md", "kenya-x", due_at=LATER + timedelta(hours=1), needs_approval=True),
    )
    with serving(settings, clock, "127.0.0.1", 0) as address:
        yield address


def token_of(
    store: Store, role: Role = Role.ADMINISTRATOR, *scopes: Scope, ends_at: Any = None, name: str = "n8n"
) -> str:
    """A token of a member of a role, with some scopes or all that the role includes."""
    called = f"the {role}"
    with store.write() as connection:
        known = members.named(connection, called)
        who = known[0] if known else members.add(
            connection, called, role, actor="tests", now=NOON, what="made"
        )  # fmt: skip
        return api_tokens.make(connection, who.id, name, scopes or scopes_of(role), ends_at, NOON)


@pytest.fixture
def program(url: str, store: Store) -> Callable[..., Program]:
    """A program of a member of a role."""

    def make(role: Role = Role.ADMINISTRATOR, *scopes: Scope, **more: Any) -> Program:
        return Program(url, token_of(store, role, *scopes, **more))

    return make
