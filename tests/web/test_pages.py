"""The pages over real HTTP, and in a real browser."""

from collections.abc import Iterator
from datetime import timedelta
from html import escape
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page

from bot.clock import FixedClock
from bot.model.account import Account
from bot.settings import Settings
from bot.store import Store, open_store, removals, upkeep
from bot.store.desk import Desk
from bot.web.server import CannotServeError, serving
from tests.store.acts import claim, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

EVIL = "week/<script>alert(1)</script>\u202e.md"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        tmp_path / "config",
        tmp_path / "posts",
        f"sqlite:///{tmp_path / 'bot.db'}",
        0,
        organisation="FICE",
        accounts={"fice-x": Account("fice-x", "twitter", "@fice")},
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture
def url(settings: Settings, store: Store) -> Iterator[str]:
    queue_up(store, delivery("week/1.md"), delivery(EVIL, due_at=NOON - timedelta(days=1)))
    clock = FixedClock(NOON + timedelta(minutes=5))
    upkeep.miss_expired(store, clock.now())
    with serving(settings, clock, "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def member(url: str, store: Store) -> Visit:
    return visit(url, store, NOON)


@pytest.fixture
def tab(tab: Page, member: Visit) -> Page:
    return member.enter(tab)


def test_the_status_says_what_needs_a_person(url: str, tab: Page) -> None:
    tab.goto(url)
    assert tab.get_by_role("heading", name="Today", exact=True).is_visible()
    assert tab.get_by_text("Monday, 24 September 2018, 12:05 in UTC").is_visible()
    assert tab.get_by_text("Something needs a person.").is_visible()
    assert tab.get_by_text("No worker is alive, and something is due: nothing goes out.").is_visible()
    assert tab.get_by_text("missed", exact=True).is_visible()
    assert tab.get_by_text("not connected: set FICE_X_API_KEY").is_visible()


def test_a_row_leads_to_the_preview_of_its_post_however_that_is_called(
    url: str, tab: Page, member: Visit
) -> None:
    tab.goto(url)
    link = tab.get_by_role("link", name="week/<script>").get_attribute("href")
    answer = member.get(str(link))
    assert answer.status_code == 404
    assert f"<h1>{escape(EVIL)}</h1>" in answer.text
    assert "There is no such post here, or it goes nowhere." in answer.text
    following = tab.get_by_role("region", name="Next").get_by_role("link", name="Hello")
    assert following.get_attribute("href") == "/preview/week/1.md"
    tab.get_by_role("link", name="Post log").click()
    assert tab.get_by_role("link", name="week/1.md").first.get_attribute("href") == "/preview/week/1.md"


@pytest.mark.parametrize("path", ["/", "/log"])
def test_a_page_fits_a_phone(url: str, tab: Page, path: str) -> None:
    tab.goto(f"{url}{path}")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_a_post_is_called_is_shown_and_never_run(url: str, tab: Page) -> None:
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    tab.goto(f"{url}/log")
    assert tab.get_by_text("<script>alert(1)</script>").first.is_visible()
    assert dialogs == []


def test_a_link_that_leads_nowhere_any_more_can_not_be_followed(url: str, store: Store, tab: Page) -> None:
    published(store, 1)
    with store.read() as connection:
        [part] = removals.of_delivery(connection, 1).shown
    tab.goto(f"{url}/log")
    assert tab.get_by_role("link", name=part.where).count() == 1
    removals.begin(store, 1, [1], "anna", "", NOON)
    removals.removed(store, 1, part, "it is deleted", "anna", NOON)
    tab.goto(f"{url}/log")
    assert tab.get_by_role("link", name=part.where).count() == 0
    assert tab.get_by_text("part 1 is taken away: it is deleted").is_visible()


def published(store: Store, delivery: int) -> None:
    held = claim(store)
    assert held.delivery == delivery
    publish(store, held)


def test_the_log_is_filtered_by_keyboard(url: str, tab: Page) -> None:
    tab.goto(f"{url}/log")
    assert tab.locator("tbody tr").count() == 3
    tab.get_by_label("Words").focus()
    tab.keyboard.press("Tab")
    tab.keyboard.type("missed")
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**state=missed**")
    assert tab.locator("tbody tr").count() == 1
    assert tab.get_by_label("State").input_value() == "missed"


def test_a_new_entry_appears_by_itself_while_the_filter_keeps_its_words(
    url: str, store: Store, tab: Page
) -> None:
    tab.goto(f"{url}/log")
    tab.get_by_label("Words").fill("wee")
    Desk(store, "Maria", NOON).hold([1], "the minister speaks first")
    tab.get_by_text("the minister speaks first").wait_for()
    assert tab.get_by_label("Words").input_value() == "wee"


def test_a_page_may_load_nothing_from_elsewhere_and_stand_in_no_frame(url: str) -> None:
    headers = requests.get(url, timeout=30).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("query", ["account=" + "a" * 10_000, "state=" + "b" * 100])
def test_a_filter_that_makes_no_sense_is_refused(member: Visit, query: str) -> None:
    assert member.get(f"/log?{query}").status_code == 422


def test_a_store_in_trouble_is_said_and_not_traced(member: Visit, store: Store) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("ALTER TABLE post_log RENAME TO elsewhere")
    answer = member.get("/log")
    assert answer.status_code == 503
    assert "bot db upgrade" in answer.text


def test_a_port_that_is_taken_is_said(url: str, settings: Settings) -> None:
    port = int(url.rsplit(":", 1)[1])
    with (
        pytest.raises(CannotServeError, match=str(port)),
        serving(settings, FixedClock(NOON), "127.0.0.1", port),
    ):
        pass
