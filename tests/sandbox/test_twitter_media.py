"""Files on X in the sandbox, through tweepy's client: what it takes, what it says, and what followers see."""

import base64
import hashlib
from typing import Any

import pytest
import requests
import tweepy

from .helper import World

PNG = b"\x89PNG and so on"


def call(client: tweepy.Client, method: str, path: str, **more: Any) -> dict[str, Any]:
    value: dict[str, Any] = client.request(method, f"/2/{path}", user_auth=True, **more).json()
    return value


def begin(client: tweepy.Client, total: int = len(PNG), kind: str = "image/png", **more: Any) -> str:
    category = {"image": "tweet_image", "video": "tweet_video"}[kind.split("/")[0]]
    body = {"media_type": kind, "media_category": category, "total_bytes": total, **more}
    return str(call(client, "POST", "media/upload/initialize", json=body)["data"]["id"])


def append(client: tweepy.Client, media: str, number: int = 0, piece: bytes = PNG) -> dict[str, Any]:
    body = {"segment_index": number, "media": base64.b64encode(piece).decode()}
    return call(client, "POST", f"media/upload/{media}/append", json=body)


def finalize(client: tweepy.Client, media: str) -> dict[str, Any]:
    data: dict[str, Any] = call(client, "POST", f"media/upload/{media}/finalize")["data"]
    return data


def picture(client: tweepy.Client) -> str:
    media = begin(client)
    append(client, media)
    finalize(client, media)
    return media


def said(act: Any) -> str:
    with pytest.raises(tweepy.BadRequest) as caught:
        act()
    return str(caught.value.response.json()["errors"][0]["message"])


def test_a_file_of_two_pieces_in_any_order_is_whole(world: World) -> None:
    client = world.twitter()
    media = begin(client, total=4 + len(PNG))
    append(client, media, 1, b"more")
    append(client, media, 0)
    done = finalize(client, media)
    assert (done["id"], done["size"], done["expires_after_secs"]) == (media, 4 + len(PNG), 86_400)
    assert "processing_info" not in done
    client.create_tweet(text="Look", media_ids=[media])
    [shown] = world.sandbox.feed()
    assert (shown.media, shown.alts) == ((media,), ("",))
    pieces = [hashlib.sha256(piece).hexdigest() for piece in (PNG, b"more")]
    assert shown.digests == (hashlib.sha256("".join(pieces).encode()).hexdigest(),)


def test_a_piece_may_come_as_a_form_too(world: World) -> None:
    client = world.twitter()
    media = begin(client)
    auth = tweepy.OAuth1UserHandler(
        client.consumer_key, client.consumer_secret, client.access_token, client.access_token_secret
    )
    answer = client.session.post(
        f"https://api.twitter.com/2/media/upload/{media}/append",
        data={"segment_index": "0"},
        files={"media": PNG},
        auth=auth.apply_auth(),
    )
    assert answer.status_code == 200
    assert finalize(client, media)["size"] == len(PNG)


def test_a_file_that_is_not_whole_is_refused(world: World) -> None:
    client = world.twitter()
    media = begin(client, total=100)
    assert "do not add up" in said(lambda: finalize(client, media))
    append(client, media, 1, bytes(100))
    assert "do not add up" in said(lambda: finalize(client, media))  # the first piece is missing
    assert "exceed" in said(lambda: append(client, media, 0, b"x"))


def test_of_an_upload_that_is_not_there_x_knows_nothing(world: World) -> None:
    client, other = world.twitter(), world.twitter("other-x")
    media = begin(client)
    for stranger, one in ((client, "1"), (other, media)):
        assert said(lambda stranger=stranger, one=one: append(stranger, one)) == "BadRequest: Not found"
        assert said(lambda stranger=stranger, one=one: finalize(stranger, one)) == "BadRequest: Not found"
    ready = picture(client)
    params = {"command": "STATUS", "media_id": ready}
    assert "Not found" in said(lambda: call(client, "GET", "media/upload", params=params))  # it works on none
    assert "invalid" in said(lambda: other.create_tweet(text="Look", media_ids=[ready]))
    world.clock.move(days=1)
    assert "invalid" in said(lambda: client.create_tweet(text="Look", media_ids=[ready]))


@pytest.mark.parametrize(
    ("total", "kind", "fits"),
    [
        (5 * 1024 * 1024, "image/png", True),
        (5 * 1024 * 1024 + 1, "image/png", False),
        (512 * 1024 * 1024, "video/mp4", True),
        (512 * 1024 * 1024 + 1, "video/mp4", False),
    ],
)
def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    world: World, total: int, kind: str, fits: bool
) -> None:
    client = world.twitter()
    if fits:
        assert begin(client, total, kind)
    else:
        assert "exceeds" in said(lambda: begin(client, total, kind))


