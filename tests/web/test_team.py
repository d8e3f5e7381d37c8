"""The team's page and everybody's own: who is invited with which role, and what each may change."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page

from bot import passwords
from bot.clock import FixedClock
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, audit, members, open_store, sessions, sign_in_tries
from bot.web.server import serving
from tests.store.conftest import NOON
from tests.web.helper import Visit, visit

PASSWORD = "a few easy words"


@dataclass
class Place:
    """The page with an administrator in it."""

    url: str
    store: Store
    clock: FixedClock
    maria: Visit

    def changed(self, name: str) -> list[str]:
        with self.store.read() as connection:
            return [
                f"{one.actor} {one.what} {one.detail}".strip()
                for one in audit.changes(connection, about=name)
            ]

    def make(self, name: str, role: Role, password: str | None = None) -> Visit:
        """Somebody who is signed in."""
        who = visit(self.url, self.store, self.clock.now(), role, name=name)
        if password:
            with self.store.write() as connection:
                members.keep_hash(connection, who.member, password)
        return who


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder: Path = tmp_path_factory.mktemp("team")
    settings = Settings(folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0)
    store, clock = open_store(settings.database_url), FixedClock(NOON)
    with serving(settings, clock, "127.0.0.1", 0) as url:
        maria = visit(url, store, NOON, name="Maria")
        with store.write() as connection:
            members.keep_hash(connection, maria.member, passwords.hashed(PASSWORD))
        yield Place(url, store, clock, maria)
    store.close()


def test_an_administrator_invites_somebody_who_chooses_a_password_and_comes_in(
    place: Place, tab: Page, browser: Browser
) -> None:
    place.maria.enter(tab)
    tab.goto(f"{place.url}/team")
    tab.get_by_label("Name, as the log will show it").fill("Anna Weber")
    tab.get_by_label("approver").check()
    tab.get_by_role("button", name="Invite").click()
    link = tab.get_by_label("The link").input_value()
    assert link.startswith(f"{place.url}/welcome/")
    assert tab.evaluate("getSelection().toString() || document.activeElement.id") in ("link", link)
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    tab.get_by_role("link", name="Back to the team").click()
    row = tab.get_by_role("row").filter(has_text="Anna Weber")
    row.get_by_text("invited, has not come yet").wait_for()
    assert link.rpartition("/")[2] not in tab.content()

    own = browser.new_context()
    page = own.new_page()
    page.goto(link)
    page.get_by_label("Password, at least").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Anna Weber", exact=True).click()
    page.get_by_text("Your role: approver").wait_for()
    own.close()

    tab.goto(f"{place.url}/team")
    row = tab.get_by_role("row").filter(has_text="Anna Weber")
    assert row.get_by_text("a password").is_visible()
    row.get_by_label("Role of Anna Weber").select_option("viewer")
    row.get_by_role("button", name="Give").click()
    tab.get_by_text("Anna Weber has the role “viewer” now.").wait_for()
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.get_by_role("button", name="Shut out (Anna Weber)").click()
    tab.get_by_text("Anna Weber is signed out everywhere and can not sign in any more.").wait_for()
    tab.get_by_role("button", name="Let in again (Anna Weber)").click()
    tab.get_by_text("Anna Weber can sign in again.").wait_for()
    assert place.changed("Anna Weber") == [
        "Maria let in again", "Maria shut out", "Maria gave a role to viewer",
        "Anna Weber set the password of", "Maria invited approver",
    ]  # fmt: skip


def test_a_name_that_is_taken_is_said_and_what_was_written_stays(place: Place) -> None:
    answer = place.maria.post("/team/invite", {"name": "mARIA", "role": "operator"})
    assert answer.status_code == 422
    assert "there is somebody called mARIA already" in answer.text
    assert 'value="mARIA"' in answer.text
    for wrong in ({"name": " ", "role": "viewer"}, {"name": "a\u202eb", "role": "viewer"}):
        assert place.maria.post("/team/invite", wrong).status_code == 422
    assert place.maria.post("/team/invite", {"name": "Zoe", "role": "boss"}).status_code == 422
    wrong = {"name": "Zoe", "role": "viewer", "email": "no address"}
    assert "write an e-mail address" in place.maria.post("/team/invite", wrong).text
    assert place.maria.post("/team/99999/role", {"role": "viewer"}).text.count("no such person") == 1
    assert place.maria.post("/team/99999999999/role", {"role": "viewer"}).status_code == 422


def test_the_last_administrator_stays_one(place: Place) -> None:
    with place.store.write() as connection:
        invited, _ = members.invite(connection, "Later", Role.ADMINISTRATOR, actor="Maria", now=NOON)
    answer = place.maria.post(f"/team/{place.maria.member}/role", {"role": "editor"})
    assert "this is the last administrator" in answer.text  # one who has not come yet may never come
    assert "You can not shut yourself out" in place.maria.post(f"/team/{place.maria.member}/shut-out").text
    other = place.make("Other", Role.ADMINISTRATOR, "x")
    assert "is signed out everywhere" in place.maria.post(f"/team/{other.member}/shut-out").text
    assert "this is the last administrator" in place.maria.post(
        f"/team/{place.maria.member}/role", {"role": "editor"}
    ).text  # fmt: skip
    place.maria.post(f"/team/{invited.id}/role", {"role": "viewer"})


def test_a_link_for_another_password_is_shown_once_and_not_for_who_is_shut_out(place: Place) -> None:
    who = place.make("Bea", Role.EDITOR, "x")
    page = place.maria.post(f"/team/{who.member}/link")
    assert page.text.count(f"{place.url}/welcome/") == 1
    assert "/welcome/" not in place.maria.get("/team").text
    assert who.get("/log", allow_redirects=False).status_code == 200  # it is not used yet
    place.maria.post(f"/team/{who.member}/shut-out")
    assert "is shut out: let them in first" in place.maria.post(f"/team/{who.member}/link").text


def test_an_administrator_signs_somebody_out_and_stays_in_herself(place: Place) -> None:
    who = place.make("Cy", Role.EDITOR)
    place.maria.post(f"/team/{who.member}/end-sessions")
    assert who.get("/log", allow_redirects=False).status_code == 303
    there = place.make("Maria", Role.ADMINISTRATOR)
    assert place.maria.post(f"/team/{place.maria.member}/end-sessions").status_code == 200
    assert there.get("/log", allow_redirects=False).status_code == 303
    assert place.maria.get("/log", allow_redirects=False).status_code == 200


def test_what_people_changed_is_told_page_by_page_and_by_person(place: Place) -> None:
    with place.store.write() as connection:
        for number in range(150):
            actor, about = ("Dora", "x") if number % 2 else ("x", "Dora")
            audit.record(connection, at=NOON, actor=actor, what=f"did {number:03}", about=about)
    page = place.maria.get("/team/changes?person=Dora").text
    assert page.count("did ") == audit.ON_A_PAGE
    assert page.index("did 149") < page.index("did 148")
    older = page.partition('href="/team/changes?person=Dora&amp;before=')[2].partition('"')[0]
    rest = place.maria.get(f"/team/changes?person=Dora&before={older}").text
    assert rest.count("did ") == 50
    assert "did 049" in rest
    assert "did 050" not in rest
    assert "There is nothing of that kind." in place.maria.get("/team/changes?person=Nobody").text
    assert place.maria.get("/team/changes?before=0").status_code == 422


def test_everybody_changes_their_password_and_is_signed_out_elsewhere(place: Place) -> None:
    here = place.make("Emil", Role.VIEWER, passwords.hashed(PASSWORD))
    there = place.make("Emil", Role.VIEWER)
    fields = {"old": "wrong", "password": "some other words", "again": "some other words"}
    assert "That is not the password that you have now." in here.post("/me/password", fields).text
    fields |= {"old": PASSWORD, "again": "not the same"}
    assert "The two passwords are not the same." in here.post("/me/password", fields).text
    assert there.get("/log", allow_redirects=False).status_code == 200
    fields |= {"again": fields["password"]}
    page = here.post("/me/password", fields)
    assert "Your password is changed. Everywhere else you are signed out." in page.text
    for ended in (here.token, there.token):
        answer = requests.get(
            f"{place.url}/log", cookies={"session": ended}, allow_redirects=False, timeout=30
        )
        assert answer.status_code == 303


def test_an_open_browser_is_no_place_to_guess_a_password(place: Place) -> None:
    who = place.make("Flo", Role.VIEWER, "x")
    with place.store.write() as connection:
        for _ in range(sign_in_tries.MOST_BY_NAME):
            sign_in_tries.begin(connection, "flo", "127.0.0.1", place.clock.now())
    assert "Too many tries." in who.post("/me/password", {"old": "a"}).text
    place.clock.advance(timedelta(hours=1))


def test_who_has_no_password_is_told_how_to_get_one(place: Place) -> None:
    who = place.make("Gus", Role.VIEWER)
    assert "An administrator can give you a link" in who.get("/me").text
    answer = who.post("/me/password", {"old": "", "password": PASSWORD, "again": PASSWORD})
    assert "You have no password here" in answer.text


def test_everybody_reads_in_their_own_language_and_zone(place: Place, tab: Page) -> None:
    who = place.make("Hal", Role.VIEWER)
    who.enter(tab)
    tab.goto(f"{place.url}/me")
    assert tab.get_by_label("Time zone").input_value() == ""
    tab.get_by_label("Time zone").select_option("Asia/Kathmandu")
    tab.get_by_label("Language").select_option("fr")
    tab.locator("form[action='/me/reading'] button").click()
    tab.locator("p.said").wait_for()
    assert tab.locator("html").get_attribute("lang") == "fr"
    assert tab.locator("select[name=timezone]").input_value() == "Asia/Kathmandu"
    assert tab.get_by_text(f"{place.clock.now() + timedelta(hours=5, minutes=45):%H:%M}").first.is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for wrong in ({"timezone": "Mars/Olympus"}, {"language": "xx"}, {"timezone": "../../etc/passwd"}):
        who.post("/me/reading", wrong)
        assert 'role="alert"' in who.post("/me/reading", wrong).text
    with place.store.read() as connection:
        found = members.member(connection, who.member)
    assert found is not None
    assert (found.language, found.timezone) == ("fr", "Asia/Kathmandu")


def test_everybody_ends_their_own_sessions_and_nobody_elses(place: Place) -> None:
    here, there, more = (place.make("Ida", Role.VIEWER) for _ in range(3))
    other = place.make("Jon", Role.VIEWER)
    page = here.get("/me").text
    numbers = re.findall(r"/me/sessions/([0-9]+)/end", page)
    assert len(numbers) == 2  # not the one that is here
    assert "/me/sessions/" not in other.get("/me").text
    with place.store.read() as connection:
        [foreign] = sessions.sessions_of(connection, other.member, place.clock.now())
    assert "It was signed out already." in here.post(f"/me/sessions/{foreign.id}/end").text
    assert other.get("/log", allow_redirects=False).status_code == 200
    assert "It is signed out." in here.post(f"/me/sessions/{numbers[0]}/end").text
    assert "You are signed in only here now." in here.post("/me/sessions/end-others").text
    assert [one.get("/log", allow_redirects=False).status_code for one in (here, there, more)] == [
        200,
        303,
        303,
    ]
