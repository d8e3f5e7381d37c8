"""Bluesky: keys, facets, threads in one commit, sessions and files, over real HTTP against the sandbox."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.format import Format
from bot.model.key import new_key
from bot.model.message import Message, Part, Role
from bot.model.outcome import (
    CannotLook,
    Cause,
    Done,
    Figures,
    NotPublished,
    Published,
    Rejected,
    RemotePost,
    Unknown,
    Uploaded,
)
from bot.model.post import Card, Media
from bot.model.sending import Sending
from bot.model.wording import Person, Wording
from bot.networks import Network, base_of, connect, network_type
from bot.networks.authorising import Ask, AuthorisationError, Beginning
from bot.networks.base import Upload
from bot.networks.bluesky.record_key import record_key
from bot.networks.bluesky.records import record_of
from bot.networks.bluesky.rich_text import graphemes
from bot.networks.judge import WE_TRY_AGAIN
from bot.sandbox import Sandbox
from bot.settings import Settings

from .accounts import NOW, post

TYPE = network_type("bluesky")
ACCOUNT = Account("fice-bluesky", "bluesky", "fice.example.org")
KEY = new_key(NOW)
FAMILY = "👩‍👩‍👧"
TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


@dataclass
class World:
    """An account on a sandbox whose clock is set by hand."""

    sandbox: Sandbox
    clock: FixedClock
    settings: Settings
    network: Network

    def operations(self) -> list[str]:
        """The last words of the methods that were called."""
        return [one.operation.rpartition(".")[2] for one in self.sandbox.calls()]

    def texts(self) -> list[str]:
        return [one.text for one in self.sandbox.feed()]

    def thread(self, *texts: str, key: str = KEY) -> list[Published]:
        """Publish a thread as the worker does, part by part."""
        parts, out = compose(texts[0], text={"bluesky": texts}).parts, []
        for number, part in enumerate(parts):
            before = [one.post for one in out]
            outcome = self.network.publish(
                Sending(
                    part,
                    before[-1] if out else None,
                    before[0] if out else None,
                    parts[number + 1 :],
                    key,
                    NOW,
                )
            )
            assert isinstance(outcome, Published), outcome
            out.append(outcome)
        return out


@pytest.fixture
def world() -> Iterator[World]:
    clock = FixedClock(NOW)
    with Sandbox(now=clock.now) as sandbox:
        sandbox.register("bluesky", "mtoto", "mtoto.example.org")
        environment = {**sandbox.environment(), **sandbox.register("bluesky", ACCOUNT.name, ACCOUNT.handle)}
        settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
        yield World(sandbox, clock, settings, connect(ACCOUNT, settings, clock))


def compose(body: str, wording: Wording | None = None, **fields: Any) -> Message:
    more = [wording] if wording else []
    return TYPE.compose(post(body, **fields), ACCOUNT, *more)


def said(message: Message) -> str:
    return "\n".join(fault.text for fault in message.faults)


def faceted(part: Part) -> list[tuple[str, str]]:
    """What the facets of a part's record make of its text: the words by their bytes, and where they lead."""
    record = record_of(part, (), NOW, None, None)
    data = record["text"].encode()
    assert data.decode() == part.text
    found = []
    for facet in record.get("facets", []):
        [feature] = facet["features"]
        words = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((words, feature.get("did") or feature.get("uri") or feature["tag"]))
    return found


# Keys.


@given(st.integers(1_600_000_000, 4_000_000_000), st.integers(1, 150))
def test_every_key_is_valid_and_later_parts_have_later_ones(at: int, number: int) -> None:
    key = new_key(datetime.fromtimestamp(at, UTC))
    assert TID.fullmatch(record_key(key, number))
    assert record_key(key, number) < record_key(key, number + 1)


def test_deliveries_that_are_queued_in_one_moment_never_share_a_key() -> None:
    keys = [record_key(new_key(NOW), number) for _ in range(5_000) for number in (1, 2, 3)]
    assert len(set(keys)) == len(keys)


def test_a_key_tells_about_when_it_was_made() -> None:
    day_after = NOW + timedelta(days=1)
    assert record_key(new_key(NOW), 1) < record_key(new_key(day_after), 1)


