"""Access: every route of the application says for whom it is, and keeps everybody else out.

The routes are walked, so that none can be forgotten: who adds one has it tested here.
"""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from fastapi import APIRouter, FastAPI
from sqlalchemy import Column, Table, select, text
from sqlmodel import SQLModel

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store, sessions
from bot.web.access import FILES, SAFE, Declaration, Needs, Public, Rule, insist_on_access, rules
from bot.web.app import make_app
from bot.web.server import serving
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

# What is for everybody. To put something here is a decision: whoever finds the page may do it.
FOR_ALL_TO_SEE = {
    "/sign-in", "/sign-in/openid", "/sign-in/openid/back", "/welcome/{token}", "/healthz", "/readyz",
    "/api/v1/openapi.json", "/api/v1/docs", "/review/{token}", "/review/{token}/{number:int}",
}  # fmt: skip
FOR_ALL_TO_DO = {"/sign-in", "/welcome/{token}"}
ENDLESS = {"/events"}  # answers that end only with whoever listens
LONG = "a" * 1000
NAMES = {"token": "x" * 43, "account": "fice-x", "campaign": "week", "network": "twitter", "format": "csv"}


@dataclass(frozen=True)
class Spot:
    """One method of one route, and an address that it answers to."""

    method: str
    path: str
    address: str
    declaration: Declaration | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Ground:
    """The page, and somebody of each role who is signed in."""

    url: str
    store: Store
    people: dict[Role, Visit]
    nobody: requests.Session = field(default_factory=requests.Session)

    def ask(self, spot: Spot, who: Visit | None, **more: Any) -> requests.Response:
        """Ask as somebody, or as nobody; a form holds no more than it is given."""
        more = {"timeout": 30, "allow_redirects": False, "stream": spot.path in ENDLESS} | more
        session = who.http if who else self.nobody
        session.cookies.clear()  # what an earlier answer has set is no part of this question
        if who:
            session.cookies.set("session", who.token)
        with session.request(spot.method, f"{self.url}{spot.address}", **more) as answer:
            return answer

    def held(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the store holds, but for what a page is to say once."""
        with self.store.read() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(select(*kept(table))).all()), key=repr)
                for table in SQLModel.metadata.sorted_tables
            }


def kept(table: Table) -> list[Column[Any]]:
    return [one for one in table.columns if one.name != "said"]


def _settings(folder: Path) -> Settings:
    return Settings(
        folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0,
        accounts={"fice-x": Account("fice-x", "twitter", "@fice")},
    )  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Only looked at, never asked."""
    settings = _settings(tmp_path_factory.mktemp("app"))
    store = open_store(settings.database_url)
    yield make_app(store, lambda: settings, FixedClock(NOON))
    store.close()


@pytest.fixture(scope="module")
def spots(app: FastAPI) -> list[Spot]:
    found = [
        Spot(method, rule.path, address_of(rule), rule.declaration)
        for rule in rules(app)
        if rule.path != FILES
        for method in sorted(rule.methods) or ["GET"]
    ]
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    settings = _settings(tmp_path_factory.mktemp("ground"))
    store = open_store(settings.database_url)
    queue_up(store, delivery("week/1.md"))
    with serving(settings, FixedClock(NOON), "127.0.0.1", 0) as url:
        people = {role: visit(url, store, NOON, role) for role in Role}
        yield Ground(url, store, people)
    store.close()


def address_of(route: Rule) -> str:
    """The route's path with something in its holes that there may well be."""
    params = route.dependant.path_params if route.dependant else []
    numbers = {one.name for one in params if one.field_info.annotation is int}

    def filled(hole: re.Match[str]) -> str:
        name, _, kind = hole[1].partition(":")
        if name in numbers or kind == "int":
            return "1"
        return NAMES.get(name, "week/1.md" if kind == "path" else "1")

    return re.sub(r"\{([^}]+)\}", filled, route.path)


def below(role: Role) -> list[Role]:
    return [one for one in Role if not one.includes(role)]


def changes(spot: Spot) -> bool:
    return spot.method not in SAFE


def test_every_route_says_for_whom_it_is(app: FastAPI, spots: list[Spot]) -> None:
    assert [str(one) for one in spots if one.declaration is None] == []
    assert [rule.path for rule in rules(app) if rule.dependant is None] == [FILES]


def test_an_application_with_a_route_that_does_not_say_it_does_not_start() -> None:
    forgetful, inner, outer = FastAPI(openapi_url=None), APIRouter(), APIRouter()
    inner.get("/secret")(lambda: "everything")
    outer.include_router(inner)
    forgetful.include_router(outer)
    with pytest.raises(RuntimeError, match="/secret does not say who may use it"):
        insist_on_access(forgetful)


def test_what_is_for_everybody_is_known_and_little(spots: list[Spot]) -> None:
    public = [one for one in spots if isinstance(one.declaration, Public)]
    assert {one.path for one in public if not changes(one)} == FOR_ALL_TO_SEE
    assert {one.path for one in public if changes(one)} == FOR_ALL_TO_DO


def test_nobody_changes_anything_that_is_not_theirs_to_change(ground: Ground, spots: list[Spot]) -> None:
    before, let_in = ground.held(), []
    for spot in filter(changes, spots):
        let_in += [f"{spot}: {who}, {answer}" for who, answer in _let_in(ground, spot)]
    assert let_in == []
    assert ground.held() == before


def _let_in(ground: Ground, spot: Spot) -> Iterator[tuple[str, int]]:
    """Who was not refused, and with which answer."""
    declaration = spot.declaration
    anonymous = ground.ask(spot, None, data={"csrf": "x" * 43}).status_code
    if isinstance(declaration, Public):
        if anonymous != 403:
            yield "nobody", anonymous
        held = {"Cookie": f"stranger={'x' * 43}"}
        for why, form, header in (
            ("without a token", {}, {}),
            ("with another token", {"csrf": "y" * 43}, {}),
            ("from another site", {"csrf": "x" * 43}, {"Sec-Fetch-Site": "cross-site"}),
        ):
            found = ground.ask(spot, None, data=form, headers={**held, **header}).status_code
            if found != 403:
                yield why, found
        return
    if anonymous != 401:
        yield "nobody", anonymous
    if not isinstance(declaration, Needs):
        return  # who has a token of a program for what is tested where those are
    for role in below(declaration.role):
        who = ground.people[role]
        found = ground.ask(spot, who, data={"csrf": who.csrf}).status_code
        if found != 403:
            yield f"the {role}", found
    who = ground.people[declaration.role]
    another = ground.people[Role.VIEWER if declaration.role is not Role.VIEWER else Role.EDITOR]
    for why, form, header in (
        ("without a token", {}, {}),
        ("with a wrong token", {"csrf": "x" * 43}, {}),
        ("with an empty token", {"csrf": ""}, {"X-CSRF-Token": ""}),
        ("with the token of another session", {"csrf": another.csrf}, {}),
        ("with it in the header", {}, {"X-CSRF-Token": another.csrf}),
        ("from another site", {"csrf": who.csrf}, {"Sec-Fetch-Site": "cross-site"}),
        ("from a neighbour", {"csrf": who.csrf}, {"Sec-Fetch-Site": "same-site"}),
    ):
        found = ground.ask(spot, who, data=form, headers=header).status_code
        if found != 403:
            yield why, found
    as_json = ground.ask(spot, who, json={"csrf": who.csrf}).status_code
    if as_json != 403:
        yield "with a body that no form has", as_json


def test_nobody_sees_what_is_not_theirs_to_see(ground: Ground, spots: list[Spot]) -> None:
    wrong = []
    for spot in spots:
        if changes(spot) or isinstance(spot.declaration, Public):
            continue
        answer = ground.ask(spot, None)
        onward = answer.headers.get("location", "").startswith("/sign-in")
        if answer.status_code != 401 and not (answer.status_code == 303 and onward):
            wrong.append(f"{spot}: nobody, {answer.status_code}")
        if isinstance(spot.declaration, Needs):
            for role in below(spot.declaration.role):
                found = ground.ask(spot, ground.people[role]).status_code
                wrong += [f"{spot}: the {role}, {found}"] if found != 403 else []
    assert wrong == []


def test_looking_changes_nothing_and_who_may_look_can(ground: Ground, spots: list[Spot]) -> None:
    before, wrong = ground.held(), []
    for spot in spots:
        if changes(spot) or not isinstance(spot.declaration, Needs | Public):
            continue
        role = spot.declaration.role if isinstance(spot.declaration, Needs) else Role.VIEWER
        found = ground.ask(spot, ground.people[role])
        if found.status_code in (401, 405) or found.status_code >= 500:
            wrong.append(f"{spot}: {found.status_code}")
        if found.status_code == 403 and isinstance(spot.declaration, Needs):
            wrong.append(f"{spot}: the {role} is refused")
    assert wrong == []
    assert ground.held() == before


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sign-in",
        "/team",
        "/nowhere",
        "/preview/no.md",
        "/static/no.js",
        "/log?post=" + LONG,
        "/healthz",
    ],
)
@pytest.mark.parametrize("signed_in", [True, False])
def test_every_answer_keeps_browsers_careful(ground: Ground, path: str, signed_in: bool) -> None:
    who = ground.people[Role.VIEWER].http if signed_in else requests
    answer = who.get(f"{ground.url}{path}", allow_redirects=False, timeout=30)
    assert careful(answer)


