"""The showroom: the shipped campaign in the middle of its week, with a team and its posts.

It is the same every time. The pages are looked at in it, by the tests of their looks and by the command that
takes the screenshots. What is out was really published, to the sandbox. It is noon on Tuesday in New York.
"""

import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from sqlalchemy import func, select

from bot.aftercare.collecting import Collector
from bot.alerts.checking import check_accounts
from bot.clock import FixedClock
from bot.model.role import Role
from bot.model.scope import Scope
from bot.model.stage import Step
from bot.model.state import State
from bot.planning.apply import apply_plan
from bot.planning.content import read_content
from bot.planning.form import FormMedia, PostForm, to_source
from bot.planning.plan import dated, make_plan
from bot.planning.preflight import Asking, look_ahead_of_campaign
from bot.planning.queueing import queue_post
from bot.planning.receiving import keep
from bot.planning.schedule import schedule
from bot.sandbox import Sandbox
from bot.settings import Settings, load
from bot.store import (
    Store,
    api_tokens,
    campaign_sources,
    listing,
    members,
    open_store,
    posts,
    preflights,
    queue,
    tickets,
    upkeep,
    webhooks,
    workers,
)
from bot.store.bookings import all_dates
from bot.store.desk import Desk
from bot.store.posts import PagePost
from bot.store.shelf import Shelf
from bot.store.tables import deliveries
from bot.store.tickets import Purpose
from bot.web.server import serving
from bot.worker.accounts import Accounts
from bot.worker.publisher import Publisher
from bot.worker.reconciler import Reconciler
from tests import showroom_pictures
from tests.nursery import ROOT
from tests.web.helper import Visit, visit

WEEK = "social-service-workforce-week"
NEXT = "world-social-work-day"
FRIDAY = datetime(2018, 9, 21, 14, 0, tzinfo=UTC)  # when the week was applied
NOW = datetime(2018, 9, 25, 15, 42, tzinfo=UTC)
HOUR = timedelta(hours=1)
ZONE = "America/New_York"
TEAM = {
    "Maria Santos": Role.ADMINISTRATOR,
    "Lucía Ferrer": Role.OPERATOR,
    "Jonas Berg": Role.APPROVER,
    "Amina Otieno": Role.EDITOR,
    "Peter Novak": Role.VIEWER,
}
MARIA, LUCIA, JONAS, AMINA, _PETER = TEAM
KEY = "c2hvd3Jvb20tc2hvd3Jvb20tc2hvd3Jvb20tc2hvd3I="  # of this room alone, where nothing is secret
LINK = "http://socialserviceworkforce.org/social-service-workforce-week"
NEXT_SOURCE = """\
title = "World Social Work Day 2019"
timezone = "Europe/Brussels"
starts = 2019-03-18
hashtags = ["WSWD2019"]
approval = "required"

[[day]]
theme = "The eve: promoting the importance of human relationships"

[[day]]
theme = "World Social Work Day"

[slots.morning]
at = 09:00:00
kinds = ["daily-post"]
accounts = ["fice-x", "fice-facebook", "fice-linkedin"]

[slots.afternoon]
at = 15:00:00
kinds = ["worker-profile"]
accounts = ["fice-x", "fice-linkedin"]
"""


@dataclass(frozen=True)
class Showroom:
    """The page on a furnished store, with paths as in a team's own folder."""

    url: str
    store: Store
    settings: Settings
    posts: Mapping[str, int]  # the team's, by what they are here for
    deliveries: Mapping[str, int]  # one in each state
    review: str  # the path of a link for readers without an account
    welcome: str  # and of one for somebody who was invited

    @cached_property
    def people(self) -> Mapping[Role, Visit]:
        """One of each role, who is signed in."""
        return {role: visit(self.url, self.store, NOW, role, name) for name, role in TEAM.items()}