# Texts.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Grüße 👩‍👩‍👧 https://example.org/a_(b)?c=1.", [("https://example.org/a_(b)?c=1",) * 2]),
        ("(see https://example.org/a)", [("https://example.org/a",) * 2]),
        ("“https://example.org/ä”, he said", [("https://example.org/ä",) * 2]),
        (
            "#SocialWork, #SSWWeek! and ＃全角 #1 #2024年 #",
            [(f"#{one}", one) for one in ("SocialWork", "SSWWeek")]
            + [("＃全角", "全角"), ("#2024年", "2024年")],
        ),
        ("a#b https://example.org/#part", [("https://example.org/#part",) * 2]),
        ("mail a@example.org, not @nobody", []),
        (f"#{'long' * 17}", []),
    ],
)
def test_links_and_hashtags_are_marked_by_their_bytes(text: str, found: list[tuple[str, str]]) -> None:
    assert faceted(compose(text).parts[0]) == found


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_text_is_changed_by_its_facets(text: str) -> None:
    part = Part(1, Role.POST, f"{text} https://example.org #Tag{text}", mentions=((text, "did:plc:1"),))
    faceted(part)


def test_somebody_of_the_address_book_is_mentioned_by_handle_or_by_name() -> None:
    people = {
        "A": Person("Alliance", {"bluesky": "alliance.example.org"}),
        "B": Person("Both Ends", {"bluesky": "did:plc:both"}),
        "C": Person("Clara"),
    }
    message = compose("With @{A}, @{B} and @{C}", Wording(people))
    [part] = message.parts
    assert part.text == "With @alliance.example.org, Both Ends and Clara"
    assert part.mentions == (
        ("@alliance.example.org", "alliance.example.org"),
        ("Both Ends", "did:plc:both"),
    )
    assert "'C' has no handle there" in said(message)


def test_a_handle_that_is_written_out_is_a_mention_where_it_is_somebodys(world: World) -> None:
    [part] = compose("By @mtoto.example.org and @nobody.example.org.").parts
    assert isinstance(world.network.publish(Sending(part, key=KEY, due_at=NOW)), Published)
    [facet] = record(world)["facets"]
    assert facet["features"][0]["did"].startswith("did:plc:")
    data = world.texts()[0].encode()
    assert data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]] == b"@mtoto.example.org"


def test_characters_are_counted_as_readers_see_them() -> None:
    assert graphemes(f"{FAMILY}e\u0301🇰🇪x") == 4
    assert compose("ä" * 300).faults == ()
    assert compose("ä" * 300).counts == ("300 of 300",)
    assert "301 of 300" in said(compose("a" * 301))
    assert compose(FAMILY * 100).faults == ()
    assert "bytes" in said(compose(FAMILY * 170))


@pytest.mark.parametrize("texts", [("One", ""), ("One", "a" * 301)])
def test_each_part_of_a_thread_is_checked(texts: tuple[str, str]) -> None:
    [fault] = compose("One", text={"bluesky": texts}).faults
    assert fault.part == 2


def test_a_long_text_becomes_a_thread_on_request_and_has_the_campaigns_hashtags() -> None:
    text = " ".join(f"Sentence number {number} is here." for number in range(30))
    message = compose(text, Wording(hashtags=("SSWWeek",)), auto_thread=True)
    assert message.faults == ()
    assert message.parts[0].text.startswith("1/3 ")
    assert message.parts[0].text.endswith("#SSWWeek")
    assert [part.role for part in message.parts] == [Role.POST, Role.REPLY, Role.REPLY]
    many_bytes = compose(f"{FAMILY} " * 250, auto_thread=True)
    assert (many_bytes.faults, len(many_bytes.parts)) == ((), 3)


def test_a_link_is_a_card_and_beside_media_it_stands_in_the_text() -> None:
    card = Card("The week", "What it is", Media("card.png", "", Format.PNG, 500_000))
    [part] = compose("Read this", link="https://example.org", card=card).parts
    assert (part.text, part.link, part.link_title) == ("Read this", "https://example.org", "The week")
    assert (part.link_description, part.thumbnail) == ("What it is", card.image)
    picture = Media("a.png", "A child", Format.PNG, 1_000)
    [part] = compose("Read this", link="https://example.org", card=card, media=(picture,)).parts
    assert (part.text, part.link, part.thumbnail) == ("Read this https://example.org", None, None)


