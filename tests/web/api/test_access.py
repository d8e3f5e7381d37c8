"""Who may use the API: by tokens alone, and never more than their members may."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import requests
from fastapi import APIRouter, FastAPI, Request

from bot.clock import FixedClock
from bot.model.role import Role
from bot.model.scope import Scope, scopes_of
from bot.settings import Settings
from bot.store import Store, api_tokens, members
from bot.store.api_tokens import TokenError
from bot.store.program_tables import api_tokens as rows
from bot.store.random_token import fingerprint_of
from bot.web.access import insist_on_access, rules
from bot.web.api.access import ApiError, NeedsScope, Pace
from bot.web.app import make_app
from tests.store.conftest import NOON
from tests.web.api.conftest import Program, token_of
from tests.web.helper import visit

Programs = Callable[..., Program]
ONE_OF_EACH = {
    Scope.READ: ("GET", "/status"),
    Scope.WRITE: ("POST", "/pause"),
    Scope.APPROVE: ("POST", "/deliveries/3/approve"),
    Scope.OPERATE: ("POST", "/deliveries/1/hold"),
    Scope.ADMINISTER: ("GET", "/audit"),
}


def number_of(store: Store, role: Role) -> int:
    with store.read() as connection:
        found = members.named(connection, f"the {role}")
    assert found is not None
    return found[0].id


@pytest.mark.parametrize("scope", Scope)
def test_each_scope_opens_what_it_is_for_and_nothing_else(program: Programs, scope: Scope) -> None:
    asking = program(Role.ADMINISTRATOR, scope)
    for needed, (method, path) in ONE_OF_EACH.items():
        answer = asking.ask(method, path, {} if method == "POST" else None)
        if needed is scope:
            assert answer.status_code in (200, 422), answer.text
        else:
            assert answer.status_code == 403
            assert answer.json() == {"detail": f"this token lacks the scope '{needed}'"}
            assert f'error="insufficient_scope", scope="{needed}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("role", Role)
def test_a_member_can_give_no_scope_beyond_the_role(store: Store, role: Role) -> None:
    for scope in Scope:
        if scope in scopes_of(role):
            assert token_of(store, role, scope).startswith("bot_")
        else:
            with pytest.raises(TokenError, match=f"does not include the scope '{scope}'"):
                token_of(store, role, scope)


def test_a_token_loses_what_its_member_loses_and_wins_it_back(program: Programs, store: Store) -> None:
    program(Role.ADMINISTRATOR)  # there must be another
    asking = program(Role.OPERATOR)
    number = number_of(store, Role.OPERATOR)
    assert asking.ask("POST", "/deliveries/1/hold", {}).status_code == 200
    with store.write() as connection:
        members.give_role(connection, number, Role.VIEWER, actor="anna", now=NOON)
    answer = asking.ask("POST", "/deliveries/1/release", {})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "the scope 'operate' takes the role operator; the operator is viewer"
    assert asking.get("/me")["scopes"] == ["read"]
    with store.write() as connection:
        members.disable(connection, number, actor="anna", now=NOON)
    assert asking.ask("GET", "/status").status_code == 401
    with store.write() as connection:
        members.enable(connection, number, actor="anna", now=NOON)
        members.give_role(connection, number, Role.OPERATOR, actor="anna", now=NOON)
    assert asking.ask("POST", "/deliveries/1/release", {}).status_code == 200


def test_a_revoked_an_ended_and_an_unknown_token_are_nobody(
    program: Programs, store: Store, clock: FixedClock
) -> None:
    lasting, ending = program(name="lasting"), program(name="ending", ends_at=NOON + timedelta(days=1))
    assert ending.ask("GET", "/status").status_code == 200
    clock.advance(timedelta(days=1))
    with store.write() as connection:
        token = api_tokens.token_of(connection, lasting.token)
        assert token is not None
        api_tokens.revoke(connection, token.id, member=None, actor="anna", now=NOON)
        with pytest.raises(TokenError):
            api_tokens.revoke(connection, token.id, member=None, actor="anna", now=NOON)
    for asking in (lasting, ending, Program(lasting.url, "bot_never")):
        answer = asking.ask("GET", "/status")
        assert answer.status_code == 401
        assert answer.json() == {"detail": "this token is unknown, or has ended"}
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_cookie_opens_nothing_and_neither_does_another_scheme(url: str, store: Store) -> None:
    signed_in = visit(url, store, NOON)
    answer = signed_in.get("/api/v1/status")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json() == {"detail": "send a token: Authorization: Bearer bot_…"}
    basic = requests.get(f"{url}/api/v1/status", auth=("anna", "secret"), timeout=30)
    assert basic.status_code == 401


def test_the_store_keeps_only_a_fingerprint_and_when_it_was_used(
    program: Programs, store: Store, clock: FixedClock
) -> None:
    asking = program()
    with store.read() as connection:
        row = connection.execute(rows.select()).mappings().one()
        assert asking.token not in str(dict(row))
        assert row["fingerprint"] == fingerprint_of(asking.token)

    def last() -> object:
        with store.read() as connection:
            return connection.execute(rows.select()).mappings().one()["last_used_at"]

    asking.get("/status")
    assert last() == NOON
    clock.advance(timedelta(minutes=4))
    asking.get("/status")
    assert last() == NOON  # not a write for every request
    clock.advance(timedelta(minutes=1))
    asking.get("/status")
    assert last() == clock.now()


def test_a_program_that_asks_too_fast_is_told_to_wait() -> None:
    pace = Pace(burst=2, a_second=0.5)
    assert [pace.wait_s(1), pace.wait_s(1), pace.wait_s(2)] == [0, 0, 0]
    assert 1 < pace.wait_s(1) <= 2


def test_the_answer_says_how_long_to_wait(store: Store) -> None:
    header = (b"authorization", f"Bearer {token_of(store)}".encode())
    request = Request({"type": "http", "headers": [header]})
    needs = NeedsScope(store, FixedClock(NOON), Pace(burst=1, a_second=0.1), Scope.READ)
    # In a thread of its own: where a browser test ran before, this one has an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(needs(request))).result()
        with pytest.raises(ApiError, match="too many requests") as refused:
            thread.submit(lambda: asyncio.run(needs(request))).result()
    assert refused.value.status == 429
    assert 9 <= int(refused.value.headers["Retry-After"]) <= 10


def test_every_route_of_the_api_takes_a_scope_or_is_public(settings: Settings, store: Store) -> None:
    app = make_app(store, lambda: settings, FixedClock(NOON))
    found = {rule.path: rule.declaration for rule in rules(app)}
    of_api = {path: one for path, one in found.items() if path.startswith("/api/")}
    assert {path for path, one in of_api.items() if not isinstance(one, NeedsScope)} == {
        "/api/v1/openapi.json", "/api/v1/docs",
    }  # fmt: skip
    assert len(found) > len(of_api) > 15


def test_a_route_that_says_nothing_is_found_in_an_included_router_too() -> None:
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter()

    @router.get("/forgotten")
    def forgotten() -> None:
        """Nobody has said for whom."""

    app.include_router(router)
    with pytest.raises(RuntimeError, match="/forgotten does not say who may use it"):
        insist_on_access(app)


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/status", 405), ("POST", "/log", 405)]
)
def test_whatever_is_wrong_is_answered_in_one_shape(
    program: Programs, method: str, path: str, status: int
) -> None:
    answer = program().ask(method, path)
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    if status == 405:
        assert answer.headers["Allow"]
