"""Last year's campaign is copied in a real browser, by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.clock import FixedClock
from bot.model.role import Role
from bot.store import open_store
from bot.web.server import serving
from tests.planning.helper import SUNDAY, Project
from tests.web.helper import visit


@pytest.fixture
def desk(tmp_path: Path, tab: Page) -> Iterator[Page]:
    """The list of campaigns, before an operator."""
    project = Project(tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path}/bot.db"})
    project.accounts()
    project.week()
    project.post("1-monday", "day: 1", "kind: daily-post")
    project.post("2-chat", "at: 2018-09-25 09:00", "kind: chat", "accounts: [fice-x]")
    store = open_store(project.settings().database_url)
    with serving(project.settings, FixedClock(SUNDAY), "127.0.0.1", 0) as url:
        visit(url, store, SUNDAY, Role.OPERATOR, "anna").enter(tab)
        tab.goto(f"{url}/campaigns")
        yield tab
    store.close()


def test_last_years_campaign_is_copied_by_keyboard(desk: Page) -> None:
    desk.get_by_role("link", name="Week", exact=True).press("Enter")
    desk.get_by_role("link", name="Copy to new dates").press("Enter")
    desk.get_by_label("Title").press("ControlOrMeta+a")
    desk.keyboard.type("The week of 2019")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("2 posts are copied.")).to_be_visible()
    expect(desk.get_by_role("heading", name="Day 2 · Tuesday, 24 September 2019")).to_be_visible()
    assert fits(desk)
    desk.get_by_role("button", name="Make the copy").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Its 2 posts are drafts")
    expect(desk.get_by_role("heading", name="The week of 2019")).to_be_visible()
    assert fits(desk)
    drafts = desk.locator("h2#drafts ~ ul").first
    expect(drafts.get_by_role("listitem")).to_have_count(2)
    drafts.get_by_role("link", name="2-chat").press("Enter")
    desk.wait_for_url("**/posts/*")
    desk.go_back()
    desk.get_by_role("link", name="Edit").press("Enter")
    expect(desk.get_by_label("Title")).to_have_value("The week of 2019")
    assert fits(desk)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the screen of a phone."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
