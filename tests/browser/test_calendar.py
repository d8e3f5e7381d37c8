"""The calendar in a real browser: a delivery is moved by mouse and by keyboard, or stays where it was."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store, plans
from bot.store.desk import Desk
from bot.web.server import serving
from tests.store.acts import HOUR, last_of, log_of, row
from tests.store.conftest import delivery, queue_up
from tests.web.helper import Visit, visit

SUNDAY = datetime(2018, 9, 23, 12, 0, tzinfo=UTC)
MONDAY_9 = datetime(2018, 9, 24, 13, 0, tzinfo=UTC)  # nine o'clock in New York
THEMES = ("Launch", "Mapping the workforce", "A national strategy")
QUARTER = timedelta(minutes=15)
_numbers = iter(range(1, 1000))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("calendar")
    accounts = (Account("fice-x", "twitter", "@fice"), Account("kenya-x", "twitter", "@ke", "Africa/Nairobi"))
    return Settings(
        folder / "config",
        folder / "posts",
        f"sqlite:///{folder / 'bot.db'}",
        0,
        accounts={one.name: one for one in accounts},
    )


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    week = Campaign("week", "The week", "America/New_York", date(2018, 9, 24), THEMES, ())
    with opened.write() as connection:
        plans.record_campaign(connection, week, SUNDAY)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(settings: Settings, store: Store) -> Iterator[str]:
    with serving(settings, FixedClock(SUNDAY), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def one(store: Store) -> Iterator[int]:
    """A delivery of this test's own, on Monday at nine in the campaign's zone."""
    number = next(_numbers)
    [made] = queue_up(store, delivery(f"week/{number}.md", due_at=MONDAY_9, texts=[f"Hello {number}"]))
    yield made
    if row(store, made)["state"] != "cancelled":
        Desk(store, "tests", SUNDAY).cancel([made], "")


@pytest.fixture
def operator(url: str, store: Store) -> Visit:
    return visit(url, store, SUNDAY, Role.OPERATOR, "Maria")


@pytest.fixture
def tab(tab: Page) -> Page:
    tab.set_viewport_size({"width": 1400, "height": 1000})
    return tab


def shown(tab: Page, delivery: int) -> Locator:
    return tab.locator(f'[data-delivery="{delivery}"]')


def open_week(visitor: Visit, tab: Page, delivery: int, query: str = "") -> Locator:
    visitor.enter(tab).goto(f"{visitor.url}/calendar?view=week&date=2018-09-24{query}")
    found = shown(tab, delivery)
    found.wait_for()
    return found


def drag(tab: Page, what: Locator, *, days: int, slots: float) -> None:
    """By so many columns and half hours."""
    box = what.bounding_box()
    column = tab.locator(".ec-time-grid .ec-body .ec-day").first.bounding_box()
    assert box is not None
    assert column is not None
    x, y = box["x"] + 12, box["y"] + 8
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 10, y + 10, steps=3)
    tab.mouse.move(x + days * column["width"], y + slots * 66, steps=8)
    tab.mouse.up()


def says(tab: Page) -> Locator:
    return tab.locator(".calendar-says")


def test_a_delivery_is_dragged_to_another_day_and_hour(
    operator: Visit, store: Store, tab: Page, one: int
) -> None:
    found = open_week(operator, tab, one)
    expect(tab.locator("#calendar-zone")).to_contain_text("America/New_York")
    expect(found).to_contain_text("9:00")
    drag(tab, found, days=1, slots=3)
    expect(tab.locator("#calendar-question")).to_contain_text("Tuesday 25 September")
    tab.get_by_role("button", name="Move it").click()
    expect(says(tab)).to_contain_text("goes out on X on Tuesday 25 September")
    expect(shown(tab, one)).to_contain_text("10:30")
    now = row(store, one)
    assert now["due_at"] == datetime(2018, 9, 25, 14, 30, tzinfo=UTC)
    assert now["wall"] == "2018-09-25T14:30:00"  # in the zone in which it was planned, which is UTC here
    assert now["expires_at"] == now["due_at"] + 3 * HOUR
    assert last_of(store, one).actor == "Maria"


def test_a_delivery_is_moved_by_keyboard_alone(operator: Visit, store: Store, tab: Page, one: int) -> None:
    found = open_week(operator, tab, one)
    found.get_by_role("link").focus()
    tab.keyboard.press("m")
    expect(tab.locator(".calendar-bar")).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"):
        tab.keyboard.press(key)
    expect(says(tab)).to_contain_text("Tuesday 25 September")
    tab.keyboard.press("Enter")
    expect(tab.locator("dialog[open]")).to_be_visible()
    tab.keyboard.press("Enter")
    expect(says(tab)).to_contain_text("goes out on X on Tuesday 25 September")
    expect(shown(tab, one).get_by_role("link")).to_be_focused()
    assert row(store, one)["due_at"] == MONDAY_9 + timedelta(days=1) + QUARTER
    assert last_of(store, one).actor == "Maria"


def test_escape_leaves_it_where_it_was(operator: Visit, store: Store, tab: Page, one: int) -> None:
    open_week(operator, tab, one).get_by_role("button", name="Move").click()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Escape")
    expect(says(tab)).to_have_text("It stays where it was.")
    assert row(store, one)["due_at"] == MONDAY_9
    assert len(log_of(store, one)) == 1


def test_a_refusal_puts_it_back_and_says_why(
    operator: Visit, store: Store, tab: Page, one: int, expected: list[str]
) -> None:
    expected.append("400 (Bad Request)")
    found = open_week(operator, tab, one)
    drag(tab, found, days=0, slots=2)
    Desk(store, "Ben", SUNDAY).reschedule({one: (MONDAY_9 + 5 * HOUR, "2018-09-24T18:00:00")}, "")
    tab.get_by_role("button", name="Move it").click()
    expect(says(tab)).to_contain_text("has changed since it was shown")
    expect(shown(tab, one)).to_contain_text("14:00")  # where the other one has put it
    assert row(store, one)["due_at"] == MONDAY_9 + 5 * HOUR
    assert last_of(store, one).actor == "Ben"


def test_a_time_that_is_over_is_refused(
    operator: Visit, store: Store, tab: Page, one: int, expected: list[str]
) -> None:
    expected.append("400 (Bad Request)")
    open_week(operator, tab, one).get_by_role("button", name="Move").click()
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Enter")
    tab.get_by_role("button", name="Move it").click()
    expect(says(tab)).to_contain_text("is over, and it would be missed at once")
    expect(shown(tab, one)).to_contain_text("9:00")
    assert row(store, one)["due_at"] == MONDAY_9


def test_the_clocks_of_others_show_other_times(operator: Visit, tab: Page, store: Store, one: int) -> None:
    there = delivery("week/ke.md", "kenya-x", due_at=MONDAY_9)
    [kenya] = queue_up(store, there)
    open_week(operator, tab, one)
    expect(shown(tab, kenya)).to_contain_text("9:00")
    tab.get_by_label("Times by").select_option("account")
    tab.get_by_role("button", name="Show").click()
    expect(tab.locator("#calendar-zone")).to_contain_text("local time of its own account")
    expect(shown(tab, kenya)).to_contain_text("16:00")  # in Nairobi
    expect(shown(tab, one)).to_contain_text("13:00")  # its account has no zone: that in which it was planned
    assert "date=2018-09-24" in tab.url
    tab.get_by_label("Times by").select_option("mine")
    tab.get_by_role("button", name="Show").click()
    expect(tab.locator("#calendar-zone")).to_contain_text("All times are yours, in UTC")
    expect(shown(tab, kenya)).to_contain_text("13:00")
    shown(tab, kenya).get_by_role("button").focus()


def test_by_the_clocks_of_accounts_a_time_is_that_of_its_account(
    operator: Visit, store: Store, tab: Page
) -> None:
    [kenya] = queue_up(store, delivery("week/nairobi.md", "kenya-x", due_at=MONDAY_9))
    open_week(operator, tab, kenya, "&zone=account").get_by_role("button", name="Move").click()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    tab.get_by_label("Date and time").fill("2018-09-25T09:00")
    tab.get_by_role("button", name="Move it").click()
    expect(says(tab)).to_contain_text(
        "goes out on X on Tuesday 25 September at 9:00, by the account’s own clock"
    )
    assert row(store, kenya)["due_at"] == datetime(2018, 9, 25, 6, 0, tzinfo=UTC)


def test_a_campaign_has_its_days_with_their_themes_as_columns(operator: Visit, tab: Page, one: int) -> None:
    operator.enter(tab).goto(f"{operator.url}/calendar")
    shown(tab, one).wait_for()
    heads = tab.locator(".ec-col-head")
    assert [theme for theme in THEMES if heads.filter(has_text=theme).count() == 1] == list(THEMES)
    expect(tab.get_by_role("button", name="Campaign")).to_have_attribute("aria-pressed", "true")


def test_what_others_change_appears_by_itself(operator: Visit, store: Store, tab: Page, one: int) -> None:
    found = open_week(operator, tab, one)
    expect(found.locator(".calendar-state")).to_have_text("scheduled")
    Desk(store, "Ben", SUNDAY).hold([one], "the minister speaks first")
    expect(found.locator(".calendar-state")).to_have_text("held")
    expect(found.get_by_role("button")).to_have_count(0)  # a drag would release it


def test_a_viewer_looks_and_moves_nothing(url: str, store: Store, tab: Page, one: int) -> None:
    viewer = visit(url, store, SUNDAY, Role.VIEWER)
    found = open_week(viewer, tab, one)
    expect(found.get_by_role("button")).to_have_count(0)
    drag(tab, found, days=1, slots=0)
    expect(tab.locator("dialog[open]")).to_have_count(0)
    body = {"when": "2018-09-25T09:00", "zone": "UTC", "version": "x"}
    headers = {"x-csrf-token": viewer.csrf, "accept": "application/json"}
    answer = viewer.http.post(f"{url}/deliveries/{one}/move", json=body, headers=headers, timeout=30)
    assert answer.status_code == 403
    assert "operator" in answer.json()["detail"]
    assert row(store, one)["due_at"] == MONDAY_9
