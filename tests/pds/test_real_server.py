"""Bluesky end to end: against a real server (PDS) on this machine, only where it is asked for.

npm install --prefix tests/pds
BOT_TEST_PDS=1 uv run pytest -n0 tests/pds
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from bot.clock import SystemClock
from bot.model.account import Account
from bot.model.format import Format
from bot.model.key import new_key
from bot.model.message import Part
from bot.model.outcome import CannotLook, Done, Published, RemotePost, Uploaded
from bot.model.post import Card, Kind, Media, Post
from bot.model.sending import Sending
from bot.networks import Network, connect, network_type
from bot.networks.base import Upload
from bot.settings import Settings

HERE = Path(__file__).parent
PASSWORD = "a-long-password-of-the-test"
NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
TEXT = "Grüße 👩‍👩‍👧 (round) from @mtoto.test: see https://example.org/a_(b)?c=1 now #SocialWork"

pytestmark = [
    pytest.mark.skipif(
        "BOT_TEST_PDS" not in os.environ,
        reason="asked for by BOT_TEST_PDS=1, after npm install --prefix tests/pds",
    ),
    pytest.mark.timeout(120),
]


@dataclass
class World:
    """A real server with an account of ours."""

    url: str
    did: str
    network: Network

    def ask(self, method: str, **params: Any) -> Any:
        answer = requests.get(f"{self.url}/xrpc/{method}", params=params, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def records(self) -> list[Any]:
        """All posts, the newest first."""
        return self.ask("com.atproto.repo.listRecords", repo=self.did, collection="app.bsky.feed.post")[
            "records"
        ]

    def commits(self) -> str:
        """The newest commit of the account's repository."""
        return self.ask("com.atproto.sync.getLatestCommit", did=self.did)["rev"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not (HERE / "node_modules").is_dir():
        pytest.fail("there is no server: npm install --prefix tests/pds")
    command = ["node", "server.mjs", str(tmp_path_factory.mktemp("pds")), str(free_port()), str(free_port())]
    with subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield json.loads(process.stdout.readline())["url"]
        process.stdin.close()  # which ends it
        process.wait(30)


@pytest.fixture(scope="module")
def people(server: str) -> dict[str, str]:
    return {handle: sign_up(server, handle) for handle in ("fice.test", "mtoto.test")}


@pytest.fixture
def world(server: str, people: dict[str, str]) -> World:
    did = people["fice.test"]
    environment = {"FICE_IDENTIFIER": "fice.test", "FICE_APP_PASSWORD": PASSWORD, "BLUESKY_API_URL": server}
    settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
    world = World(server, did, connect(Account("fice", "bluesky", "fice.test"), settings, SystemClock()))
    for record in world.records():
        assert isinstance(world.network.delete(RemotePost(record["uri"], None)), Done)
    return world


def test_a_post_with_an_image_arrives_as_written(
    world: World, people: dict[str, str], tmp_path: Path
) -> None:
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "classroom.png")
    size = (tmp_path / "classroom.png").stat().st_size
    picture = Media("classroom.png", "A social worker and a child", Format.PNG, size)
    [part] = parts(TEXT, link="https://example.org/week", media=(picture,))
    brought = world.network.upload(Upload(picture, tmp_path / "classroom.png"))
    assert isinstance(brought, Uploaded), brought
    sending = Sending(part, key=new_key(NOW), due_at=NOW, uploads=(brought.handle,))
    outcome = world.network.publish(sending)
    assert isinstance(outcome, Published), outcome
    [record] = world.records()
    value = record["value"]
    assert value["text"] == f"{TEXT} https://example.org/week"
    assert value["createdAt"] == "2026-09-21T09:00:00.000Z"
    [image] = value["embed"]["images"]
    assert image["alt"] == "A social worker and a child"
    assert (image["aspectRatio"]["width"], image["aspectRatio"]["height"]) == (60, 40)
    assert image["image"]["size"] == size
    assert faceted(value) == {
        "@mtoto.test": people["mtoto.test"],
        "https://example.org/a_(b)?c=1": "https://example.org/a_(b)?c=1",
        "#SocialWork": "SocialWork",
        "https://example.org/week": "https://example.org/week",
    }
    blob = {"did": world.did, "cid": image["image"]["ref"]["$link"]}
    assert (
        requests.get(f"{world.url}/xrpc/com.atproto.sync.getBlob", blob, timeout=10).content
        == (tmp_path / "classroom.png").read_bytes()
    )


