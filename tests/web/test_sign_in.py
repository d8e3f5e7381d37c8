"""Signing in, and how it ends: what is asked of whoever comes, and what a cookie is worth."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from bot import passwords
from bot.clock import FixedClock
from bot.model.role import Role
from bot.settings import AlertOptions, Settings
from bot.store import Store, audit, members, open_store, sessions, sign_in_tries, tickets
from bot.store.desk import Desk
from bot.store.tickets import Purpose
from bot.web.access import local_path
from bot.web.doors import demo_path, setup_path
from bot.web.server import serving
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import visit

PASSWORD = "a few easy words"


@dataclass
class Place:
    """The page, its store, its clock and what is in force there."""

    url: str
    store: Store
    clock: FixedClock
    settings: Settings
    hashed: str

    def member(self, name: str, role: Role = Role.EDITOR) -> int:
        """Somebody who can sign in with PASSWORD."""
        with self.store.write() as connection:
            who = members.add(connection, name, role, actor="tests", now=self.clock.now(), what="made")
            members.set_password(connection, who.id, self.hashed, actor="tests", now=self.clock.now())
        return who.id

    def sign_in(
        self, name: str, password: str = PASSWORD, *, browser: requests.Session | None = None,
        onward: str = "/", **headers: str,
    ) -> requests.Response:  # fmt: skip
        """As the form does."""
        browser = browser or requests.Session()
        form = browser.get(f"{self.url}/sign-in", timeout=30, headers=headers).text
        fields = {"csrf": csrf_in(form), "name": name, "password": password, "next": onward}
        return browser.post(
            f"{self.url}/sign-in", data=fields, headers=headers, allow_redirects=False, timeout=30
        )

    def welcome(self, path: str, **fields: str) -> requests.Response:
        """Follow a one-time link and send its form."""
        browser = requests.Session()
        page = browser.get(f"{self.url}{path}", timeout=30)
        if page.status_code != 200:
            return page
        return browser.post(
            f"{self.url}{path}",
            data={"csrf": csrf_in(page.text), **fields},
            allow_redirects=False,
            timeout=30,
        )


def csrf_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """With hashes that cost next to nothing: what the real ones cost is Argon2's affair."""
    monkeypatch = pytest.MonkeyPatch()
    folder: Path = tmp_path_factory.mktemp("door")
    settings = Settings(folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0)
    quick = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64),))
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    passwords._nobodys.cache_clear()
    store, clock = open_store(settings.database_url), FixedClock(NOON)
    place = Place("", store, clock, settings, passwords.hashed(PASSWORD))
    with serving(lambda: place.settings, clock, "127.0.0.1", 0) as url:
        place.url = url
        yield place
    store.close()
    monkeypatch.undo()
    passwords._nobodys.cache_clear()


@pytest.fixture
def place(running: Place) -> Iterator[Place]:
    before = running.settings
    running.clock.advance(timedelta(hours=1))  # the tries of another test count no more
    yield running
    running.settings = before


def cookies(answer: requests.Response) -> dict[str, str]:
    """By name: the whole line of each cookie that an answer sets."""
    lines = answer.raw.headers.getlist("set-cookie")
    return {line.partition("=")[0]: line.lower() for line in lines}


# The first administrator, which needs an empty team: these two stand first.


def test_the_link_of_the_first_administrator_works_once_and_while_there_is_no_member(place: Place) -> None:
    older = setup_path(place.store, place.clock)
    path = setup_path(place.store, place.clock)
    assert older is not None
    assert path is not None
    fields = {"name": "Maria", "password": PASSWORD, "again": PASSWORD}
    assert place.welcome(older, **fields).status_code == 410  # a newer one was made
    assert place.welcome(path, **{**fields, "again": "something else"}).status_code == 422
    assert place.welcome(path, **{**fields, "password": "short", "again": "short"}).status_code == 422
    assert place.welcome(path, **fields).status_code == 303
    assert place.welcome(path, **fields).status_code == 410
    assert setup_path(place.store, place.clock) is None
    with place.store.write() as connection:
        token = tickets.issue(connection, Purpose.SETUP, actor="tests", now=place.clock.now())
    assert place.welcome(f"/welcome/{token}", **fields).status_code == 410


