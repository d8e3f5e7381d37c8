"""Visits: members of each role who are signed in, as a program and in a browser."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from playwright.sync_api import Page

from bot.model.role import Role
from bot.store import Store, members, sessions


@dataclass
class Visit:
    """A member who is signed in."""

    url: str
    name: str
    member: int
    token: str
    csrf: str
    http: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.http.cookies.set("session", self.token)

    def get(self, path: str, **more: Any) -> requests.Response:
        """A page."""
        return self.http.get(f"{self.url}{path}", timeout=30, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> requests.Response:
        """A form that was sent, as the page would."""
        form = {"csrf": self.csrf, **(data or {})}
        return self.http.post(f"{self.url}{path}", data=form, timeout=30, **more)

    def enter(self, tab: Page) -> Page:
        """The browser's page, signed in as this member."""
        tab.context.add_cookies([{"name": "session", "value": self.token, "url": self.url}])
        return tab


def visit(
    url: str, store: Store, now: datetime, role: Role = Role.ADMINISTRATOR, name: str | None = None
) -> Visit:
    """Sign somebody of a role in."""
    called = name or f"the {role}"
    with store.write() as connection:
        known = members.named(connection, called)
        who = known[0] if known else members.add(
            connection, called, role, actor="tests", now=now, what="made"
        )  # fmt: skip
        token = sessions.begin(
            connection, who.id, agent="tests", address="127.0.0.1", timezone="UTC", now=now
        )
        found = sessions.session_of(connection, token, now)
    assert found is not None
    return Visit(url, called, who.id, token, found.csrf)
