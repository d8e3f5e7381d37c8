"""LinkedIn in the sandbox after publishing: changes, deletions, figures, and what a token may do."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .helper import Restli, World, credentials


@pytest.fixture
def author(world: World) -> Restli:
    return world.linkedin()


def change(author: Restli, urn: str, **fields: Any) -> Any:
    path = {"resource_path": "/posts/{urn}", "path_keys": {"urn": urn}}
    return author.call("partial_update", **path, patch_set_object=fields)


def comment(author: Restli, urn: str, **message: Any) -> Any:
    place = {"resource_path": "/socialActions/{post}/comments", "path_keys": {"post": urn}}
    return author.call("create", **place, entity={"actor": author.author, "message": message})


def test_only_the_text_of_a_post_changes_and_it_says_that_it_was_edited(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    world.clock.move(minutes=5)
    assert change(author, urn, commentary=r"Hello \(again\)").status_code == 204
    [shown] = world.sandbox.feed()
    assert (shown.id, shown.text) == (urn, "Hello (again)")
    [listed] = author.find().elements
    assert listed["lifecycleStateInfo"] == {"isEditedByAuthor": True}
    assert listed["lastModifiedAt"] - listed["createdAt"] == 300_000


@pytest.mark.parametrize(
    "fields", [{"commentary": ""}, {"commentary": 1}, {"commentary": "x" * 3_001}, {"content": {}}, {}]
)
def test_a_wrong_change_is_refused(world: World, author: Restli, fields: dict[str, Any]) -> None:
    urn = author.post("Hello").entity_id
    assert change(author, urn, **fields).status_code in (400, 422)
    assert world.sandbox.feed()[0].text == "Hello"


def test_nobody_changes_the_post_of_another_one(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    assert change(world.linkedin("kenya-linkedin"), urn, commentary="Ours").status_code == 403
    assert change(author, "urn:li:share:1", commentary="Ours").status_code == 404


def test_a_change_is_told_from_a_post_by_its_header(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    body = {"patch": {"$set": {"commentary": "Other"}}}
    path = {"resource_path": "/posts/{urn}", "path_keys": {"urn": urn}}
    assert author.call("create", **path, entity=body).status_code == 400


def test_a_comment_is_deleted_once(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    number = comment(author, urn, text="More").entity["id"]
    place = {
        "resource_path": "/socialActions/{post}/comments/{number}",
        "path_keys": {"post": urn, "number": number},
        "query_params": {"actor": author.author},
    }
    assert world.linkedin("kenya-linkedin").call("delete", **place).status_code == 403
    assert author.call("delete", **place).status_code == 204
    assert author.call("delete", **place).status_code == 404
    assert len(world.sandbox.feed()) == 1


def test_a_comment_mentions_where_it_says(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    value = {"organization": {"organization": "urn:li:organization:5"}}
    fine = {"start": 6, "length": 4, "value": value}
    made = comment(author, urn, text="😷 to FICE", attributes=[fine])
    assert made.entity["message"]["attributes"] == [fine]
    for wrong in ({**fine, "length": 5}, {**fine, "start": -1}, {**fine, "value": {"person": {}}}, "x"):
        assert comment(author, urn, text="😷 to FICE", attributes=[wrong]).status_code == 400


def test_figures_are_told_to_whom_they_belong(world: World, author: Restli) -> None:
    urn = author.post("Hello").entity_id
    comment(author, urn, text="More")
    world.clock.move(hours=1)
    query = {"organizationalEntity": author.author, "shares": [urn, "urn:li:share:1"]}
    place = {"resource_path": "/organizationalEntityShareStatistics", "finder_name": "organizationalEntity"}
    [told] = author.call("finder", **place, query_params=query).elements
    assert told["share"] == urn
    assert told["totalShareStatistics"]["commentCount"] == 1
    assert world.linkedin("kenya-linkedin").call("finder", **place, query_params=query).status_code == 403
    social = author.call("batch_get", resource_path="/socialMetadata", ids=[urn, "urn:li:share:1"])
    assert social.results[urn]["commentSummary"]["count"] == 1
    reactions = sum(one["count"] for one in social.results[urn]["reactionSummaries"].values())
    assert reactions == told["totalShareStatistics"]["likeCount"]
    assert social.errors["urn:li:share:1"]["status"] == 404


def test_a_member_asks_for_one_figure_at_a_time(world: World, author: Restli) -> None:
    person = f"urn:li:person:m{author.author.rpartition(':')[2]}"
    urn = Restli(author.sdk, person, author.token, author.version).post("Hello").entity_id
    world.clock.move(hours=1)
    place = {"resource_path": "/memberCreatorPostAnalytics", "finder_name": "entity"}

    def ask(what: str) -> Any:
        query = {"entity": {"share": urn}, "queryType": what, "aggregation": "TOTAL"}
        return author.call("finder", **place, query_params=query)

    assert ask("IMPRESSION").elements[0]["count"] >= 100
    assert ask("COMMENT").elements[0]["count"] == 0
    assert ask("SECRETS").status_code == 400


# Signing in.


class App:
    """The app of an account, seen from a browser."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.keys = credentials(world.sandbox, "linkedin", "fice-linkedin", "FICE")
        self.root = f"{world.sandbox.environment()['LINKEDIN_API_URL']}/oauth/v2"

    def agree(self, scope: str = "w_member_social", allow: str = "yes", **more: str) -> dict[str, str]:
        asked = {
            "response_type": "code",
            "client_id": self.keys["CLIENT_ID"],
            "redirect_uri": "http://127.0.0.1:1/back?a=b",
            "state": "s",
            "scope": scope,
            **more,
        }
        where = f"{self.root}/authorization"
        answer = self.world.http.post(where, params=asked, data={"allow": allow}, allow_redirects=False)
        if answer.status_code != 302:
            return {"status": str(answer.status_code)}
        return {name: one for name, [one] in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    def token(self, code: str, **more: str) -> Any:
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.keys["CLIENT_ID"],
            "client_secret": self.keys["CLIENT_SECRET"],
            "redirect_uri": "http://127.0.0.1:1/back?a=b",
            **more,
        }
        return self.world.http.post(f"{self.root}/accessToken", data=given)


