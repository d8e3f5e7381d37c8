"""Signing in by a provider: who comes in, who does not, and that nothing but a proof is believed."""

import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from bot.clock import FixedClock
from bot.model.role import Role
from bot.page_settings import SECRET as VARIABLE
from bot.page_settings import OpenId, PageOptions
from bot.settings import AlertOptions, Settings
from bot.store import Store, audit, members, open_store
from bot.web.server import serving
from tests.store.conftest import NOON
from tests.web.helper import visit
from tests.web.provider import CLIENT, SECRET, Provider, providing

PERSON = {"sub": "nobody-yet", "name": "Nobody Yet", "email": "nobody@fice.org", "email_verified": True}


@dataclass
class Place:
    """The page, its store, and what is in force there."""

    url: str
    store: Store
    settings: Settings

    def openid(self, **changes: Any) -> None:
        options = self.settings.page.openid
        assert options is not None
        self.settings = replace(self.settings, page=PageOptions(replace(options, **changes)))

    def names(self) -> set[str]:
        with self.store.read() as connection:
            return {one.name for one in members.all_members(connection)}


@pytest.fixture(scope="module")
def known() -> Iterator[Provider]:
    with providing(NOON) as provider:
        yield provider


@pytest.fixture(scope="module")
def running(known: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("openid")
    settings = Settings(
        folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0,
        environment={VARIABLE: SECRET},
    )  # fmt: skip
    store = open_store(settings.database_url)
    place = Place("", store, settings)
    with serving(lambda: place.settings, FixedClock(NOON), "127.0.0.1", 0) as url:
        place.url = url
        known.back = f"{url}/sign-in/openid/back"
        place.settings = replace(
            settings,
            alerts=AlertOptions(page=url),
            page=PageOptions(OpenId(known.url, CLIENT, "FICE Login")),
        )
        visit(url, store, NOON, name="Maria")
        yield place
    store.close()


@pytest.fixture
def place(running: Place, known: Provider) -> Iterator[Place]:
    before = running.settings
    known.honest(**PERSON)
    yield running
    running.settings = before


def leave(place: Place, browser: requests.Session, onward: str = "/") -> str:
    """Where the provider would send the browser back to."""
    out = browser.get(
        f"{place.url}/sign-in/openid", params={"next": onward}, allow_redirects=False, timeout=30
    )
    assert out.status_code == 303, out.text
    there = browser.get(out.headers["location"], allow_redirects=False, timeout=30)
    return there.headers["location"]


def come(place: Place, browser: requests.Session | None = None, onward: str = "/") -> requests.Response:
    """There and back."""
    browser = browser or requests.Session()
    return browser.get(leave(place, browser, onward), allow_redirects=False, timeout=30)


def refused(answer: requests.Response, words: str) -> None:
    assert answer.status_code == 403
    assert words in answer.text
    assert answer.text.count('role="alert"') == 1
    assert "session" not in answer.cookies


def test_who_was_invited_by_an_address_comes_in_by_it_and_ever_after(place: Place, known: Provider) -> None:
    with place.store.write() as connection:
        members.invite(connection, "Anna", Role.EDITOR, actor="Maria", now=NOON, email="Anna@FICE.org")
    known.honest(sub="a-1", name="Anna at the provider", email="anna@fice.org", email_verified=True)
    browser = requests.Session()
    answer = come(place, browser, "/log?account=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/log?account=x")
    assert "Anna" in browser.get(f"{place.url}/me", timeout=30).text
    known.honest(sub="a-1", name="Renamed", email="other@elsewhere.org", email_verified=False)
    assert come(place).status_code == 303
    assert "Renamed" not in place.names()
    with place.store.read() as connection:
        assert [one.what for one in audit.changes(connection, about="Anna")] == ["linked", "invited"]


@pytest.mark.parametrize("verified", [False, None, 1, "yes"])
def test_an_address_that_the_provider_has_not_verified_takes_up_no_invitation(
    place: Place, known: Provider, verified: object
) -> None:
    name = f"Ben {verified}"
    with place.store.write() as connection:
        members.invite(
            connection, name, Role.EDITOR, actor="Maria", now=NOON, email=f"ben{verified}@fice.org"
        )
    known.honest(sub=name, name="B", email=f"ben{verified}@fice.org", email_verified=verified)
    refused(come(place), "You are not in this team yet")
    with place.store.read() as connection:
        assert members.find(connection, name).waits


def test_what_the_userinfo_verifies_counts_only_for_the_address_of_the_id_token(
    place: Place, known: Provider
) -> None:
    with place.store.write() as connection:
        members.invite(connection, "Uma", Role.EDITOR, actor="Maria", now=NOON, email="uma@fice.org")
    known.honest(sub="u", name="U", email="uma@fice.org").told = {
        "email": "mine@fice.org", "email_verified": True,
    }  # fmt: skip
    refused(come(place), "You are not in this team yet")
    known.honest(sub="u").told = {"name": "U", "email": "uma@fice.org", "email_verified": True}
    assert come(place).status_code == 303


def test_a_newcomer_needs_a_role_in_the_settings_and_an_address_of_the_organisation(
    place: Place, known: Provider
) -> None:
    known.honest(sub="n", name="Nia", email="nia@fice.org", email_verified=True)
    refused(come(place), "You are not in this team yet")
    place.openid(role=Role.VIEWER, domains=("example.org",))
    refused(come(place), "Only people with an address of the organisation")
    known.who["email"] = "nia@example.org.evil.net"
    refused(come(place), "Only people with an address of the organisation")
    assert "Nia" not in place.names()
    known.who["email"] = "nia@example.org"
    browser = requests.Session()
    assert come(place, browser).status_code == 303
    with place.store.read() as connection:
        assert members.find(connection, "Nia").role is Role.VIEWER
    assert browser.get(f"{place.url}/team", timeout=30).status_code == 403


def test_nobody_is_linked_silently_to_a_member_of_the_same_name_but_may_link_themselves(
    place: Place, known: Provider
) -> None:
    place.openid(role=Role.VIEWER)
    ola = visit(place.url, place.store, NOON, Role.OPERATOR, name="Ola")
    with place.store.write() as connection:
        connection.exec_driver_sql(
            "UPDATE member SET email = 'ola@fice.org', password = 'x' WHERE name = 'Ola'"
        )
    known.honest(sub="o", name="ola", email="somebody@fice.org", email_verified=True)
    refused(come(place), "Somebody of your name is here already")
    known.who["email"] = "ola@fice.org"
    refused(come(place), "There is an account with your address")
    there = ola.post("/me/openid").text.partition('href="' + known.url)[2].partition('"')[0]
    back = ola.http.get(known.url + there.replace("&amp;", "&"), allow_redirects=False, timeout=30)
    answer = ola.http.get(back.headers["location"], allow_redirects=False, timeout=30)
    assert answer.headers["location"] == "/me"
    assert "From now on you can sign in by FICE Login." in ola.http.get(f"{place.url}/me", timeout=30).text
    assert come(place).status_code == 303


def test_a_link_that_was_begun_ends_with_the_session(place: Place, known: Provider) -> None:
    kim = visit(place.url, place.store, NOON, Role.OPERATOR, name="Kim")
    known.honest(sub="thief", name="Thief", email="thief@example.org", email_verified=True)
    there = kim.post("/me/openid").text.partition('href="' + known.url)[2].partition('"')[0]
    back = kim.http.get(known.url + there.replace("&amp;", "&"), allow_redirects=False, timeout=30)
    with place.store.write() as connection:
        members.end_sessions(connection, kim.member, actor="Maria", now=NOON)
    refused(kim.http.get(back.headers["location"], allow_redirects=False, timeout=30), "signed out meanwhile")


def test_who_is_shut_out_comes_in_by_no_provider(place: Place, known: Provider) -> None:
    place.openid(role=Role.VIEWER)
    known.honest(sub="s", name="Sam", email="sam@fice.org", email_verified=True)
    assert come(place).status_code == 303
    with place.store.write() as connection:
        members.disable(connection, members.find(connection, "Sam").id, actor="Maria", now=NOON)
    refused(come(place), "You are shut out here")


def other_key(known: Provider) -> None:
    known.signs_with = RSAKey.generate_key(2048, {"kid": "one"})


def by_secret(known: Provider) -> None:
    """As if the secret that we share were a key."""
    known.signs_with, known.header = SECRET.encode(), {"alg": "HS256"}


def by_public_key(known: Provider) -> None:
    known.signs_with, known.header = known.key.as_pem(private=False), {"alg": "HS256"}


def says(**claims: Any) -> Callable[[Provider], None]:
    def lie(known: Provider) -> None:
        known.spoil = lambda found: found.update(claims)

    return lie


def lacks(name: str) -> Callable[[Provider], None]:
    def lie(known: Provider) -> None:
        known.spoil = lambda found: found.pop(name)

    return lie


def header(**changes: Any) -> Callable[[Provider], None]:
    def lie(known: Provider) -> None:
        known.header = changes

    return lie


def describes(**changes: Any) -> Callable[[Provider], None]:
    def lie(known: Provider) -> None:
        known.describes = changes

    return lie


PAST = int(NOON.timestamp()) - 3600
LIES = {
    "another nonce": says(nonce="of-another-sign-in"),
    "no nonce": lacks("nonce"),
    "a nonce that does not count": says(nonce="other", nonce_supported=False),
    "for somebody else": says(aud="another-client"),
    "for us and for another, to whom it was given": says(aud=[CLIENT, "other"], azp="other"),
    "for nobody": lacks("aud"),
    "ended": says(exp=PAST),
    "endless": lacks("exp"),
    "from the future": says(iat=int(NOON.timestamp()) + 3600),
    "of another provider": says(iss="https://elsewhere.example.org"),
    "of nobody": lacks("sub"),
    "of another access token": says(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "signed by another": other_key,
    "signed by our secret": by_secret,
    "signed by its public key": by_public_key,
    "not signed": header(alg="none"),
    "signed by an unknown key": header(kid="two"),
    "with keys over an open line": describes(jwks_uri="ftp://example.org/keys"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_what_can_not_be_verified_signs_nobody_in(
    place: Place, known: Provider, lie: Callable[[Provider], None], caplog: pytest.LogCaptureFixture
) -> None:
    place.openid(role=Role.VIEWER)
    lie(known)
    with caplog.at_level(logging.INFO):
        refused(come(place), "What FICE Login says can not be verified, so nobody is signed in.")
    assert "Nobody Yet" not in place.names()
    assert [one for one in caplog.records if one.name == "bot.web"]
    assert SECRET not in caplog.text
    assert "eyJ" not in caplog.text  # as tokens begin


def test_a_provider_that_calls_itself_otherwise_is_not_believed(place: Place, known: Provider) -> None:
    known.describes = {"issuer": "https://elsewhere.example.org"}
    answer = requests.get(f"{place.url}/sign-in/openid", allow_redirects=False, timeout=30)
    refused(answer, "can not be verified")


def test_a_way_is_gone_once_and_by_the_browser_that_set_out(place: Place, known: Provider) -> None:
    place.openid(role=Role.VIEWER)
    known.honest(sub="r", name="Rosa", email="rosa@fice.org", email_verified=True)
    browser, other = requests.Session(), requests.Session()
    back = leave(place, browser)
    leave(place, other)
    for stranger in (requests.Session(), other):
        refused(stranger.get(back, allow_redirects=False, timeout=30), "began in another browser")
    assert browser.get(back, allow_redirects=False, timeout=30).status_code == 303
    refused(browser.get(back, allow_redirects=False, timeout=30), "This way to sign in has ended")
    refused(browser.get(f"{known.back}?state=x&code=y", timeout=30), "This way to sign in has ended")


def test_an_answer_in_the_name_of_another_provider_is_refused(place: Place, known: Provider) -> None:
    browser = requests.Session()
    state = parse_qs(urlsplit(leave(place, browser)).query)["state"][0]
    answer = browser.get(
        known.back, params={"state": state, "code": "x", "iss": "https://e.example"}, timeout=30
    )
    refused(answer, "Somebody else than FICE Login has answered.")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("access_denied", "FICE Login was not allowed to say who you are."),
        ("<script>alert(1)</script>", "FICE Login refuses to say who you are."),
    ],
)
def test_an_error_of_the_provider_is_one_line(place: Place, known: Provider, code: str, words: str) -> None:
    known.denies = code
    refused(answer := come(place), words)
    assert code not in answer.text


def test_a_code_that_the_provider_does_not_take_is_one_line(place: Place, known: Provider) -> None:
    known.refuses = "invalid_client"
    refused(come(place), "FICE Login refuses to say who you are.")


def test_a_provider_that_is_down_is_one_line(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place.openid(issuer=f"http://127.0.0.1:{port}")
    answer = requests.get(f"{place.url}/sign-in/openid", allow_redirects=False, timeout=30)
    refused(answer, "FICE Login can not be reached now")


def test_where_to_come_back_to_is_what_the_settings_say_whatever_host_is_asked(
    place: Place, known: Provider
) -> None:
    answer = requests.get(
        f"{place.url}/sign-in/openid", headers={"Host": "evil.example"}, allow_redirects=False, timeout=30
    )
    assert parse_qs(urlsplit(answer.headers["location"]).query)["redirect_uri"] == [known.back]


def test_without_a_provider_there_is_no_button_and_no_way(place: Place) -> None:
    place.settings = replace(place.settings, page=PageOptions())
    assert "/sign-in/openid" not in requests.get(f"{place.url}/sign-in", timeout=30).text
    answer = requests.get(f"{place.url}/sign-in/openid", allow_redirects=False, timeout=30)
    refused(answer, "Here people sign in with a password only.")


def test_the_button_takes_along_where_somebody_wanted_to_go(place: Place) -> None:
    answer = requests.get(f"{place.url}/log?account=x", timeout=30)
    assert "/sign-in/openid?next=%2Flog%3Faccount%3Dx" in answer.text
    assert "Sign in by FICE Login" in answer.text