def test_a_card_without_a_title_has_the_first_words_of_the_text() -> None:
    [part] = compose("Read this #Now\nand more", link="https://example.org").parts
    assert part.link_title == "Read this"


def test_a_picture_that_is_too_large_for_a_card_is_an_error() -> None:
    card = Card(image=Media("card.png", "", Format.PNG, 1_000_001))
    assert "the picture of the card has 1.0 MB" in said(
        compose("Read", link="https://example.org", card=card)
    )


def test_nothing_at_all_is_an_error() -> None:
    assert "has no text" in said(compose(""))


def test_a_link_leads_to_the_record_of_its_post() -> None:
    assert (
        TYPE.id_in("https://bsky.app/profile/did:plc:1/post/3abc?x=1")
        == "at://did:plc:1/app.bsky.feed.post/3abc"
    )
    assert TYPE.id_in("https://bsky.app/profile/fice.org") is None


# Publishing.


def test_sending_the_same_again_changes_nothing(world: World) -> None:
    sending = Sending(compose("Hello").parts[0], key=KEY, due_at=NOW)
    first = world.network.publish(sending)
    assert world.network.publish(sending) == first
    assert world.texts() == ["Hello"]


def test_what_was_edited_takes_the_place_of_what_a_lost_try_may_have_sent(world: World) -> None:
    world.network.publish(Sending(compose("Helo").parts[0], key=KEY, due_at=NOW))
    world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert world.texts() == ["Hello"]


def test_two_deliveries_of_the_same_text_are_two_posts(world: World) -> None:
    for key in (KEY, new_key(NOW)):
        world.network.publish(Sending(compose("Hello").parts[0], key=key, due_at=NOW))
    assert world.texts() == ["Hello", "Hello"]


def test_a_post_says_when_it_was_due_and_not_when_it_was_tried(world: World) -> None:
    world.clock.advance(timedelta(minutes=20))
    world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert record(world)["createdAt"] == "2026-09-21T09:00:00.000Z"


def test_a_thread_is_one_commit_and_its_parts_are_found_there(world: World) -> None:
    one, two, three = world.thread("One", "Two", "Three")
    assert world.texts() == ["One", "Two", "Three"]
    assert world.operations().count("applyWrites") == 1
    assert "putRecord" not in world.operations()
    feed = world.sandbox.feed()
    assert [entry.parent_id for entry in feed] == [None, one.post.remote_id, two.post.remote_id]
    assert [entry.id for entry in feed] == [each.post.remote_id for each in (one, two, three)]


def test_a_thread_that_is_sent_again_is_not_doubled(world: World) -> None:
    first = [one.post for one in world.thread("One", "Two")]
    assert [one.post for one in world.thread("One", "Two")] == first
    assert world.texts() == ["One", "Two"]


def test_a_thread_of_which_one_part_is_refused_is_not_out_at_all(world: World) -> None:
    parts = compose("One", text={"bluesky": ("One", "Two", "x" * 301)}).parts
    outcome = world.network.publish(Sending(parts[0], following=parts[1:], key=KEY, due_at=NOW))
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, world.texts()) == (Cause.CONTENT, [])


def test_a_thread_goes_on_part_by_part_where_only_its_beginning_is_out(world: World) -> None:
    world.network.publish(Sending(compose("One").parts[0], key=KEY, due_at=NOW))
    world.thread("One", "Two", "Three")
    assert world.texts() == ["One", "Two", "Three"]
    assert "applyWrites" not in world.operations()


def test_an_answer_to_a_message_that_is_gone_is_refused_in_words(world: World) -> None:
    gone = RemotePost("at://did:plc:1/app.bsky.feed.post/3222222222222", None)
    outcome = world.network.publish(Sending(Part(2, Role.REPLY, "Two"), gone, gone, key=KEY, due_at=NOW))
    assert isinstance(outcome, Rejected)
    assert "The message before it is gone" in outcome.reason