@contextmanager
def showroom(folder: Path) -> Iterator[Showroom]:
    """Furnish a folder, and open the page on it."""
    clock = FixedClock(FRIDAY)
    with Sandbox(now=clock.now) as sandbox, chdir(folder):
        settings = _settings(folder, sandbox)
        store = open_store(settings.database_url)
        try:
            house = _House(store, settings, clock, sandbox)
            house.plan()
            written = house.write()
            house.live_until_now()
            invitation = house.gather_team()
            clock.instant = NOW
            links = house.look_after(written)
            with serving(settings, clock, "127.0.0.1", 0) as url:
                yield Showroom(url, store, settings, written, house.examples(), links, invitation)
        finally:
            store.close()


def _settings(folder: Path, sandbox: Sandbox) -> Settings:
    shutil.copytree(ROOT / "config", folder / "config")
    shutil.copytree(ROOT / "posts", folder / "posts")
    file = folder / f"config/campaigns/{WEEK}.toml"
    file.write_text(file.read_text().replace('approval = "none"', 'approval = "required"'))
    variables = {
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "BOT_SECRET_KEY": KEY,
        **sandbox.environment(),
    }
    for account in load(variables).accounts.values():
        variables |= sandbox.register(account.network, account.name, account.handle)
    return load(variables)


