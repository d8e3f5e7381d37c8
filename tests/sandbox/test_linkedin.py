"""LinkedIn in the sandbox, through LinkedIn's own client."""

from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import pytest

from bot.sandbox import Sandbox

from .helper import Clock, Restli, World, draft

ARTICLE = {"article": {"source": "https://example.org/a", "title": "A title"}}


@pytest.fixture
def author(world: World) -> Restli:
    return world.linkedin()


def ask(world: World, author: Restli, path: str, **headers: str | None) -> Any:
    usual = {
        "Authorization": f"Bearer {author.token}",
        "LinkedIn-Version": "202607",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in {**usual, **changed}.items() if value is not None}
    return world.http.get(f"{world.sandbox.environment()['LINKEDIN_API_URL']}{path}", headers=sent)


def test_a_post_goes_out_and_only_the_headers_say_its_urn(world: World, author: Restli) -> None:
    answer = author.post(r"Hello \(World\) #Care", content=ARTICLE)
    assert (answer.status_code, answer.entity) == (201, None)
    urn = answer.decoded_entity_id
    assert urn.startswith("urn:li:share:")
    assert len(urn.rsplit(":", 1)[1]) == 19
    assert answer.response.headers["x-linkedin-id"] == urn
    [shown] = world.sandbox.feed()
    assert (shown.id, shown.text, shown.link) == (urn, "Hello (World) #Care", "https://example.org/a")
    assert shown.url == f"https://www.linkedin.com/feed/update/{urn}/"


def test_a_forgotten_escape_cuts_the_post_off_and_is_answered_as_if_all_were_well(
    world: World, author: Restli
) -> None:
    answer = author.post("Join us (it is free) on Monday")
    assert answer.status_code == 201
    assert world.sandbox.feed()[0].text == "Join us"
    seen = author.call("get", resource_path="/posts/{id}", path_keys={"id": answer.entity_id}).entity
    assert seen["commentary"] == "Join us (it is free) on Monday"


def test_the_same_within_a_day_is_refused_with_the_urn_of_the_first(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    answer = author.post("Hello")
    assert (answer.status_code, answer.entity) == (
        422,
        {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": "com.linkedin.content.common.exception.BadRequestResponseException: "
            f"Content is a duplicate of {urn}",
            "errorDetails": {
                "inputErrors": [
                    {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
                ]
            },
            "status": 422,
        },
    )
    assert author.post("Hello", content=ARTICLE).status_code == 201
    world.clock.move(hours=25)
    assert author.post("Hello").status_code == 201


@pytest.mark.parametrize("name", ["author", "commentary", "visibility", "distribution", "lifecycleState"])
def test_a_post_needs_all_its_fields(world: World, author: Restli, name: str) -> None:
    body = draft(author.author, "Hello")
    del body[name]
    answer = author.call("create", resource_path="/posts", entity=body)
    assert answer.status_code == 422
    assert name in answer.entity["message"]
    assert world.sandbox.feed() == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"author": "urn:li:organization:1"}, 403),
        ({"commentary": 1}, 400),
        ({"commentary": "x" * 3_001}, 422),
        ({"commentary": ""}, 422),
        ({"visibility": "SECRET"}, 400),
        ({"lifecycleState": "PERHAPS"}, 400),
        ({"distribution": {}}, 400),
        ({"colour": "red"}, 400),
        ({"content": {"article": {"source": "https://example.org"}}}, 422),
        ({"content": {"article": {"source": "nowhere", "title": "A"}}}, 422),
        ({"content": {"media": {"id": "urn:li:image:1"}}}, 422),
    ],
    ids=str,
)
def test_a_wrong_post_is_refused(world: World, author: Restli, change: dict[str, Any], status: int) -> None:
    body = {**draft(author.author, "Hello"), **change}
    answer = author.call("create", resource_path="/posts", entity=body)
    assert answer.status_code == status
    assert answer.entity["status"] == status
    assert world.sandbox.feed() == []


def test_an_escape_does_not_count_for_the_3000_characters(world: World, author: Restli) -> None:
    assert author.post(r"\(" * 3_000).status_code == 201
    assert author.post(r"\(" * 3_001).status_code == 422


@pytest.mark.parametrize(("state", "code"), [("expired", 65602), ("revoked", 65601)])
def test_a_token_that_ended_is_refused_with_its_reason(
    world: World, author: Restli, state: str, code: int
) -> None:
    world.sandbox.set_credentials("fice-linkedin", state)
    answer = author.post("Hello")
    assert (answer.status_code, answer.entity["serviceErrorCode"]) == (401, code)


def test_an_unknown_token_is_refused(world: World, author: Restli) -> None:
    answer = ask(world, author, "/rest/me", Authorization="Bearer x")
    assert (answer.status_code, answer.json()["serviceErrorCode"]) == (401, 65600)


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        (None, 400, "VERSION_MISSING"),
        ("202511", 426, "NONEXISTENT_VERSION"),
        ("203001", 426, "NONEXISTENT_VERSION"),
        ("latest", 426, "NONEXISTENT_VERSION"),
    ],
)
def test_only_a_live_version_is_served(
    world: World, author: Restli, version: str | None, status: int, code: str
) -> None:
    answer = ask(world, author, "/rest/me", LinkedIn_Version=version)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("version", ["202601", "202611", "202607.01"])
def test_a_live_version_is_served(world: World, author: Restli, version: str) -> None:
    assert ask(world, author, "/rest/me", LinkedIn_Version=version).status_code == 200