def test_a_preview_needs_no_server_and_no_credentials() -> None:
    parts = compose("One", text={"bluesky": ("One", "By @mtoto.example.org")}).parts
    network = connect_nowhere()
    whole = network.payload(Sending(parts[0], following=parts[1:], key="<key>", due_at=NOW))
    assert [one["rkey"] for one in whole["writes"]] == ["<key>-1", "<key>-2"]
    reply = whole["writes"][1]["value"]
    assert reply["reply"]["root"] == {
        "$type": "com.atproto.repo.strongRef",
        "uri": "at://<did>/app.bsky.feed.post/<key>-1",
        "cid": "<cid of <key>-1>",
    }
    assert reply["facets"][0]["features"][0]["did"] == "<did of mtoto.example.org>"
    out = RemotePost("<id of part 1>", None)
    alone = network.payload(Sending(parts[1], out, out, key="<key>", due_at=NOW))
    assert alone["record"]["reply"]["parent"]["cid"] == "<cid of id of part 1>"


def test_a_preview_names_the_files_where_they_are_not_there_yet() -> None:
    picture = Media("a.png", "A child", Format.PNG, 1_000)
    [part] = compose("Look", media=(picture,)).parts
    shown = connect_nowhere().payload(Sending(part, key="<key>", due_at=NOW))
    [image] = shown["record"]["embed"]["images"]
    assert image["image"]["ref"] == {"$link": "<a.png>"}
    assert image["alt"] == "A child"


# Looking.


def test_a_look_needs_no_session_and_is_proof_either_way(world: World) -> None:
    sending = Sending(compose("Hello").parts[0], key=KEY, due_at=NOW)
    assert world.network.find(sending, NOW, ()) is None
    world.network.publish(sending)
    found = connect(ACCOUNT, world.settings, world.clock).find(sending, NOW, ())
    assert isinstance(found, RemotePost)
    assert found.url == world.sandbox.feed()[0].url
    assert world.operations().count("createSession") == 1


def test_who_signs_in_with_an_e_mail_address_is_found_all_the_same(world: World) -> None:
    mail = {"FICE_BLUESKY_IDENTIFIER": "fice@mail.example.org"}
    settings = replace(world.settings, environment={**world.settings.environment, **mail})
    with_mail = connect(ACCOUNT, settings, world.clock)
    sending = Sending(compose("Hello").parts[0], key=KEY, due_at=NOW)
    assert isinstance(with_mail.find(sending, NOW, ()), CannotLook)  # the sandbox knows no such address
    answer = {"did": "did:plc:1", "handle": "fice.example.org", "accessJwt": "a", "refreshJwt": "b"}
    world.sandbox.add_fault("bluesky", "status", on="token", status=200, body=answer)
    found = with_mail.find(sending, NOW, ())
    assert isinstance(found, CannotLook)
    assert "Could not locate record" in found.reason  # asked for by the id


def test_an_account_that_the_server_does_not_know_proves_nothing(world: World) -> None:
    environment = {**world.settings.environment, "FICE_BLUESKY_IDENTIFIER": "nobody.example.org"}
    settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
    found = connect(ACCOUNT, settings, world.clock).find(Sending(compose("Hello").parts[0], key=KEY), NOW, ())
    assert isinstance(found, CannotLook)


# Sessions.


def test_a_session_that_is_over_is_prolonged_and_the_post_goes_out(world: World) -> None:
    for hour in range(5):
        sending = Sending(compose(f"Hour {hour}").parts[0], key=new_key(NOW), due_at=NOW)
        assert isinstance(world.network.publish(sending), Published)
        world.clock.advance(timedelta(hours=1, minutes=30))
    assert len(world.texts()) == 5
    assert world.operations().count("createSession") == 1
    assert world.operations().count("refreshSession") == 2


