"""Pictures, GIFs and films on X: how they get there, what becomes of them, and what X may answer."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.format import Format
from bot.model.message import Level, Message, Part, Role
from bot.model.outcome import CannotLook, Cause, NotPublished, Published, Rejected, RemotePost, Uploaded
from bot.model.post import Media
from bot.model.sending import Sending
from bot.networks import Network, connect, network_type
from bot.networks.answer import Answer
from bot.networks.base import Upload
from bot.networks.twitter.answers import UPLOAD_ANSWERS, complaint
from bot.networks.twitter.uploading import PIECE
from bot.sandbox import Sandbox
from bot.settings import Settings

from .accounts import NOW, network, post
from .servers import Behaviour, answer, drip, hang, reset, response, serving

CONTENT = {
    Format.JPEG: b"\xff\xd8\xff" + b"picture" * 10,
    Format.PNG: b"\x89PNG" + b"picture" * 10,
    Format.GIF: b"GIF89a" + b"moving" * 10,
    Format.MP4: b"\0\0\0 ftypmp42" + b"film" * 10,
}
ID = "1880028106020515840"
BEGUN = answer(200, {"data": {"id": ID, "media_key": f"3_{ID}", "expires_after_secs": 1295999}})
TAKEN = answer(200, {"data": {"expires_at": 1}})
READY = answer(200, {"data": {"id": ID, "size": 1, "expires_after_secs": 86400}})
DESCRIBED = answer(200, {"data": {"id": ID}})
UNKNOWN_ID = {"errors": [{"message": "BadRequest: Not found"}], "title": "Invalid Request"}


@dataclass
class World:
    """An account on X in a sandbox, whose clock is set by hand."""

    sandbox: Sandbox
    clock: FixedClock
    x: Network
    folder: Path

    def file(self, kind: Format, content: bytes | None = None, alt: str = "A child reads") -> Upload:
        path = self.folder / f"{kind.lower()}{len(list(self.folder.iterdir()))}"
        path.write_bytes(CONTENT[kind] if content is None else content)
        return Upload(Media(path.name, alt, kind), path)

    def handle(self, kind: Format, **more: Any) -> str:
        found = self.x.upload(self.file(kind, **more))
        assert isinstance(found, Uploaded), found
        return found.handle

    def publish(self, text: str, *handles: str) -> Any:
        media = tuple(Media(f"{number}.jpg", "") for number in range(len(handles)))
        return self.x.publish(Sending(Part(1, Role.POST, text, media=media), uploads=handles))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = FixedClock(NOW)
    account = Account("fice-x", "twitter", "@fice")
    with Sandbox(port=0, now=clock.now) as sandbox:
        environment = {**sandbox.environment(), **sandbox.register("twitter", account.name, "@fice")}
        settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
        yield World(sandbox, clock, connect(account, settings, clock), tmp_path)


def operations(world: World) -> list[str]:
    return [call.operation for call in world.sandbox.calls()]


def compose(*media: Media, body: str = "Hello") -> Message:
    return network_type("twitter").compose(post(body, media=media), Account("fice-x", "twitter", "@fice"))


def errors(message: Message) -> list[str]:
    return [fault.text for fault in message.faults if fault.level is Level.ERROR]


# What is brought.


def test_four_pictures_go_out_with_their_descriptions(world: World) -> None:
    alts = ("One", "Zwei “zitiert” & <so>", "三 👧", "")
    handles = [world.handle(Format.JPEG, alt=alt) for alt in alts]
    assert isinstance(world.publish("Look", *handles), Published)
    [shown] = world.sandbox.feed()
    assert (shown.media, shown.alts) == (tuple(handles), alts)


def test_a_large_file_goes_piece_by_piece_and_tells_how_far_it_is(world: World) -> None:
    content = CONTENT[Format.PNG] + bytes(2 * PIECE + 5)
    told: list[int] = []
    upload = world.file(Format.PNG, content)
    assert isinstance(world.x.upload(Upload(upload.media, upload.path, told.append)), Uploaded)
    assert told == [PIECE, 2 * PIECE, len(content)]
    assert operations(world) == [
        "initializeMediaUpload", *["appendMediaUpload"] * 3, "finalizeMediaUpload", "createMediaMetadata",
    ]  # fmt: skip


def test_what_is_told_may_end_the_upload(world: World) -> None:
    class StopError(Exception):
        pass

    def stop(_: int) -> None:
        raise StopError

    upload = world.file(Format.PNG)
    with pytest.raises(StopError):
        world.x.upload(Upload(upload.media, upload.path, stop))


def test_nothing_is_changed_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(CONTENT[Format.JPEG])
    with serving(BEGUN, TAKEN, READY, DESCRIBED) as server:
        x = network("twitter", server.url)
        found = x.upload(Upload(Media("a.jpg", "A child (reads)", Format.JPEG), path))
        begun, taken, ended, described = server.requests
    assert begun.json == {
        "media_type": "image/jpeg",
        "media_category": "tweet_image",
        "total_bytes": path.stat().st_size,
    }
    assert taken.line.split()[1] == f"/2/media/upload/{ID}/append"
    assert base64.b64decode(taken.json["media"]) == path.read_bytes()
    assert (ended.line.split()[1], ended.body) == (f"/2/media/upload/{ID}/finalize", b"")
    assert described.json == {"id": ID, "metadata": {"alt_text": {"text": "A child (reads)"}}}
    assert found == Uploaded(ID, NOW + timedelta(seconds=86_400 - 60))


@pytest.mark.parametrize(("kind", "alts"), [(Format.GIF, ("Waves",)), (Format.MP4, ("",))])
def test_what_x_works_on_is_asked_for_later_and_then_described(
    world: World, kind: Format, alts: tuple[str, ...]
) -> None:
    world.sandbox.set_processing(12)
    upload = world.file(kind, alt="Waves")
    first = world.x.upload(upload)
    assert isinstance(first, Uploaded)
    assert first.ready_at == NOW + timedelta(seconds=5)
    assert isinstance(world.publish("Too early", first.handle), NotPublished)
    for seconds, wait in ((5, 5), (5, 2), (2, None)):
        world.clock.instant += timedelta(seconds=seconds)
        found = world.x.upload(Upload(upload.media, upload.path, begun=first.handle))
        assert isinstance(found, Uploaded)
        assert found.handle == first.handle
        assert found.ready_at == (world.clock.now() + timedelta(seconds=wait) if wait else None)
    assert operations(world).count("appendMediaUpload") == 1
    assert isinstance(world.publish("Look", first.handle), Published)
    assert world.sandbox.feed()[0].alts == alts


def test_what_x_can_not_show_is_said_in_its_words(world: World) -> None:
    upload = world.file(Format.MP4, b"no film at all, by no means")
    first = world.x.upload(upload)
    assert isinstance(first, Uploaded)
    world.clock.instant += timedelta(seconds=5)
    found = world.x.upload(Upload(upload.media, upload.path, begun=first.handle))
    assert isinstance(found, Rejected)
    assert found.cause is Cause.CONTENT
    assert found.reason.startswith(
        f"X can not show {upload.media.file}: Unsupported video format. Put another"
    )
    picture = world.x.upload(world.file(Format.JPEG, b"no picture"))
    assert isinstance(picture, Rejected)
    assert "media type unrecognized" in picture.reason


def test_an_upload_that_x_has_forgotten_is_made_anew(world: World) -> None:
    upload = world.file(Format.GIF)
    first = world.x.upload(upload)
    assert isinstance(first, Uploaded)
    world.clock.instant += timedelta(days=2)
    again = world.x.upload(Upload(upload.media, upload.path, begun=first.handle))
    assert isinstance(again, Uploaded)
    assert again.handle != first.handle


def test_a_post_whose_picture_x_has_forgotten_may_go_with_another_upload(world: World) -> None:
    handle = world.handle(Format.JPEG)
    world.clock.instant += timedelta(days=2)
    outcome = world.publish("Look", handle)
    assert isinstance(outcome, NotPublished)
    assert (outcome.cause, outcome.status) == (Cause.FILES, 400)
    assert isinstance(world.publish("Look", world.handle(Format.JPEG)), Published)


def test_a_file_that_is_not_there_is_no_matter_of_the_network(world: World) -> None:
    upload = world.file(Format.JPEG)
    upload.path.unlink()
    with pytest.raises(FileNotFoundError):
        world.x.upload(upload)


# What may go wrong.

STEPS = {"begun": (), "taken": (BEGUN,), "ended": (BEGUN, TAKEN), "described": (BEGUN, TAKEN, READY)}


SILENT = (hang(seconds=1.2), drip(b"HTTP/1.1 200 OK", every=0.1))
LOST = (
    answer(500, "no"), answer(503, ""), answer(408, ""), reset(), reset(response(200, {"data": {}})[:30]),
    *SILENT,
)  # fmt: skip
STRANGE = (answer(200, "<html>"), answer(200, {}), answer(204), answer(200, {"data": {"id": "x"}}))
TROUBLE = [
    *((step, trouble) for step in STEPS for trouble in LOST),
    *((step, trouble) for step in ("begun", "ended") for trouble in STRANGE),
]


@pytest.mark.parametrize(("step", "trouble"), TROUBLE)
def test_an_upload_of_which_nobody_knows_may_be_made_again(
    tmp_path: Path, step: str, trouble: Behaviour
) -> None:
    (tmp_path / "a.jpg").write_bytes(CONTENT[Format.JPEG])
    with serving(*STEPS[step], trouble) as server:
        # Only silence is waited for in vain; what answers may take its time on a busy machine.
        x = network("twitter", server.url, timeout=1 if trouble in SILENT else 20)
        found = x.upload(Upload(Media("a.jpg", "A child", Format.JPEG), tmp_path / "a.jpg"))
        assert len(server.requests) == len(STEPS[step]) + 1
    assert isinstance(found, NotPublished)
    assert found.cause is Cause.BUSY
    assert "bot looks" not in found.reason


def test_an_upload_that_never_left_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(CONTENT[Format.JPEG])
    found = network("twitter", "http://127.0.0.1:1").upload(
        Upload(Media("a.jpg", "A child", Format.JPEG), tmp_path / "a.jpg")
    )
    assert isinstance(found, NotPublished)
    assert found.cause is Cause.NEVER_LEFT


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("status", "body", "kind", "cause", "says"),
    [
        (402, {"title": "CreditsDepleted"}, Rejected, Cause.CREDITS, "Buy credits"),
        (429, {"title": "Too Many Requests"}, NotPublished, Cause.RATE_LIMIT, "goes on by itself"),
        (401, {"title": "Unauthorized"}, Rejected, Cause.CREDENTIALS, "four keys"),
        (403, {"errors": [{"code": 326, "message": "locked"}]}, Rejected, Cause.BLOCKED, "Log in to x.com"),
        (403, {"title": "Forbidden", "detail": "Forbidden"}, Rejected, Cause.PERMISSION, "upload media"),
        (400, UNKNOWN_ID, NotPublished, Cause.BUSY, "uploaded again"),
        (404, UNKNOWN_ID, NotPublished, Cause.BUSY, "uploaded again"),
        (404, {"title": "Not Found", "type": "about:blank"}, NotPublished, Cause.BUSY, "uploaded again"),
        (404, "<html>", Rejected, Cause.REFUSED, "TWITTER_API_URL"),
        (400, {"title": "Invalid Request", "detail": "too wide"}, Rejected, Cause.CONTENT, "too wide"),
        (413, "<title>Request Entity Too Large</title>", Rejected, Cause.CONTENT, "smaller"),
        (410, "", Rejected, Cause.VERSION, "api_version"),
    ],
)
def test_each_answer_to_an_upload_says_what_to_do(
    tmp_path: Path, step: str, status: int, body: Any, kind: type, cause: Cause, says: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(CONTENT[Format.JPEG])
    with serving(*STEPS[step], answer(status, body)) as server:
        found = network("twitter", server.url).upload(
            Upload(Media("a.jpg", "A child", Format.JPEG), tmp_path / "a.jpg")
        )
    assert isinstance(found, kind), found
    assert not isinstance(found, Uploaded)
    assert (found.cause, found.status) == (cause, status)
    assert says in found.reason


def test_every_row_about_uploads_is_one_that_some_answer_reaches() -> None:
    bodies = (
        '{"title": "CreditsDepleted"}', '{"errors": [{"message": "BadRequest: Not found"}]}', "",
        '{"detail": "suspended"}', '{"detail": "oauth1 app permissions"}', '{"detail": "client-forbidden"}',
        '{"title": "Forbidden"}', '{"errors": [{"code": 220, "message": "no"}]}', '{"detail": "daily limit"}',
        '{"errors": [{"code": 135, "message": "no"}]}', '{"title": "UsageCapExceeded"}',
    )  # fmt: skip
    statuses = (400, 401, 402, 403, 404, 410, 413, 429)
    answers = [Answer(status, {}, body) for status in statuses for body in bodies]
    told = [(one.status, complaint(one)) for one in answers]
    reached = {next((n for n, row in enumerate(UPLOAD_ANSWERS) if row.applies(*one)), None) for one in told}
    assert set(range(len(UPLOAD_ANSWERS))) <= reached


# What is read back.


def test_a_post_with_pictures_is_known_again_by_its_text_and_their_number(world: World) -> None:
    handles = [world.handle(Format.JPEG), world.handle(Format.JPEG)]
    text = "Look: https://example.org/a and https://example.org/a"
    part = Part(1, Role.POST, text, media=(Media("1.jpg", ""), Media("2.jpg", "")))
    assert isinstance(world.publish(text, *handles), Published)
    since = world.clock.now() - timedelta(minutes=1)
    assert isinstance(world.x.find(Sending(part), since, ()), RemotePost)
    fewer = Part(1, Role.POST, text, media=part.media[:1])
    assert isinstance(world.x.find(Sending(fewer), since, ()), CannotLook)
    assert isinstance(world.x.find(Sending(Part(1, Role.POST, text)), since, ()), CannotLook)
    assert world.x.find(Sending(Part(1, Role.POST, "Another", media=part.media)), since, ()) is None


def test_a_picture_without_words_is_for_a_person_to_tell(world: World) -> None:
    part = Part(1, Role.POST, "", media=(Media("1.jpg", ""),))
    since = world.clock.now() - timedelta(minutes=1)
    assert world.x.find(Sending(part), since, ()) is None
    sent = world.x.publish(Sending(part, uploads=(world.handle(Format.JPEG),)))
    assert isinstance(sent, Published), sent
    assert isinstance(world.x.find(Sending(part), since, ()), CannotLook)


# What is found before.


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([Format.JPEG] * 4, None),
        ([Format.JPEG] * 5, "4 pictures"),
        ([Format.GIF], None),
        ([Format.GIF] * 2, "1 animated GIF"),
        ([Format.GIF, Format.JPEG], "in one post"),
        ([Format.MP4], None),
        ([Format.MP4] * 2, "1 video"),
        ([Format.MP4, Format.JPEG], "in one post"),
        ([Format.PDF], "no documents"),
    ],
)
def test_x_shows_four_pictures_or_a_gif_or_a_film(kinds: list[Format], words: str | None) -> None:
    found = errors(compose(*(Media(f"{n}", "", kind) for n, kind in enumerate(kinds))))
    assert (words is None) == (found == [])
    assert words is None or words in found[0]


def test_a_description_has_1000_characters_at_most() -> None:
    assert errors(compose(Media("a.jpg", "é" * 1_000, Format.JPEG))) == []
    [words] = errors(compose(Media("a.jpg", "é" * 1_001, Format.JPEG)))
    assert words == "the description of a.jpg has 1,001 characters: X takes 1,000"


def test_that_x_shows_no_description_of_a_film_is_said() -> None:
    [fault] = compose(Media("a.mp4", "A class", Format.MP4)).faults
    assert (fault.level, "no description of a video" in fault.text) == (Level.WARNING, True)


def test_a_picture_needs_no_words() -> None:
    assert errors(compose(Media("a.jpg", "A child", Format.JPEG), body="")) == []
    assert errors(compose(body=""))


def test_the_payload_names_the_files_until_they_have_their_ids() -> None:
    part = Part(1, Role.POST, "Look", media=(Media("a.jpg", "A"), Media("b.jpg", "B")))
    x = network("twitter", "http://127.0.0.1:1")
    assert x.payload(Sending(part)) == {"text": "Look", "media": {"media_ids": ["<a.jpg>", "<b.jpg>"]}}
    sent = x.payload(Sending(part, uploads=("1", "2")))
    assert sent == {"text": "Look", "media": {"media_ids": ["1", "2"]}}