def test_a_film_is_worked_on_before_it_can_be_shown(world: World) -> None:
    client = world.twitter()
    world.sandbox.set_processing(10)
    film = b"\0\0\0 ftypmp42"
    media = begin(client, len(film), "video/mp4")
    append(client, media, 0, film)
    assert finalize(client, media)["processing_info"] == {"state": "pending", "check_after_secs": 5}
    world.clock.move(seconds=6)
    params = {"command": "STATUS", "media_id": media}
    half = call(client, "GET", "media/upload", params=params)["data"]["processing_info"]
    assert half == {"state": "in_progress", "check_after_secs": 4, "progress_percent": 60}
    assert "invalid" in said(lambda: client.create_tweet(text="Look", media_ids=[media]))
    world.clock.move(seconds=4)
    whole = call(client, "GET", "media/upload", params=params)["data"]["processing_info"]
    assert whole == {"state": "succeeded", "progress_percent": 100}
    tweet = client.create_tweet(text="Look", media_ids=[media]).json()["data"]["id"]
    seen = client.get_tweet(tweet, tweet_fields=["entities"], user_auth=True).json()["data"]
    assert seen["entities"]["urls"][0]["expanded_url"].endswith(f"/status/{tweet}/video/1")


def test_pictures_and_a_film_do_not_stand_in_one_post(world: World) -> None:
    client = world.twitter()
    world.sandbox.set_processing(0)
    media = begin(client, 11, "video/mp4")
    append(client, media, 0, b"\0\0\0 ftypmp4")
    finalize(client, media)
    pictures = [picture(client) for _ in range(4)]
    assert "1 video" in said(lambda: client.create_tweet(text="Look", media_ids=[media, pictures[0]]))
    client.create_tweet(text="Look", media_ids=pictures)


def test_followers_get_the_description_and_readers_a_link_to_the_pictures(world: World) -> None:
    client = world.twitter()
    media = [picture(client), picture(client)]
    text = "A child “reads” & writes"
    body = {"id": media[1], "metadata": {"alt_text": {"text": text}}}
    assert call(client, "POST", "media/metadata", json=body)["data"]["id"] == media[1]
    tweet = client.create_tweet(text="Look", media_ids=media).json()["data"]["id"]
    assert world.sandbox.feed()[0].alts == ("", text)
    fields = ["entities", "attachments"]
    seen = client.get_tweet(tweet, tweet_fields=fields, user_auth=True).json()["data"]
    assert seen["attachments"]["media_keys"] == [f"3_{one}" for one in media]
    first, second = seen["entities"]["urls"]
    assert seen["text"] == f"Look {first['url']}"
    assert (first["url"], first["media_key"], second["media_key"]) == (
        second["url"], f"3_{media[0]}", f"3_{media[1]}"
    )  # fmt: skip
    page = requests.get(world.sandbox.url, timeout=5).text
    assert "A child “reads” &amp; writes" in page


@pytest.mark.parametrize("text", ["x" * 1_001, 1, None])
def test_a_description_that_is_none_is_refused(world: World, text: Any) -> None:
    client = world.twitter()
    body = {"id": picture(client), "metadata": {"alt_text": {"text": text}}}
    assert said(lambda: call(client, "POST", "media/metadata", json=body))
    begin(client)


def test_an_upload_can_go_wrong_like_any_call(world: World) -> None:
    client = world.twitter()
    world.sandbox.add_fault("twitter", "status", on="upload", status=503)
    with pytest.raises(tweepy.TwitterServerError):
        begin(client)
    assert begin(client)


# Figures.


def test_figures_grow_for_two_days_and_what_is_private_is_told_to_the_account_for_thirty(
    world: World,
) -> None:
    client, other = world.twitter(), world.twitter("other-x")
    tweet = client.create_tweet(text="Look https://example.org/a").json()["data"]["id"]
    params = {"ids": f"{tweet},1", "tweet.fields": "public_metrics,non_public_metrics"}

    def ask(who: tweepy.Client) -> tuple[dict[str, Any], list[str]]:
        answer = call(who, "GET", "tweets", params=params)
        shown = {one["id"]: one for one in answer.get("data", [])}
        return shown.get(tweet, {}), [one["title"] for one in answer["errors"]]

    assert ask(client)[0]["public_metrics"]["impression_count"] == 0
    world.clock.move(days=1)
    half = ask(client)[0]
    world.clock.move(days=1)
    whole, problems = ask(client)
    assert 0 < half["public_metrics"]["impression_count"] < whole["public_metrics"]["impression_count"]
    assert whole["non_public_metrics"]["url_link_clicks"] > 0
    assert problems == ["Not Found Error"]
    assert ask(other) == ({}, ["Field Authorization Error", "Not Found Error"])
    world.clock.move(days=28)
    assert ask(client) == ({}, ["Field Authorization Error", "Not Found Error"])
    params["tweet.fields"] = "public_metrics"
    assert ask(other)[0]["public_metrics"] == whole["public_metrics"]


@pytest.mark.parametrize("ids", ["", "x", ",".join(map(str, range(1, 102)))])
def test_a_wrong_list_of_ids_is_refused(world: World, ids: str) -> None:
    assert said(lambda: call(world.twitter(), "GET", "tweets", params={"ids": ids}))
