"""X in the sandbox, through tweepy."""

import html
from datetime import timedelta
from typing import Any

import pytest
import requests
import tweepy

from .helper import World, credentials


def new(client: tweepy.Client, text: str, **more: Any) -> str:
    return str(client.create_tweet(text=text, **more).json()["data"]["id"])


def refused(call: Any, status: int) -> tweepy.HTTPException:
    with pytest.raises(tweepy.HTTPException) as caught:
        call()
    assert caught.value.response.status_code == status, caught.value.response.text
    return caught.value


def test_a_post_goes_out_with_an_id_of_19_digits_and_a_permalink(world: World) -> None:
    answer = world.twitter().create_tweet(text="Hello #World")
    data = answer.json()["data"]
    assert answer.status_code == 201
    assert len(data["id"]) == 19
    assert data == {"id": data["id"], "text": "Hello #World", "edit_history_tweet_ids": [data["id"]]}
    [shown] = world.sandbox.feed()
    assert (shown.text, shown.kind, shown.parent_id) == ("Hello #World", "post", None)
    assert shown.url == f"https://x.com/fice/status/{data['id']}"
    assert shown.created_at == world.clock.now()


def test_ids_grow_though_the_clock_goes_back(world: World) -> None:
    client, ids = world.twitter(), []
    for number, days in enumerate([0, -3000, 1]):
        world.clock.move(days=days)
        ids.append(int(new(client, f"Post {number}")))
    assert ids == sorted(set(ids))


def test_a_thread_is_a_chain_of_replies(world: World) -> None:
    client = world.twitter()
    first = new(client, "1/2")
    second = new(client, "2/2", in_reply_to_tweet_id=first)
    fields = ["referenced_tweets", "conversation_id", "in_reply_to_user_id"]
    seen = client.get_tweet(second, tweet_fields=fields, user_auth=True).json()["data"]
    assert seen["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    assert seen["conversation_id"] == first
    assert [one.kind for one in world.sandbox.feed()] == ["post", "reply"]


def test_a_wrong_secret_is_unauthorized(world: World) -> None:
    error = refused(lambda: world.twitter(secret="wrong").create_tweet(text="Hello"), 401)
    assert error.response.json()["title"] == "Unauthorized"
    assert world.sandbox.feed() == []


def test_a_request_signed_for_another_text_of_the_query_is_unauthorized(world: World) -> None:
    client = world.twitter()
    answer = client.get_me()
    assert answer.status_code == 200
    changed = world.http.get(
        f"{world.sandbox.url}/x/2/users/me?x=1",
        headers={"Authorization": answer.request.headers["Authorization"]},
    )
    assert changed.status_code == 401


def test_a_signed_request_works_only_once(world: World) -> None:
    sent = world.twitter().get_me().request
    again = world.http.get(sent.url, headers={"Authorization": sent.headers["Authorization"]})
    assert again.status_code == 401


def test_an_old_signature_is_unauthorized(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    import oauthlib.oauth1.rfc5849 as rfc5849

    monkeypatch.setattr(rfc5849, "generate_timestamp", lambda: "1537779600")
    error = refused(world.twitter().get_me, 401)
    assert "Timestamp" in error.response.json()["detail"]


def test_a_bearer_token_can_not_act_for_a_user(world: World) -> None:
    client = world.twitter()
    client.bearer_token = "AAAA"
    error = refused(lambda: client.create_tweet(text="Hello", user_auth=False), 403)
    assert error.response.json()["title"] == "Unsupported Authentication"


@pytest.mark.parametrize("state", ["expired", "revoked"])
def test_a_token_that_was_taken_back_is_unauthorized_until_it_is_valid(world: World, state: str) -> None:
    client = world.twitter()
    world.sandbox.set_credentials("fice-x", state)
    refused(lambda: client.create_tweet(text="Hello"), 401)
    world.sandbox.set_credentials("fice-x", "valid")
    assert client.create_tweet(text="Hello").status_code == 201


def test_the_same_text_again_is_a_duplicate_for_a_day(world: World) -> None:
    client = world.twitter()
    first = new(client, "Hello")
    error = refused(lambda: client.create_tweet(text=" Hello ", in_reply_to_tweet_id=first), 403)
    assert error.response.json() == {
        "detail": "You are not allowed to create a Tweet with duplicate content.",
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
    }
    assert new(world.twitter("other-x"), "Hello")
    world.clock.move(hours=25)
    assert new(client, "Hello")


def test_duplicates_are_counted_where_they_are_not_refused(world: World) -> None:
    client = world.twitter()
    world.sandbox.set_refuse_duplicates(False)
    first = new(client, "Hello")
    for text in ("Hello", "Hello", "Else"):
        new(client, text)
    for _ in range(2):
        new(client, "Hello", in_reply_to_tweet_id=first)
    assert world.sandbox.duplicates() == 3


@pytest.mark.parametrize(("text", "fits"), [("é" * 280, True), ("é" * 281, False), ("社" * 140, True)])
def test_a_text_weighs_280_at_most(world: World, text: str, fits: bool) -> None:
    client = world.twitter()
    if fits:
        assert new(client, text)
    else:
        error = refused(lambda: client.create_tweet(text=text), 400)
        assert "too long" in error.response.json()["detail"]


def test_a_very_long_text_is_refused_at_once(world: World) -> None:
    error = refused(lambda: world.twitter().create_tweet(text="a." * 5_000), 400)
    assert error.response.elapsed < timedelta(seconds=2)


def test_an_answer_to_nothing_is_refused(world: World) -> None:
    refused(lambda: world.twitter().create_tweet(text="Yes", in_reply_to_tweet_id="1"), 400)


def test_a_picture_must_have_been_uploaded_by_the_same_account(world: World) -> None:
    client, other = world.twitter(), world.twitter("other-x")
    upload = {"media": "aGVsbG8=", "media_category": "tweet_image"}
    media = client.request("POST", "/2/media/upload", json=upload, user_auth=True).json()["data"]["id"]
    error = refused(lambda: other.create_tweet(text="Look", media_ids=[media]), 400)
    assert error.response.json()["errors"][0]["message"] == "Your media IDs are invalid."
    new(client, "Look", media_ids=[media])
    assert world.sandbox.feed()[0].media == (media,)


def test_links_come_back_as_t_co_and_signs_escaped(world: World) -> None:
    text = "Q&A <now>: https://example.org/a?b=1&c=2 and https://www.example.com/a/very/long/path/indeed"
    client = world.twitter()
    tweet_id = new(client, text)
    seen = client.get_tweet(tweet_id, tweet_fields=["entities"], user_auth=True).json()["data"]
    assert seen["text"].startswith("Q&amp;A &lt;now&gt;: https://t.co/")
    back = seen["text"]
    for url in seen["entities"]["urls"]:
        assert seen["text"][url["start"] : url["end"]] == url["url"]
        back = back.replace(url["url"], url["expanded_url"])
    assert html.unescape(back) == text
    assert seen["entities"]["urls"][1]["display_url"] == "example.com/a/very/long/pa…"
    assert world.sandbox.feed()[0].text == text


def test_a_timeline_is_read_page_by_page(world: World) -> None:
    client = world.twitter()
    ids = []
    for number in range(12):
        ids.append(new(client, f"Post {number}"))
        world.clock.move(minutes=1)
    me = client.get_me().json()["data"]["id"]
    seen, token = [], None
    while True:
        page = client.get_users_tweets(
            me, max_results=5, pagination_token=token, since_id=ids[0], user_auth=True
        )
        seen += [one["id"] for one in page.json()["data"]]
        token = page.json()["meta"].get("next_token")
        if not token:
            break
        new(client, f"Meanwhile {len(seen)}")  # moves no page
    assert seen == ids[:0:-1]


def test_a_timeline_begins_where_it_is_told_to(world: World) -> None:
    client = world.twitter()
    new(client, "Before")
    world.clock.move(hours=1)
    later = new(client, "After")
    me = client.get_me().json()["data"]["id"]
    page = client.get_users_tweets(me, start_time=world.clock.now(), user_auth=True).json()
    assert [one["id"] for one in page["data"]] == [later]
    world.clock.move(hours=1)
    empty = client.get_users_tweets(me, start_time=world.clock.now(), user_auth=True).json()
    assert empty == {"meta": {"result_count": 0}}


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": 4},
        {"max_results": 101},
        {"start_time": "yesterday"},
        {"since_id": "x"},
        {"pagination_token": "!"},
        {"tweet.fields": "colour"},
    ],
)
def test_a_wrong_question_for_a_timeline_is_refused(world: World, query: dict[str, Any]) -> None:
    client = world.twitter()
    me = client.get_me().json()["data"]["id"]
    refused(lambda: client.request("GET", f"/2/users/{me}/tweets", params=query, user_auth=True), 400)


