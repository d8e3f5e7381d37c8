"""An account is connected in a real browser, over the sandbox's own pages, and everything fits a phone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.role import Role
from bot.networks.connected import read
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.settings import Settings
from bot.store import Store, open_store
from bot.web.server import serving
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import visit

ACCOUNTS = {
    "fice-x": Account("fice-x", "twitter", "@fice"),
    "fice-linkedin": Account("fice-linkedin", "linkedin", "FICE"),
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(now=FixedClock(NOON).now) as local:
        yield local


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    environment = {**sandbox.environment(), "BOT_SECRET_KEY": new_key()}
    return Settings(
        tmp_path / "config", tmp_path / "posts", f"sqlite:///{tmp_path / 'bot.db'}", 0,
        organisation="FICE", accounts=ACCOUNTS, environment=environment,
    )  # fmt: skip


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    queue_up(opened, delivery("week/1.md"))
    yield opened
    opened.close()


@pytest.fixture
def desk(settings: Settings, store: Store, tab: Page) -> Iterator[Page]:
    """The list of accounts, before an operator."""
    with serving(settings, FixedClock(NOON), "127.0.0.1", 0) as url:
        visit(url, store, NOON, Role.OPERATOR, "anna").enter(tab)
        tab.goto(f"{url}/accounts")
        yield tab


def test_accounts_are_connected_by_pin_and_by_coming_back(desk: Page, sandbox: Sandbox, store: Store) -> None:
    keys = sandbox.register("twitter", "fice-x", "@fice")
    keys |= sandbox.register("linkedin", "fice-linkedin", "FICE")
    desk.get_by_role("link", name="Connect fice-x").click()
    desk.get_by_role("button", name="Begin").click()
    for name in ("API key", "API secret"):
        desk.get_by_label(name).fill(keys[f"FICE_X_{name.upper().replace(' ', '_')}"])
        desk.keyboard.press("Enter")
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name="Open X (Twitter)").click()
    pin = opened.value.locator("code").inner_text()
    opened.value.close()
    desk.get_by_label("What the page shows in the end").fill(pin)
    desk.get_by_role("button", name="Continue").click()
    expect(desk.get_by_text("fice-x is connected.")).to_be_visible()

    desk.get_by_role("navigation").get_by_role("link", name="Accounts").click()
    assert fits(desk)
    desk.get_by_role("link", name="Connect fice-linkedin").click()
    desk.get_by_role("button", name="Begin").click()
    desk.get_by_label("Client ID").fill(keys["FICE_LINKEDIN_CLIENT_ID"])
    desk.keyboard.press("Enter")
    desk.get_by_label("Client secret").fill(keys["FICE_LINKEDIN_CLIENT_SECRET"])
    desk.keyboard.press("Enter")
    desk.get_by_label(re.compile("a page")).check()
    desk.get_by_role("button", name="Continue").click()
    assert desk.get_by_label("Address to lead back to").input_value().endswith("/accounts/connect/callback")
    assert fits(desk)
    desk.get_by_role("link", name="Open LinkedIn").click()
    desk.get_by_role("button", name="Allow").click()
    expect(desk).to_have_url(re.compile("/accounts/fice-linkedin/connect$"))
    desk.get_by_label("FICE", exact=True).check()
    desk.get_by_role("button", name="Continue").click()
    expect(desk.get_by_text("fice-linkedin is connected.")).to_be_visible()
    assert [one.account for one in read(store)] == ["fice-linkedin", "fice-x"]


def test_a_slow_network_answers_into_the_page(desk: Page, sandbox: Sandbox) -> None:
    keys = sandbox.register("twitter", "fice-x", "@fice")
    sandbox.add_fault("twitter", "slow", on="token", seconds=2.2)
    desk.get_by_role("link", name="Connect fice-x").click()
    desk.get_by_role("button", name="Begin").click()
    for name in ("API key", "API secret"):
        desk.get_by_label(name).fill(keys[f"FICE_X_{name.upper().replace(' ', '_')}"])
        desk.keyboard.press("Enter")
    expect(desk.get_by_text("Asking X (Twitter). It may take a minute.")).to_be_visible()
    shown = desk.get_by_role("link", name="Open X (Twitter)")
    expect(shown).to_be_visible(timeout=timedelta(seconds=10).total_seconds() * 1000)


def fits(page: Page) -> bool:
    page.wait_for_load_state()  # before its styles are there it is as wide as it likes
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
