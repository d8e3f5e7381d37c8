"""Facebook Login: from an app to the token of a page, and what is said of a token afterwards."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from bot.model.outcome import Cause
from bot.networks import beginning, network_type
from bot.networks.authorising import Ask, AuthorisationError, Choose, Visit
from bot.settings import Settings

from .accounts import network
from .facebook_page import ACCOUNT, PageWorld
from .servers import answer, serving

RETURN, STATE = "http://localhost:8765/connected", "a-state-that-nobody-guesses"
FIELDS = ("PAGE_ID", "ACCESS_TOKEN", "APP_ID", "APP_SECRET")


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def credentials(page: PageWorld, name: str = ACCOUNT.name) -> dict[str, str]:
    made = page.sandbox.register("facebook", name, "FICE")
    prefix = name.upper().replace("-", "_")
    return {field: made[f"{prefix}_{field}"] for field in FIELDS}


def steps(page: PageWorld, **environment: str) -> Any:
    from pathlib import Path

    known = Settings(
        Path("config"), Path("posts"), "sqlite://", 8000,
        environment={**page.sandbox.environment(), **environment},
    )  # fmt: skip
    return network_type("facebook").authorise(beginning(ACCOUNT, known, page.clock, RETURN, STATE))


def agree(browser: requests.Session, visit: Visit, reply: str = "agree") -> str:
    """Where the browser ends after the person's answer."""
    assert visit.returns
    assert "Continue as Ana" in browser.get(visit.url).text
    done = browser.get(f"{visit.url}&answer={reply}", allow_redirects=False)
    assert done.status_code == 302
    return done.headers["location"]


def app_of(page: PageWorld) -> dict[str, str]:
    own = credentials(page)
    return {f"FICE_FACEBOOK_{field}": own[field] for field in ("APP_ID", "APP_SECRET")}


def test_a_person_is_led_to_the_token_of_her_page(page: PageWorld, browser: requests.Session) -> None:
    own = credentials(page)
    other = credentials(page, "other")
    leading = steps(page)
    asked = next(leading)
    assert asked == Ask("APP_ID", asked.words, secret=False)
    asked = leading.send(own["APP_ID"])
    assert asked == Ask("APP_SECRET", asked.words)
    visit = leading.send(own["APP_SECRET"])
    query = parse_qs(urlsplit(visit.url).query)
    assert query["redirect_uri"] == [RETURN]
    assert query["state"] == [STATE]
    assert {"pages_manage_posts", "publish_video", "read_insights"} <= set(query["scope"][0].split(","))
    choice = leading.send(agree(browser, visit))
    assert isinstance(choice, Choose)
    assert {id_ for id_, _ in choice.options} == {own["PAGE_ID"], other["PAGE_ID"]}
    with pytest.raises(StopIteration) as end:
        leading.send(own["PAGE_ID"])
    assert end.value.value == {"PAGE_ID": own["PAGE_ID"], "ACCESS_TOKEN": own["ACCESS_TOKEN"]}
    assert page.network.verify().ok
    # No secret stands in an address.
    sent = " ".join(call.path for call in page.sandbox.calls())
    assert own["APP_SECRET"] not in sent
    assert own["ACCESS_TOKEN"] not in sent


def test_an_app_that_is_known_is_not_asked_for(page: PageWorld) -> None:
    assert isinstance(next(steps(page, **app_of(page))), Visit)


def test_pages_on_which_the_person_may_not_post_are_not_offered(
    page: PageWorld, browser: requests.Session
) -> None:
    other = credentials(page, "other")
    page.sandbox.set_credentials(ACCOUNT.name, "read-only")
    leading = steps(page, **app_of(page))
    choice = leading.send(agree(browser, next(leading)))
    assert [id_ for id_, _ in choice.options] == [other["PAGE_ID"]]
    page.sandbox.set_credentials("other", "read-only")
    leading = steps(page, **app_of(page))
    visit = next(leading)
    with pytest.raises(AuthorisationError, match="may post on no page"):
        leading.send(agree(browser, visit))


def test_the_real_dialog_is_at_facebook_com(page: PageWorld) -> None:
    page.sandbox.stop()
    leading = steps(page, **app_of(page), FACEBOOK_GRAPH_URL="https://graph.facebook.com")
    assert next(leading).url.startswith("https://www.facebook.com/v25.0/dialog/oauth?")


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (f"{RETURN}?code=abc&state=another", "not the answer"),
        (f"{RETURN}?code=abc", "not the answer"),
        ("", "not the answer"),
        (f"{RETURN}?state={STATE}", "no code"),
        (f"{RETURN}?state={STATE}&code=abc", "Invalid verification code"),
    ],
)
def test_an_answer_that_is_none_is_refused(page: PageWorld, back: str, words: str) -> None:
    leading = steps(page, **app_of(page))
    next(leading)
    with pytest.raises(AuthorisationError, match=words):
        leading.send(back)


def test_a_person_who_says_no_is_heard(page: PageWorld, browser: requests.Session) -> None:
    leading = steps(page, **app_of(page))
    visit = next(leading)
    with pytest.raises(AuthorisationError, match="Permissions error"):
        leading.send(agree(browser, visit, "cancel"))