def test_a_link_for_a_password_works_once_and_ends_what_was_before(place: Place) -> None:
    number = place.member("Ada")
    browser = requests.Session()
    assert place.sign_in("Ada", browser=browser).status_code == 303
    with place.store.write() as connection:
        _, first = members.new_link(connection, number, actor="tests", now=place.clock.now())
        _, token = members.new_link(connection, number, actor="tests", now=place.clock.now())
    words = {"password": "some other words", "again": "some other words"}
    assert place.welcome(f"/welcome/{first}", **words).status_code == 410
    assert place.welcome(f"/welcome/{token}", **words).status_code == 303
    assert place.welcome(f"/welcome/{token}", **words).status_code == 410
    assert browser.get(f"{place.url}/log", allow_redirects=False, timeout=30).status_code == 303
    assert place.sign_in("Ada").status_code == 403
    assert place.sign_in("ADA ", "some other words").status_code == 303


def test_a_link_ends_by_itself_and_with_who_is_shut_out(place: Place) -> None:
    now = place.clock.now()
    with place.store.write() as connection:
        who, token = members.invite(connection, "Eve", Role.VIEWER, actor="tests", now=now)
        _, other = members.invite(connection, "Eva", Role.VIEWER, actor="tests", now=now)
        members.disable(connection, who.id, actor="tests", now=now)
    words = {"password": PASSWORD, "again": PASSWORD}
    assert place.welcome(f"/welcome/{token}", **words).status_code == 410
    place.clock.advance(timedelta(days=7, minutes=1))
    assert place.welcome(f"/welcome/{other}", **words).status_code == 410


def test_the_link_of_a_demo_lets_in_again_whoever_closed_the_window(place: Place) -> None:
    path = demo_path(place.store, place.clock)
    assert place.welcome(path).status_code == 303
    assert place.welcome(path).status_code == 303


def test_a_session_that_somebody_has_chosen_is_not_taken_over(place: Place) -> None:
    place.member("Finn")
    browser = requests.Session()
    browser.cookies.set("session", "chosen-by-a-stranger")
    answer = place.sign_in("Finn", browser=browser)
    assert answer.cookies["session"] != "chosen-by-a-stranger"
    first = answer.cookies["session"]
    second = place.sign_in("Finn", browser=browser).cookies["session"]
    assert second != first
    assert not signed_in(place, first)
    assert signed_in(place, second)


def signed_in(place: Place, token: str, name: str = "session") -> bool:
    answer = requests.get(f"{place.url}/log", cookies={name: token}, allow_redirects=False, timeout=30)
    return answer.status_code == 200


def test_the_cookies_are_as_closed_as_the_line_allows(place: Place) -> None:
    place.member("Gil")
    plain = cookies(place.sign_in("Gil"))["session"]
    assert "httponly" in plain
    assert "samesite=lax" in plain
    assert "secure" not in plain
    form = cookies(requests.get(f"{place.url}/sign-in", timeout=30))["stranger"]
    assert "httponly" in form
    assert "samesite=strict" in form


def secured(place: Place, name: str, **headers: str) -> requests.Response:
    """Sign in as through a proxy that speaks HTTPS with the browser."""
    form = requests.get(f"{place.url}/sign-in", headers=headers, timeout=30)
    assert "secure" in cookies(form)["__Host-stranger"]
    fields = {"csrf": csrf_in(form.text), "name": name, "password": PASSWORD}
    held = {"Cookie": f"__Host-stranger={csrf_in(form.text)}", **headers}
    return requests.post(f"{place.url}/sign-in", data=fields, headers=held, allow_redirects=False, timeout=30)