def test_a_session_that_can_not_be_prolonged_is_begun_anew(world: World) -> None:
    world.network.verify()
    world.clock.advance(timedelta(days=91))
    outcome = world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert isinstance(outcome, Published)
    assert world.operations().count("createSession") == 2


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ({"fault": "status", "status": 500}, Cause.BUSY),
        ({"fault": "drop_after"}, Cause.BUSY),
        ({"fault": "status", "status": 200, "body": {}}, Cause.BUSY),
        ({"fault": "status", "status": 429}, Cause.RATE_LIMIT),
    ],
)
def test_without_a_session_nothing_is_out(world: World, fault: dict[str, Any], cause: Cause) -> None:
    world.sandbox.add_fault("bluesky", on="token", **fault)
    outcome = world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is cause
    assert (WE_TRY_AGAIN in outcome.reason) == (cause is Cause.BUSY)
    assert world.texts() == []


def test_a_session_that_ends_before_a_call_and_can_not_be_prolonged_leaves_no_doubt(world: World) -> None:
    world.network.verify()
    world.clock.advance(timedelta(hours=3))
    world.sandbox.add_fault("bluesky", "drop_after", on="token")
    outcome = world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert isinstance(outcome, NotPublished)
    assert world.texts() == []


def test_a_wrong_app_password_stops_the_account(world: World) -> None:
    world.sandbox.set_credentials(ACCOUNT.name, "revoked")
    outcome = world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert isinstance(outcome, Rejected)
    assert outcome.cause is Cause.CREDENTIALS
    assert "app password anew" in outcome.reason


def test_no_token_of_a_session_is_shown(world: World) -> None:
    quoted = {
        "error": "InvalidRequest",
        "message": "no: eyJhbGciOiJIUzI1NiJ9.eyJzY29wZSI6ImNvbSJ9.abcdefghijk",
    }
    world.sandbox.add_fault("bluesky", "status", status=400, body=quoted)
    outcome = world.network.publish(Sending(compose("Hello").parts[0], key=KEY, due_at=NOW))
    assert isinstance(outcome, Rejected)
    assert "InvalidRequest: no: [secret]" in outcome.reason


def test_an_account_on_a_server_of_its_own_is_reached_there(world: World) -> None:
    address = world.sandbox.environment()["BLUESKY_API_URL"]
    environment = {name: value for name, value in world.settings.environment.items() if "API_URL" not in name}
    environment["FICE_BLUESKY_SERVER"] = address
    settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
    assert base_of(ACCOUNT, settings) == (address, "FICE_BLUESKY_SERVER")
    assert connect(ACCOUNT, settings, world.clock).verify().ok


# Files.


def picture(folder: Path, name: str = "a.jpg", turned: bool = False) -> Media:
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6
    Image.new("RGB", (60, 40), "teal").save(folder / name, exif=exif)
    return Media(
        name, "A child", Format.JPEG if name.endswith("jpg") else Format.PNG, (folder / name).stat().st_size
    )


@pytest.mark.parametrize("turned", [False, True])
def test_pictures_go_out_with_alt_text_and_shape(world: World, tmp_path: Path, turned: bool) -> None:
    media = (picture(tmp_path, "a.jpg", turned), picture(tmp_path, "b.png"))
    [part] = compose("Look", media=media, link="https://example.org").parts
    handles = []
    for one in media:
        told: list[int] = []
        brought = world.network.upload(Upload(one, tmp_path / one.file, told.append))
        assert isinstance(brought, Uploaded), brought
        assert told[-1] == one.size
        assert brought.expires_at == NOW + timedelta(minutes=20)
        handles.append(brought.handle)
    outcome = world.network.publish(Sending(part, key=KEY, due_at=NOW, uploads=tuple(handles)))
    assert isinstance(outcome, Published), outcome
    [shown] = world.sandbox.feed()
    assert shown.text == "Look https://example.org"
    assert shown.alts == ("A child", "A child")
    shapes = [
        (one["aspectRatio"]["width"], one["aspectRatio"]["height"])
        for one in record(world)["embed"]["images"]
    ]
    assert shapes == [(40, 60) if turned else (60, 40), (60, 40)]


