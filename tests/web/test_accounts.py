"""The pages of the accounts and of the preflight, over real HTTP; looking at them asks no network."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
import requests

from bot.clock import FixedClock
from bot.model.outcome import Cause
from bot.model.role import Role
from bot.planning.apply import apply_plan
from bot.planning.content import read_content
from bot.planning.plan import make_plan
from bot.planning.schedule import schedule
from bot.sandbox import Sandbox
from bot.settings import NetworkOptions, Settings, load
from bot.store import Store, checks, lanes, open_store, preflights
from bot.web.server import serving
from tests.cli.workplace import Workplace
from tests.store.conftest import NOON
from tests.web.helper import Visit, visit

OPTIONS = {
    "twitter": NetworkOptions(posts_a_day=17, posts_a_month=1),
    "facebook": NetworkOptions(timeout=timedelta(seconds=20)),
}


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(scope="module")
def sandbox(clock: FixedClock) -> Iterator[Sandbox]:
    with Sandbox(now=clock.now) as local:
        yield local


@pytest.fixture(scope="module")
def settings(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    place = Workplace.furnished(tmp_path_factory.mktemp("place"))
    environment = {**sandbox.environment(), "DATABASE_URL": f"sqlite:///{place.folder / 'bot.db'}"}
    environment |= sandbox.register("twitter", "fice-x", "@fice")
    environment |= sandbox.register("facebook", "fice-facebook", "FICE")
    return replace(load(environment, place.folder), networks=OPTIONS)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    """A week of two days is queued."""
    opened = open_store(settings.database_url)
    content = read_content(settings)
    campaigns = list(content.campaigns.values())
    planned = schedule(content, campaigns)
    apply_plan(
        opened, lambda connection: make_plan(connection, planned, campaigns, (), NOON - timedelta(days=1)),
        actor="anna", now=NOON - timedelta(days=1), progress=lambda _done: None,
    )  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(settings: Settings, store: Store, clock: FixedClock) -> Iterator[str]:
    with serving(settings, clock, "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def anna(url: str, store: Store, sandbox: Sandbox, clock: FixedClock) -> Visit:
    clock.instant = NOON
    sandbox.clear_faults()
    lanes.unblock(store, ["fice-x", "fice-facebook"])
    return visit(url, store, NOON, Role.OPERATOR, "anna")


def words(answer: requests.Response) -> str:
    """What a page says in its main part, without its markup."""
    main = answer.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_looking_at_accounts_asks_no_network(sandbox: Sandbox, anna: Visit) -> None:
    before = len(sandbox.calls())
    said = words(anna.get("/accounts"))
    assert "Nobody has asked X (Twitter) about it yet." in said
    assert "fice-linkedin ✕ Not connected" in said
    assert "set FICE_LINKEDIN_AUTHOR" in said
    assert "fice-x" in words(anna.get("/accounts/fice-x"))
    assert anna.get("/accounts/nobody").status_code == 404
    assert anna.post("/accounts/nobody/check").status_code == 404
    assert len(sandbox.calls()) == before


def test_check_now_asks_and_keeps_the_answer(store: Store, anna: Visit) -> None:
    said = words(anna.post("/accounts/fice-x/check"))
    assert "fice-x ✓ Works" in said
    assert "may write as @fice" in said
    with store.read() as connection:
        [check] = [one for one in checks.all_checks(connection) if one.account == "fice-x"]
    assert (check.ok, check.checked_at) == (True, NOON)


def test_a_token_that_was_revoked_needs_a_person(sandbox: Sandbox, anna: Visit) -> None:
    sandbox.set_credentials("fice-facebook", "revoked")
    said = words(anna.post("/accounts/fice-facebook/check"))
    assert "fice-facebook ! Needs a person" in said
    sandbox.set_credentials("fice-facebook", "valid")
    assert "fice-facebook ✓ Works" in words(anna.post("/accounts/fice-facebook/check"))


def test_a_network_that_does_not_answer_says_nothing_of_the_account(
    sandbox: Sandbox, anna: Visit, clock: FixedClock
) -> None:
    anna.post("/accounts/fice-x/check")
    clock.instant += timedelta(minutes=5)
    sandbox.add_fault("twitter", "status", on="any", status=503)
    said = words(anna.post("/accounts/fice-x/check"))
    assert "It could not be asked just now:" in said
    assert "fice-x ✓ Works" in said
    clock.instant += timedelta(minutes=5)
    assert "could not be asked" not in words(anna.post("/accounts/fice-x/check"))


def test_a_slow_network_keeps_nobody_waiting_and_is_asked_once(sandbox: Sandbox, anna: Visit) -> None:
    sandbox.add_fault("twitter", "slow", on="any", seconds=3)
    before = len([one for one in sandbox.calls() if one.network == "twitter"])
    page = anna.post("/accounts/fice-x/check")
    assert page.elapsed < timedelta(seconds=3)
    assert "Asking X (Twitter)." in words(page)
    assert 'hx-get="/accounts/fice-x" hx-trigger="load delay:1500ms"' in page.text
    page = anna.post("/accounts/fice-x/check")  # joins it
    if "Asking" in words(page):
        page = anna.post("/accounts/fice-x/check")
    assert "Works" in words(page)
    asked = [one for one in sandbox.calls() if one.network == "twitter"][before:]
    assert len(asked) == 1


def test_the_page_says_what_an_account_waits_for(store: Store, anna: Visit) -> None:
    lanes.block(store, "fice-x", NOON + timedelta(hours=1), Cause.RATE_LIMIT, "X says: 17 in 24 hours")
    assert "… Waits" in words(anna.get("/accounts/fice-x"))
    assert "X says: 17 in 24 hours" in words(anna.get("/accounts"))
    lanes.block(store, "fice-x", NOON + timedelta(days=9), Cause.CREDENTIALS, "X knows the token no more")
    assert "Nothing of it is sent until this is mended: X knows the token no more" in words(
        anna.get("/accounts/fice-x")
    )


def test_limits_are_told_with_what_is_planned(anna: Visit) -> None:
    said = words(anna.get("/accounts/fice-x"))
    assert "Today (UTC): 0 of 17" in said
    assert "2 more are planned: that is over the limit" in said
    assert "2 deliveries scheduled 0 deliveries published" in said
    assert "What is late goes out at least 10 seconds apart." in said


def test_an_end_that_is_near_is_told(store: Store, anna: Visit) -> None:
    checks.begin(store, "fice-facebook", NOON, timedelta())
    checks.record(store, "fice-facebook", True, "may post as FICE", NOON + timedelta(days=3), NOON)
    assert "in 3 days. Connect it anew before then." in words(anna.get("/accounts"))


def test_nobody_has_looked_ahead_yet_and_an_editor_does(sandbox: Sandbox, anna: Visit, store: Store) -> None:
    before = len(sandbox.calls())
    assert "not looked at yet" in words(anna.get("/preflight"))
    assert "Nobody has looked ahead for this campaign yet." in words(anna.get("/preflight/week"))
    assert len(sandbox.calls()) == before
    viewer = visit(anna.url, store, NOON, Role.VIEWER)
    assert viewer.post("/preflight/week").status_code == 403
    assert "Look now" not in words(viewer.get("/preflight/week"))
    editor = visit(anna.url, store, NOON, Role.EDITOR)
    page = editor.post("/preflight/week")
    while "Looking ahead: at the texts" in words(page):
        page = editor.get("/preflight/week", headers={"hx-request": "true"})
    said = words(page)
    assert "✕ Account fice-linkedin : not connected" in said
    assert "Look at the account: connect it anew, or wait until it may go on." in said
    assert "✓ Texts and campaign posts and config: 2 posts without an error" in said
    assert "stands in the way" in said or "stand in the way" in said
    with store.read() as connection:
        assert preflights.latest(connection, NOON - timedelta(days=9)) == []  # the worker's own was not made
    assert anna.get("/preflight/none").status_code == 404


def test_what_the_worker_found_is_shown_until_somebody_looks_again(
    anna: Visit, store: Store, clock: FixedClock
) -> None:
    clock.instant = NOON + timedelta(hours=1)
    preflights.begin(store, "week", NOON.date(), NOON)
    found = [{"mark": "no", "about": "link", "subject": "1-monday.md:3", "detail": "<b>nothing answers</b>"}]
    preflights.record(store, "week", NOON.date(), False, found, clock.now())
    page = anna.get("/preflight/week")
    assert "1 thing stands in the way." in words(page)
    assert "&lt;b&gt;nothing answers" in page.text
    assert "The worker looked at" in words(page)
    clock.instant += timedelta(hours=1)
    page = anna.post("/preflight/week")
    while "Looking ahead: at the texts" in words(page):
        page = anna.get("/preflight/week")
    assert "nothing answers" not in page.text
    with store.read() as connection:
        [kept] = preflights.latest(connection, NOON)
    assert kept.ended_at == clock.now()  # what others are told is not out of date
