"""The control endpoints."""

from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.registry import NETWORKS

from .helper import World


def test_an_account_made_over_http_is_the_one_made_in_python(world: World) -> None:
    body = {"network": "linkedin", "name": "fice-linkedin", "handle": "FICE"}
    made = world.control("POST", "/control/accounts", body)
    assert made == world.sandbox.register("linkedin", "fice-linkedin", "FICE")
    fields = ("AUTHOR", "ACCESS_TOKEN", "REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
    assert set(made) == {f"FICE_LINKEDIN_{field}" for field in fields}


def test_the_books_are_told_in_json(world: World) -> None:
    client = world.twitter()
    client.create_tweet(text="Hello")
    with pytest.raises(Exception, match="403"):
        client.create_tweet(text="Hello")
    [shown] = world.control("GET", "/control/feed")
    assert shown["created_at"] == "2018-09-24T09:00:00+00:00"
    assert set(shown) == {
        "network", "account", "id", "parent_id", "kind", "text", "link", "media", "url", "created_at",
        "alts", "digests",
    }  # fmt: skip
    [refusal] = world.control("GET", "/control/refusals")
    assert (refusal["status"], refusal["code"], refusal["account"]) == (403, "duplicate", "fice-x")
    calls = world.control("GET", "/control/calls")
    assert [(one["operation"], one["outcome"]) for one in calls] == [
        ("createPosts", "201"),
        ("createPosts", "403"),
    ]
    assert (calls[0]["path"], calls[0]["account"]) == ("/2/tweets", "fice-x")
    summary = world.control("GET", "/control/summary")
    assert summary["twitter"] == {
        "accounts": 1, "posts": 1, "comments": 0, "replies": 0, "deleted": 0, "duplicates": 0, "refusals": 1
    }  # fmt: skip
    assert world.control("GET", "/healthz") == {"status": "ok"}


def test_a_call_that_a_fault_hit_is_noted_with_it(world: World) -> None:
    page = world.facebook()
    world.sandbox.add_fault("facebook", "status", status=503, stored=True)
    page.refusal(lambda: page.post("Hello"))
    [call] = world.sandbox.calls()
    assert call.outcome == "fault: status, 200, answered 503"


def test_settings_are_changed_one_by_one(world: World) -> None:
    world.control("POST", "/control/settings", {"refuse_duplicates": False})
    world.control("POST", "/control/settings", {"reads_allowed": {"linkedin": False}})
    world.control("POST", "/control/settings", {"processing_seconds": 90})
    settings = world.control("POST", "/control/settings", {"read_lag_seconds": 2.5})
    assert settings == {
        "refuse_duplicates": False,
        "read_lag_seconds": 2.5,
        "processing_seconds": 90,
        "reads_allowed": {**dict.fromkeys(NETWORKS, True), "linkedin": False},
    }
    assert world.control("GET", "/control/settings") == settings


def test_faults_are_added_told_and_cleared(world: World) -> None:
    [told] = world.control("POST", "/control/faults", {"network": "twitter", "fault": "hang", "count": 2})
    assert (told["fault"], told["count"], told["on"]) == ("hang", 2, "create")
    assert world.control("DELETE", "/control/faults") == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("accounts", {"network": "friendster", "name": "a", "handle": "b"}),
        ("accounts", {"network": "twitter", "name": " ", "handle": "b"}),
        ("accounts", {"network": "twitter", "handle": "b"}),
        ("accounts", []),
        ("settings", {"colour": "red"}),
        ("settings", {"refuse_duplicates": 1}),
        ("settings", {"read_lag_seconds": -1}),
        ("settings", {"processing_seconds": "soon"}),
        ("settings", {"reads_allowed": {"friendster": True}}),
        ("credentials", {"account": "nobody", "state": "expired"}),
        ("credentials", {"account": "fice-x", "state": "tired"}),
        ("faults", {"network": "twitter"}),
    ],
    ids=str,
)
def test_wrong_input_is_answered_with_one_sentence(world: World, path: str, body: Any) -> None:
    world.twitter()
    answer = world.http.post(f"{world.sandbox.url}/control/{path}", json=body)
    assert answer.status_code == 400
    assert len(answer.json()["error"].splitlines()) == 1


def test_credentials_are_changed_over_http(world: World) -> None:
    page = world.facebook()
    world.control("POST", "/control/credentials", {"account": "fice-facebook", "state": "expired"})
    assert page.refusal(lambda: page.post("Hello"))["error_subcode"] == 463


def test_broken_json_and_half_letters_are_refused_by_every_network(world: World) -> None:
    author, page = world.linkedin(), world.facebook()
    base = world.sandbox.environment()
    headers = {
        "Authorization": f"Bearer {author.token}",
        "LinkedIn-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    for body in (b"{", b"[]", b'{"message": "\\ud800"}'):
        url = f"{base['LINKEDIN_API_URL']}/rest/posts"
        assert world.http.post(url, data=body, headers=headers).status_code == 400
        url = f"{base['FACEBOOK_GRAPH_URL']}/me/feed?access_token={page.token}"
        answer = world.http.post(url, data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400
    assert world.http.get(world.sandbox.url).status_code == 200


def test_a_second_start_takes_the_same_port() -> None:
    with Sandbox() as sandbox:
        url = sandbox.url
    with sandbox:
        assert sandbox.url == url
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=int(url.rsplit(":", 1)[1])).start()


def test_the_same_name_has_the_same_credentials_on_every_run() -> None:
    first = Sandbox().register("twitter", "fice.x", "@fice")
    assert first == Sandbox().register("twitter", "fice.x", "@other")
    assert set(first) == {
        "FICE_X_API_KEY", "FICE_X_API_SECRET", "FICE_X_ACCESS_TOKEN", "FICE_X_ACCESS_TOKEN_SECRET"
    }  # fmt: skip
    assert first != Sandbox().register("twitter", "fice-x", "@fice")
