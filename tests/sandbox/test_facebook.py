"""Facebook Pages in the sandbox, through facebook-sdk."""

import json
from datetime import timedelta
from typing import Any

import pytest

from .helper import Graph, World

LINK = "https://example.org/case?a=1&b=2"


@pytest.fixture
def page(world: World) -> Graph:
    return world.facebook()


def address(world: World, path: str) -> str:
    return f"{world.sandbox.environment()['FACEBOOK_GRAPH_URL']}/{path}"


def test_a_post_goes_out_under_its_page(world: World, page: Graph) -> None:
    post = page.post("Hello\nWorld", link=LINK)
    assert post.startswith(f"{page.page}_")
    [shown] = world.sandbox.feed()
    assert (shown.id, shown.text, shown.link) == (post, "Hello\nWorld", LINK)
    assert shown.url == f"https://www.facebook.com/{page.page}/posts/{post.split('_')[1]}"
    assert page.sdk.get_object(post, fields="permalink_url")["permalink_url"] == shown.url


def test_a_comment_stands_under_its_post(world: World, page: Graph) -> None:
    post = page.post("Hello")
    comment = page.sdk.put_comment(post, "More (here)")["id"]
    assert comment.startswith(post.split("_")[1] + "_")
    [found] = page.sdk.get_connections(post, "comments")["data"]
    assert (found["id"], found["message"]) == (comment, "More (here)")
    assert world.sandbox.feed()[1].parent_id == post
    assert world.sandbox.feed()[1].kind == "comment"
    within = page.sdk.get_object(post, fields="comments{message}")["comments"]["data"]
    assert within == [{"message": "More (here)"}]


def test_a_post_is_taken_as_json_with_a_bearer_token_too(world: World, page: Graph) -> None:
    headers = {"Authorization": f"Bearer {page.token}"}
    url = address(world, f"v26.0/{page.page}/feed")
    answer = world.http.post(url, json={"message": "Hello"}, headers=headers)
    assert answer.status_code == 200
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 1
    assert page.page in json.loads(answer.headers["x-business-use-case-usage"])


def test_the_page_knows_its_name_and_the_token_its_scopes(world: World, page: Graph) -> None:
    assert page.sdk.get_object("me", fields="id,name") == {"id": page.page, "name": "FICE"}
    told = page.sdk.request(f"{page.sdk.version}/debug_token", {"input_token": page.token})["data"]
    assert told["is_valid"]
    assert "pages_manage_posts" in told["scopes"]
    unknown = page.sdk.request(f"{page.sdk.version}/debug_token", {"input_token": "x"})["data"]
    assert not unknown["is_valid"]


def test_the_same_twice_in_a_row_is_a_duplicate_for_ten_minutes(world: World, page: Graph) -> None:
    page.post("Hello", link=LINK)
    error = page.refusal(lambda: page.post("Hello", link=LINK))
    assert (error["code"], error["message"]) == (506, "(#506) Duplicate status message")
    assert page.post("Hello", link=f"{LINK}#other")
    assert page.post("Hello", link=LINK)
    world.clock.move(minutes=11)
    assert page.post("Hello", link=LINK)
    assert world.sandbox.duplicates() == 2


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, 100),
        ({"message": " "}, 100),
        ({"message": "x" * 63_207}, 100),
        ({"message": "Hello", "link": "nowhere"}, 100),
        ({"message": "Hello", "published": "perhaps"}, 100),
        ({"message": "Hello", "attached_media": "[1]"}, 100),
        ({"message": "Hello", "attached_media": '[{"media_fbid": "1"}]'}, 100),
        ({"message": "Hello", "published": "false", "scheduled_publish_time": "1"}, 100),
    ],
)
def test_a_wrong_post_is_refused(world: World, page: Graph, form: dict[str, str], code: int) -> None:
    error = page.refusal(lambda: page.sdk.put_object(page.page, "feed", **form))
    assert (error["code"], error["type"]) == (code, "OAuthException")
    assert error["fbtrace_id"]
    assert world.sandbox.feed() == []


def test_a_message_may_have_63206_characters(world: World, page: Graph) -> None:
    page.post("é" * 63_206)
    assert len(world.sandbox.feed()[0].text) == 63_206


@pytest.mark.parametrize(("state", "subcode"), [("expired", 463), ("revoked", 460)])
def test_a_token_that_ended_is_refused_with_its_reason(
    world: World, page: Graph, state: str, subcode: int
) -> None:
    world.sandbox.set_credentials("fice-facebook", state)
    error = page.refusal(lambda: page.post("Hello"))
    assert (error["code"], error["error_subcode"]) == (190, subcode)
    assert world.sandbox.refusals()[0].code == f"190/{subcode}"


