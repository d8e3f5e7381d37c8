"""The stand-in for a Mastodon server, asked by Mastodon.py."""

import io
import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonNotFoundError,
    MastodonRatelimitError,
    MastodonUnauthorizedError,
)

from bot.sandbox import Sandbox

from .helper import Clock, World

SAMPLES = Path(__file__).parents[3] / "shared" / "field" / "samples" / "mastodon"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50
GIF = b"GIF89a" + b"\0" * 20
MOVING = GIF + b"\x21\xf9\x04" * 2
MP4 = b"\0\0\0\x18ftypmp42" + b"\0" * 50


@pytest.fixture
def client(world: World) -> Mastodon:
    return world.mastodon()


def brought(client: Mastodon, data: bytes = PNG, kind: str = "image/png", alt: str | None = None) -> Any:
    return client.media_post(io.BytesIO(data), kind, description=alt)


def recorded(name: str) -> list[Any]:
    """The interactions that somebody has had with a real server."""
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded answers are not here")
    return list(json.loads(path.read_text())["interactions"])


def kinds(value: Any) -> Any:
    """The names and types of a JSON value."""
    return {name: type(one) for name, one in value.items()}


def asked(world: World, method: str, path: str, **more: Any) -> Any:
    token = world.mastodon().access_token
    url = world.sandbox.environment()["MASTODON_API_URL"] + path
    return world.http.request(method, url, headers={"Authorization": f"Bearer {token}"}, **more)


def test_a_status_has_the_fields_and_types_of_a_real_one(world: World) -> None:
    [create, delete] = recorded("test_status_postNone-public")[:2]
    made = asked(world, "POST", "/api/v1/statuses", data={"status": "Toot!", "visibility": "public"})
    real = kinds(create["response"]["body"])
    assert {name: real[name] for name in kinds(made.json())} == kinds(made.json())
    account, theirs = made.json()["account"], create["response"]["body"]["account"]
    assert {name: kinds(theirs)[name] for name in account} == kinds(account)
    assert (made.status_code, made.json()["content"]) == (200, create["response"]["body"]["content"])
    for name in ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"):
        assert name in made.headers
        assert name in create["response"]["headers"]
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
    assert re.fullmatch(form, made.headers["x-ratelimit-reset"])
    assert re.fullmatch(form, create["response"]["headers"]["x-ratelimit-reset"])
    gone = asked(world, "DELETE", f"/api/v1/statuses/{made.json()['id']}")
    assert gone.json()["text"] == delete["response"]["body"]["text"] == "Toot!"
    assert gone.headers["x-ratelimit-limit"] == delete["response"]["headers"]["x-ratelimit-limit"]


def test_a_video_is_taken_as_a_real_server_takes_it(world: World, client: Mastodon, clock: Clock) -> None:
    begun, done, _ = recorded("test_media_postTrue")[:3]
    files = {"file": ("a.mp4", MP4, "video/mp4")}
    first = asked(world, "POST", "/api/v2/media", files=files, data={"description": "me when a cat"})
    assert (first.status_code, first.json()["url"]) == (begun["response"]["status"], None)
    real = kinds(begun["response"]["body"])
    assert {name: real[name] for name in first.json() if name != "blurhash"} == {
        name: kind for name, kind in kinds(first.json()).items() if name != "blurhash"
    }
    assert first.headers["x-ratelimit-limit"] == begun["response"]["headers"]["x-ratelimit-limit"]
    path = f"/api/v1/media/{first.json()['id']}"
    assert asked(world, "GET", path).status_code == 206
    with pytest.raises(MastodonAPIError, match="not finished processing"):
        client.status_post("Look", media_ids=[first.json()["id"]])
    clock.move(seconds=3)
    second = asked(world, "GET", path)
    assert second.status_code == done["response"]["status"]
    assert second.json()["url"]
    shown = client.status_post("Look", media_ids=[first.json()["id"]])
    assert shown.media_attachments[0].description == "me when a cat"


def test_the_same_key_gives_the_same_status_for_an_hour(world: World, client: Mastodon, clock: Clock) -> None:
    first = client.status_post("One", idempotency_key="k")
    assert client.status_post("Another text", idempotency_key="k").id == first.id
    assert world.mastodon("kenya-mastodon").status_post("One", idempotency_key="k").id != first.id
    clock.move(minutes=61)
    assert client.status_post("One", idempotency_key="k").id != first.id


