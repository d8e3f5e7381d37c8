"""X in the sandbox against X's published description."""

import base64
import json
from typing import Any

import pytest
import tweepy
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from bot.sandbox import shape
from bot.sandbox.twitter.request import APPEND, CREATE, INITIALIZE, UPLOAD

from .helper import SPECS, World

FILE = SPECS / "x-openapi.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="X's description is not on this machine")


def validator(name: str) -> Draft202012Validator:
    document = json.loads(FILE.read_text())
    registry: Registry[Any] = Registry().with_resource(
        "urn:x", Resource.from_contents(document, default_specification=DRAFT202012)
    )
    return Draft202012Validator({"$ref": f"urn:x#/components/schemas/{name}"}, registry=registry)


WRONG: list[dict[str, Any]] = [
    {"text": "Hello", "colour": "red"},
    {"text": 1},
    {"text": None},
    {"text": "Hello", "reply": {}},
    {"text": "Hello", "reply": {"in_reply_to_tweet_id": "x"}},
    {"text": "Hello", "reply": {"in_reply_to_tweet_id": 1}},
    {"text": "Hello", "reply": {"in_reply_to_tweet_id": "1", "loud": True}},
    {"text": "Hello", "media": {"media_ids": []}},
    {"text": "Hello", "media": {"media_ids": ["1", "2", "3", "4", "5"]}},
    {"text": "Hello", "poll": {"options": ["one"], "duration_minutes": 5}},
    {"text": "Hello", "poll": {"options": ["one", "two"], "duration_minutes": 4}},
    {"text": "Hello", "poll": {"options": ["one", "two"], "duration_minutes": True}},
    {"text": "Hello", "poll": {"options": ["one", "x" * 26], "duration_minutes": 5}},
    {"text": "Hello", "quote_tweet_id": "12345678901234567890"},
    {"text": "Hello", "reply_settings": "friends"},
    {"text": "Hello", "nullcast": "no"},
]


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_what_the_description_forbids_is_refused(world: World, body: dict[str, Any]) -> None:
    assert not validator("CreatePostsRequest").is_valid(body)
    client = world.twitter()
    with pytest.raises(tweepy.BadRequest) as caught:
        client.request("POST", "/2/tweets", json=body, user_auth=True)
    answer = caught.value.response.json()
    assert answer["title"] == "Invalid Request"
    assert answer["errors"][0]["message"]
    assert world.sandbox.feed() == []


REQUEST: Any = validator("CreatePostsRequest") if FILE.exists() else None
NAMES = st.sampled_from([*CREATE["properties"], "in_reply_to_tweet_id", "media_ids", "options", "other"])
LEAVES = st.one_of(
    st.sampled_from(["following", "1", "1" * 20, "", "x"]), st.booleans(), st.integers(-1, 20_000)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_the_sandbox_and_the_description_agree_on_every_request(body: dict[str, Any]) -> None:
    assert (not list(shape.problems(body, CREATE))) == REQUEST.is_valid(body)


SHAPES = {
    "InitializeMediaUploadRequest": INITIALIZE,
    "AppendMediaUploadRequest": APPEND,
    "MediaUploadRequest": UPLOAD,
}
FIELDS = sorted({name for one in SHAPES.values() for name in one["properties"]})
VALUE = (
    st.sampled_from(["tweet_image", "image/png", "1", "x", "", "aGVsbG8="])
    | st.integers(-1, 2_000)
    | st.booleans()
)


@pytest.mark.parametrize("name", SHAPES)
@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), VALUE, max_size=4))
def test_they_agree_on_every_upload(name: str, body: dict[str, Any]) -> None:
    assert (not list(shape.problems(body, SHAPES[name]))) == validator(name).is_valid(body)


def test_answers_about_uploads_are_as_described(world: World) -> None:
    client = world.twitter()

    def call(method: str, path: str, **more: Any) -> Any:
        return client.request(method, f"/2/media/{path}", user_auth=True, **more).json()

    content = base64.b64encode(b"\0\0\0 ftypmp42").decode()
    wanted = {"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": 12}
    begun = call("POST", "upload/initialize", json=wanted)
    validator("InitializeMediaUploadResponse").validate(begun)
    media = begun["data"]["id"]
    piece = call("POST", f"upload/{media}/append", json={"segment_index": 0, "media": content})
    validator("AppendMediaUploadResponse").validate(piece)
    validator("FinalizeMediaUploadResponse").validate(call("POST", f"upload/{media}/finalize"))
    for _ in range(2):
        standing = call("GET", "upload", params={"command": "STATUS", "media_id": media})
        validator("GetMediaUploadStatusResponse").validate(standing)
        world.clock.move(seconds=2)
    picture = {"media": base64.b64encode(b"GIF89a").decode(), "media_category": "tweet_gif"}
    one = call("POST", "upload", json=picture)
    validator("MediaUploadResponse").validate(one)
    alt = {"id": one["data"]["id"], "metadata": {"alt_text": {"text": "Waves"}}}
    validator("CreateMediaMetadataRequest").validate(alt)
    validator("CreateMediaMetadataResponse").validate(call("POST", "metadata", json=alt))


def test_answers_are_as_described(world: World) -> None:
    client = world.twitter()
    made = client.create_tweet(text="Hello https://example.org & more").json()
    validator("CreatePostsResponse").validate(made)
    first = made["data"]["id"]
    client.create_tweet(text="Again", in_reply_to_tweet_id=first)
    me = client.get_me().json()
    validator("GetUsersMeResponse").validate(me)
    fields = ["created_at", "entities", "referenced_tweets", "public_metrics", "author_id", "lang"]
    timeline = client.get_users_tweets(me["data"]["id"], tweet_fields=fields, user_auth=True).json()
    assert len(timeline["data"]) == 2
    validator("GetUsersPostsResponse").validate(timeline)
    validator("GetPostsByIdResponse").validate(client.get_tweet(first, user_auth=True).json())
    validator("GetPostsByIdResponse").validate(client.get_tweet("1", user_auth=True).json())
    several = client.get_tweets([first, "1"], tweet_fields=["public_metrics"], user_auth=True).json()
    validator("GetPostsByIdsResponse").validate(several)
    validator("GetUsersPostsResponse").validate(client.get_users_tweets("1", user_auth=True).json())
    validator("DeletePostsResponse").validate(client.delete_tweet(first).json())
