"""The page of programs: tokens shown once, and webhooks that administrators look after."""

import re

import pytest
from playwright.sync_api import Page

from bot.clock import FixedClock
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, webhooks
from bot.store.program_tables import api_tokens
from bot.store.program_tables import webhooks as rows
from bot.webhooks.webhooks import Webhooks
from tests.store.conftest import NOON
from tests.web.api.conftest import Program, clock, set_up, settings, store, url
from tests.web.helper import visit
from tests.webhooks.conftest import Receiver, receiver
from tests.worker.helper import eventually

__all__ = ["clock", "receiver", "set_up", "settings", "store", "url"]


@pytest.fixture
def wide(tab: Page) -> Page:
    tab.set_viewport_size({"width": 1280, "height": 900})
    return tab


def test_a_member_makes_a_token_that_is_shown_once_works_and_is_revoked(
    url: str, store: Store, tab: Page
) -> None:
    visit(url, store, NOON, Role.EDITOR).enter(tab)
    tab.goto(f"{url}/programs")
    tab.get_by_text("You have given no program a token yet.").wait_for()
    assert tab.get_by_role("heading", name="Webhooks").count() == 0
    tab.get_by_text("Make a token", exact=True).click()
    assert tab.locator("input[name=scopes]").evaluate_all("all => all.map(one => one.value)") == [
        "read", "write",
    ]  # fmt: skip
    tab.get_by_label("What is the program called?").fill("n8n")
    tab.locator("input[value=write]").check()
    tab.get_by_role("button", name="Make the token").click()
    token = tab.locator("pre.call").first.inner_text()
    assert re.fullmatch(r"bot_[\w-]{43}", token)
    assert Program(url, token).get("/me")["scopes"] == ["read", "write"]
    tab.goto(f"{url}/programs")
    assert token not in tab.content()
    with store.read() as connection:
        assert token not in str(connection.execute(api_tokens.select()).all())
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.get_by_role("button", name="Revoke the token of n8n").click()
    tab.get_by_text("The token of n8n is revoked.").wait_for()
    assert Program(url, token).ask("GET", "/me").status_code == 401


def test_nobody_takes_a_scope_or_a_token_that_is_not_theirs(url: str, store: Store) -> None:
    editor, other = visit(url, store, NOON, Role.EDITOR), visit(url, store, NOON, Role.EDITOR, "Ben")
    asked = editor.post("/programs/tokens", {"name": "n8n", "scopes": ["read", "operate"]})
    assert asked.status_code == 422
    assert "your role does not include the scope" in asked.text
    assert editor.post("/programs/tokens", {"name": "n8n", "scopes": ["read"]}).status_code == 200
    refused = other.post("/programs/tokens/revoke", {"token": "1"})
    assert "there is no such token any more" in refused.text
    administrator = visit(url, store, NOON)
    assert "the editor" in administrator.get("/programs?all=1").text
    assert "is revoked" in administrator.post("/programs/tokens/revoke", {"token": "1"}).text
    assert visit(url, store, NOON, Role.VIEWER).get("/programs").status_code == 403


@pytest.mark.parametrize("act", ["", "/rotate", "/test", "/switch", "/remove"])
def test_webhooks_are_for_administrators(url: str, store: Store, act: str) -> None:
    operator = visit(url, store, NOON, Role.OPERATOR)
    answer = operator.post(f"/programs/webhooks{act}", {"webhook": "1"})
    assert answer.status_code == 403


def test_a_webhook_is_added_tested_given_another_secret_and_switched_off(
    url: str, store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, wide: Page
) -> None:
    visit(url, store, NOON).enter(wide)
    wide.goto(f"{url}/programs")
    wide.get_by_text("Add a webhook", exact=True).click()
    wide.get_by_label("What is the receiver called?").fill("Our archive")
    wide.get_by_text("Nobody knows whether it is out").click()
    wide.get_by_label("Its address, with https://").fill(receiver.url)
    wide.get_by_role("button", name="Add the webhook").click()
    secret = wide.locator("pre.call").inner_text()
    assert secret.startswith("whsec_")
    with store.read() as connection:
        assert secret not in str(connection.execute(rows.select()).all())
        [made] = webhooks.all_webhooks(connection)
    assert "delivery.uncertain" not in made.events
    assert "delivery.published" in made.events
    wide.goto(f"{url}/programs")
    wide.get_by_role("button", name="Send a test").click()
    wide.get_by_text("A test is on its way.").wait_for()
    receiver.status, receiver.words = 500, b"<b>not today</b>"
    running = Webhooks(store, settings, clock)
    eventually(lambda: not running.look())
    assert receiver.got[0].is_signed_with(secret)
    wide.goto(f"{url}/programs")
    wide.get_by_text("500 <b>not today</b>").wait_for()
    wide.get_by_text("does not answer").wait_for()
    wide.get_by_role("button", name="Give it another secret").click()
    other = wide.locator("pre.call").inner_text()
    assert other.startswith("whsec_")
    assert other != secret
    wide.goto(f"{url}/programs")
    wide.get_by_role("button", name="Switch off").click()
    wide.get_by_text("The webhook is off.").wait_for()
    assert wide.get_by_role("button", name="Send a test").count() == 0
    wide.get_by_role("button", name="Switch on").click()
    wide.get_by_role("button", name="Remove").click()
    wide.get_by_text("The webhook is removed.").wait_for()


def test_an_address_that_none_may_have_is_refused_and_the_form_is_kept(url: str, store: Store) -> None:
    form = {"name": "ours", "address": "http://example.org/hook", "events": ["delivery.failed"]}
    answer = visit(url, store, NOON).post("/programs/webhooks", form)
    assert answer.status_code == 422
    assert "write https://…: without it everybody on the way could read along" in answer.text
    assert 'value="http://example.org/hook"' in answer.text


def test_without_the_key_for_secrets_no_webhook_is_made(
    url: str, store: Store, settings: Settings, clock: FixedClock
) -> None:
    from dataclasses import replace

    from bot.web.server import serving

    with serving(replace(settings, environment={}), clock, "127.0.0.1", 0) as bare:
        answer = visit(bare, store, NOON).post(
            "/programs/webhooks", {"name": "ours", "address": "https://example.org/"}
        )
    assert answer.status_code == 422
    assert "set BOT_SECRET_KEY first" in answer.text
