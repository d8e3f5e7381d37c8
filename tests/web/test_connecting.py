"""Accounts that are connected on the page, over real HTTP, with the sandbox's networks."""

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.role import Role
from bot.networks import missing_credentials
from bot.networks.connected import read, with_connected
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.settings import NetworkOptions, Settings
from bot.store import Store, audit, checks, connections, open_store, sessions
from bot.web.server import serving
from bot.web.walks import PATIENCE
from tests.store.conftest import NOON
from tests.web.helper import Visit, visit

ACCOUNTS = {
    "fice-x": Account("fice-x", "twitter", "@fice"),
    "fice-facebook": Account("fice-facebook", "facebook", "FICE"),
    "fice-linkedin": Account("fice-linkedin", "linkedin", "FICE"),
    "fice-mastodon": Account("fice-mastodon", "mastodon", "@fice@mastodon.social"),
    "fice-bluesky": Account("fice-bluesky", "bluesky", "fice.bsky.social"),
}


OTHERS = (Account("private-x", "twitter", "@annaprivate"), Account("kenya", "facebook", "FICE Kenya"))


@dataclass
class Office:
    """The page of a team whose accounts are not connected, before networks that know them all."""

    folder: Path
    sandbox: Sandbox
    clock: FixedClock
    keys: dict[str, str] = field(default_factory=dict)  # what each account has at its network
    url: str = ""

    @property
    def settings(self) -> Settings:
        environment = {**self.sandbox.environment(), "BOT_SECRET_KEY": self.secret_key}
        quick = NetworkOptions(timeout=timedelta(seconds=20))
        return Settings(
            self.folder / "config", self.folder / "posts", f"sqlite:///{self.folder / 'bot.db'}", 0,
            accounts=ACCOUNTS, environment=environment, networks={"twitter": quick},
        )  # fmt: skip

    secret_key: str = field(default_factory=new_key)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock = FixedClock(NOON)
    with Sandbox(now=clock.now) as sandbox:
        keys: dict[str, str] = {}
        for one in (*ACCOUNTS.values(), *OTHERS):
            keys |= sandbox.register(one.network, one.name, one.handle)
        found = Office(tmp_path_factory.mktemp("office"), sandbox, clock, keys)
        with serving(lambda: found.settings, clock, "127.0.0.1", 0) as found.url:
            yield found


@pytest.fixture(scope="module")
def opened(office: Office) -> Iterator[Store]:
    store = open_store(office.settings.database_url)
    yield store
    store.close()


@pytest.fixture
def store(office: Office, opened: Store) -> Store:
    """Nothing is connected, nothing goes wrong, and it is noon."""
    office.clock.instant, office.secret_key = NOON, office.secret_key or new_key()
    office.sandbox.clear_faults()
    with opened.write() as connection:
        for name in ACCOUNTS:
            connections.forget(connection, name)
    return opened


@pytest.fixture
def anna(office: Office, store: Store) -> Visit:
    return visit(office.url, store, NOON, Role.OPERATOR, "anna")


def browser() -> requests.Session:
    """Whoever goes to a network's page."""
    session = requests.Session()
    session.trust_env = False
    return session


def words(answer: requests.Response) -> str:
    """What a page says in its main part, without its markup."""
    main = answer.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def field_of(answer: requests.Response) -> tuple[str, str]:
    """The type of the field that is asked for, and the number of the step."""
    kind = re.search(r'<input id="answer"[^>]* type="(\w+)"', answer.text)
    step = re.search(r'name="step" value="(\d+)"', answer.text)
    assert kind, words(answer)
    assert step, words(answer)
    return kind[1], step[1]


def step_of(answer: requests.Response) -> str:
    found = re.search(r'name="step" value="(\d+)"', answer.text)
    assert found, words(answer)
    return found[1]


def say(who: Visit, name: str, page: requests.Response, value: str) -> requests.Response:
    """Answer the step that a page asks, and wait for what the network says."""
    return settled(
        who, who.post(f"/accounts/{name}/connect/answer", {"step": step_of(page), "answer": value})
    )


