"""The sandbox's Bluesky: what its server takes and refuses, as the reference server was seen to do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.sandbox import Sandbox

from .helper import Clock, credentials

COLLECTION = "app.bsky.feed.post"
KEY, OTHER_KEY = "3kabcdefghijk", "3kabcdefghijm"


@dataclass
class Server:
    """An account that has signed in."""

    sandbox: Sandbox
    clock: Clock
    http: requests.Session
    identifier: str = ""
    password: str = ""
    session: dict[str, Any] = field(default_factory=dict)

    def sign_in(self) -> None:
        keys = credentials(self.sandbox, "bluesky", "fice-bluesky", "fice.example.org")
        self.identifier, self.password = keys["IDENTIFIER"], keys["APP_PASSWORD"]
        body = {"identifier": self.identifier, "password": self.password}
        self.session = self.call("com.atproto.server.createSession", body).json()

    def call(
        self, method: str, body: Any = None, token: str | None = None, **params: Any
    ) -> requests.Response:
        """A procedure where there is a body, else a query."""
        url = f"{self.sandbox.environment()['BLUESKY_API_URL']}/xrpc/{method}"
        headers = {"Authorization": f"Bearer {token or self.session.get('accessJwt', '')}"}
        if body is None:
            return self.http.get(url, params=params, headers=headers)
        return self.http.post(url, json=body, headers=headers)

    def put(self, key: str = KEY, **changes: Any) -> requests.Response:
        body = {"repo": self.identifier, "collection": COLLECTION, "rkey": key, "record": post(**changes)}
        return self.call("com.atproto.repo.putRecord", body)

    def create(self, *writes: dict[str, Any]) -> requests.Response:
        kind = "com.atproto.repo.applyWrites"
        whole = [{"$type": f"{kind}#create", "collection": COLLECTION, **write} for write in writes]
        return self.call(kind, {"repo": self.identifier, "writes": whole})

    def blob(self, content: bytes, content_type: str = "image/png") -> dict[str, Any]:
        url = f"{self.sandbox.environment()['BLUESKY_API_URL']}/xrpc/com.atproto.repo.uploadBlob"
        headers = {"Authorization": f"Bearer {self.session['accessJwt']}", "Content-Type": content_type}
        found: dict[str, Any] = self.http.post(url, content, headers=headers).json()["blob"]
        return found

    def texts(self) -> list[str]:
        return [one.text for one in self.sandbox.feed()]


@pytest.fixture
def server() -> Iterator[Server]:
    clock = Clock()
    with Sandbox(now=clock.now) as sandbox, requests.Session() as http:
        http.trust_env = False
        found = Server(sandbox, clock, http)
        found.sign_in()
        yield found


def post(**changes: Any) -> dict[str, Any]:
    return {"$type": COLLECTION, "text": "Hé #Tag", "createdAt": "2018-09-24T09:00:00.000Z", **changes}


def facet(start: int, end: int, **feature: Any) -> dict[str, Any]:
    value = {"$type": "app.bsky.richtext.facet#tag", "tag": "Tag", **feature}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [value]}


def images(*blobs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": one, **more} for one in blobs]}


def said(answer: requests.Response, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    return f"{answer.json()['error']}: {answer.json()['message']}"


def test_a_record_is_put_and_once_more_is_no_commit(server: Server) -> None:
    first, again = server.put().json(), server.put().json()
    assert first["uri"] == f"at://{server.session['did']}/{COLLECTION}/{KEY}"
    assert "commit" in first
    assert again == {name: value for name, value in first.items() if name != "commit"}
    assert server.texts() == ["Hé #Tag"]


def test_the_id_of_a_record_is_that_of_the_reference_server(server: Server) -> None:
    record = {"$type": COLLECTION, "text": "hi", "createdAt": "2026-09-21T09:00:00.000Z"}
    cid = server.put(**record).json()["cid"]
    assert cid == "bafyreibxpljakack7w7h7w6cocv3rykprwxrl76o524j4iup5lxtynr66e"  # asked of version 0.4.217


def test_a_record_is_edited_by_putting_another(server: Server) -> None:
    server.put()
    server.put(text="Other")
    assert server.texts() == ["Other"]


def test_a_record_is_swapped_only_where_it_is_as_expected(server: Server) -> None:
    cid = server.put().json()["cid"]
    body = {"repo": server.identifier, "collection": COLLECTION, "rkey": KEY, "record": post(text="Other")}
    method = "com.atproto.repo.putRecord"
    assert said(server.call(method, {**body, "swapRecord": None})) == f"InvalidSwap: Record was at {cid}"
    assert server.call(method, {**body, "swapRecord": cid}).status_code == 200


def test_what_is_there_can_not_be_created_again(server: Server) -> None:
    server.put()
    body = {"repo": server.identifier, "collection": COLLECTION, "rkey": KEY, "record": post(text="Other")}
    assert said(server.call("com.atproto.repo.createRecord", body), 500).startswith("InternalServerError")
    said(server.create({"rkey": OTHER_KEY, "value": post()}, {"rkey": KEY, "value": post()}), 500)
    assert server.texts() == ["Hé #Tag"]


def test_writes_are_done_all_or_none(server: Server) -> None:
    wrong = server.create({"rkey": KEY, "value": post()}, {"rkey": OTHER_KEY, "value": post(text="x" * 301)})
    assert "grapheme too big (maximum 300, got 301) at $.writes[1].record.text" in said(wrong)
    assert server.texts() == []
    answer = server.create({"rkey": KEY, "value": post()}, {"rkey": OTHER_KEY, "value": post(text="Two")})
    assert [one["uri"].rpartition("/")[2] for one in answer.json()["results"]] == [KEY, OTHER_KEY]
    assert server.texts() == ["Hé #Tag", "Two"]


def test_a_record_is_read_by_everybody_and_absent_is_said_so(server: Server) -> None:
    asked = {"repo": server.identifier, "collection": COLLECTION, "rkey": KEY}
    absent = said(server.call("com.atproto.repo.getRecord", **asked))
    assert (
        absent == f"RecordNotFound: Could not locate record: at://{server.session['did']}/{COLLECTION}/{KEY}"
    )
    server.put()
    found = server.call("com.atproto.repo.getRecord", token="none", **asked).json()
    assert found["value"] == post()
    stranger = server.call("com.atproto.repo.getRecord", **{**asked, "repo": "nobody.example.org"})
    assert said(stranger) == "InvalidRequest: Could not locate record"


def test_records_are_listed_the_newest_keys_first_page_by_page(server: Server) -> None:
    keys = [f"3kabcdefghi{number}2" for number in "abcde"]
    for key in keys:
        server.put(key)
    seen, cursor = [], {}
    while True:
        asked = {"repo": server.identifier, "collection": COLLECTION, "limit": 2, **cursor}
        page = server.call("com.atproto.repo.listRecords", **asked).json()
        if not page["records"]:
            break
        seen += [one["uri"].rpartition("/")[2] for one in page["records"]]
        cursor = {"cursor": page["cursor"]}
    assert seen == keys[::-1]


def test_a_record_is_deleted_and_answers_to_it_stay(server: Server) -> None:
    first = server.put().json()
    ref = {name: first[name] for name in ("uri", "cid")}
    assert server.put(OTHER_KEY, text="Two", reply={"root": ref, "parent": ref}).status_code == 200
    body = {"repo": server.identifier, "collection": COLLECTION, "rkey": KEY}
    for _ in range(2):
        assert server.call("com.atproto.repo.deleteRecord", body).status_code == 200
    assert server.texts() == ["Two"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"text": None}, 'Missing required key "text"'),
        ({"text": "a" * 301}, "grapheme too big (maximum 300, got 301)"),
        ({"text": "👩‍👩‍👧" * 200}, "string too big (maximum 3000, got 3600)"),
        ({"createdAt": "yesterday"}, "Invalid datetime"),
        ({"createdAt": "2018-09-24T09:00:00"}, "Invalid datetime"),
        ({"facets": [facet(-1, 2)]}, "integer too small (minimum 0, got -1)"),
        ({"facets": [facet(1, 2)]}, "no whole characters"),  # within the "é"
        ({"facets": [facet(4, 9)]}, "no whole characters"),  # past the end
        ({"facets": [facet(4, 4)]}, "no whole characters"),
        ({"facets": [facet(4, 8, tag="x" * 65)]}, "grapheme too big (maximum 64, got 65)"),
        (
            {"facets": [facet(4, 8, **{"$type": "app.bsky.richtext.facet#mention", "did": "x"})]},
            "Invalid DID",
        ),
        ({"facets": [facet(4, 8, **{"$type": "app.bsky.richtext.facet#link", "uri": "x"})]}, "Invalid URI"),
        ({"reply": {"root": {}}}, "Invalid uri"),
        (
            {"reply": {"root": {"uri": "at://a/b/c", "cid": "bafy" + "a" * 30}}},
            'Missing required key "parent"',
        ),
        (
            {"embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://a.example"}}},
            '"title"',
        ),
        ({"embed": images({"$type": "blob"})}, "Expected blob value type"),
        ({"embed": {}}, "Expected an object"),
        ({"$type": "app.bsky.feed.like"}, "Invalid $type"),
        ({"number": 1.5}, "can not be encoded"),
    ],
)
def test_what_is_no_post_is_refused_in_words(server: Server, changes: dict[str, Any], why: str) -> None:
    assert why in said(server.put(**changes))
    assert server.texts() == []


def test_texts_of_300_characters_of_any_kind_are_taken(server: Server) -> None:
    assert server.put(text="é" * 300).status_code == 200
    assert server.put(text="👧🏾" * 300).status_code == 200


@pytest.mark.parametrize("key", ["abc", "3kabcdefghij1", "zkabcdefghijk", "a/b", ""])
def test_a_key_that_is_no_tid_is_refused(server: Server, key: str) -> None:
    assert "Invalid record key" in said(server.put(key))


def test_an_answer_must_name_what_is_there_as_it_is(server: Server) -> None:
    first = server.put().json()
    wrong = {"uri": first["uri"], "cid": "bafy" + "a" * 50}
    assert "the reply is to" in said(server.put(OTHER_KEY, reply={"root": wrong, "parent": wrong}))


def test_pictures_are_shown_with_their_alt_texts(server: Server) -> None:
    blob = server.blob(b"picture")
    assert blob["ref"]["$link"].startswith("bafkrei")
    assert (blob["mimeType"], blob["size"]) == ("image/png", 7)
    assert server.put(embed=images(blob, alt="A child")).status_code == 200
    [shown] = server.sandbox.feed()
    assert (shown.media, shown.alts) == ((blob["ref"]["$link"],), ("A child",))
    assert "A child" in server.http.get(f"{server.sandbox.url}/feeds").text


def test_a_card_is_shown_with_its_title(server: Server) -> None:
    external = {"uri": "https://example.org/a", "title": "The week", "description": ""}
    server.put(embed={"$type": "app.bsky.embed.external", "external": external})
    assert server.sandbox.feed()[0].link == "https://example.org/a"
    assert "The week" in server.http.get(f"{server.sandbox.url}/feeds").text


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"x" * 2_000_001, "image/png", "blob too big (maximum 2000000, got 2000001)"),
        (b"words", "text/plain", 'Expected "image/*" (got "text/plain")'),
    ],
)
def test_a_file_that_is_too_large_or_of_another_kind_is_refused_in_a_post(
    server: Server, content: bytes, kind: str, why: str
) -> None:
    assert why in said(server.put(embed=images(server.blob(content, kind))))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"ref": {"$link": "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"}}, "BlobNotFound"),
        ({"size": 8}, "InvalidSize"),
        ({"mimeType": "image/jpeg"}, "InvalidMimeType"),
    ],
)
def test_a_post_must_name_a_file_as_it_is_there(server: Server, changes: dict[str, Any], error: str) -> None:
    assert said(server.put(embed=images({**server.blob(b"picture"), **changes}))).startswith(error)


def test_four_pictures_are_the_most(server: Server) -> None:
    blobs = [server.blob(bytes([number])) for number in range(5)]
    assert "array too big (maximum 4, got 5)" in said(server.put(embed=images(*blobs)))
    assert 'Missing required key "alt"' in said(server.put(embed=images(blobs[0], alt=None)))


def test_a_session_ends_after_two_hours_and_is_prolonged_once(server: Server) -> None:
    server.clock.move(hours=2)
    assert said(server.put()) == "ExpiredToken: Token has expired"
    url = f"{server.sandbox.environment()['BLUESKY_API_URL']}/xrpc/com.atproto.server.refreshSession"
    headers = {"Authorization": f"Bearer {server.session['refreshJwt']}"}
    assert "request body" in said(server.http.post(url, json={}, headers=headers))
    fresh = server.http.post(url, headers=headers).json()
    assert said(server.http.post(url, headers=headers)).startswith("InvalidToken")
    server.session = fresh
    assert server.put().status_code == 200


@pytest.mark.parametrize(
    ("token", "status", "error"), [("eyJ.e.x", 400, "InvalidToken"), (" ", 401, "AuthMissing")]
)
def test_a_call_without_a_token_of_ours_is_refused(
    server: Server, token: str, status: int, error: str
) -> None:
    assert said(server.call("com.atproto.server.getSession", token=token), status).startswith(error)


def test_nobody_writes_for_another(server: Server) -> None:
    server.sandbox.register("bluesky", "other", "other.example.org")
    body = {"collection": COLLECTION, "rkey": KEY, "record": post()}
    method = "com.atproto.repo.putRecord"
    assert said(server.call(method, {"repo": "nobody", **body}), 403) == "AccountNotFound: Account not found"
    assert said(server.call(method, {"repo": "other.example.org", **body}), 401).startswith("Authentication")


@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_a_revoked_app_password_ends_its_sessions(server: Server, state: str) -> None:
    server.sandbox.set_credentials("fice-bluesky", state)
    assert said(server.put()).startswith("ExpiredToken")
    body = {"identifier": server.identifier, "password": server.password}
    assert said(server.call("com.atproto.server.createSession", body), 401).startswith(
        "AuthenticationRequired"
    )


def test_signing_in_too_often_is_refused_and_says_until_when(server: Server) -> None:
    body = {"identifier": server.identifier, "password": server.password}
    answers = [server.call("com.atproto.server.createSession", body) for _ in range(30)]
    assert [one.status_code for one in answers] == [200] * 29 + [429]
    reset = int(answers[-1].headers["ratelimit-reset"]) - server.clock.now().timestamp()
    assert reset == 300
    server.clock.move(minutes=5)
    assert server.call("com.atproto.server.createSession", body).status_code == 200


def test_each_write_says_how_many_points_are_left(server: Server) -> None:
    assert server.put().headers["ratelimit-remaining"] == "4998"
    answer = server.create({"rkey": OTHER_KEY, "value": post()})
    assert answer.headers["ratelimit-remaining"] == "4995"


def test_a_thread_survives_a_restart_whole(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with Sandbox(journal=journal) as sandbox, requests.Session() as http:
        server = Server(sandbox, Clock(), http)
        server.sign_in()
        server.create({"rkey": KEY, "value": post()}, {"rkey": OTHER_KEY, "value": post(text="Two")})
    whole = journal.read_bytes()
    with Sandbox(journal=journal) as sandbox, requests.Session() as http:
        server = Server(sandbox, Clock(), http)
        server.sign_in()
        assert server.texts() == ["Hé #Tag", "Two"]
        asked = {"repo": server.identifier, "collection": COLLECTION, "rkey": OTHER_KEY}
        assert server.call("com.atproto.repo.getRecord", **asked).json()["value"]["text"] == "Two"
    assert journal.read_bytes().startswith(whole)