def test_a_wrong_secret_is_said_to_be_so_and_not_shown(page: PageWorld, browser: requests.Session) -> None:
    app = {**app_of(page), "FICE_FACEBOOK_APP_SECRET": "0123456789abcdef0123456789abcdef"}
    leading = steps(page, **app)
    visit = next(leading)
    with pytest.raises(AuthorisationError, match="client secret") as said:
        leading.send(agree(browser, visit))
    assert app["FICE_FACEBOOK_APP_SECRET"] not in str(said.value)


def test_a_network_that_is_away_is_said_to_be_so(page: PageWorld, browser: requests.Session) -> None:
    leading = steps(page, **app_of(page))
    back = agree(browser, next(leading))
    page.sandbox.add_fault("facebook", "status", on="token", status=503)
    with pytest.raises(AuthorisationError, match="answered 503") as said:
        leading.send(back)
    assert "bot looks for it" not in str(said.value)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"is_valid": False}, "not valid"),
        ({"is_valid": True, "type": "USER"}, "not of the page"),
        ({"is_valid": True, "type": "PAGE", "profile_id": "98"}, "not of the page"),
        ({"is_valid": True, "type": "PAGE", "profile_id": "99", "scopes": []}, "lacks pages_manage_posts"),
    ],
)
def test_a_token_that_would_not_do_is_not_kept(page: PageWorld, told: dict[str, Any], words: str) -> None:
    token = answer(200, {"access_token": "x"})
    listed = answer(200, {"data": [{"id": "99", "name": "FICE", "access_token": "y"}]})
    with serving(token, token, listed, answer(200, {"data": told})) as server:
        leading = steps(page, **app_of(page), FACEBOOK_GRAPH_URL=server.url)
        next(leading)
        assert isinstance(leading.send(f"{RETURN}?state={STATE}&code=abc"), Choose)
        with pytest.raises(AuthorisationError, match=words):
            leading.send("99")


def test_pages_are_listed_to_their_end(page: PageWorld) -> None:
    token = answer(200, {"access_token": "x"})
    paging = {"cursors": {"after": "abc"}, "next": "https://graph.facebook.com/v25.0/me/accounts?after=abc"}
    first = answer(200, {"data": [{"id": "98", "access_token": "y", "tasks": []}], "paging": paging})
    last = answer(
        200, {"data": [{"id": "99", "access_token": "y", "tasks": ["PROFILE_PLUS_CREATE_CONTENT"]}]}
    )
    with serving(token, token, first, last) as server:
        leading = steps(page, **app_of(page), FACEBOOK_GRAPH_URL=server.url)
        next(leading)
        choice = leading.send(f"{RETURN}?state={STATE}&code=abc")
        assert [id_ for id_, _ in choice.options] == ["99"]
        assert parse_qs(server.requests[3].body.decode())["after"] == ["abc"]


# What is said of a token.


def test_the_token_of_a_person_is_said_to_be_one(page: PageWorld, browser: requests.Session) -> None:
    own = credentials(page)
    leading = steps(page, **app_of(page))
    code = parse_qs(urlsplit(agree(browser, next(leading))).query)["code"][0]
    form = {
        "client_id": own["APP_ID"], "client_secret": own["APP_SECRET"], "redirect_uri": RETURN, "code": code,
        "method": "get",
    }  # fmt: skip
    base = page.sandbox.environment()["FACEBOOK_GRAPH_URL"]
    token = browser.post(f"{base}/v25.0/oauth/access_token", data=form).json()["access_token"]
    page.environment = {**page.environment, "FICE_FACEBOOK_ACCESS_TOKEN": token}
    health = page.network.verify()
    assert (health.ok, health.cause) == (False, Cause.CREDENTIALS)
    assert "of a person, Ana Sandbox" in health.detail
    assert own["PAGE_ID"] in health.detail
    assert "bot accounts connect" in health.detail


SCOPES = ["pages_read_engagement", "pages_manage_posts"]
MORE = ["pages_manage_engagement", "pages_read_user_content", "publish_video", "read_insights"]


def health_of(told: dict[str, Any], version: str = "v25.0") -> Any:
    who = answer(200, {"id": "99", "name": "FICE"}, {"facebook-api-version": version})
    with serving(who, answer(200, {"data": {"is_valid": True, "type": "PAGE", **told}})) as server:
        return network("facebook", server.url).verify()


@pytest.mark.parametrize("missing", MORE)
def test_a_right_that_not_every_post_needs_is_missed_aloud(missing: str) -> None:
    health = health_of({"scopes": [*SCOPES, *(one for one in MORE if one != missing)]})
    assert health.ok
    assert f"({missing})" in health.detail
    assert "but" not in health_of({"scopes": [*SCOPES, *MORE]}).detail


def test_the_end_of_the_access_to_data_is_an_end_and_said_to_be_which() -> None:
    health = health_of({"scopes": [*SCOPES, *MORE], "expires_at": 0, "data_access_expires_at": 1_800_000_000})
    assert health.expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert "access to data ends" in health.detail
    health = health_of({"scopes": [*SCOPES, *MORE], "expires_at": 1_700_000_000})
    assert health.expires_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert "access to data" not in health.detail


def test_another_version_than_was_asked_for_is_told(page: PageWorld) -> None:
    assert "version" not in page.network.verify().detail
    page.version = "v20.0"  # has ended on 24 September 2026
    health = page.network.verify()
    assert health.ok
    assert "answered in version v21.0: v20.0 has ended" in health.detail
    assert "api_version" in health.detail
    page.version = "25.0"
    assert "version" not in page.network.verify().detail