def settled(who: Visit, page: requests.Response) -> requests.Response:
    while "It may take a minute." in words(page):
        time.sleep(0.05)
        page = who.get(urlsplit(page.url).path)
    return page


def link_of(page: requests.Response) -> str:
    """Where the network's own page is."""
    found = re.search(r'<a class="button primary" href="(http[^"]+)"', page.text)
    assert found, words(page)
    return unescape(found[1])


def begin_x(office: Office, who: Visit) -> requests.Response:
    """As far as X's own page."""
    page = who.post("/accounts/fice-x/connect")
    assert field_of(page)[0] == "password"
    page = say(who, "fice-x", page, office.keys["FICE_X_API_KEY"])
    return say(who, "fice-x", page, office.keys["FICE_X_API_SECRET"])


def pin_for(page: requests.Response) -> str:
    shown = browser().get(link_of(page)).text
    return re.search(r"<code>(\d+)</code>", shown)[1]  # type: ignore[index]


def is_connected(office: Office, store: Store, name: str) -> bool:
    known = with_connected(office.settings, read(store))
    return not missing_credentials(known.accounts[name], known)


def test_x_is_connected_by_a_pin(office: Office, store: Store, anna: Visit) -> None:
    first = anna.get("/accounts/fice-x/connect")
    assert "X (Twitter) will be asked, step by step" in words(first)
    page = begin_x(office, anna)
    assert "Sign in to X as the account that publishes" in words(page)
    page = say(anna, "fice-x", page, pin_for(page))
    assert "fice-x is connected. may write as @fice" in words(page)
    assert is_connected(office, store, "fice-x")
    [kept] = read(store)
    assert (kept.account, kept.identity, kept.actor) == ("fice-x", "@fice", "anna")
    with store.read() as connection:
        [check] = checks.all_checks(connection)
        newest = audit.changes(connection)[0]
    assert check.ok
    assert (newest.actor, newest.what, newest.about) == ("anna", "connected", "fice-x")
    there = words(anna.get("/accounts/fice-x"))
    assert "By anna on" in there
    assert "The network calls it @fice." in there


def test_what_was_kept_is_forgotten_again(office: Office, store: Store, anna: Visit) -> None:
    page = begin_x(office, anna)
    say(anna, "fice-x", page, pin_for(page))
    gone = anna.post("/accounts/fice-x/disconnect")
    assert "What was kept of fice-x is forgotten." in words(gone)
    assert not is_connected(office, store, "fice-x")
    assert "Nothing was kept of it." in words(anna.post("/accounts/fice-x/disconnect"))


def test_a_wrong_pin_changes_nothing_and_one_can_begin_again(
    office: Office, store: Store, anna: Visit
) -> None:
    page = begin_x(office, anna)
    pin_for(page)
    page = say(anna, "fice-x", page, "0000000")
    assert "Begin again: a PIN works once" in words(page)
    assert "Nothing was changed." in words(page)
    assert read(store) == []
    page = begin_x(office, anna)
    assert "is connected" in words(say(anna, "fice-x", page, pin_for(page)))


def test_the_wrong_account_is_kept_only_after_a_yes(office: Office, store: Store, anna: Visit) -> None:
    page = anna.post("/accounts/fice-x/connect")
    page = say(anna, "fice-x", page, office.keys["PRIVATE_X_API_KEY"])
    page = say(anna, "fice-x", page, office.keys["PRIVATE_X_API_SECRET"])
    page = say(anna, "fice-x", page, pin_for(page))
    assert "X (Twitter) says that this is @annaprivate." in words(page)
    assert read(store) == []
    assert "Nothing was changed." in words(anna.post("/accounts/fice-x/connect/stop"))
    assert read(store) == []
    page = anna.post("/accounts/fice-x/connect")
    page = say(anna, "fice-x", page, office.keys["PRIVATE_X_API_KEY"])
    page = say(anna, "fice-x", page, office.keys["PRIVATE_X_API_SECRET"])
    say(anna, "fice-x", page, pin_for(page))
    assert "is connected" in words(anna.post("/accounts/fice-x/connect/keep"))
    assert read(store)[0].identity == "@annaprivate"


