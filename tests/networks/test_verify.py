"""Who the credentials are, and whether they may post."""

from typing import Any

import pytest

from bot.model.outcome import AccountHealth, Cause

from .accounts import NETWORKS, network
from .servers import answer, serving

WHO: dict[str, Any] = {
    "twitter": {"data": {"id": "4711", "name": "FICE", "username": "FICE"}},
    "facebook": {"id": "99", "name": "FICE Europe"},
    "linkedin": {"id": 77, "localizedName": "FICE Europe"},
}
WRITE = {"x-access-level": "read-write"}


def verify(
    name: str, status: int, body: Any, headers: dict[str, str] | None = None, **more: Any
) -> AccountHealth:
    with serving(answer(status, body, headers)) as server:
        health = network(name, server.url, **more).verify()
        assert {request.line.split()[0] for request in server.requests} == {"GET"}
        return health


@pytest.mark.parametrize("name", NETWORKS)
def test_working_credentials_say_who_they_are(name: str) -> None:
    health = verify(name, 200, WHO[name], WRITE)
    assert health.ok
    assert health.identity in ("@FICE", "FICE Europe")
    assert health.cause is None


@pytest.mark.parametrize("name", NETWORKS)
def test_revoked_credentials_are_said_to_be_so(name: str) -> None:
    health = verify(name, 401, {"title": "Unauthorized", "message": "Revoked", "error": {"code": 190}})
    assert not health.ok
    assert health.cause is Cause.CREDENTIALS
    assert "token" in health.detail or "keys" in health.detail


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("status", "cause"), [(500, Cause.BUSY), (302, Cause.BUSY), (429, Cause.RATE_LIMIT), (404, Cause.REFUSED)]
)
def test_trouble_of_the_network_is_no_sign_of_bad_credentials(name: str, status: int, cause: Cause) -> None:
    health = verify(name, status, "")
    assert (health.ok, health.cause) == (False, cause)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_answer_that_names_nobody_is_no_health(name: str) -> None:
    for body in ("", "{}", "[]", {"data": {}}):
        health = verify(name, 200, body, WRITE)
        assert (health.ok, health.cause) == (False, Cause.BUSY)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_that_is_not_reached_is_no_sign_of_bad_credentials(name: str) -> None:
    health = network(name, "http://nowhere.invalid").verify()
    assert (health.ok, health.cause) == (False, Cause.NEVER_LEFT)


def test_keys_that_may_only_read_can_not_publish() -> None:
    health = verify("twitter", 200, WHO["twitter"], {"x-access-level": "read"})
    assert (health.ok, health.cause) == (False, Cause.PERMISSION)
    assert "Read and write" in health.detail


def test_keys_of_another_account_are_noticed() -> None:
    health = verify("twitter", 200, WHO["twitter"], WRITE, handle="@SSWAlliance")
    assert health.ok
    assert "@SSWAlliance" in health.detail


def test_a_users_token_is_not_the_pages() -> None:
    health = verify("facebook", 200, {"id": "5", "name": "Ana"})
    assert (health.ok, health.cause) == (False, Cause.CREDENTIALS)
    assert "/me/accounts" in health.detail


PERSON = {"AUTHOR": "urn:li:person:abc", "ACCESS_TOKEN": "token"}


def test_a_person_on_linkedin_is_who_the_token_says() -> None:
    health = verify("linkedin", 200, {"sub": "abc", "name": "Ana"}, credentials=PERSON)
    assert (health.ok, health.identity) == (True, "Ana")
    assert not verify("linkedin", 200, {"sub": "other", "name": "Ana"}, credentials=PERSON).ok


@pytest.mark.parametrize("credentials", [None, PERSON])
def test_a_missing_scope_is_no_sign_of_a_bad_token(credentials: dict[str, str] | None) -> None:
    health = verify("linkedin", 403, {"message": "ACCESS_DENIED"}, credentials=credentials)
    assert health.ok
    assert "can not be checked" in health.detail


@pytest.mark.parametrize("base", ["", "/rest", "/gate/rest/"])
def test_userinfo_is_beside_the_versioned_api(base: str) -> None:
    with serving(answer(200, {"sub": "abc"})) as server:
        network("linkedin", server.url + base, credentials=PERSON).verify()
    assert server.requests[-1].line.split()[1] == base.rstrip("/").removesuffix("/rest") + "/v2/userinfo"