@pytest.fixture
def app(world: World) -> App:
    return App(world)


def test_a_code_is_good_for_one_token(app: App) -> None:
    back = app.agree()
    assert (back["state"], back["a"]) == ("s", "b")
    assert app.token(back["code"]).json()["scope"] == "w_member_social"
    assert app.token(back["code"]).json()["error"] == "invalid_grant"


def test_a_code_is_good_for_half_an_hour_and_where_it_was_asked_for(world: World, app: App) -> None:
    late, elsewhere = app.agree()["code"], app.agree()["code"]
    answer = app.token(elsewhere, redirect_uri="http://127.0.0.1:2/")
    assert answer.json()["error"] == "invalid_redirect_uri"
    world.clock.move(minutes=30)
    assert app.token(late).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"allow": "no"}, "user_cancelled_authorize"),
        ({"scope": "w_everything"}, "unauthorized_scope_error"),
    ],
)
def test_a_no_leads_back_too(app: App, more: dict[str, str], error: str) -> None:
    back = app.agree(**more)
    assert (back["error"], back["state"]) == (error, "s")
    assert "code" not in back


@pytest.mark.parametrize(
    "more", [{"client_id": "x"}, {"response_type": "token"}, {"scope": ""}, {"redirect_uri": "nowhere"}]
)
def test_a_request_that_is_none_leads_nowhere(app: App, more: dict[str, str]) -> None:
    assert app.agree(**more) == {"status": "400"}


def test_a_token_does_what_it_was_given_for_and_no_more(world: World, app: App, author: Restli) -> None:
    token = app.token(app.agree("w_member_social")["code"]).json()["access_token"]
    person = f"urn:li:person:m{author.author.rpartition(':')[2]}"
    assert Restli(author.sdk, person, token, author.version).post("Hello").status_code == 201
    page = Restli(author.sdk, author.author, token, author.version)
    assert page.post("Hello").status_code == 403
    assert page.find().status_code == 403
    image = {"initializeUploadRequest": {"owner": author.author}}
    headers = {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": author.version,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    url = f"{world.sandbox.environment()['LINKEDIN_API_URL']}/rest/images?action=initializeUpload"
    assert world.http.post(url, headers=headers, json=image).status_code == 403
    asked = {"token": token, "client_id": app.keys["CLIENT_ID"], "client_secret": app.keys["CLIENT_SECRET"]}
    told = world.http.post(f"{app.root}/introspectToken", data=asked).json()
    assert (told["active"], told["scope"]) == (True, "w_member_social")
