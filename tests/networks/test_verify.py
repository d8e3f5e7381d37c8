"""Who the credentials are, and whether they may post."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.model.outcome import AccountHealth, Cause

from .accounts import CREDENTIALS, NETWORKS, network
from .servers import answer, serving

WHO: dict[str, Any] = {
    "twitter": {"data": {"id": "4711", "name": "FICE", "username": "FICE"}},
    "facebook": {"id": "99", "name": "FICE Europe"},
    "linkedin": {"id": 77, "localizedName": "FICE Europe"},
    "mastodon": {"id": "4711", "acct": "FICE"},
    "bluesky": {"did": "did:plc:fice", "handle": "FICE", "active": True},
}
WRITE = {"x-access-level": "read-write"}


def verify(
    name: str, status: int, body: Any, headers: dict[str, str] | None = None, **more: Any
) -> AccountHealth:
    with serving(answer(status, body, headers)) as server:
        health = network(name, server.url, **more).verify()
        lines = [request.line.split()[:2] for request in server.requests]
        assert all(method == "GET" or path.endswith("/debug_token") for method, path in lines)
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
    assert any(word in health.detail for word in ("token", "keys", "app password"))


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


# Rights and terms.


def facebook_says(told: dict[str, Any] | None) -> AccountHealth:
    """The health of a page whose token is described so; None: Facebook does not want to say."""
    refusal = answer(400, {"error": {"code": 100, "message": "(#100) You must provide an app access token"}})
    second = refusal if told is None else answer(200, {"data": told})
    with serving(answer(200, WHO["facebook"]), second) as server:
        health = network("facebook", server.url).verify()
        line, body = server.requests[1].line, parse_qs(server.requests[1].body.decode())
    assert line == "POST /v25.0/debug_token HTTP/1.1"  # and no token in the address
    assert body["method"] == ["get"]
    assert body["input_token"] == body["access_token"] == [CREDENTIALS["facebook"]["ACCESS_TOKEN"]]
    return health


SCOPES = ["pages_show_list", "pages_read_engagement", "pages_manage_posts"]


@pytest.mark.parametrize(
    ("ends", "until"),
    [
        ({"expires_at": 0, "data_access_expires_at": 0}, None),
        ({}, None),
        ({"expires_at": 1_800_000_000, "data_access_expires_at": 0}, 1_800_000_000),
        ({"expires_at": 0, "data_access_expires_at": 1_700_000_000}, 1_700_000_000),
        ({"expires_at": 1_800_000_000, "data_access_expires_at": 1_700_000_000}, 1_700_000_000),
        ({"expires_at": "never"}, None),
    ],
)
def test_facebook_says_until_when_a_token_lasts(ends: dict[str, Any], until: int | None) -> None:
    health = facebook_says({"is_valid": True, "type": "PAGE", "scopes": SCOPES, **ends})
    assert health.ok
    assert health.expires_at == (datetime.fromtimestamp(until, UTC) if until else None)


@pytest.mark.parametrize("scope", ["pages_manage_posts", "pages_read_engagement"])
def test_a_page_token_without_a_right_is_said_to_lack_it(scope: str) -> None:
    health = facebook_says({"is_valid": True, "scopes": [one for one in SCOPES if one != scope]})
    assert (health.ok, health.cause) == (False, Cause.PERMISSION)
    assert f"lacks {scope}" in health.detail


def test_a_page_token_that_facebook_calls_invalid_is_not_well() -> None:
    health = facebook_says({"is_valid": False, "scopes": [], "error": {"message": "It was revoked"}})
    assert (health.ok, health.cause) == (False, Cause.CREDENTIALS)
    assert "It was revoked. Make a new token" in health.detail


def test_a_page_token_that_may_not_ask_about_itself_may_post_for_all_we_know() -> None:
    health = facebook_says(None)
    assert (health.ok, health.expires_at) == (True, None)


ROLE = {"organization": "urn:li:organization:77", "state": "APPROVED"}


@pytest.mark.parametrize(
    ("roles", "ok"),
    [
        ([{**ROLE, "role": "ADMINISTRATOR"}], True),
        ([{**ROLE, "role": "ANALYST"}, {**ROLE, "role": "CONTENT_ADMIN"}], True),
        ([{**ROLE, "role": "ANALYST"}], False),
        ([{**ROLE, "organization": "urn:li:organization:78", "role": "ADMINISTRATOR"}], False),
        ([], False),
        (None, True),  # the token may not ask
    ],
)
def test_linkedin_says_which_role_the_tokens_member_has(roles: list[Any] | None, ok: bool) -> None:
    denied = answer(
        403, {"message": "Not enough permissions to access: organizationAcls.FINDER-roleAssignee"}
    )
    second = denied if roles is None else answer(200, {"elements": roles})
    with serving(answer(200, WHO["linkedin"]), second) as server:
        health = network("linkedin", server.url).verify()
        assert "/rest/organizationAcls?" in server.requests[1].line
        assert "q=roleAssignee" in server.requests[1].line
    assert health.ok is ok
    assert health.cause is (None if ok else Cause.PERMISSION)


APP = {**CREDENTIALS["linkedin"], "CLIENT_ID": "app", "CLIENT_SECRET": "app/secret"}


@pytest.mark.parametrize(
    ("scopes", "ok", "says"),
    [
        ("w_organization_social,r_organization_social", True, "may post as FICE Europe; rights: r_org"),
        ("r_organization_social", False, "lacks w_organization_social"),
        ("", True, "may be asked as"),
    ],
)
def test_linkedin_says_what_a_token_may_do_and_until_when(scopes: str, ok: bool, says: str) -> None:
    role = answer(200, {"elements": [{**ROLE, "role": "ADMINISTRATOR"}]})
    told = answer(200, {"active": True, "scope": scopes, "expires_at": 1_800_000_000})
    with serving(answer(200, WHO["linkedin"]), role, told) as server:
        health = network("linkedin", server.url, credentials=APP).verify()
    assert (health.ok, health.cause) == (ok, None if ok else Cause.PERMISSION)
    assert says in health.detail
    assert health.expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