def test_a_card_has_its_picture(world: World, tmp_path: Path) -> None:
    image = picture(tmp_path)
    [part] = compose("Read", link="https://example.org/a", card=Card("Title", "Words", image)).parts
    brought = world.network.upload(Upload(image, tmp_path / "a.jpg", as_thumbnail=True))
    assert isinstance(brought, Uploaded)
    world.network.publish(Sending(part, key=KEY, due_at=NOW, uploads=(brought.handle,)))
    external = record(world)["embed"]["external"]
    assert (external["uri"], external["title"], external["description"]) == (
        "https://example.org/a",
        "Title",
        "Words",
    )
    assert external["thumb"]["mimeType"] == "image/jpeg"
    assert world.sandbox.feed()[0].link == "https://example.org/a"


def test_a_video_goes_out_with_its_alt_text(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(300_000))
    film = Media("a.mp4", "A dance", Format.MP4, 300_012)
    [part] = compose("Look", media=(film,)).parts
    brought = world.network.upload(Upload(film, tmp_path / "a.mp4"))
    assert isinstance(brought, Uploaded)
    outcome = world.network.publish(Sending(part, key=KEY, due_at=NOW, uploads=(brought.handle,)))
    assert isinstance(outcome, Published), outcome
    assert world.sandbox.feed()[0].alts == ("A dance",)


def test_a_picture_that_is_too_large_for_a_card_is_not_brought(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(bytes(1_000_001))
    found = world.network.upload(Upload(Media("a.jpg", ""), tmp_path / "a.jpg", as_thumbnail=True))
    assert isinstance(found, Rejected)
    assert "a.jpg: the picture of the card" in found.reason
    assert world.operations() == []


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "truncate"])
def test_an_upload_whose_answer_was_lost_is_done_again(world: World, tmp_path: Path, fault: str) -> None:
    image = picture(tmp_path)
    world.network.verify()
    world.sandbox.add_fault("bluesky", "slow", on="any", seconds=0)  # who we are is asked first
    world.sandbox.add_fault("bluesky", fault, on="any")
    found = world.network.upload(Upload(image, tmp_path / "a.jpg"))
    assert isinstance(found, NotPublished)
    assert found.cause is Cause.BUSY
    assert isinstance(world.network.upload(Upload(image, tmp_path / "a.jpg")), Uploaded)


def test_a_session_that_is_over_is_noticed_before_a_file_is_sent(world: World, tmp_path: Path) -> None:
    world.network.verify()
    world.clock.advance(timedelta(hours=3))
    assert isinstance(world.network.upload(Upload(picture(tmp_path), tmp_path / "a.jpg")), Uploaded)
    assert world.operations().count("uploadBlob") == 1