def begin_facebook(office: Office, who: Visit) -> requests.Response:
    page = who.post("/accounts/fice-facebook/connect")
    assert field_of(page)[0] == "text"
    page = say(who, "fice-facebook", page, office.keys["FICE_FACEBOOK_APP_ID"])
    return say(who, "fice-facebook", page, office.keys["FICE_FACEBOOK_APP_SECRET"])


def agree_on_facebook(page: requests.Response, answer: str = "agree") -> str:
    """Where the browser is led to."""
    url = f"{link_of(page)}&answer={answer}"
    return browser().get(url, allow_redirects=False).headers["location"]


def come_back(who: Visit, address: str) -> requests.Response:
    assert address.startswith(who.url)
    return settled(who, who.get(address.removeprefix(who.url)))


def test_a_page_on_facebook_is_chosen_after_the_login(office: Office, store: Store, anna: Visit) -> None:
    page = begin_facebook(office, anna)
    assert f'value="{office.url}/accounts/connect/callback"' in page.text  # to be registered
    page = come_back(anna, agree_on_facebook(page))
    assert page.url == f"{office.url}/accounts/fice-facebook/connect"  # without the code
    assert "The page to publish on" in words(page)
    ids = re.findall(r'type="radio" name="answer" value="(\d+)"', page.text)
    ours = office.keys["FICE_FACEBOOK_PAGE_ID"]
    assert len(ids) == 2
    assert "is connected" in words(say(anna, "fice-facebook", page, ours))
    assert is_connected(office, store, "fice-facebook")


def test_a_page_that_was_not_among_the_choices_is_refused(office: Office, store: Store, anna: Visit) -> None:
    page = come_back(anna, agree_on_facebook(begin_facebook(office, anna)))
    assert "there is no page 666" in words(say(anna, "fice-facebook", page, "666"))
    assert read(store) == []


def test_who_does_not_agree_is_told_what_the_network_said(office: Office, store: Store, anna: Visit) -> None:
    page = come_back(anna, agree_on_facebook(begin_facebook(office, anna), "cancel"))
    assert "Facebook: Permissions error" in words(page)
    assert read(store) == []


def begin_linkedin(office: Office, who: Visit) -> requests.Response:
    page = who.post("/accounts/fice-linkedin/connect")
    page = say(who, "fice-linkedin", page, office.keys["FICE_LINKEDIN_CLIENT_ID"])
    page = say(who, "fice-linkedin", page, office.keys["FICE_LINKEDIN_CLIENT_SECRET"])
    return say(who, "fice-linkedin", page, "organization")


def agree_on_linkedin(page: requests.Response, allow: str = "yes") -> str:
    return browser().post(link_of(page), data={"allow": allow}, allow_redirects=False).headers["location"]


def finish_linkedin(who: Visit, page: requests.Response) -> requests.Response:
    [urn] = re.findall(r'type="radio" name="answer" value="(urn:[^"]+)"', page.text)
    return say(who, "fice-linkedin", page, urn)


def test_linkedin_leads_back_to_the_page(office: Office, store: Store, anna: Visit) -> None:
    page = come_back(anna, agree_on_linkedin(begin_linkedin(office, anna)))
    assert "Which page?" in words(page)
    assert "rights: " in words(finish_linkedin(anna, page))
    assert is_connected(office, store, "fice-linkedin")


def test_the_address_on_which_the_browser_ended_can_be_typed(
    office: Office, store: Store, anna: Visit
) -> None:
    page = begin_linkedin(office, anna)
    page = say(anna, "fice-linkedin", page, agree_on_linkedin(page))
    assert "is connected" in words(finish_linkedin(anna, page))


