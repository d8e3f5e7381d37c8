"""What LinkedIn's sign-in server answers, and what each answer proves of a refresh token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.tokens import RenewalFailed, RenewalRefused, Tokens
from bot.networks import network_type
from bot.networks.base import Connection
from bot.networks.linkedin.renewal import LinkedInRenewer

from .accounts import NOW
from .servers import Behaviour, answer, hang, raw, reset, serving

SECRET, TOKEN, REFRESH = "app/secret+value", "access/token+value", "refresh/token+value=="
GIVEN = {"access_token": "AQXnew", "expires_in": 5_184_000}


def renewer(url: str) -> LinkedInRenewer:
    kind = network_type("linkedin")
    credentials = {
        "AUTHOR": "urn:li:organization:77",
        "ACCESS_TOKEN": TOKEN,
        "REFRESH_TOKEN": REFRESH,
        "CLIENT_ID": "app",
        "CLIENT_SECRET": SECRET,
    }
    account = Account("fice-linkedin", "linkedin", "FICE")
    clock, second = FixedClock(NOW), timedelta(seconds=1)
    return LinkedInRenewer(kind, Connection(account, credentials, url, kind.api_version, second, clock))


def renew(behaviour: Behaviour) -> Tokens | RenewalRefused | RenewalFailed:
    with serving(behaviour) as server:
        found = renewer(server.url).renew(REFRESH)
        assert server.connections == 1
        return found


def test_a_renewal_is_asked_for_in_the_words_of_the_documents() -> None:
    with serving(answer(200, GIVEN)) as server:
        renewer(server.url).renew(REFRESH)
    [request] = server.requests
    assert request.line == "POST /oauth/v2/accessToken HTTP/1.1"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    fields = dict(one.split("=") for one in request.body.decode().split("&"))
    assert fields["grant_type"] == "refresh_token"
    assert fields["client_id"] == "app"
    assert {*fields} == {"grant_type", "refresh_token", "client_id", "client_secret"}


def test_the_refresh_token_of_the_answer_is_the_next_one() -> None:
    more = {"refresh_token": "AQXnext", "refresh_token_expires_in": 86_400}
    found = renew(answer(200, GIVEN | more))
    assert found == Tokens("AQXnew", "AQXnext", NOW + timedelta(days=60), NOW + timedelta(days=1))


@pytest.mark.parametrize("given", [{}, {"refresh_token": None}, {"refresh_token": ""}])
def test_without_one_the_old_refresh_token_is_kept(given: dict[str, Any]) -> None:
    found = renew(answer(200, GIVEN | given))
    assert isinstance(found, Tokens)
    assert found.refresh == REFRESH


@pytest.mark.parametrize("seconds", [None, "soon", True, -1, 10**12, float("1e300")])
def test_an_end_that_makes_no_sense_is_not_known(seconds: Any) -> None:
    found = renew(answer(200, GIVEN | {"expires_in": seconds}))
    assert isinstance(found, Tokens)
    assert found.access_ends_at is None


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (400, "invalid_grant", "Make new ones"),
        (401, "invalid_client", "_CLIENT_SECRET"),
        (400, "unauthorized_client", "_CLIENT_ID"),
    ],
)
def test_a_clear_no_of_linkedins_own_is_a_refusal(status: int, code: str, remedy: str) -> None:
    found = renew(answer(status, {"error": code, "error_description": f"No {REFRESH} {SECRET}"}))
    assert isinstance(found, RenewalRefused)
    assert remedy in found.reason
    assert REFRESH not in found.reason
    assert SECRET not in found.reason


@pytest.mark.parametrize(
    "behaviour",
    [
        answer(500, {"error": "invalid_grant"}),
        answer(400, "<title>Bad gateway</title>"),
        answer(400, {"error": "temporarily_unavailable"}),
        answer(429, {"message": "throttled"}),
        answer(302, "", {"Location": "http://127.0.0.1:1/"}),
        answer(200, ""),
        answer(200, "[]"),
        answer(200, {"access_token": 7}),
        reset(),
        hang(seconds=2),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
    ],
)
def test_anything_else_says_nothing_of_the_refresh_token(behaviour: Behaviour) -> None:
    assert isinstance(renew(behaviour), RenewalFailed)


def test_the_end_of_a_token_is_what_introspection_says() -> None:
    end = datetime(2026, 11, 20, tzinfo=UTC)
    with serving(answer(200, {"active": True, "expires_at": int(end.timestamp())})) as server:
        assert renewer(server.url).ends_at(TOKEN) == end
    assert server.requests[0].line.split()[1] == "/oauth/v2/introspectToken"
    for strange in (
        answer(200, {"active": False}),
        answer(200, {"expires_at": "x"}),
        answer(401, ""),
        reset(),
    ):
        with serving(strange) as server:
            assert renewer(server.url).ends_at(TOKEN) is None


def test_the_rights_of_a_token_are_what_introspection_says() -> None:
    for scope, rights in (
        ("w_member_social,openid", ("openid", "w_member_social")),
        (" openid profile ", ("openid", "profile")),
        ("", ()),
        (7, ()),
    ):
        with serving(answer(200, {"active": True, "scope": scope})) as server:
            assert renewer(server.url).rights(TOKEN) == (rights, None)


@pytest.mark.parametrize("base", ["https://api.linkedin.com", "https://API.linkedin.com/rest/"])
def test_only_linkedins_own_api_leads_to_linkedins_own_sign_in(base: str) -> None:
    url = "https://www.linkedin.com/oauth/v2/accessToken"
    assert renewer(base)._transport.session._address.rebase(url) == url


@pytest.mark.parametrize("base", ["http://127.0.0.1:8100/linkedin", "http://127.0.0.1:8100/linkedin/rest"])
def test_whoever_leads_the_api_elsewhere_leads_the_sign_in_there_too(base: str) -> None:
    found = renewer(base)._transport.session._address.rebase("https://www.linkedin.com/oauth/v2/accessToken")
    assert found == "http://127.0.0.1:8100/linkedin/oauth/v2/accessToken"