def test_a_key_outlives_the_server_that_was_given_it(tmp_path: Path, clock: Clock) -> None:
    ids = []
    for _ in range(2):
        with ExitStack() as stack:
            sandbox = stack.enter_context(Sandbox(journal=tmp_path / "journal", now=clock.now))
            ids.append(World(sandbox, clock, stack).mastodon().status_post("One", idempotency_key="k").id)
    assert ids[0] == ids[1]


def test_texts_are_shown_as_html_with_links_mentions_and_tags(client: Mastodon) -> None:
    text = "<b> & https://www.example.org/a/long/address/that/is/cut#part #Tag\n@b@b.example\n\nEnd"
    made = client.status_post(text)
    assert made.content.startswith("<p>&lt;b&gt; &amp; <a href=")
    assert '<span class="invisible">https://www.</span><span class="ellipsis">example.org/' in made.content
    assert "#<span>Tag</span></a><br /><span" in made.content
    assert made.content.endswith("@<span>b</span></a></span></p><p>End</p>")
    assert [one.acct for one in made.mentions] == ["b@b.example"]
    assert made.card.url.endswith("#part")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n", "Text can't be blank"),
        ("x" * 501, "Text character limit of 500 exceeded"),
        ("https://example.org/" + "x" * 600 + " " + "y" * 477, "exceeded"),
    ],
)
def test_what_breaks_a_rule_is_refused_and_nothing_is_out(
    world: World, client: Mastodon, text: str, words: str
) -> None:
    with pytest.raises(MastodonAPIError, match=words):
        client.status_post(text)
    assert world.sandbox.feed() == []


def test_what_counts_is_what_the_documents_say(client: Mastodon) -> None:
    client.status_post("https://example.org/" + "x" * 600 + " " + "y" * 476)
    client.status_post("👩‍👩‍👧" * 500)
    client.status_post("@b@" + "b" * 40 + ".example " + "y" * 497)


def test_a_reply_stands_under_its_status_and_outlives_it(world: World, client: Mastodon) -> None:
    head = client.status_post("1/2")
    tail = client.status_post("2/2", in_reply_to_id=head.id)
    assert (tail.in_reply_to_id, client.status(head.id).replies_count) == (head.id, 1)
    client.status_delete(head.id)
    assert client.status(tail.id).in_reply_to_id is None
    with pytest.raises(MastodonNotFoundError, match="trying to reply to"):
        client.status_post("3/2", in_reply_to_id=head.id)
    with pytest.raises(MastodonNotFoundError, match="Record not found"):
        client.status_delete(head.id)
    assert [one.kind for one in world.sandbox.feed()] == ["reply"]


def test_an_edit_takes_away_the_files_that_it_does_not_name(world: World, client: Mastodon) -> None:
    files = [brought(client, alt="One").id, brought(client, alt="Two").id]
    made = client.status_post("Look", media_ids=files)
    edited = client.status_update(made.id, "Look here", media_ids=files)
    assert [one.description for one in edited.media_attachments] == ["One", "Two"]
    assert edited.edited_at is not None
    assert client.status_update(made.id, "Gone").media_attachments == []
    [shown] = world.sandbox.feed()
    assert (shown.text, shown.media, shown.alts) == ("Gone", (), ())


def test_nobody_changes_what_is_anothers(world: World, client: Mastodon) -> None:
    made = client.status_post("Mine")
    other = world.mastodon("kenya-mastodon")
    for call in (lambda: other.status_delete(made.id), lambda: other.status_update(made.id, "Yours")):
        with pytest.raises(MastodonNotFoundError):
            call()
    assert other.status(made.id).content == "<p>Mine</p>"