def test_a_file_that_the_server_has_forgotten_is_said_to_be_so(world: World, tmp_path: Path) -> None:
    image = picture(tmp_path)
    handle = {"blob": {"$type": "blob", "ref": {"$link": "bafkreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "mimeType": "image/jpeg", "size": 3}}  # fmt: skip  # noqa: E501
    sending = Sending(
        compose("Look", media=(image,)).parts[0], key=KEY, due_at=NOW, uploads=(json.dumps(handle),)
    )
    outcome = world.network.publish(sending)
    assert isinstance(outcome, Rejected)
    assert "bot reschedule brings it there again" in outcome.reason


# Afterwards.


def test_a_post_is_deleted_and_once_more_is_done_too(world: World) -> None:
    one, two = world.thread("One", "Two")
    assert isinstance(world.network.delete(one.post), Done)
    assert world.texts() == ["Two"]
    assert isinstance(world.network.delete(one.post), Done)
    assert isinstance(world.network.delete(RemotePost("https://bsky.app/x", None)), Rejected)
    assert isinstance(world.network.delete(two.post), Done)


def test_a_post_of_another_account_is_not_said_to_be_deleted(world: World) -> None:
    """As after another account was connected under the same name: the server calls it done."""
    [one] = world.thread("One")
    other = replace(ACCOUNT, name="mtoto", handle="mtoto.example.org")
    environment = {**world.settings.environment, **world.sandbox.register("bluesky", "mtoto", other.handle)}
    network = connect(other, replace(world.settings, environment=environment), world.clock)
    outcome = network.delete(one.post)
    assert isinstance(outcome, Rejected)
    assert "is not of this account" in outcome.reason
    assert world.texts() == ["One"]


def test_a_deletion_of_which_nobody_knows_says_what_to_do(world: World) -> None:
    [one] = world.thread("One")
    world.network.verify()
    world.sandbox.add_fault("bluesky", "drop_after", on="any")
    outcome = world.network.delete(one.post)
    assert isinstance(outcome, Unknown)
    assert "the bot looks for it" not in outcome.reason


def test_an_edit_is_not_possible(world: World) -> None:
    [one] = world.thread("One")
    assert isinstance(world.network.edit(one.post, Sending(compose("Two").parts[0])), Rejected)


def test_figures_are_given_for_what_is_there_also_for_a_link_that_names_the_handle(world: World) -> None:
    one, two = world.thread("One", "Two")
    by_handle = one.post.remote_id.replace(one.post.remote_id.split("/")[2], ACCOUNT.handle)
    posts = [
        two.post,
        RemotePost(by_handle, None),
        RemotePost("at://x/app.bsky.feed.post/3222222222222", None),
    ]
    assert world.network.figures(posts) == {
        by_handle: Figures(reactions=0, comments=1, shares=0),
        two.post.remote_id: Figures(reactions=0, comments=0, shares=0),
    }


def test_figures_of_many_posts_are_asked_for_in_pieces(world: World) -> None:
    posts = [RemotePost(f"at://x/app.bsky.feed.post/{number}", None) for number in range(60)]
    assert world.network.figures(posts) == {}
    assert world.operations().count("getPosts") == 3


# Accounts.


def test_an_account_that_is_suspended_is_not_well(world: World) -> None:
    world.sandbox.set_credentials(ACCOUNT.name, "blocked")
    health = world.network.verify()
    assert (health.ok, health.cause) == (False, Cause.BLOCKED)


def test_an_account_of_another_handle_is_named(world: World) -> None:
    other = Account(ACCOUNT.name, "bluesky", "other.example.org")
    health = connect(other, world.settings, world.clock).verify()
    assert health.ok
    assert "is to be @other.example.org" in health.detail


def test_a_person_gives_handle_and_app_password_and_both_are_tried(world: World) -> None:
    environment = world.settings.environment
    steps = TYPE.authorise(beginning(world))
    asked = next(steps)
    assert isinstance(asked, Ask)
    assert not asked.secret
    assert isinstance(steps.send(f"@{environment['FICE_BLUESKY_IDENTIFIER']} "), Ask)
    with pytest.raises(StopIteration) as given:
        steps.send(environment["FICE_BLUESKY_APP_PASSWORD"])
    assert given.value.value == {
        "IDENTIFIER": environment["FICE_BLUESKY_IDENTIFIER"],
        "APP_PASSWORD": environment["FICE_BLUESKY_APP_PASSWORD"],
    }


def test_a_wrong_app_password_comes_to_nothing(world: World) -> None:
    steps = TYPE.authorise(beginning(world))
    next(steps)
    steps.send(world.settings.environment["FICE_BLUESKY_IDENTIFIER"])
    with pytest.raises(AuthorisationError, match="Invalid identifier or password"):
        steps.send("wrong-wrong-wrong")


def test_the_sdk_is_loaded_only_for_an_account() -> None:
    check = "import sys, bot.networks.bluesky; assert 'atproto_client' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def record(world: World) -> Any:
    """The one record that is there."""
    [published] = world.sandbox.feed()
    stored = world.sandbox._books.post("bluesky", published.id)
    assert stored is not None
    return stored.extra["record"]


def beginning(world: World) -> Beginning:
    return Beginning(
        account=ACCOUNT,
        credentials={},
        base_url=world.settings.environment["BLUESKY_API_URL"],
        api_version="",
        timeout=timedelta(seconds=5),
        clock=world.clock,
        redirect_url="",
        state="",
    )


def connect_nowhere() -> Network:
    environment = {"FICE_BLUESKY_IDENTIFIER": "<id>", "FICE_BLUESKY_APP_PASSWORD": "<password>"}
    settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
    return connect(ACCOUNT, settings, FixedClock(NOW))