def test_a_post_appears_in_the_timeline_only_after_the_lag(world: World) -> None:
    client = world.twitter()
    world.sandbox.set_read_lag(30)
    tweet = new(client, "Hello")
    assert "data" not in client.get_tweet(tweet, user_auth=True).json()
    assert len(world.sandbox.feed()) == 1
    world.clock.move(seconds=30)
    assert "data" in client.get_tweet(tweet, user_auth=True).json()


def test_a_deleted_post_is_gone(world: World) -> None:
    client = world.twitter()
    tweet = new(client, "Hello")
    refused(lambda: world.twitter("other-x").delete_tweet(tweet), 403)
    assert client.delete_tweet(tweet).json() == {"data": {"deleted": True}}
    problem = client.get_tweet(tweet, user_auth=True).json()["errors"][0]
    assert problem["title"] == "Not Found Error"
    assert world.sandbox.feed() == []


def test_the_101st_post_of_a_quarter_of_an_hour_is_too_many(world: World) -> None:
    client = world.twitter()
    first = client.create_tweet(text="Post 0")
    assert first.headers["x-rate-limit-limit"] == "100"
    assert first.headers["x-rate-limit-remaining"] == "99"
    assert first.headers["x-access-level"] == "read-write"
    world.clock.move(minutes=10)
    for number in range(1, 100):
        new(client, f"Post {number}")
    error = refused(lambda: client.create_tweet(text="One more"), 429)
    assert error.response.json()["title"] == "Too Many Requests"
    reset = int(error.response.headers["x-rate-limit-reset"])
    assert reset == int((world.clock.now() + timedelta(minutes=5)).timestamp())
    assert new(world.twitter("other-x"), "Mine are counted apart")
    world.clock.move(minutes=5)
    assert new(client, "One more")


def test_x_asked_without_credentials_says_no_in_its_own_words(world: World) -> None:
    url = world.sandbox.environment()["TWITTER_API_URL"]
    answer = requests.post(f"{url}/2/tweets", json={"text": "Hello"}, timeout=5)
    assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")
    missing = requests.get(f"{url}/2/nothing", timeout=5)
    assert (missing.status_code, missing.json()["title"]) == (404, "Not Found")


def test_the_user_id_stands_at_the_start_of_the_token(world: World) -> None:
    token = credentials(world.sandbox, "twitter", "fice-x")["ACCESS_TOKEN"]
    assert token.split("-")[0] == world.twitter().get_me().json()["data"]["id"]
