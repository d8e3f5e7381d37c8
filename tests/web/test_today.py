"""Today: what needs a person has its button beside it, for whoever may press it, and what is out its link."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store, plans, removals, upkeep
from bot.store.desk import Desk
from bot.web.server import serving
from tests.store.acts import HOUR, MINUTE, OTHER, claim, fail, last_of, publish, row, state_of
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import visit

NOW = NOON + timedelta(hours=4)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    database = f"sqlite:///{tmp_path / 'bot.db'}"
    accounts = {"fice-x": Account("fice-x", "twitter", "@fice")}
    return Settings(tmp_path / "config", tmp_path / "posts", database, 0, accounts=accounts)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def url(settings: Settings, store: Store) -> Iterator[str]:
    with serving(settings, FixedClock(NOW), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def week(store: Store) -> list[int]:
    """One that is out, one that failed, was missed, is held, waits for approval, and one to come twice."""
    made = queue_up(
        store,
        delivery("week/out.md", texts=["It is out"]),
        delivery("week/failed.md", due_at=NOON + MINUTE, texts=["It failed"]),
        delivery("week/missed.md", due_at=NOON + 2 * MINUTE, texts=["It was missed"]),
        delivery("week/held.md", due_at=NOW + HOUR, texts=["It is held"]),
        delivery("week/unread.md", due_at=NOW + HOUR, texts=["Nobody read it"], needs_approval=True),
        delivery("week/next.md", due_at=NOW + 2 * HOUR, texts=["It comes next"]),
        delivery("week/next.md", "kenya-x", due_at=NOW + 2 * HOUR, texts=["It comes next"]),
    )
    publish(store, claim(store))
    fail(store, claim(store, at=NOON + MINUTE), at=NOON + MINUTE)
    upkeep.miss_expired(store, NOW)
    Desk(store, "Anna", NOON).hold([made[3]], "the minister speaks first")
    campaign = Campaign("week", "The week", "UTC", date(2018, 9, 23), ("Launch", "Mapping"), ())
    with store.write() as connection:
        plans.record_campaign(connection, campaign, NOON)
    return made


def test_the_day_is_told(url: str, store: Store, tab: Page, week: list[int]) -> None:
    visit(url, store, NOW, Role.VIEWER).enter(tab).goto(url)
    expect(tab.get_by_text("Good afternoon, the viewer.")).to_be_visible()
    coming = tab.get_by_role("region", name="Next")
    expect(coming).to_contain_text("in 2 hours")
    expect(coming.get_by_role("link", name="It comes next")).to_have_count(1)
    expect(coming).to_contain_text("kenya-x")
    out = tab.get_by_role("region", name="Out today")
    expect(out.get_by_role("link", name="see it")).to_have_attribute(
        "href", row(store, week[0])["remote_url"]
    )
    expect(tab.get_by_role("region", name="Campaigns")).to_contain_text("Day 2 of 2: Mapping")
    expect(tab.get_by_role("region", name="Campaigns")).to_contain_text("1 of 7 are out.")
    expect(tab.get_by_role("region", name="Waits for approval")).to_contain_text("Nobody read it")
    tasks = tab.get_by_role("region", name="Needs a person")
    expect(tasks.get_by_role("listitem")).to_have_count(3)
    expect(tasks.get_by_role("button")).to_have_count(0)
    expect(tasks).to_contain_text("An operator can decide on it.")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_was_taken_away_again_has_no_link(url: str, store: Store, tab: Page, week: list[int]) -> None:
    with store.read() as connection:
        [part] = removals.of_delivery(connection, week[0]).shown
    removals.begin(store, week[0], [1], "anna", "", NOON)
    removals.removed(store, week[0], part, "it is deleted", "anna", NOON)
    visit(url, store, NOW, Role.VIEWER).enter(tab).goto(url)
    out = tab.get_by_role("region", name="Out today")
    expect(out).to_contain_text("taken away")
    expect(out.get_by_role("link")).to_have_count(0)


def test_an_operator_decides_where_the_trouble_is_shown(
    url: str, store: Store, tab: Page, week: list[int]
) -> None:
    visit(url, store, NOW, Role.OPERATOR, "Maria").enter(tab).goto(url)
    tab.get_by_role("button", name="Try again now").click()
    expect(tab.get_by_role("status")).to_contain_text("It goes out now")
    assert row(store, week[1])["due_at"] == NOW
    tab.get_by_role("button", name="Release").click()
    expect(tab.get_by_role("status")).to_contain_text("It is released")
    assert last_of(store, week[3]).actor == "Maria"
    tab.get_by_text("Another time").click()
    tab.get_by_label("Date and time, in UTC").fill("2018-09-25T10:30")
    tab.get_by_role("button", name="Give it this time").click()
    expect(tab.get_by_role("status")).to_contain_text("It goes out on 25 Sept 2018, 10:30.")
    assert row(store, week[2])["due_at"].isoformat() == "2018-09-25T10:30:00+00:00"


def test_a_cancel_asks_first(url: str, store: Store, tab: Page, week: list[int]) -> None:
    visit(url, store, NOW, Role.OPERATOR).enter(tab).goto(url)
    answers = [False, True]
    tab.on("dialog", lambda dialog: dialog.accept() if answers.pop(0) else dialog.dismiss())
    tab.get_by_role("button", name="Cancel it").first.click()
    assert state_of(store, week[1]) == "failed"
    tab.get_by_role("button", name="Cancel it").first.click()
    expect(tab.get_by_role("status")).to_contain_text("It is cancelled.")
    assert state_of(store, week[1]) == "cancelled"


def test_where_nothing_is_planned_the_first_steps_are_shown(url: str, store: Store, tab: Page) -> None:
    steps = tab.get_by_role("region", name="The first steps")
    visit(url, store, NOW, Role.EDITOR).enter(tab).goto(url)
    expect(steps).to_contain_text("An operator connects the accounts")
    expect(steps).not_to_contain_text("Say where you publish")
    visit(url, store, NOW, Role.OPERATOR).enter(tab).goto(url)
    expect(steps).to_contain_text("1 account is known.")
    expect(tab.get_by_text("Nothing is scheduled.")).to_be_visible()
    expect(tab.get_by_text("Nothing yet.")).to_be_visible()


def test_another_post_that_went_out_yesterday_is_not_of_today(
    url: str, store: Store, tab: Page, week: list[int]
) -> None:
    yesterday = NOON - timedelta(days=1)
    [old] = queue_up(store, delivery("week/old.md", "kenya-x", due_at=yesterday, texts=["Of yesterday"]))
    publish(store, claim(store, "kenya-x", at=yesterday), OTHER, at=yesterday)
    assert state_of(store, old) == "published"
    visit(url, store, NOW, Role.VIEWER).enter(tab).goto(url)
    expect(tab.get_by_text("It is out")).to_be_visible()
    expect(tab.get_by_text("Of yesterday")).to_have_count(0)
