"""A project in a folder of its own, written as a newcomer writes it, with the queue that follows from it."""

import io
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Connection, select

from bot.fields import Problem
from bot.model.message import Level
from bot.model.outcome import Cause, Published, Rejected, RemotePost
from bot.planning.apply import apply_plan
from bot.planning.check import check
from bot.planning.content import Content, read_content
from bot.planning.plan import Change, Plan, dated, make_plan
from bot.planning.schedule import Planned, schedule
from bot.settings import Settings, load
from bot.store import Store, queue, settle
from bot.store.desk import Desk
from bot.store.post_log import Entry, Filter, entries
from bot.store.queue import Claim
from bot.store.settle import Ending
from bot.store.tables import deliveries

ACCOUNTS = """\
[fice-x]
network = "twitter"
handle = "fice"

[fice-facebook]
network = "facebook"
handle = "FICE"

[fice-linkedin]
network = "linkedin"
handle = "FICE"
"""
WEEK = """\
title = "Week"
timezone = "America/New_York"
starts = 2018-09-24

[[day]]
theme = "Monday's"

[[day]]
theme = "Tuesday's"

[[day]]
theme = "Wednesday's"

[slots.morning]
at = 08:00:00
kinds = ["daily-post", "event"]
accounts = ["fice-x", "fice-facebook"]

[slots.afternoon]
at = 15:00:00
kinds = ["case-study", "daily-post"]
accounts = ["fice-linkedin"]
"""
CREDENTIALS = {
    "FICE_X_API_KEY": "secret-key",
    "FICE_X_API_SECRET": "secret-secret",
    "FICE_X_ACCESS_TOKEN": "secret-token",
    "FICE_X_ACCESS_TOKEN_SECRET": "secret-token-secret",
    "FICE_FACEBOOK_PAGE_ID": "99",
    "FICE_FACEBOOK_ACCESS_TOKEN": "secret-page-token",
    "FICE_LINKEDIN_AUTHOR": "urn:li:organization:77",
    "FICE_LINKEDIN_ACCESS_TOKEN": "secret-linkedin-token",
    "FICE_LINKEDIN_CLIENT_SECRET": "secret-client",
}
SUNDAY = datetime(2018, 9, 23, 12, 0, tzinfo=UTC)  # the day before the week
MORNING = datetime(2018, 9, 24, 12, 0, tzinfo=UTC)  # the morning slot of its day 1: 08:00 EDT
AFTERNOON = datetime(2018, 9, 24, 19, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class FilesHaveErrorsError(Exception):
    """What `bot plan` and `bot apply` say then, and do nothing."""


@dataclass
class Project:
    """posts/ and config/ in a folder."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, content: str | bytes) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def week(self, *changes: tuple[str, str]) -> None:
        """The campaign's file, with each first text replaced by its second."""
        self.write("config/campaigns/week.toml", replaced(WEEK, *changes))

    def accounts(self, *changes: tuple[str, str]) -> None:
        self.write("config/accounts.toml", replaced(ACCOUNTS, *changes))

    def post(self, name: str, *keys: str, body: str = "Hello") -> None:
        self.write(f"posts/week/{name}.md", post(*keys, body=body))

    def remove(self, name: str) -> None:
        (self.folder / f"posts/week/{name}.md").unlink()

    def settings(self) -> Settings:
        return load(self.environment, self.folder)

    def content(self, only: str | None = None) -> Content:
        return read_content(self.settings(), only)

    def problems(self) -> list[Problem]:
        return check(self.content())

    def said(self, of: str = "") -> list[str]:
        """The lines of `bot check`, started in the project's folder; all, or those of one file."""
        said = [str(problem).replace(f"{self.folder}/", "") for problem in self.problems()]
        return [line for line in said if line.startswith(of)]

    def planned(self) -> list[Planned]:
        return schedule(self.content())


@dataclass
class Office:
    """A project with the store that its queue is in."""

    project: Project
    store: Store

    def plan(
        self, starts: Mapping[str, date] | None = None, now: datetime = SUNDAY, only: str | None = None
    ) -> Plan:
        """As `bot plan` does it."""
        with self.store.read() as connection:
            return self._maker(starts or {}, now, only)(connection)

    def apply(
        self,
        starts: Mapping[str, date] | None = None,
        now: datetime = SUNDAY,
        only: str | None = None,
        progress: Callable[[int], None] = lambda _done: None,
    ) -> Plan:
        """As `bot apply` does it."""
        make = self._maker(starts or {}, now, only)
        return apply_plan(self.store, make, actor="anna", now=now, progress=progress)

    def _maker(
        self, starts: Mapping[str, date], now: datetime, only: str | None
    ) -> Callable[[Connection], Plan]:
        content = self.project.content(only)
        if errors := [problem for problem in check(content) if problem.level is Level.ERROR]:
            raise FilesHaveErrorsError("\n".join(map(str, errors)))

        def make(connection: Connection) -> Plan:
            campaigns, notes = dated(content.campaigns.values(), connection, starts)
            return make_plan(connection, schedule(content, campaigns), campaigns, notes, now, only=only)

        return make

    def desk(self, now: datetime = SUNDAY) -> Desk:
        return Desk(self.store, "anna", now)

    def row(self, name: str = "a", account: str = "fice-x") -> Mapping[str, Any]:
        """A delivery's whole row."""
        wanted = (deliveries.c.post == f"week/{name}.md", deliveries.c.account == account)
        with self.store.read() as connection:
            return dict(connection.execute(select(deliveries).where(*wanted)).mappings().one())

    def state(self, name: str = "a", account: str = "fice-x") -> str:
        return str(self.row(name, account)["state"])

    def texts(self, name: str = "a", account: str = "fice-x") -> list[str]:
        """What the delivery would send, part by part."""
        with self.store.read() as connection:
            return [one.part.text for one in queue.parts_of(connection, self.row(name, account)["id"])]

    def everything(self) -> list[Mapping[str, Any]]:
        """The whole queue, ended or not."""
        with self.store.read() as connection:
            return [
                dict(row)
                for row in connection.execute(select(deliveries).order_by(deliveries.c.id)).mappings()
            ]

    def log(self, name: str = "a", account: str = "fice-x") -> Sequence[Entry]:
        with self.store.read() as connection:
            return entries(connection, Filter(delivery=self.row(name, account)["id"]))

    def publish(self, name: str = "a", account: str = "fice-x", parts: int | None = None) -> Claim:
        """Let a worker publish a delivery, or only its first parts; its claim."""
        held, now = self.claim(name, account)
        for sent in held.parts[:parts]:
            attempt = queue.begin(self.store, held, sent.part, "payload", now, HOUR)
            assert attempt is not None
            number = f"{held.delivery}{sent.part.number}"
            remote = RemotePost(number, f"https://example.org/{number}")
            settle.published(self.store, held, sent.part, remote, Ending(attempt, Published(remote)), now)
            held = held.with_published(sent.part.number, remote)
        return held

    def fail(self, name: str = "a", account: str = "fice-x", parts: int = 0) -> None:
        """Let the network refuse a delivery, perhaps after it took some parts."""
        held = self.publish(name, account, parts)
        following = held.next_sending
        assert following is not None
        attempt = queue.begin(self.store, held, following.part, "payload", held.due_at, HOUR)
        assert attempt is not None
        refusal = Ending(attempt, Rejected(Cause.CONTENT, "not like this", status=400))
        settle.failed(self.store, held, refusal, "not like this", held.due_at)

    def claim(self, name: str = "a", account: str = "fice-x") -> tuple[Claim, datetime]:
        """Let a worker take a delivery at its time, which must be the next of its account."""
        due_at: datetime = self.row(name, account)["due_at"]
        held = queue.claim(self.store, account, "worker-1", due_at, timedelta(seconds=10))
        assert held is not None
        assert held.post == f"week/{name}.md"
        return held, due_at


def post(*keys: str, body: str = "Hello") -> str:
    """A post: the keys begin on line 2, and the body stands under the second line of dashes."""
    return "\n".join(["---", *keys, "---", body, ""])


def jpeg() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("L", (2, 2)).save(file, "JPEG")
    return file.getvalue()


def replaced(text: str, *changes: tuple[str, str]) -> str:
    """The text with each first replaced by its second."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def is_one_line(text: str) -> bool:
    """Whether any terminal shows it on one line, as it stands."""
    return not any(
        unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in "\u202a\u202b\u202d\u202e\u2066"
        for letter in text
    )


def expect(said: Sequence[str], *expected: tuple[str, ...]) -> None:
    """The problems are these and no others: each begins with its place and level and has the other words."""
    assert len(said) == len(expected), "\n".join(said) or "nothing was said"
    for line, (place, *words) in zip(said, expected, strict=True):
        assert line.startswith(f"{place}: "), f"{line!r} is not at {place}"
        for word in words:
            assert word in line, f"{word!r} is not said: {line!r}"


def actions(plan: Plan) -> dict[tuple[str, str], str]:
    """What happens to each delivery that is not simply new or unchanged, by the post's name and account."""
    return {(Path(one.post).stem, one.account): str(one.action) for one in plan.changes}


def change(plan: Plan, name: str = "a", account: str = "fice-x") -> Change:
    """What happens to one delivery."""
    [found] = [one for one in plan.changes if (one.post, one.account) == (f"week/{name}.md", account)]
    return found
