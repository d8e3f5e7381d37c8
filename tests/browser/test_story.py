"""The whole story in a real browser: from the first start to what followers see, and the big switch."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.model.role import Role
from bot.store.engine import connect
from tests.browser.test_composer import picture
from tests.web.helper import visit
from tests.worker.helper import LONG_S, House, built_house, eventually

LINK = re.compile(r"administrator: (http://\S+?)(/welcome/\S+)")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with built_house(tmp_path) as made:
        file = made.folder / "config/campaigns/week.toml"
        file.write_text(file.read_text().replace('approval = "none"', 'approval = "required"'))
        yield made


def sit_down(browser: Browser) -> Page:
    """A browser of its own, with a page that must not complain."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="UTC").new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def test_from_the_first_start_to_what_followers_see(house: House, browser: Browser, tmp_path: Path) -> None:
    house.start("up", "--port", "0")
    eventually(lambda: LINK.search(house.said()), LONG_S)
    found = LINK.search(house.said())
    assert found is not None
    url, welcome = found.groups()

    anna = sit_down(browser)
    anna.goto(f"{url}{welcome}")
    anna.get_by_label("Your name").fill("Anna")
    for label in ("Password", "The same again"):
        anna.get_by_label(label).fill("a long enough password")
    anna.get_by_role("button", name="Begin").click()
    expect(anna.get_by_text("Worker on", exact=True)).to_be_visible()

    anna.get_by_role("link", name="Posts", exact=True).click()
    anna.get_by_role("link", name="New post").click()
    anna.get_by_label("A short name").fill("The school")
    anna.get_by_role("button", name="Write").click()
    anna.locator(".scripted-on").wait_for()
    anna.get_by_label("Text for all networks").fill("The school is open again")
    anna.locator("#files").set_input_files(picture(tmp_path))
    anna.get_by_label("What does it show?").fill("A school with a red roof")
    anna.locator("#f-at").fill(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M"))
    anna.get_by_label("fice-x").check()
    expect(anna.get_by_text("Nothing stands in the way")).to_be_visible()
    anna.locator("#actions").get_by_text("More").click()
    anna.get_by_role("button", name="Send to review").click()
    expect(anna.get_by_text("Sent to review.")).to_be_visible()

    ben = sit_down(browser)
    store = connect(house.database)
    visit(url, store, datetime.now(UTC), Role.APPROVER, "Ben").enter(ben)
    store.close()
    ben.goto(f"{url}/approvals")
    expect(ben.get_by_alt_text("A school with a red roof")).to_be_visible()
    ben.get_by_role("button", name="Approve and queue").click()
    expect(ben.get_by_text("In the queue: 1 delivery")).to_be_visible()

    eventually(lambda: house.states() == {"published": 1}, LONG_S)
    [shown] = house.sandbox.feed()
    assert (shown.text, shown.alts) == ("The school is open again", ("A school with a red roof",))
    anna.goto(f"{url}/log")
    expect(anna.locator(f"a[href='{house.rows()[0]['remote_url']}']").first).to_be_visible()

    anna.locator("summary", has_text="Pause").click()
    anna.get_by_label("Why?").fill("A flood")
    anna.get_by_role("button", name="Pause everything").click()
    expect(anna.get_by_text("Everything is paused.").first).to_be_visible()
    assert house.ask("SELECT reason FROM switch WHERE name = 'pause'") == [{"reason": "A flood"}]
    anna.locator("summary", has_text="Paused").click()
    anna.get_by_role("button", name="Resume publishing").click()
    expect(anna.get_by_text("Publishing goes on.")).to_be_visible()
    for page in (anna, ben):
        page.context.close()