def test_an_unknown_token_and_none_are_refused(world: World, page: Graph) -> None:
    unknown = world.http.get(address(world, "v25.0/me"), params={"access_token": "x"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (401, 190)
    none = world.http.get(address(world, "v25.0/me"))
    assert (none.status_code, none.json()["error"]["code"]) == (400, 2500)


def test_another_page_can_not_be_posted_on(world: World, page: Graph) -> None:
    other = world.facebook("other-facebook")
    error = page.refusal(lambda: page.sdk.put_object(other.page, "feed", message="Hello"))
    assert error["code"] == 200
    error = page.refusal(lambda: page.sdk.put_object("1", "feed", message="Hello"))
    assert (error["code"], error["error_subcode"]) == (100, 33)
    theirs = other.post("Hello")
    assert page.refusal(lambda: page.sdk.delete_object(theirs))["code"] == 200


@pytest.mark.parametrize(
    ("asked", "served"),
    [("v25.0/", "v25.0"), ("v20.0/", "v21.0"), ("v3.1/", "v21.0"), ("", "v21.0"), ("v26.0/", "v26.0")],
)
def test_a_dead_version_is_served_as_the_oldest_live_one(
    world: World, page: Graph, asked: str, served: str
) -> None:
    answer = world.http.get(address(world, f"{asked}me"), params={"access_token": page.token})
    assert (answer.status_code, answer.headers["facebook-api-version"]) == (200, served)


def test_a_version_to_come_is_refused(world: World, page: Graph) -> None:
    answer = world.http.get(address(world, "v27.0/me"), params={"access_token": page.token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 2635)


@pytest.mark.parametrize("edge", ["feed", "posts", "published_posts"])
def test_a_feed_is_read_page_by_page(world: World, page: Graph, edge: str) -> None:
    posts = []
    for number in range(7):
        posts.append(page.post(f"Post {number}"))
        world.clock.move(minutes=1)
    found = page.sdk.get_all_connections(page.page, edge, limit=3, fields="id,message")
    assert [one["id"] for one in found] == posts[::-1]
    back = page.sdk.get_connections(page.page, edge, limit=3)["paging"]
    assert "previous" not in back
    answer = world.http.get(back["next"])
    assert "previous" in answer.json()["paging"]


def test_a_feed_begins_and_ends_where_it_is_told_to(world: World, page: Graph) -> None:
    page.post("Before")
    world.clock.move(hours=1)
    post, since = page.post("Now"), int(world.clock.now().timestamp())
    world.clock.move(hours=1)
    page.post("After")
    window = {"since": since, "until": since + 60}
    [found] = page.sdk.get_connections(page.page, "feed", **window)["data"]
    assert found["id"] == post
    assert found["created_time"] == "2018-09-24T10:00:00+0000"


def test_the_link_of_a_post_is_in_its_attachments(page: Graph) -> None:
    post = page.post("Read", link=LINK)
    asked = "attachments{unshimmed_url},from{name}"
    found = page.sdk.get_object(post, fields=asked)
    assert found["attachments"] == {"data": [{"unshimmed_url": LINK}]}
    assert found["from"] == {"name": "FICE"}


@pytest.mark.parametrize("query", [{"fields": "colour"}, {"fields": "id,{"}, {"limit": "x"}, {"since": "x"}])
def test_a_wrong_question_is_refused(page: Graph, query: dict[str, Any]) -> None:
    page.post("Hello")
    error = page.refusal(lambda: page.sdk.get_connections(page.page, "feed", **query))
    assert error["code"] in (100, 2500)


def test_pictures_are_uploaded_first_and_then_attached(world: World, page: Graph) -> None:
    upload = {"url": "https://example.org/a.jpg", "published": "false"}
    photo = page.sdk.put_object(page.page, "photos", **upload)["id"]
    page.post("Look", attached_media=json.dumps([{"media_fbid": photo}]))
    assert world.sandbox.feed()[0].media == (photo,)


def test_followers_see_a_scheduled_post_when_its_time_has_come(world: World, page: Graph) -> None:
    later = world.clock.now() + timedelta(minutes=20)
    page.post("Later", published="false", scheduled_publish_time=int(later.timestamp()))
    page.post("Never", published="false")
    assert world.sandbox.feed() == []
    assert page.sdk.get_connections(page.page, "feed")["data"] == []
    world.clock.move(minutes=20)
    assert [one.text for one in world.sandbox.feed()] == ["Later"]


def test_a_deleted_post_is_gone_with_its_comments(world: World, page: Graph) -> None:
    post = page.post("Hello")
    page.sdk.put_comment(post, "More")
    assert page.sdk.delete_object(post) == {"success": True}
    assert page.refusal(lambda: page.sdk.get_object(post))["error_subcode"] == 33
    assert world.sandbox.feed() == []


def test_reading_can_be_forbidden(world: World, page: Graph) -> None:
    world.sandbox.set_reads_allowed("facebook", False)
    assert page.refusal(lambda: page.sdk.get_connections(page.page, "feed"))["code"] == 10
    assert page.post("Hello")