@pytest.mark.parametrize("how", ["by the settings", "by a proxy on this machine"])
def test_by_https_the_cookie_is_secure_and_no_neighbour_can_set_it(place: Place, how: str) -> None:
    place.member(f"Hana {how}")
    headers = {"X-Forwarded-Proto": "https"}
    if how == "by the settings":
        place.settings = replace(place.settings, alerts=AlertOptions(page="https://bot.example.org"))
        headers = {"Host": "bot.example.org"}
    answer = secured(place, f"Hana {how}", **headers)
    line = cookies(answer)["__Host-session"]
    assert all(word in line for word in ("secure", "httponly", "samesite=lax", "path=/"))
    assert "domain" not in line
    token = answer.headers["set-cookie"].partition("__Host-session=")[2].partition(";")[0]
    for name, status in (("__Host-session", 200), ("session", 303)):
        page = requests.get(
            f"{place.url}/log",
            headers={"Cookie": f"{name}={token}", **headers},
            allow_redirects=False,
            timeout=30,
        )
        assert page.status_code == status


def test_who_may_say_by_which_line_and_from_where_is_a_setting(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "config", tmp_path / "posts", f"sqlite:///{tmp_path / 'bot.db'}", 0)
    store = open_store(settings.database_url)
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    for trusted, secure in (("", True), ("127.0.0.1", True), ("10.0.0.0/8", False), ("*", True)):
        known = replace(settings, environment={"FORWARDED_ALLOW_IPS": trusted})
        with serving(known, FixedClock(NOON), "127.0.0.1", 0) as url:
            form = requests.get(f"{url}/sign-in", headers=told, timeout=30)
            assert ("__Host-stranger" in cookies(form)) is secure
            name = "__Host-stranger" if secure else "stranger"
            fields = {"csrf": csrf_in(form.text), "name": "x", "password": PASSWORD}
            held = {"Cookie": f"{name}={csrf_in(form.text)}", **told}
            assert requests.post(f"{url}/sign-in", data=fields, headers=held, timeout=30).status_code == 403
        with store.read() as connection:
            keys = {row[0] for row in connection.exec_driver_sql("SELECT key FROM sign_in_try")}
        assert f"address:{'203.0.113.9' if secure else '127.0.0.1'}" in keys
    store.close()


LEAVING = [
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "http:/evil", "javascript:alert(1)", "/ok\r\nSet-Cookie: a=b", "/\tevil", " /x", "evil.example", "",
    "//[", "http://[::1", "/" + "a" * 3000, "/\u202eevil", "\x00/",
]  # fmt: skip


@pytest.mark.parametrize("onward", LEAVING)
def test_nobody_is_led_to_another_site(onward: str) -> None:
    assert local_path(onward) == "/"


@pytest.mark.parametrize(
    "onward", ["/", "/log?account=fice-x&state=held", "/preview/week/1.md", "/a//b", "/é"]
)
def test_a_page_of_ours_is_gone_back_to(onward: str) -> None:
    assert local_path(onward) == onward


def test_who_signs_in_goes_where_they_wanted_if_that_is_here(place: Place) -> None:
    place.member("Ines")
    asked = requests.get(f"{place.url}/log?account=x", allow_redirects=False, timeout=30)
    assert asked.headers["location"] == "/sign-in?next=%2Flog%3Faccount%3Dx"
    assert place.sign_in("Ines", onward="/log?account=x").headers["location"] == "/log?account=x"
    assert place.sign_in("Ines", onward="//evil.example").headers["location"] == "/"
    answer = place.sign_in("Ines", onward="/x\r\nSet-Cookie: evil=1")
    assert answer.headers["location"] == "/"
    assert "evil" not in cookies(answer)