class _House:
    """What happens between the Friday before the week and its Tuesday."""

    def __init__(self, store: Store, settings: Settings, clock: FixedClock, sandbox: Sandbox) -> None:
        self.store, self.settings, self.clock, self.sandbox = store, settings, clock, sandbox
        stopping = threading.Event()
        accounts = Accounts(settings, clock, shelf=Shelf(store))
        self.accounts = accounts
        self.publisher = Publisher(store, accounts, clock, stopping)
        self.reconciler = Reconciler(store, accounts, clock)
        self.collector = Collector(store, settings, accounts, clock, stopping)

    def plan(self) -> None:
        """Apply the week; the approver has yet to say yes to two posts."""
        content = read_content(self.settings, only=WEEK)
        with self.store.read() as connection:
            campaigns, notes = dated(content.campaigns.values(), connection, {})
        planned = schedule(content, campaigns)
        apply_plan(
            self.store, lambda c: make_plan(c, planned, campaigns, notes, FRIDAY), actor=LUCIA, now=FRIDAY,
            progress=lambda _done: None,
        )  # fmt: skip
        waiting = (f"{WEEK}/4-5-profile-child-protection-worker.md", f"{WEEK}/5-5-wrap-up.md")
        with self.store.read() as connection:
            rows = connection.execute(
                select(deliveries.c.id).where(deliveries.c.post.not_in(waiting))
            ).scalars()
            ready = list(rows)
        Desk(self.store, JONAS, FRIDAY + HOUR).approve(ready, "read in the pull request")
        with self.store.write() as connection:
            campaign_sources.add(connection, NEXT, NEXT_SOURCE, LUCIA, FRIDAY)

    def write(self) -> dict[str, int]:
        """The team's own posts, one in each stage."""
        for name, draw in (("school", showroom_pictures.school), ("meeting", showroom_pictures.meeting)):
            path = self.settings.folder / f"{name}.jpg"
            draw(path)
            keep(self.store, WEEK, path, path.name, FRIDAY)
        queued = self._post("Thank you, Nairobi", _NAIROBI, Step.SUBMIT, Step.APPROVE)
        queue_post(self.store, self.settings, queued.id, queued.version, AMINA, FRIDAY + 3 * HOUR)
        review = self._post("A morning with Grace", _GRACE, Step.SUBMIT)
        draft = self._post("Voices from the webinar", _VOICES)
        returned = self._post("What a caseload means", _CASELOAD, Step.SUBMIT, Step.RETURN)
        path = f"{WEEK}/5-1-actions.md"
        source = (self.settings.posts / path).read_text()
        copied, _new = posts.open_file(self.store, path, source, "", AMINA, FRIDAY)
        copied = posts.save(
            self.store,
            copied.id,
            copied.version,
            source.replace("Day 5 of", "The last day of"),
            AMINA,
            FRIDAY,
        )
        return {
            "queued": queued.id, "review": review.id, "draft": draft.id, "returned": returned.id,
            "file": copied.id,
        }  # fmt: skip

    def _post(self, title: str, form: PostForm, *steps: Step) -> PagePost:
        made = posts.create(self.store, WEEK, title, to_source(form), AMINA, FRIDAY + 2 * HOUR)
        for step in steps:
            actor = AMINA if step is Step.SUBMIT else JONAS
            comment = _COMMENT if step is Step.RETURN else ""
            made = posts.step(self.store, made.id, step, made.version, actor, FRIDAY + 2 * HOUR, comment)
        return made

    def live_until_now(self) -> None:
        """Publish what is due, in its order, and let a few things go wrong as they do."""
        while (at := self._next_due()) is not None and at <= NOW:
            self.clock.instant = max(at, self.clock.instant) + timedelta(seconds=2)
            upkeep.miss_expired(self.store, self.clock.now())
            for account in self.settings.accounts:
                while held := queue.claim(self.store, account, "worker", self.clock.now(), timedelta()):
                    self._prepare(held.post, held.network)
                    self.publisher.deliver(held)
            self._look()
        self.clock.instant = NOW

    def _next_due(self) -> datetime | None:
        waiting = select(func.min(deliveries.c.ready_at)).where(deliveries.c.state == State.SCHEDULED)
        with self.store.read() as connection:
            at: datetime | None = connection.execute(waiting).scalar()
        return at

    def _prepare(self, post: str, network: str) -> None:
        """What goes wrong with this one."""
        match post.removeprefix(f"{WEEK}/"), network:
            case "1-3-call-to-action.md", "linkedin":
                self.sandbox.add_fault("linkedin", "status", status=422, body=_REFUSED)
            case "2-1-mapping.md", "facebook":
                self.sandbox.set_reads_allowed("facebook", False)
                self.sandbox.add_fault("facebook", "drop_after")
            case "2-2-chat-reminder.md", "linkedin":
                self.sandbox.add_fault(
                    "linkedin", "status", status=429, body={"status": 429, "message": "Too many requests"},
                    headers={"retry-after": "1800"},
                )  # fmt: skip
            case "2-5-chat-q3.md", "twitter":
                self.sandbox.add_fault("twitter", "drop_after")

    def _look(self) -> None:
        """End the doubts that can be ended."""
        before = self.clock.now()
        self.clock.advance(timedelta(minutes=2))
        with self.store.read() as connection:
            found = listing.doubts(connection, self.clock.now())
        for doubt in found:
            self.reconciler.look_for(doubt)
        self.clock.instant = before

    def gather_team(self) -> str:
        """The members, and somebody who was invited; the path of her link."""
        with self.store.write() as connection:
            for name, role in TEAM.items():
                who = members.add(connection, name, role, actor=MARIA, now=FRIDAY, what="invited")
                members.prefer(connection, who.id, None, ZONE)
                members.set_password(connection, who.id, "of nobody", actor=name, now=FRIDAY)
            gone = members.add(connection, "Tom Baker", Role.EDITOR, actor=MARIA, now=FRIDAY, what="invited")
            members.disable(connection, gone.id, actor=MARIA, now=FRIDAY + HOUR)
            _member, token = members.invite(
                connection, "Ines Duarte", Role.EDITOR, actor=MARIA, now=NOW - HOUR
            )
        return f"/welcome/{token}"

    def look_after(self, written: Mapping[str, int]) -> str:
        """What the operator and the worker have done lately; the path of a link for reading."""
        now = self.clock.now()
        workers.register(self.store, "worker", list(self.settings.accounts), now)
        self.sandbox.end_token("fice-linkedin", now + timedelta(days=12))
        check_accounts(self.store, self.accounts, list(self.settings.accounts), self.clock)
        for account in self.collector.due_now():
            self.collector.collect(account)
        self._decide()
        with self.store.read() as connection:
            dates = {one.name: one for one in all_dates(connection)}[WEEK]
        asking = Asking(self.clock, self.store, offline=True)
        found = look_ahead_of_campaign(self.settings, WEEK, dates, asking) or []
        preflights.begin(self.store, WEEK, now.date(), now)
        ready = all(one.ok for one in found)
        preflights.record(
            self.store, WEEK, now.date(), ready, [one.to_json() for one in found], now - 3 * HOUR
        )
        with self.store.write() as connection:
            maria = members.find(connection, MARIA)
            api_tokens.make(connection, maria.id, "Website", [Scope.READ], None, now - 30 * HOUR)
            webhooks.make(connection, "Newsroom", "https://hooks.example.org/bot", [], "", MARIA, now - HOUR)
            about = f"post {written['review']} latest"
            token = tickets.issue(connection, Purpose.REVIEW, actor=AMINA, now=now, about=about)
        return f"/review/{token}"

    def _decide(self) -> None:
        desk = Desk(self.store, LUCIA, self.clock.now() - HOUR)
        [held] = self._ids(f"{WEEK}/3-4-case-study-repssi.md", "fice-linkedin")
        desk.hold([held], "waits for the partner’s yes to the photo")
        [gone] = self._ids(f"{WEEK}/5-2-reading-list.md", "fice-x")
        desk.cancel([gone], "said already in the thread of Wednesday")

    def _ids(self, post: str, account: str) -> Sequence[int]:
        with self.store.read() as connection:
            same = (deliveries.c.post == post, deliveries.c.account == account)
            return connection.execute(select(deliveries.c.id).where(*same)).scalars().all()

    def examples(self) -> dict[str, int]:
        """A delivery of each state that there is."""
        first = select(deliveries.c.state, func.min(deliveries.c.id)).group_by(deliveries.c.state)
        with self.store.read() as connection:
            return {row[0]: row[1] for row in connection.execute(first)}