def test_a_finder_needs_the_protocol_and_its_encoding(world: World, author: Restli) -> None:
    path = "/rest/posts?q=author&author="
    encoded = quote(author.author, safe="")
    assert ask(world, author, path + encoded).status_code == 200
    assert ask(world, author, path + author.author).status_code == 400
    answer = ask(world, author, path + encoded, X_Restli_Protocol_Version=None)
    assert answer.status_code == 400


def test_the_authors_posts_are_read_page_by_page(world: World, author: Restli) -> None:
    urns = []
    for number in range(5):
        urns.append(author.post(f"Post {number}").entity_id)
        world.clock.move(minutes=1)
    first = author.find(count=3, sortBy="CREATED")
    assert [one["id"] for one in first.elements] == urns[:1:-1]
    assert (first.paging.start, first.paging.count, first.paging.total) == (0, 3, 5)
    assert first.response.json()["paging"]["links"][0]["rel"] == "next"
    rest = author.find(count=3, start=3)
    assert [one["id"] for one in rest.elements] == urns[1::-1]
    assert rest.response.json()["paging"]["links"] == []
    newest = first.elements[0]
    assert newest["createdAt"] == newest["publishedAt"] == 1_537_779_840_000
    assert newest["author"] == author.author


def test_a_comment_stands_under_its_post(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    place = {"resource_path": "/socialActions/{post}/comments", "path_keys": {"post": urn}}
    body = {"actor": author.author, "object": urn, "message": {"text": "More (here) #1"}}
    made = author.call("create", **place, entity=body)
    assert made.status_code == 201
    assert made.entity["commentUrn"].startswith("urn:li:comment:(urn:li:activity:")
    [found] = author.call("get_all", **place, query_params={"start": 0, "count": 10}).elements
    assert found["message"]["text"] == "More (here) #1"
    shown = world.sandbox.feed()[1]
    assert (shown.id, shown.parent_id, shown.kind) == (made.entity["commentUrn"], urn, "comment")
    assert shown.text == "More (here) #1"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"actor": "urn:li:person:x", "message": {"text": "Hello"}}, 403),
        ({"actor": "AUTHOR", "message": {"text": " "}}, 400),
        ({"actor": "AUTHOR", "message": "Hello"}, 400),
        ({"actor": "AUTHOR", "object": "urn:li:share:1", "message": {"text": "Hello"}}, 400),
        ({"actor": "AUTHOR", "message": {"text": "x" * 1_251}}, 422),
    ],
    ids=str,
)
def test_a_wrong_comment_is_refused(world: World, author: Restli, body: dict[str, Any], status: int) -> None:
    urn = author.post("Hello").entity_id
    place = {"resource_path": "/socialActions/{post}/comments", "path_keys": {"post": urn}}
    entity = {name: author.author if value == "AUTHOR" else value for name, value in body.items()}
    assert author.call("create", **place, entity=entity).status_code == status
    assert len(world.sandbox.feed()) == 1


def test_nothing_can_be_said_under_what_is_not_there(author: Restli) -> None:
    place = {"resource_path": "/socialActions/{post}/comments", "path_keys": {"post": "urn:li:share:1"}}
    body = {"actor": author.author, "message": {"text": "Hello"}}
    assert author.call("create", **place, entity=body).status_code == 404


def test_a_token_without_the_scope_to_read_may_post_all_the_same(world: World, author: Restli) -> None:
    world.control("POST", "/control/settings", {"reads_allowed": {"linkedin": False}})
    answer = author.find()
    assert (answer.status_code, answer.response.json()["code"]) == (403, "ACCESS_DENIED")
    assert author.post("Hello").status_code == 201


def test_others_posts_can_not_be_listed(author: Restli) -> None:
    assert author.find(author="urn:li:organization:1").status_code == 403


def test_the_token_says_whose_it_is(world: World, author: Restli) -> None:
    number = author.author.rsplit(":", 1)[1]
    organization = author.call("get", resource_path="/organizations/{id}", path_keys={"id": number})
    assert organization.entity["localizedName"] == "FICE"
    assert str(organization.entity["id"]) == number
    roles = author.call("finder", resource_path="/organizationAcls", finder_name="roleAssignee").elements
    assert roles[0]["organization"] == author.author
    member = author.sdk.get(resource_path="/userinfo", access_token=author.token).entity
    assert author.call("get", resource_path="/me").entity["id"] == member["sub"]
    person = draft(f"urn:li:person:{member['sub']}", "Hello")
    assert author.call("create", resource_path="/posts", entity=person).status_code == 201


def test_a_deleted_post_is_gone(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    key = {"resource_path": "/posts/{id}", "path_keys": {"id": urn}}
    other = world.linkedin("other-linkedin")
    assert other.call("delete", **key).status_code == 403
    assert author.call("delete", **key).status_code == 204
    assert author.call("get", **key).status_code == 404
    assert world.sandbox.feed() == []


def test_a_draft_is_not_seen_by_followers(world: World, author: Restli) -> None:
    assert author.post("Hello", lifecycleState="DRAFT").status_code == 201
    assert world.sandbox.feed() == []


def test_which_versions_live_is_a_parameter(clock: Clock) -> None:
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(now=clock.now, linkedin_versions=("202607", "202608")))
        world = World(sandbox, clock, stack)
        assert world.linkedin(version="202606").post("Hello").status_code == 426
        assert world.linkedin(version="202608").post("Hello").status_code == 201