def test_a_forged_state_moves_nothing(office: Office, store: Store, anna: Visit) -> None:
    page = begin_linkedin(office, anna)
    address = agree_on_linkedin(page)
    code = parse_qs(urlsplit(address).query)["code"][0]
    for state in ("", "forged", "é"):
        forged = anna.get("/accounts/connect/callback", params={"code": code, "state": state})
        assert "This is not the answer to anything that was asked here." in words(forged)
    assert "is connected" in words(finish_linkedin(anna, come_back(anna, address)))


def test_what_was_asked_by_one_member_is_answered_by_no_other(
    office: Office, store: Store, anna: Visit
) -> None:
    ben = visit(anna.url, store, NOON, Role.OPERATOR, "ben")
    address = agree_on_linkedin(begin_linkedin(office, anna))
    assert "This is not the answer" in words(come_back(ben, address))
    assert "anna is connecting this account too" in words(ben.get("/accounts/fice-linkedin/connect"))
    mine = agree_on_linkedin(begin_linkedin(office, ben))
    for who, back in ((ben, mine), (anna, address)):
        assert "is connected" in words(finish_linkedin(who, come_back(who, back)))
        assert read(store)[0].actor == who.name


def test_a_session_that_ends_in_between_takes_its_way_with_it(
    office: Office, store: Store, anna: Visit
) -> None:
    address = agree_on_linkedin(begin_linkedin(office, anna))
    with store.write() as connection:
        sessions.end_all(connection, anna.member)
    asked = anna.http.get(address, allow_redirects=False)
    assert asked.headers["location"] == "/sign-in?next=%2Faccounts%2Fconnect%2Fcallback"  # without the code
    again = visit(anna.url, store, NOON, Role.OPERATOR, "anna")
    assert "This is not the answer" in words(come_back(again, address))
    late = again.post("/accounts/fice-linkedin/connect/answer", {"step": "4", "answer": address})
    assert "Please begin again." in words(late)
    assert read(store) == []


def test_after_a_restart_one_begins_again(office: Office, store: Store, anna: Visit) -> None:
    page = begin_x(office, anna)
    with serving(lambda: office.settings, office.clock, "127.0.0.1", 0) as url:
        anna.url = url
        lost = say(anna, "fice-x", page, "1234567")
        assert "the page was started again meanwhile. Please begin again." in words(lost)
        page = begin_x(office, anna)
        assert "is connected" in words(say(anna, "fice-x", page, pin_for(page)))


def test_who_takes_too_long_begins_again(office: Office, anna: Visit) -> None:
    page = begin_x(office, anna)
    office.clock.instant += PATIENCE + timedelta(seconds=1)
    assert "Please begin again." in words(say(anna, "fice-x", page, "1234567"))


def test_an_answer_that_is_sent_twice_counts_once(office: Office, anna: Visit) -> None:
    page = anna.post("/accounts/fice-x/connect")
    say(anna, "fice-x", page, office.keys["FICE_X_API_KEY"])
    after = say(anna, "fice-x", page, "the same form again")
    assert step_of(after) == "2"
    assert "Fill in the field" in words(say(anna, "fice-x", after, "  "))


def test_mastodon_shows_a_code(office: Office, store: Store, anna: Visit) -> None:
    page = anna.post("/accounts/fice-mastodon/connect")
    page = say(anna, "fice-mastodon", page, "mastodon.social")
    shown = browser().get(f"{link_of(page)}&account=fice-mastodon").text
    code = re.search(r"<code>([^<]+)</code>", shown)[1]  # type: ignore[index]
    page = say(anna, "fice-mastodon", page, code)
    if "says that this is" in words(page):  # the sandbox's server is not mastodon.social
        page = anna.post("/accounts/fice-mastodon/connect/keep")
    assert "is connected" in words(page)
    assert is_connected(office, store, "fice-mastodon")