def careful(answer: requests.Response) -> bool:
    policy = answer.headers.get("content-security-policy", "")
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert all(f"{one} 'none'" in policy for one in ("frame-ancestors", "object-src", "base-uri"))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "no-store" in answer.headers["cache-control"] or "/static/" in answer.url
    assert "server" not in answer.headers
    return True


def test_a_fault_of_ours_keeps_them_careful_too_and_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(tmp_path)
    store = open_store(settings.database_url)
    monkeypatch.setattr("bot.web.pages.today.look", lambda *_: {}["s3cret"])
    with serving(settings, FixedClock(NOON), "127.0.0.1", 0) as url:
        answer = visit(url, store, NOON).get("/")
    store.close()
    assert answer.status_code == 500
    assert "s3cret" not in answer.text
    assert careful(answer)


def test_a_body_that_is_too_large_is_refused_however_it_is_sent(ground: Ground) -> None:
    who = ground.people[Role.EDITOR]
    form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": who.csrf}
    pieces = [b"f%d=%b&" % (number, b"x" * 500_000) for number in range(9)]
    for body in (b"".join(pieces), iter(pieces)):
        answer = who.http.post(f"{ground.url}/pause", data=body, headers=form, timeout=30)
        assert answer.status_code == 413
        assert careful(answer)
    held = ground.held()
    assert held["switch"] == []


