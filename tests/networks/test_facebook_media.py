"""Photos and videos on a page: brought unseen, shown by one request, found where its answer was lost."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.model.format import Format
from bot.model.message import Level
from bot.model.outcome import (
    CannotLook,
    Cause,
    NotPublished,
    Published,
    Rejected,
    RemotePost,
    Unknown,
    Uploaded,
)
from bot.model.post import Media
from bot.model.sending import Sending
from bot.networks import network_type
from bot.networks.base import Upload

from .accounts import network
from .facebook_page import ACCOUNT, VIDEO_SIZE, PageWorld, photo, video
from .servers import answer, hang, serving


def digests(page: PageWorld) -> Any:
    [shown] = page.sandbox.feed()
    return list(shown.digests)


# Photos.


def test_photos_arrive_as_they_are_in_their_order_with_what_they_show_in_words(page: PageWorld) -> None:
    red = page.file("red.jpg", photo("red"), "A child (smiling) — «façade»")
    blue = page.file("blue.jpg", photo("blue"), "A class & its teacher")
    out = page.published("Hello", red, blue)
    [shown] = page.sandbox.feed()
    assert (shown.id, shown.url, shown.text) == (out.remote_id, out.url, "Hello")
    assert shown.alts == (red.alt, blue.alt)
    assert digests(page) == [hashlib.sha256(photo(colour)).hexdigest() for colour in ("red", "blue")]


def test_nobody_sees_a_photo_before_its_post(page: PageWorld) -> None:
    page.bring(page.compose("Hello", page.file("a.jpg", photo())).parts[0])
    assert page.sandbox.feed() == []
    assert page.calls("create_post") == 0


def test_a_photo_is_brought_anew_before_facebook_deletes_it(page: PageWorld) -> None:
    sending = page.bring(page.compose("Hello", page.file("a.jpg", photo())).parts[0])
    uploaded = page.upload(sending.part.media[0])
    page.clock.advance(timedelta(hours=25))
    outcome = page.network.publish(sending)
    assert isinstance(outcome, Rejected)
    assert uploaded.expires_at < page.clock.now() - timedelta(hours=1)


def test_what_is_no_photo_is_refused_for_good(page: PageWorld) -> None:
    outcome = page.upload(page.file("a.jpg", b"nothing like it"))
    assert isinstance(outcome, Rejected)
    assert outcome.cause is Cause.CONTENT
    assert "Can't Read Files" in outcome.reason
    assert "another file" in outcome.reason


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "half_close"])
@pytest.mark.parametrize("text", ["Hello", ""])
def test_photos_whose_answer_was_lost_are_found(page: PageWorld, fault: str, text: str) -> None:
    sending = page.bring(page.compose(text, page.file("a.jpg", photo())).parts[0])
    page.sandbox.add_fault("facebook", fault)
    assert isinstance(page.network.publish(sending), Unknown)
    found = page.find(sending)
    assert isinstance(found, RemotePost)
    assert page.find(sending, (found.remote_id,)) is None


def test_photos_that_never_arrived_are_provably_absent(page: PageWorld) -> None:
    sending = page.bring(page.compose("Hello", page.file("a.jpg", photo())).parts[0])
    page.sandbox.add_fault("facebook", "drop_before")
    assert isinstance(page.network.publish(sending), Unknown)
    assert page.find(sending) is None


def test_other_photos_without_a_text_are_not_taken_for_these(page: PageWorld) -> None:
    page.published("", page.file("a.jpg", photo("red")))
    sending = page.bring(page.compose("", page.file("b.jpg", photo("blue"))).parts[0])
    assert isinstance(page.find(sending), CannotLook)


def test_a_text_is_not_taken_for_the_photos_that_have_the_same_text(page: PageWorld) -> None:
    page.published("Hello", page.file("a.jpg", photo()))
    assert isinstance(page.find(Sending(page.compose("Hello").parts[0])), CannotLook)


def test_an_upload_whose_answer_is_lost_may_be_tried_again(page: PageWorld) -> None:
    media = page.file("a.jpg", photo())
    for fault in ("drop_after", "drop_before", "truncate"):
        page.sandbox.add_fault("facebook", fault, on="upload")
        outcome = page.upload(media)
        assert isinstance(outcome, NotPublished), fault
        assert outcome.cause is Cause.BUSY
        assert "It may be out" not in outcome.reason
    page.sandbox.add_fault("facebook", "status", on="upload", status=429)
    assert page.upload(media).cause is Cause.RATE_LIMIT
    page.sandbox.set_credentials(ACCOUNT.name, "revoked")
    assert page.upload(media).cause is Cause.CREDENTIALS


def test_a_preview_names_the_files(page: PageWorld) -> None:
    photos = page.compose("Hello", page.file("a.jpg", b""), page.file("b.jpg", b"")).parts[0]
    payload = page.network.payload(Sending(photos))
    assert json.loads(payload["attached_media"]) == [{"media_fbid": "<a.jpg>"}, {"media_fbid": "<b.jpg>"}]
    film = page.compose("Hello", Media("img/c.mp4", "", Format.MP4)).parts[0]
    assert page.network.payload(Sending(film)) == {
        "upload_phase": "finish",
        "upload_session_id": "<img/c.mp4>",
        "description": "Hello",
    }


# Videos.


def test_a_video_arrives_whole_in_the_pieces_that_facebook_names(page: PageWorld) -> None:
    told: list[int] = []
    media = page.file("a.mp4", video())
    uploaded = page.upload(media, progress=told.append)
    assert isinstance(uploaded, Uploaded)
    assert told == sorted(told)
    assert told[-1] == VIDEO_SIZE
    assert page.calls("transfer_video") == 3
    assert page.sandbox.feed() == []
    sending = Sending(page.compose("What they say (in Kenya)", media).parts[0], uploads=(uploaded.handle,))
    outcome = page.network.publish(sending)
    assert isinstance(outcome, Published), outcome
    [shown] = page.sandbox.feed()
    assert (shown.id, shown.text, shown.url) == (
        outcome.post.remote_id,
        "What they say (in Kenya)",
        outcome.post.url,
    )
    assert digests(page) == [hashlib.sha256(video()).hexdigest()]


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "half_close"])
def test_a_video_whose_answer_was_lost_is_found(page: PageWorld, fault: str) -> None:
    sending = page.bring(page.compose("Hello", page.file("a.mp4", video(2_000))).parts[0])
    page.sandbox.add_fault("facebook", fault)
    assert isinstance(page.network.publish(sending), Unknown)
    [shown] = page.sandbox.feed()
    found = page.find(sending)
    assert isinstance(found, RemotePost)
    assert (found.remote_id, found.url) == (shown.id, shown.url)
    # Also by one who does not know any more what was brought.
    unaware = Sending(sending.part)
    assert page.find(unaware).remote_id == shown.id
    assert page.find(unaware, (shown.id,)) is None


def test_a_video_whose_finish_never_arrived_is_provably_absent(page: PageWorld) -> None:
    sending = page.bring(page.compose("Hello", page.file("a.mp4", video(2_000))).parts[0])
    page.sandbox.add_fault("facebook", "drop_before")
    assert isinstance(page.network.publish(sending), Unknown)
    assert page.find(sending) is None
    assert isinstance(page.network.publish(sending), Published)


def test_a_video_that_facebook_still_works_on_is_not_said_to_be_absent(page: PageWorld) -> None:
    sending = page.bring(page.compose("Hello", page.file("a.mp4", video(2_000))).parts[0])
    page.sandbox.set_read_lag(120)
    page.sandbox.add_fault("facebook", "drop_after")
    assert isinstance(page.network.publish(sending), Unknown)
    found = page.find(sending)
    assert isinstance(found, CannotLook)
    assert not found.for_good
    page.clock.advance(timedelta(minutes=2))
    assert isinstance(page.find(sending), RemotePost)


def test_a_video_has_its_first_comment(page: PageWorld) -> None:
    media = page.file("a.mp4", video(2_000))
    out = page.published("Hello", media)
    comment = page.compose("Hello", media, first_comment="More").parts[1]
    outcome = page.network.publish(Sending(comment, out))
    assert isinstance(outcome, Published)
    [_, shown] = page.sandbox.feed()
    assert (shown.id, shown.url, shown.parent_id) == (
        outcome.post.remote_id,
        outcome.post.url,
        out.remote_id,
    )
    assert page.find(Sending(comment, out)).remote_id == shown.id


def test_a_piece_that_is_lost_is_sent_again_and_the_video_not_begun_anew(page: PageWorld) -> None:
    media = page.file("a.mp4", video())
    page.sandbox.add_fault("facebook", "slow", on="upload", seconds=0)  # the start
    page.sandbox.add_fault("facebook", "drop_after", on="upload")  # the piece is there
    page.sandbox.add_fault("facebook", "status", on="upload", status=503)  # and this one is not
    sending = page.bring(page.compose("Hello", media).parts[0])
    assert page.calls("start_video") == 1
    assert isinstance(page.network.publish(sending), Published)
    assert digests(page) == [hashlib.sha256(video()).hexdigest()]


def test_a_network_that_keeps_failing_is_left_alone_for_a_while(page: PageWorld) -> None:
    page.sandbox.add_fault("facebook", "slow", on="upload", seconds=0)
    page.sandbox.add_fault("facebook", "status", on="upload", status=500, count=9)
    outcome = page.upload(page.file("a.mp4", video()))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.BUSY
    assert page.calls("transfer_video") == 4


@pytest.mark.parametrize("told", ["object", "text"])
def test_the_offset_that_facebook_names_in_a_refusal_is_where_it_goes_on(tmp_path: Path, told: str) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    wanted: Any = {"start_offset": "4", "end_offset": "10"}
    error = {
        "code": 6000,
        "error_subcode": 1363037,
        "message": "There was a problem",
        "error_data": wanted if told == "object" else json.dumps(wanted),
    }
    behaviours = (
        answer(200, {"upload_session_id": "1", "video_id": "2", "start_offset": "0", "end_offset": "10"}),
        answer(400, {"error": error}),
        answer(200, {"start_offset": "10", "end_offset": "10"}),
    )
    with serving(*behaviours) as server:
        media = Media("a.mp4", "", Format.MP4, 10)
        uploaded = network("facebook", server.url).upload(Upload(media, tmp_path / "a.mp4"))
        bodies = [request.body for request in server.requests]
    assert isinstance(uploaded, Uploaded), uploaded
    assert uploaded.handle == "1/2"
    assert b"\r\n\r\n0123456789\r\n" in bodies[1]
    assert b"\r\n\r\n456789\r\n" in bodies[2]
    assert b'name="start_offset"\r\n\r\n4\r\n' in bodies[2]


@pytest.mark.parametrize(
    "following",
    [
        {"start_offset": "0", "end_offset": "10"},  # never any further
        {"start_offset": "12", "end_offset": "20"},
        {"start_offset": "5", "end_offset": "3"},
        {"start_offset": "x", "end_offset": "3"},
        {},
    ],
)
def test_offsets_that_make_no_sense_end_the_upload(tmp_path: Path, following: dict[str, str]) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    begun = {"upload_session_id": "1", "video_id": "2", "start_offset": "0", "end_offset": "10"}
    with serving(answer(200, begun), answer(200, following)) as server:
        media = Media("a.mp4", "", Format.MP4, 10)
        outcome = network("facebook", server.url).upload(Upload(media, tmp_path / "a.mp4"))
        assert isinstance(outcome, NotPublished)
        assert server.connections <= 5


def test_the_worker_can_stop_in_the_middle_of_a_file(page: PageWorld) -> None:
    class StopError(Exception):
        pass

    def progress(sent: int) -> None:
        if sent > 300_000:
            raise StopError

    with pytest.raises(StopError):
        page.upload(page.file("a.mp4", video()), progress=progress)
    assert page.calls("publish_video") == 0


def test_a_finish_that_does_not_say_that_it_was_done_is_uncertain(page: PageWorld) -> None:
    sending = page.bring(page.compose("Hello", page.file("a.mp4", video(2_000))).parts[0])
    with serving(answer(200, {"success": False})) as server:
        assert isinstance(network("facebook", server.url).publish(sending), Unknown)
    with serving(hang(seconds=0.6)) as server:
        assert isinstance(network("facebook", server.url, timeout=0.3).publish(sending), Unknown)


def test_videos_go_to_the_host_that_takes_them(page: PageWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    media = page.file("a.mp4", video(2_000))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(answer(403)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        for host in ("https://graph.facebook.com", "https://graph.facebook.com/v25.0"):
            real = network("facebook", host)
            assert isinstance(real.upload(Upload(media, page.folder / "a.mp4")), NotPublished)
            real.publish(Sending(page.compose("Hello").parts[0]))
        lines = [request.line.split()[1] for request in proxy.requests]
    assert lines == ["graph-video.facebook.com:443", "graph.facebook.com:443"] * 2


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("https://www.facebook.com/99/videos/123", "123"),
        ("https://www.facebook.com/fice/videos/our-week/123/?t=5", "123"),
        ("https://www.facebook.com/reel/123/", "123"),
        ("https://www.facebook.com/watch/?ref=saved&v=123", "123"),
        ("https://www.facebook.com/99/posts/our-week/456", "99_456"),
        ("https://www.facebook.com/fice/posts/pfbid0abc", None),
    ],
)
def test_the_id_of_a_video_stands_in_its_links(url: str, known: str | None) -> None:
    assert network_type("facebook").id_in(url) == known


# What will be sent.


def levels(page: PageWorld, level: Level, *media: Media, **fields: Any) -> list[str]:
    return [fault.text for fault in page.compose("Hello", *media, **fields).faults if fault.level is level]


def test_with_photos_the_link_ends_the_text_and_stands_there_once(page: PageWorld) -> None:
    media, link = Media("a.jpg", "A child", Format.JPEG), "https://example.org/a_(b)"
    part = page.compose("Read this", media, link=link).parts[0]
    assert (part.text, part.link) == (f"Read this\n\n{link}", None)
    [warned] = levels(page, Level.WARNING, media, link=link)
    assert "the link stands in the text, at its end" in warned
    assert page.compose("", media, link=link).parts[0].text == link
    assert page.compose(f"See {link} now", media, link=link).parts[0].text == f"See {link} now"


def test_a_video_has_no_description_on_facebook_and_the_writer_is_told(page: PageWorld) -> None:
    [warned] = levels(page, Level.WARNING, Media("a.mp4", "A class sings", Format.MP4))
    assert "a.mp4" in warned
    assert "say in the text" in warned
    assert levels(page, Level.WARNING, Media("a.mp4", "", Format.MP4)) == []


def test_a_description_that_may_be_too_long_is_told(page: PageWorld) -> None:
    assert levels(page, Level.WARNING, Media("a.jpg", "x" * 1_000, Format.JPEG)) == []
    [warned] = levels(page, Level.WARNING, Media("a.jpg", "x" * 1_001, Format.JPEG))
    assert "1,001 of 1,000" in warned


def test_eleven_photos_or_two_videos_are_too_many(page: PageWorld) -> None:
    assert levels(page, Level.ERROR, *(Media(f"{n}.jpg", "A", Format.JPEG) for n in range(11)))
    assert levels(page, Level.ERROR, *(Media(f"{n}.mp4", "", Format.MP4) for n in range(2)))
    assert not levels(page, Level.ERROR, *(Media(f"{n}.jpg", "A", Format.JPEG) for n in range(10)))