def test_files_have_their_rules(client: Mastodon, clock: Clock) -> None:
    assert brought(client, GIF, "image/gif").type == "image"
    assert brought(client, MOVING, "image/gif").type == "gifv"
    with pytest.raises(MastodonAPIError, match="content type is invalid"):
        brought(client, b"hello", "image/png")
    with pytest.raises(MastodonAPIError, match="too long"):
        brought(client, alt="x" * 1_501)
    five = [brought(client).id for _ in range(5)]
    with pytest.raises(MastodonAPIError, match="more than 4"):
        client.status_post("Look", media_ids=five)
    video = brought(client, MP4, "video/mp4").id
    clock.move(seconds=3)
    with pytest.raises(MastodonAPIError, match="Cannot attach a video"):
        client.status_post("Look", media_ids=[five[0], video])
    client.status_post("Look", media_ids=five[:4])
    with pytest.raises(MastodonAPIError, match="already attached"):
        client.status_post("Look again", media_ids=five[:1])
    clock.move(hours=25)
    with pytest.raises(MastodonAPIError, match="not found"):
        client.status_post("Look again", media_ids=five[4:])


def test_a_list_is_read_page_by_page_the_newest_first(client: Mastodon) -> None:
    ids = [client.status_post(f"Post {number}").id for number in range(5)]
    me = client.account_verify_credentials()
    page = client.account_statuses(me.id, limit=2)
    read = [one.id for one in page]
    while page:
        page = client.fetch_next(page)
        read += [one.id for one in page or ()]
    assert read == ids[::-1]
    assert [one.id for one in client.account_statuses(me.id, since_id=ids[3])] == ids[4:]
    assert client.account_statuses(me.id, only_media=True) == []


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("expired", MastodonUnauthorizedError, "expired"),
        ("revoked", MastodonUnauthorizedError, "revoked"),
        ("read-only", MastodonAPIError, "outside the authorized scopes"),
        ("blocked", MastodonAPIError, "currently disabled"),
    ],
)
def test_a_token_in_trouble_publishes_nothing(
    world: World, client: Mastodon, state: str, kind: type[Exception], words: str
) -> None:
    world.sandbox.set_credentials("fice-mastodon", state)
    with pytest.raises(kind, match=words):
        client.status_post("Hello")
    assert world.sandbox.feed() == []


def test_the_limits_are_those_of_the_documents(client: Mastodon, clock: Clock) -> None:
    made = [client.status_post(f"Post {number}").id for number in range(31)]
    for one in made[:30]:
        client.status_delete(one)
    with pytest.raises(MastodonRatelimitError):
        client.status_delete(made[30])
    assert client.status(made[30])
    clock.move(minutes=30)
    client.status_delete(made[30])


def test_an_app_is_registered_and_a_code_exchanged_once(world: World) -> None:
    base = world.sandbox.environment()["MASTODON_API_URL"]
    token = world.mastodon().access_token
    scopes = ["read:statuses", "write:statuses"]
    made = Mastodon.create_app("bot", scopes=scopes, api_base_url=base, session=world.http)
    client = Mastodon(*made, api_base_url=base, session=world.http)
    page = client.auth_request_url(scopes=scopes, skip_server_info=True)
    assert "fice_mastodon" in world.http.get(page).text
    found = re.search(r"<code>(.+)</code>", world.http.get(f"{page}&account=fice-mastodon").text)
    assert found
    form = {
        "grant_type": "authorization_code", "code": found[1], "client_id": made[0], "client_secret": made[1],
        "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
    }  # fmt: skip
    given = world.http.post(f"{base}/oauth/token", data=form).json()
    assert (given["access_token"], given["scope"]) == (token, "read:statuses write:statuses")
    assert world.http.post(f"{base}/oauth/token", data=form).json()["error"] == "invalid_grant"
    wrong = world.http.post(f"{base}/oauth/token", data={**form, "client_secret": "x"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    with pytest.raises(Exception, match="client_id"):  # Mastodon.py looks for it in a refusal
        Mastodon.create_app("bot", scopes=["everything"], api_base_url=base, session=world.http)
    assert "Invalid redirect" in world.http.get(page.replace("oob", "other")).text


def test_the_page_shows_threads_and_what_pictures_show(world: World, client: Mastodon) -> None:
    head = client.status_post("1/2", media_ids=[brought(client, alt="A child <b>").id])
    client.status_post("2/2", in_reply_to_id=head.id)
    text = world.http.get(f"{world.sandbox.url}/feeds").text
    assert "A child &lt;b&gt;" in text
    assert text.index("1/2") < text.index("2/2")
    assert "@fice_mastodon" in text