def test_a_page_may_be_called_in_any_script_and_headers_hold_it(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), Role.EDITOR)
    answer = who.post("/pause", {"back": "/log?post=日本"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["hx-redirect"] == "/log?post=%E6%97%A5%E6%9C%AC"
    visit(place.url, place.store, place.clock.now(), Role.OPERATOR).post("/resume")


def test_what_a_page_says_once_splits_no_answer_and_runs_nothing(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), Role.ADMINISTRATOR, name="Jo\u2028<b>")
    answer = who.post("/team/1/role", {"role": "viewer\r\nX-Evil: 1"}, allow_redirects=False)
    assert answer.status_code == 422
    with place.store.write() as connection:
        session = sessions.session_of(connection, who.token, place.clock.now())
        assert session is not None
        sessions.say(
            connection,
            session.id,
            '{"text": "a\\r\\nX-Evil: 1\\r\\n\\r\\n<script>alert(1)</script>", "wrong": true}',
        )
    page = who.get("/log")
    assert "x-evil" not in page.headers
    assert "&lt;script&gt;" in page.text
    assert "X-Evil" not in who.get("/log").text  # once


def test_a_password_is_guessed_ten_times_and_not_an_eleventh(place: Place) -> None:
    place.member("Kaya")
    for _ in range(3):
        assert place.sign_in("Kaya", "wrong").status_code == 403
    for _ in range(7):
        with place.store.write() as connection:
            assert sign_in_tries.begin(connection, "kaya", "127.0.0.1", place.clock.now()) is None
    refused = place.sign_in("Kaya")
    assert refused.status_code == 403
    assert "Too many tries. Try again after" in refused.text
    away = {"X-Forwarded-For": "198.51.100.7"}  # nobody shuts somebody out from afar
    assert place.sign_in("Kaya", **away).status_code == 303
    place.clock.advance(timedelta(minutes=14))
    assert "Too many tries" in place.sign_in("Kaya").text
    place.clock.advance(timedelta(minutes=2))
    assert place.sign_in("Kaya").status_code == 303
    assert place.sign_in("Kaya", "wrong").status_code == 403  # counted from the start again
    assert place.sign_in("Kaya").status_code == 303


def test_many_names_are_guessed_from_one_address_no_more_than_fifty_times(place: Place) -> None:
    place.member("Lena")
    for number in range(sign_in_tries.MOST_BY_ADDRESS):
        with place.store.write() as connection:
            assert sign_in_tries.begin(connection, f"name {number}", "127.0.0.1", place.clock.now()) is None
    assert "Too many tries" in place.sign_in("Lena").text
    place.clock.advance(timedelta(minutes=16))
    assert place.sign_in("Lena").status_code == 303


def test_a_network_of_ipv6_is_one_address(place: Place) -> None:
    with place.store.write() as connection:
        for number in range(sign_in_tries.MOST_BY_NAME):
            address = f"2001:db8:1:2::{number:x}"
            assert sign_in_tries.begin(connection, "mo", address, place.clock.now()) is None
        assert sign_in_tries.begin(connection, "mo", "2001:db8:1:2:ffff::1", place.clock.now()) is not None
        assert sign_in_tries.begin(connection, "mo", "2001:db8:1:3::1", place.clock.now()) is None


def test_a_hundred_tries_at_once_are_no_way_around(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.member("Nora")
    verified = counted(monkeypatch)
    browser = requests.Session()
    form = csrf_in(browser.get(f"{place.url}/sign-in", timeout=30).text)
    fields, held = {"csrf": form, "name": "Nora", "password": "wrong"}, dict(browser.cookies)

    def guess() -> None:
        requests.post(f"{place.url}/sign-in", data=fields, cookies=held, timeout=60)

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(verified) == sign_in_tries.MOST_BY_NAME


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords are compared with from now on."""
    found: list[str] = []
    real = PasswordHash.verify_and_update

    def verify(self: PasswordHash, password: Any, kept: Any) -> Any:
        found.append(kept)
        return real(self, password, kept)

    monkeypatch.setattr(PasswordHash, "verify_and_update", verify)
    return found


def test_nobody_learns_who_is_a_member(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.member("Olga")
    with place.store.write() as connection:
        out = members.add(connection, "Out", Role.VIEWER, actor="tests", now=place.clock.now(), what="made")
        members.disable(connection, out.id, actor="tests", now=place.clock.now())
        members.invite(connection, "Not yet", Role.VIEWER, actor="tests", now=place.clock.now())
    verified = counted(monkeypatch)
    answers = [place.sign_in(name, "wrong") for name in ("Olga", "Nobody", "Out", "Not yet")]
    assert len(verified) == 4
    assert {one.split("$")[3] for one in verified} == {verified[0].split("$")[3]}  # as costly as each other
    told = {re.sub(r'value="[^"]*"', "", one.text) for one in answers}
    assert len(told) == 1


def test_who_is_shut_out_is_out_at_once(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), Role.OPERATOR, name="Pia")
    assert who.get("/log").status_code == 200
    with place.store.write() as connection:
        members.disable(connection, who.member, actor="tests", now=place.clock.now())
    assert who.get("/log", allow_redirects=False).status_code == 303
    assert who.post("/pause").status_code == 401
    with place.store.write() as connection:
        members.enable(connection, who.member, actor="tests", now=place.clock.now())
    assert who.get("/log", allow_redirects=False).status_code == 303  # the session does not come back


def test_another_role_holds_from_the_next_request_on(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), Role.ADMINISTRATOR, name="Quentin")
    visit(place.url, place.store, place.clock.now(), Role.ADMINISTRATOR)
    assert who.get("/team").status_code == 200
    with place.store.write() as connection:
        connection.exec_driver_sql("UPDATE member SET password = 'x' WHERE name = 'the administrator'")
        members.give_role(connection, who.member, Role.VIEWER, actor="tests", now=place.clock.now())
    assert who.get("/team").status_code == 403
    assert who.post("/pause").status_code == 403


def test_a_session_ends_when_it_is_not_used_and_at_last_anyhow(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), name="Rita")
    for _ in range(11):
        place.clock.advance(timedelta(days=5))
        assert who.get("/log", allow_redirects=False).status_code == 200
    place.clock.advance(timedelta(days=5, minutes=1))  # 60 days, though never unused for long
    assert who.get("/log", allow_redirects=False).status_code == 303
    idle = visit(place.url, place.store, place.clock.now(), name="Sam")
    place.clock.advance(timedelta(days=7, minutes=1))
    assert idle.get("/log", allow_redirects=False).status_code == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), name="Tess")
    assert who.post("/sign-out", allow_redirects=False).headers["location"] == "/sign-in"
    assert not signed_in(place, who.token)


def test_who_is_shut_out_hears_nothing_more(place: Place) -> None:
    who = visit(place.url, place.store, place.clock.now(), name="Uwe")
    queue_up(place.store, delivery("week/events.md"))
    with who.get("/events", stream=True) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(b"retry")
        with place.store.write() as connection:
            members.disable(connection, who.member, actor="tests", now=place.clock.now())
        Desk(place.store, "Maria", place.clock.now()).hold([1], "a secret reason")
        assert [line for line in lines if line.startswith(b"event")] == []  # it ends
    assert who.get("/events", allow_redirects=False).status_code == 303


def test_what_ends_is_swept_away_when_somebody_signs_in(place: Place) -> None:
    place.member("Vera")
    now = place.clock.now()
    old = now - timedelta(days=30)
    with place.store.write() as connection:
        for _ in range(3):
            tickets.issue(connection, Purpose.OPENID, actor="x", now=old)
            sessions.begin(connection, 1, agent="", address="", timezone=None, now=old)
            sign_in_tries.begin(connection, "x", "x", old)
        tickets.issue(connection, Purpose.REVIEW, actor="x", now=now, about="kept")
    assert place.sign_in("Vera").status_code == 303
    with place.store.read() as connection:
        count = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table} WHERE {where}").scalar()
            for table, where in (
                ("ticket", "purpose = 'openid'"), ("ticket ", "about = 'kept'"),
                ("session", f"ends_at <= '{now:%Y-%m-%d}'"), ("sign_in_try", "key LIKE '%x'"),
            )
        }  # fmt: skip
    assert count == {"ticket": 0, "ticket ": 1, "session": 0, "sign_in_try": 0}


def test_the_record_says_who_signed_in_and_holds_no_secret(place: Place) -> None:
    place.member("Wim")
    answer = place.sign_in("Wim")
    with place.store.read() as connection:
        found = audit.changes_of(connection, "Wim")
    assert [one.what for one in found] == ["signed in", "set the password of", "made"]
    assert answer.cookies["session"] not in str(found)