_REFUSED = {
    "status": 422,
    "message": "Field Value validation failed in REQUEST_BODY: the link can not be read",
}
_COMMENT = "Please take the number of families out: with the name of the town, it says who they are."
_NAIROBI = PostForm(
    at="2018-09-26 13:30", accounts=("fice-x", "fice-facebook", "fice-linkedin"),
    media=(FormMedia("meeting.jpg", "Four people around a table, and a map of a district behind them"),),
    body="Thank you, Nairobi! Forty social workers have drawn the first map of who works where in their "
    "district. What they found surprised even the ministry. #SSWWeek",
)  # fmt: skip
_GRACE = PostForm(
    kind="worker-profile", day="4", slot="afternoon", accounts=("fice-x", "fice-facebook", "fice-linkedin"),
    media=(FormMedia("school.jpg", "A village school with a red roof below green hills in the morning"),),
    body="At seven in the morning Grace walks to the school at the end of the road. She knows which child "
    "did not come yesterday, and at whose door to knock.\n\nShe is a community social worker. There are "
    "eleven like her, for ninety villages. #SSWWeek",
    first_comment="What would you ask Grace? We bring her your questions on Friday.",
)  # fmt: skip
_VOICES = PostForm(
    kind="resource", day="4", slot="midday", accounts=("fice-x", "fice-linkedin"), link=LINK,
    body="Voices from the webinar: “Count the workers, and you have begun to count the children whom nobody "
    "sees.” #SSWWeek",
)  # fmt: skip
_CASELOAD = PostForm(
    kind="resource", day="5", slot="midday", accounts=("fice-facebook", "fice-linkedin"),
    body="What does a caseload mean? For one worker in a small town, a hundred and forty families. #SSWWeek",
)  # fmt: skip