def test_bluesky_takes_an_app_password(office: Office, store: Store, anna: Visit) -> None:
    page = anna.post("/accounts/fice-bluesky/connect")
    page = say(anna, "fice-bluesky", page, office.keys["FICE_BLUESKY_IDENTIFIER"])
    assert field_of(page)[0] == "password"
    wrong = say(anna, "fice-bluesky", page, "abcd-efgh-ijkl-mnop")
    assert "Nothing was changed." in words(wrong)
    assert "abcd-efgh-ijkl-mnop" not in wrong.text
    page = anna.post("/accounts/fice-bluesky/connect")
    page = say(anna, "fice-bluesky", page, office.keys["FICE_BLUESKY_IDENTIFIER"])
    page = say(anna, "fice-bluesky", page, office.keys["FICE_BLUESKY_APP_PASSWORD"])
    assert "is connected" in words(page)


def test_without_a_key_nothing_is_begun(office: Office, anna: Visit) -> None:
    office.secret_key = ""
    assert "BOT_SECRET_KEY is not set" in words(anna.get("/accounts/fice-x/connect"))
    assert "BOT_SECRET_KEY is not set" in words(anna.post("/accounts/fice-x/connect"))


def test_a_network_that_is_slow_lets_the_page_say_so(office: Office, anna: Visit) -> None:
    page = anna.post("/accounts/fice-x/connect")
    page = say(anna, "fice-x", page, office.keys["FICE_X_API_KEY"])
    office.sandbox.add_fault("twitter", "slow", on="token", seconds=2.5)
    form = {"step": step_of(page), "answer": office.keys["FICE_X_API_SECRET"]}
    page = anna.post("/accounts/fice-x/connect/answer", form)
    assert page.elapsed < timedelta(seconds=2.4)
    assert "Asking X (Twitter). It may take a minute." in words(page)
    assert 'hx-get="/accounts/fice-x/connect" hx-trigger="load delay:1s"' in page.text
    assert "Sign in to X as the account" in words(settled(anna, page))


def test_below_an_operator_nobody_connects(office: Office, store: Store, anna: Visit) -> None:
    ben = visit(anna.url, store, NOON, Role.APPROVER, "an approver")
    assert ben.get("/accounts/fice-x/connect").status_code == 403
    for path in ("connect", "connect/answer", "connect/keep", "connect/stop", "disconnect", "check"):
        assert ben.post(f"/accounts/fice-x/{path}", {"step": "1", "answer": "x"}).status_code == 403
    assert ben.get("/accounts/connect/callback?state=x").status_code == 403
    assert 'action="/accounts/fice-x/check"' not in ben.get("/accounts").text


def test_no_secret_is_on_any_page_or_in_the_log(
    office: Office, store: Store, anna: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pages = [begin_facebook(office, anna)]
    secret = office.keys["FICE_FACEBOOK_APP_SECRET"]
    address = agree_on_facebook(pages[0])
    code = parse_qs(urlsplit(address).query)["code"][0]
    quoting: dict[str, Any] = {"error": {"message": f"you sent {code} and {secret}", "code": 100}}
    office.sandbox.add_fault("facebook", "status", on="token", status=400, body=quoting)
    pages.append(come_back(anna, address))
    assert "you sent [secret] and [secret]" in words(pages[-1])
    page = begin_facebook(office, anna)
    page = come_back(anna, agree_on_facebook(page))
    pages += [page, say(anna, "fice-facebook", page, office.keys["FICE_FACEBOOK_PAGE_ID"])]
    assert "is connected" in words(pages[-1])
    for path in ("/accounts", "/accounts/fice-facebook", "/accounts/fice-facebook/connect"):
        pages.append(anna.get(path))
    planted = [secret, code, office.keys["FICE_FACEBOOK_ACCESS_TOKEN"], "EAAU"]
    said = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    said += [one.text for one in pages]
    said += [file.read_bytes().decode("latin-1") for file in office.folder.glob("bot.db*")]
    assert [one for one in planted if any(one in text for text in said)] == []
