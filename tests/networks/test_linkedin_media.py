"""Files on LinkedIn: each kind is brought in pieces, only to LinkedIn, and shown with its words."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.format import Format
from bot.model.message import Part
from bot.model.outcome import Cause, NotPublished, Published, Rejected, RemotePost, Uploaded
from bot.model.post import Card, Media
from bot.model.sending import Sending
from bot.model.wording import Person, Wording
from bot.networks import Network, network_type
from bot.networks.base import Connection, Upload
from bot.networks.linkedin.upload_address import UploadAddress
from bot.sandbox import Sandbox

from .accounts import network, post
from .servers import Behaviour, answer, hang, reset, serving

JPEG = b"\xff\xd8\xff\xe0" + b"picture"
MP4 = b"\x00\x00\x00\x18ftypmp42"
PART = 4 * 1024 * 1024
ACCOUNT = Account("fice-linkedin", "linkedin", "FICE")


@dataclass
class World:
    """A page in a sandbox whose clock is set by hand, and a folder with files."""

    sandbox: Sandbox
    clock: FixedClock
    folder: Path
    author: str = ""
    progress: list[int] = field(default_factory=list)

    @property
    def adapter(self) -> Network:
        made = self.sandbox.register("linkedin", ACCOUNT.name, "FICE")
        keys = {name.removeprefix("FICE_LINKEDIN_"): value for name, value in made.items()}
        if self.author:
            keys["AUTHOR"] = self.author
        kind, url = network_type("linkedin"), self.sandbox.environment()["LINKEDIN_API_URL"]
        wait = timedelta(seconds=10)
        return kind.connect(Connection(ACCOUNT, keys, url, kind.api_version, wait, self.clock))

    def file(self, name: str, content: bytes = JPEG, alt: str = "A child", **more: Any) -> Media:
        formats = {"jpg": Format.JPEG, "mp4": Format.MP4, "pdf": Format.PDF}
        (self.folder / name).write_bytes(content)
        return Media(name, alt, formats[name[-3:]], len(content), **more)

    def bring(self, media: Media, begun: str | None = None) -> Uploaded | NotPublished | Rejected:
        upload = Upload(media, self.folder / media.file, self.progress.append, begun)
        return self.adapter.upload(upload)

    def brought(self, part: Part) -> Sending:
        """The part with its files, once LinkedIn is ready with them."""
        handles = []
        for media in part.files:
            found = self.bring(media)
            while isinstance(found, Uploaded) and found.ready_at is not None:
                self.clock.instant = found.ready_at
                found = self.bring(media, found.handle)
            assert isinstance(found, Uploaded), found
            handles.append(found.handle)
        return Sending(part, uploads=tuple(handles))

    def published(self, **fields: Any) -> Sending:
        """A post that is out."""
        message = network_type("linkedin").compose(post(**fields), ACCOUNT)
        sending = self.brought(message.parts[0])
        outcome = self.adapter.publish(sending)
        assert isinstance(outcome, Published), outcome
        return sending

    def content(self, urn: str) -> Any:
        """What LinkedIn says that a post shows."""
        made = self.sandbox.register("linkedin", ACCOUNT.name, "FICE")
        headers = {
            "Authorization": f"Bearer {made['FICE_LINKEDIN_ACCESS_TOKEN']}",
            "LinkedIn-Version": "202607",
            "X-Restli-Protocol-Version": "2.0.0",
        }
        url = f"{self.sandbox.environment()['LINKEDIN_API_URL']}/rest/posts/{quote(urn, safe='')}"
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, headers=headers).json()["content"]

    def puts(self) -> list[str]:
        return [call.outcome for call in self.sandbox.calls() if call.method == "PUT"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FixedClock(datetime(2026, 9, 21, 9, 0, tzinfo=UTC))
    with Sandbox(now=clock.now) as sandbox:
        yield World(sandbox, clock, tmp_path)


def test_a_picture_is_shown_with_its_alt_text(world: World) -> None:
    world.published(body="A (small) picture", media=(world.file("a.jpg", alt="Two children (at school)"),))
    [shown] = world.sandbox.feed()
    assert (shown.text, shown.alts) == ("A (small) picture", ("Two children (at school)",))
    assert shown.media[0].startswith("image ")


def test_several_pictures_are_shown_in_their_order(world: World) -> None:
    pictures = tuple(world.file(f"{n}.jpg", JPEG + bytes([n]), f"Number {n}") for n in range(3))
    world.published(media=pictures)
    [shown] = world.sandbox.feed()
    assert shown.alts == ("Number 0", "Number 1", "Number 2")
    assert len(set(shown.media)) == 3


def test_pictures_a_link_a_mention_emoji_and_parentheses_arrive_as_written(world: World) -> None:
    pictures = (world.file("1.jpg", alt="One (of two)"), world.file("2.jpg", JPEG + b"2", "Two 😷"))
    people = {"Alliance": Person("Alliance (Global)", {"linkedin": "urn:li:organization:5"})}
    written = post(
        "With @{Alliance} 👩‍👩‍👧 (and #Care_) [all]", media=pictures, link="https://example.org/a_(b)"
    )
    part = network_type("linkedin").compose(written, ACCOUNT, Wording(people)).parts[0]
    sending = world.brought(part)
    assert isinstance(world.adapter.publish(sending), Published)
    [shown] = world.sandbox.feed()
    assert shown.text == "With Alliance (Global) 👩‍👩‍👧 (and #Care_) [all]\n\nhttps://example.org/a_(b)"
    assert shown.alts == ("One (of two)", "Two 😷")
    assert "@[Alliance \\(Global\\)](urn:li:organization:5)" in part.text
    assert isinstance(world.adapter.find(sending, an_hour_ago(world), ()), RemotePost)


@pytest.mark.parametrize("size", [12, PART - 1, PART, PART + 1, 2 * PART + 5])
def test_a_video_goes_in_the_parts_that_linkedin_names(world: World, size: int) -> None:
    video = world.file("a.mp4", (MP4 + bytes(size))[:size], "A class sings")
    world.published(media=(video,))
    assert len(world.puts()) == -(-video.size // PART)
    [shown] = world.sandbox.feed()
    assert shown.alts == ("A class sings",)
    assert world.progress[-1] == video.size
    assert world.progress == sorted(world.progress)


def test_a_video_is_waited_for_without_holding_anybody_up(world: World) -> None:
    video = world.file("a.mp4", MP4)
    found = world.bring(video)
    assert isinstance(found, Uploaded)
    assert found.ready_at == world.clock.now() + timedelta(seconds=15)
    world.clock.advance(timedelta(seconds=15))
    again = world.bring(video, found.handle)
    assert isinstance(again, Uploaded)
    assert (again.handle, again.ready_at is None) == (found.handle, False)  # LinkedIn takes 20 s here
    world.clock.advance(timedelta(seconds=15))
    assert world.bring(video, found.handle) == Uploaded(found.handle)
    assert len(world.puts()) == 1


def test_a_document_has_its_alt_text_as_title(world: World) -> None:
    world.published(media=(world.file("guide.pdf", b"%PDF-1.7 ...", "A guide for carers"),))
    assert world.sandbox.feed()[0].alts == ("A guide for carers",)


def test_without_an_alt_text_the_title_is_the_name_of_the_file(world: World) -> None:
    world.published(media=(world.file("the guide.pdf", b"%PDF-1.7 ...", ""),))
    assert world.sandbox.feed()[0].alts == ("the guide",)


def test_a_card_shows_what_the_post_says_of_it_and_its_picture(world: World) -> None:
    card = Card("The [title]", "More (of it)", world.file("card.jpg"))
    world.published(body="Read", link="https://example.org/a_b", card=card)
    [shown] = world.sandbox.feed()
    assert (shown.text, shown.link, shown.media) == ("Read", "https://example.org/a_b", ())
    article = world.content(shown.id)["article"]
    assert article.pop("thumbnail").startswith("urn:li:image:")
    assert article == {
        "source": "https://example.org/a_b",
        "title": "The [title]",  # not in little text
        "description": "More (of it)",
        "thumbnailAltText": "A child",
    }


def test_what_linkedin_can_not_read_has_failed_and_says_so(world: World) -> None:
    found = world.bring(world.file("a.jpg", b"no picture"))
    assert isinstance(found, Rejected)
    assert found.cause is Cause.CONTENT
    assert "could not process a.jpg" in found.reason


def test_an_upload_that_linkedin_has_forgotten_is_done_again(world: World) -> None:
    found = world.bring(world.file("a.jpg"), begun="urn:li:image:GONE")
    assert isinstance(found, Uploaded)
    assert found.handle != "urn:li:image:GONE"
    assert world.puts() == ["201"]


def test_a_member_may_not_ask_how_her_picture_stands_and_posts_it_all_the_same(world: World) -> None:
    number = world.sandbox.register("linkedin", ACCOUNT.name, "FICE")["FICE_LINKEDIN_AUTHOR"].split(":")[-1]
    world.author = f"urn:li:person:m{number}"
    found = world.bring(world.file("a.jpg"))
    assert isinstance(found, Uploaded)
    assert found.ready_at is not None
    world.published(media=(world.file("a.jpg"),))
    assert world.sandbox.feed()[0].alts == ("A child",)


def test_a_large_file_is_never_whole_in_memory(world: World) -> None:
    def progress(sent: int) -> None:
        if sent < PART:  # what the sandbox needs to read a request in JSON is not ours
            tracemalloc.reset_peak()

    video = world.file("a.mp4", MP4 + bytes(24_000_000))
    adapter = world.adapter
    tracemalloc.start()
    assert isinstance(adapter.upload(Upload(video, world.folder / video.file, progress)), Uploaded)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 12_000_000


def test_a_worker_that_is_to_stop_is_not_held_up(world: World) -> None:
    class StopError(Exception):
        pass

    def stop(sent: int) -> None:
        raise StopError

    media = world.file("a.mp4", MP4 + bytes(100_000))
    with pytest.raises(StopError):
        world.adapter.upload(Upload(media, world.folder / "a.mp4", stop))


def test_a_file_that_is_gone_is_said_to_be_so(world: World) -> None:
    media = replace(world.file("a.jpg"), file="b.jpg")
    with pytest.raises(FileNotFoundError):
        world.bring(media)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "truncate", "half_close"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_unclear_answer_to_an_upload_lets_it_be_done_again(world: World, fault: str, number: int) -> None:
    video = world.file("a.mp4", MP4)
    # At the beginning, in the middle and at the end of it.
    for _ in range(number):
        world.sandbox.add_fault("linkedin", "slow", on="upload", seconds=0)
    world.sandbox.add_fault("linkedin", fault, on="upload", seconds=1)
    found = world.bring(video)
    assert isinstance(found, NotPublished), found
    assert found.cause is Cause.BUSY
    assert "uploaded again" in found.reason
    assert isinstance(world.bring(video), Uploaded)


@pytest.mark.parametrize(
    ("status", "cause"),
    [(401, Cause.CREDENTIALS), (429, Cause.RATE_LIMIT), (500, Cause.BUSY), (426, Cause.VERSION)],
)
def test_a_clear_answer_to_an_upload_is_what_it_is(world: World, status: int, cause: Cause) -> None:
    world.sandbox.add_fault("linkedin", "status", on="upload", status=status)
    found = world.bring(world.file("a.jpg"))
    assert isinstance(found, NotPublished | Rejected)
    assert found.cause is cause


def begun(url: str, **more: Any) -> Behaviour:
    value = {"uploadUrl": url, "image": "urn:li:image:1", **more}
    return answer(200, {"value": value})


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/upload",
        "http://127.0.0.1:1/upload",
        "file:///etc/passwd",
        "",
        "https://x:y@",
        None,
    ],
)
def test_a_file_is_sent_to_nobody_whom_linkedin_has_not_named_rightly(tmp_path: Path, url: Any) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    with serving(begun(url)) as server:
        found = network("linkedin", server.url).upload(Upload(Media("a.jpg", ""), tmp_path / "a.jpg"))
        assert server.connections == 1
    assert isinstance(found, NotPublished)
    assert "no address of its own" in found.reason


@pytest.mark.parametrize(
    ("base", "url", "takes"),
    [
        ("https://api.linkedin.com", "https://www.linkedin.com/dms-uploads/1?a=b", True),
        ("https://api.linkedin.com", "https://api.linkedin.com:443/mediaUpload/1", True),
        ("https://api.linkedin.com", "http://www.linkedin.com/dms-uploads/1", False),
        ("https://api.linkedin.com", "https://www.linkedin.com:8443/dms-uploads/1", False),
        ("https://api.linkedin.com", "https://www.linkedin.com.evil.example/", False),
        ("https://api.linkedin.com", "https://notlinkedin.com/", False),
        ("https://api.linkedin.com", "https://www.linkedin.com@evil.example/", False),
        ("https://api.linkedin.com", "https://user:pass@www.linkedin.com/", False),
        ("https://api.linkedin.com", "https://www.linkedin.com:port/", False),
        ("http://127.0.0.1:8100/linkedin", "http://127.0.0.1:8100/linkedin/dms-uploads/1", True),
        ("http://127.0.0.1:8100/linkedin", "http://127.0.0.1:8101/dms-uploads/1", False),
        ("http://127.0.0.1:8100/linkedin", "https://www.linkedin.com/dms-uploads/1", False),
    ],
)
def test_where_a_file_may_be_sent(base: str, url: str, takes: bool) -> None:
    address = UploadAddress("https://api.linkedin.com", base)
    assert address.takes(url) is takes
    if takes:
        assert address.rebase(url) == url
    else:
        with pytest.raises(ValueError, match="not LinkedIn's"):
            address.rebase(url)


def test_the_token_goes_with_a_picture_and_not_with_a_part_of_a_video(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    with serving(reset()) as server:
        here = f"{server.url}/up"
        part = {"uploadUrl": here, "firstByte": 0, "lastByte": len(JPEG) - 1}
        video = {"video": "urn:li:video:1", "uploadInstructions": [part], "uploadToken": "t"}
        tag = {"ETag": '"one"'}
        server.behaviours = [begun(here), answer(201), answer(200, {"status": "AVAILABLE"})]
        server.behaviours += [
            answer(200, {"value": video}),
            answer(200, "", tag),
            answer(200),
            answer(200, {}),
        ]
        adapter = network("linkedin", server.url)
        picture, film = Media("a.jpg", "", Format.JPEG), Media("a.jpg", "", Format.MP4)
        assert adapter.upload(Upload(picture, tmp_path / "a.jpg")) == Uploaded("urn:li:image:1")
        assert adapter.upload(Upload(film, tmp_path / "a.jpg")) == Uploaded("urn:li:video:1")
        first, second = (one for one in server.requests if one.line.startswith("PUT"))
        assert first.headers["authorization"].startswith("Bearer ")
        assert "authorization" not in second.headers
        assert (first.body, second.body) == (JPEG, JPEG)
        assert second.headers["content-length"] == str(len(JPEG))
        finalized = server.requests[5].json["finalizeUploadRequest"]
        assert finalized == {"video": "urn:li:video:1", "uploadToken": "t", "uploadedPartIds": ["one"]}


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [(0, 3)],
        [(1, 10)],
        [(0, 4), (4, 10)],
        [(0, 4), (6, 10)],
        [(0, 99)],
        [(4, 10), (0, 3)],
        [(0, -1)],
        [("0", 10)],
    ],
)
def test_parts_that_do_not_make_up_the_file_are_not_followed(tmp_path: Path, parts: list[Any]) -> None:
    (tmp_path / "a.mp4").write_bytes(JPEG)
    with serving(reset()) as server:
        told = [{"uploadUrl": f"{server.url}/up", "firstByte": one, "lastByte": two} for one, two in parts]
        video = {"video": "urn:li:video:1", "uploadInstructions": told, "uploadToken": ""}
        server.behaviours = [answer(200, {"value": video})]
        media = Media("a.mp4", "", Format.MP4)
        found = network("linkedin", server.url).upload(Upload(media, tmp_path / "a.mp4"))
        assert server.connections == 1
    assert isinstance(found, NotPublished)
    assert found.cause is Cause.BUSY


def test_a_part_without_an_etag_is_brought_again(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(JPEG)
    with serving(reset()) as server:
        part = {"uploadUrl": f"{server.url}/up", "firstByte": 0, "lastByte": len(JPEG) - 1}
        video = {"video": "urn:li:video:1", "uploadInstructions": [part], "uploadToken": ""}
        server.behaviours = [answer(200, {"value": video}), answer(200)]
        media = Media("a.mp4", "", Format.MP4)
        found = network("linkedin", server.url).upload(Upload(media, tmp_path / "a.mp4"))
        assert server.connections == 2
    assert isinstance(found, NotPublished)
    assert "no ETag" in found.reason


def test_an_address_whose_time_is_over_is_asked_for_anew(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    with serving(reset()) as server:
        server.behaviours = [begun(f"{server.url}/up", uploadUrlExpiresAt=1_000)]
        found = network("linkedin", server.url).upload(Upload(Media("a.jpg", ""), tmp_path / "a.jpg"))
        assert server.connections == 1
    assert isinstance(found, NotPublished)
    assert (found.cause, "is over" in found.reason) == (Cause.BUSY, True)


def test_whatever_goes_wrong_after_the_last_byte_the_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    for trouble in (reset(), hang(seconds=1), answer(500), answer(401, {"message": "No"})):
        with serving(reset()) as server:
            server.behaviours = [begun(f"{server.url}/up"), answer(201), trouble]
            adapter = network("linkedin", server.url, timeout=0.3)
            found = adapter.upload(Upload(Media("a.jpg", ""), tmp_path / "a.jpg"))
        assert isinstance(found, Uploaded)
        assert found.ready_at is not None


# Finding again.


def an_hour_ago(world: World) -> datetime:
    return world.clock.now() - timedelta(hours=1)


def test_two_posts_without_words_are_told_apart_by_what_they_show(world: World) -> None:
    first = world.published(body="", media=(world.file("1.jpg", JPEG + b"1", "The same"),))
    second = world.published(body="", media=(world.file("2.jpg", JPEG + b"2", "The same"),))
    ids = [one.id for one in world.sandbox.feed()]
    for sending, wanted in zip((first, second), ids, strict=True):
        found = world.adapter.find(sending, an_hour_ago(world), ())
        assert isinstance(found, RemotePost)
        assert found.remote_id == wanted
    third = replace(first, uploads=("urn:li:image:another",))
    assert world.adapter.find(third, an_hour_ago(world), ()) is None


def test_without_their_handles_the_words_of_the_files_tell(world: World) -> None:
    world.published(media=(world.file("1.jpg", alt="One"),))
    part = network_type("linkedin").compose(post(media=(world.file("1.jpg", alt="One"),)), ACCOUNT).parts[0]
    assert isinstance(world.adapter.find(Sending(part), an_hour_ago(world), ()), RemotePost)
    other = replace(part, media=(world.file("1.jpg", alt="Other"),))
    found = world.adapter.find(Sending(other), an_hour_ago(world), ())
    assert not isinstance(found, RemotePost | None)  # a person looks: the words of the post are the same


def test_the_same_words_with_and_without_a_picture_are_not_taken_for_each_other(world: World) -> None:
    world.published(body="Hello")
    part = network_type("linkedin").compose(post("Hello", media=(world.file("1.jpg"),)), ACCOUNT).parts[0]
    assert not isinstance(world.adapter.find(Sending(part), an_hour_ago(world), ()), RemotePost | None)


def test_requests_does_not_read_the_file_to_learn_its_length(tmp_path: Path) -> None:
    from bot.networks.file_slice import FileSlice

    (tmp_path / "a").write_bytes(b"0123456789")
    with (tmp_path / "a").open("rb") as file:
        body = FileSlice(file, 2, 5)
        sent = requests.Request("PUT", "http://127.0.0.1:1/", data=body).prepare()
        assert sent.headers["Content-Length"] == "5"
        assert (body.read(3), body.read(3), body.read(3)) == (b"234", b"56", b"")