def test_a_link_has_a_card_with_its_picture(world: World, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), "teal").save(tmp_path / "card.jpg")
    picture = Media("card.jpg", "", Format.JPEG, 1)
    card = Card("The week", "What it is about", picture)
    [part] = parts("Read this", link="https://example.org/week", card=card)
    brought = world.network.upload(Upload(picture, tmp_path / "card.jpg", as_thumbnail=True))
    assert isinstance(brought, Uploaded), brought
    outcome = world.network.publish(Sending(part, key=new_key(NOW), due_at=NOW, uploads=(brought.handle,)))
    assert isinstance(outcome, Published), outcome
    external = world.records()[0]["value"]["embed"]["external"]
    assert (external["uri"], external["title"]) == ("https://example.org/week", "The week")
    assert external["description"] == "What it is about"
    assert external["thumb"]["mimeType"] == "image/jpeg"


def test_sending_the_same_again_changes_nothing(world: World) -> None:
    sending = Sending(parts("Hello")[0], key=new_key(NOW), due_at=NOW)
    first = world.network.publish(sending)
    commit = world.commits()
    assert world.network.publish(sending) == first
    assert isinstance(first, Published)
    assert len(world.records()) == 1
    assert world.commits() == commit
    assert world.network.find(sending, NOW, ()) == first.post


def test_what_was_not_sent_is_provably_absent(world: World) -> None:
    assert world.network.find(Sending(parts("Hello")[0], key=new_key(NOW), due_at=NOW), NOW, ()) is None


def test_a_thread_is_out_as_a_whole_with_its_first_part(world: World) -> None:
    thread, key = parts("One", "Two", "Three"), new_key(NOW)
    sending = Sending(thread[0], following=thread[1:], key=key, due_at=NOW)
    first = world.network.publish(sending)
    assert isinstance(first, Published), first
    records = world.records()
    assert [one["value"]["text"] for one in records[::-1]] == ["One", "Two", "Three"]
    three, two, one = records
    refs = [{name: record[name] for name in ("uri", "cid")} for record in (one, two)]
    assert [reference(two, place) for place in ("root", "parent")] == [refs[0], refs[0]]
    assert [reference(three, place) for place in ("root", "parent")] == refs
    commit = world.commits()
    again = world.network.publish(sending)
    assert isinstance(again, Published)
    assert again.post == first.post
    second = world.network.publish(
        Sending(thread[1], first.post, first.post, following=thread[2:], key=key, due_at=NOW)
    )
    assert isinstance(second, Published)
    third = world.network.publish(Sending(thread[2], second.post, first.post, key=key, due_at=NOW))
    assert isinstance(third, Published)
    assert [first.post.remote_id, second.post.remote_id, third.post.remote_id] == [
        r["uri"] for r in records[::-1]
    ]
    assert world.commits() == commit


def test_a_thread_goes_on_part_by_part_where_its_beginning_is_out(world: World) -> None:
    thread, key = parts("One", "Two", "Three"), new_key(NOW)
    first = world.network.publish(Sending(thread[0], key=key, due_at=NOW))
    assert isinstance(first, Published), first
    second = world.network.publish(Sending(thread[1], first.post, first.post, key=key, due_at=NOW))
    assert isinstance(second, Published), second
    third = world.network.publish(Sending(thread[2], second.post, first.post, key=key, due_at=NOW))
    assert isinstance(third, Published), third
    newest = world.records()[0]
    assert reference(newest, "root")["uri"] == first.post.remote_id
    assert reference(newest, "parent")["uri"] == second.post.remote_id


def test_the_account_says_who_it_is(world: World) -> None:
    health = world.network.verify()
    assert (health.ok, health.identity) == (True, "@fice.test")


def test_a_server_without_the_rest_of_the_network_gives_no_figures(world: World) -> None:
    first = world.network.publish(Sending(parts("Hello")[0], key=new_key(NOW), due_at=NOW))
    assert isinstance(first, Published)
    found = world.network.figures([first.post])
    assert isinstance(found, CannotLook)
    assert not found.for_good


def parts(*texts: str, **fields: Any) -> tuple[Part, ...]:
    post = Post("week/a.md", "week", Kind.DAILY_POST, texts[0], day=1, text={"bluesky": texts}, **fields)
    message = network_type("bluesky").compose(post, Account("fice", "bluesky", "fice.test"))
    assert not message.faults
    return message.parts


def faceted(value: Any) -> dict[str, str]:
    """What the facets make of a text: the words of each, and where it leads."""
    data = value["text"].encode()
    found = {}
    for facet in value["facets"]:
        words = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        [feature] = facet["features"]
        found[words] = feature.get("did") or feature.get("uri") or feature["tag"]
    return found


def reference(record: Any, place: str) -> dict[str, str]:
    found = record["value"]["reply"][place]
    return {name: found[name] for name in ("uri", "cid")}


def sign_up(server: str, handle: str) -> str:
    body = {"email": f"{handle}@example.org", "handle": handle, "password": PASSWORD}
    answer = requests.post(f"{server}/xrpc/com.atproto.server.createAccount", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["did"])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