def test_no_answer_leads_to_the_host_that_a_request_names(ground: Ground) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    for path in ("/", "/log/", "/team", "/static", "//evil.example/log", "/sign-in/"):
        answer = requests.get(f"{ground.url}{path}", headers=headers, allow_redirects=False, timeout=30)
        assert answer.headers.get("location", "/").startswith("/")
        assert not answer.headers.get("location", "/").startswith("//")


def test_a_number_that_no_row_can_have_is_no_fault(ground: Ground, app: FastAPI) -> None:
    who, asked = ground.people[Role.ADMINISTRATOR], 0
    for rule in rules(app):
        if rule.dependant is None or rule.path in ENDLESS | {"/readyz"}:
            continue
        method = next(iter(rule.methods))
        asks = [re.sub(r"\{[^}]*\}", str(2**63), rule.path)] if "{" in rule.path else []
        if method in SAFE:
            asks += [f"{address_of(rule)}?{one.alias}={2**63}" for one in rule.dependant.query_params]
        for address in asks:
            spot = Spot(method, rule.path, address, rule.declaration)
            answer = ground.ask(spot, who, headers={"X-CSRF-Token": who.csrf})
            assert answer.status_code < 500, f"{method} {address}"
            asked += 1
    assert asked > 50


def test_a_form_is_no_file_and_no_larger_than_others(ground: Ground) -> None:
    who = ground.people[Role.EDITOR]
    address = f"{ground.url}/media/week?name=a.jpg"
    assert who.http.post(address, data={"csrf": who.csrf}, timeout=30).status_code == 415
    much = {"csrf": who.csrf, "file": "x" * 5_000_000}
    assert who.http.post(address, data=much, timeout=30).status_code == 413


def test_who_is_signed_in_can_look_while_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine.BUSY_TIMEOUT_MS", 50)
    settings = _settings(tmp_path)
    store = open_store(settings.database_url)
    who = visit("", store, NOON)
    with serving(settings, FixedClock(NOON + 2 * sessions.SEEN_EVERY), "127.0.0.1", 0) as url, store.write():
        who.url = url
        assert who.get("/log").status_code == 200
        answer = who.post("/pause", {"reason": "Quiet"})
        assert (answer.status_code, "another program holds the database" in answer.text) == (503, True)
    store.close()


def test_a_database_that_does_not_answer_listeners_does_not_keep_others_from_the_page(
    tmp_path: Path, postgresql_url: str
) -> None:
    settings = replace(_settings(tmp_path), database_url=postgresql_url)
    store = open_store(postgresql_url)
    with serving(settings, FixedClock(NOON), "127.0.0.1", 0) as url, ExitStack() as open_pages:
        who = visit(url, store, NOON)
        pages = [open_pages.enter_context(who.get("/events", stream=True)) for _ in range(45)]
        lines = [page.iter_lines() for page in pages]  # of more than the server has threads
        assert all(next(one).startswith(b"retry") for one in lines)
        with store.engine.begin() as connection:
            connection.execute(text("LOCK TABLE post_log IN ACCESS EXCLUSIVE MODE"))
            time.sleep(1.5)  # by then they have asked what there is of news
            assert requests.get(f"{url}/sign-in", timeout=5).status_code == 200
    store.close()


def test_what_is_still_open_when_the_server_ends_is_told_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = _settings(tmp_path)
    with serving(settings, FixedClock(NOON), "127.0.0.1", 0) as url:
        slow = socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20)
        head = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        slow.sendall(head + b"Content-Length: 1000\r\n\r\nhalf=")
        time.sleep(0.2)
    with slow:
        assert slow.recv(100).startswith(b"HTTP/1.1 503 ")
    assert "Traceback" not in caplog.text
