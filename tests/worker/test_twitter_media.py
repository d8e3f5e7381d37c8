"""Files on their way to X, and workers that die with them: one post, whatever happens."""

from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.model.format import Format
from bot.networks.twitter.uploading import PIECE

from .helper import HOUR, LONG_S, MINUTE, SECOND, Bench, House, built_house, eventually

FILM = b"\0\0\0 ftypmp42" + bytes(64)


def picture() -> bytes:
    content = BytesIO()
    Image.new("RGB", (40, 30), "red").save(content, "JPEG")
    return content.getvalue()


JPEG = picture()


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[House]:
    """A house in which time can be made to pass."""
    with built_house(tmp_path, travelling=True) as house:
        yield house


def post(house: House, *files: str) -> None:
    """Queue a post with pictures or a film, due now."""
    for name in files:
        if name.endswith(".mp4"):
            (house.posts / name).write_bytes(FILM)
        else:
            Image.new("RGB", (40, 30), "red").save(house.posts / name)
    house.post("1-look", "Look", "fice-x")
    path = house.posts / "1-look.md"
    media = "\n".join(f"  - {{file: {name}, alt: What {name} shows}}" for name in files)
    path.write_text(path.read_text().replace("---\nLook", f"media:\n{media}\n---\nLook"))
    house.bot("apply")


def done(house: House) -> Counter[str]:
    """How often each thing was asked of X."""
    return Counter(call.operation for call in house.sandbox.calls() if call.network == "twitter")


def live_until_published(house: House) -> None:
    def is_out() -> bool:
        if house.states() != {"published": 1}:
            house.travel(seconds=10)
        return house.states() == {"published": 1}

    eventually(is_out, LONG_S)


def test_a_worker_that_dies_while_x_works_on_a_film_leaves_an_upload_for_the_next(journey: House) -> None:
    journey.sandbox.set_processing(60)
    post(journey, "a.mp4")
    worker = journey.worker()
    eventually(lambda: "the network still works on it" in journey.said(), LONG_S)
    worker.kill()
    worker.wait(LONG_S)
    assert journey.states() == {"scheduled": 1}
    journey.worker()
    live_until_published(journey)
    assert (done(journey)["initializeMediaUpload"], done(journey)["createPosts"]) == (1, 1)
    assert journey.shown() == Counter(["Look"])


def test_a_worker_that_dies_in_the_post_leaves_its_uploads_for_the_next(journey: House) -> None:
    journey.configure(timeout="2s")
    journey.sandbox.add_fault("twitter", "hang", seconds=60)
    post(journey, "a.jpg", "b.jpg")
    worker = journey.worker()
    eventually(lambda: journey.ask("SELECT id FROM attempt"), LONG_S)
    worker.kill()
    worker.wait(LONG_S)
    journey.sandbox.clear_faults()
    journey.worker()
    live_until_published(journey)
    assert done(journey)["initializeMediaUpload"] == 2
    [shown] = journey.sandbox.feed()
    assert (shown.text, len(shown.media)) == ("Look", 2)
    assert shown.alts == ("What a.jpg shows", "What b.jpg shows")


def test_a_worker_that_dies_in_an_upload_leaves_it_to_be_made_again(journey: House) -> None:
    journey.sandbox.add_fault("twitter", "slow", on="upload", seconds=0)
    journey.sandbox.add_fault("twitter", "hang", on="upload", seconds=60)
    post(journey, "a.jpg")
    worker = journey.worker()
    eventually(lambda: done(journey)["initializeMediaUpload"] == 1, LONG_S)
    worker.kill()
    worker.wait(LONG_S)
    journey.sandbox.clear_faults()
    assert not journey.ask("SELECT id FROM attempt")
    journey.worker()
    live_until_published(journey)
    assert (done(journey)["initializeMediaUpload"], done(journey)["createPosts"]) == (2, 1)
    assert journey.shown() == Counter(["Look"])


# In one process.


def calls(bench: Bench) -> Counter[str]:
    return Counter(call.operation for call in bench.sandbox.calls())


def test_a_worker_that_stops_ends_an_upload_between_two_pieces(bench: Bench) -> None:
    pictures = [bench.file("a.jpg", Format.JPEG, JPEG + bytes(PIECE)), bench.file("b.jpg", Format.JPEG, JPEG)]
    one = bench.queue(media=pictures)
    bench.sandbox.add_fault("twitter", "slow", on="upload", seconds=0)
    bench.sandbox.add_fault("twitter", "slow", on="upload", seconds=0.3)
    bench.dispatcher.dispatch()
    eventually(lambda: calls(bench)["initializeMediaUpload"])
    bench.stopping.set()
    eventually(lambda: not bench.lanes.busy())
    assert (bench.state(one), bench.attempts(one), bench.texts()) == ("scheduled", [], [])
    assert (calls(bench)["appendMediaUpload"], calls(bench)["finalizeMediaUpload"]) == (1, 0)


def test_a_file_that_x_has_forgotten_is_brought_again_and_its_post_sent(bench: Bench) -> None:
    one = bench.queue(media=[bench.file("a.jpg", Format.JPEG, JPEG, "A child reads")])
    bench.sandbox.add_fault("twitter", "status", named="file that is not known")
    bench.run()
    assert bench.state(one) == "scheduled"
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])
    assert (calls(bench)["initializeMediaUpload"], calls(bench)["createPosts"]) == (2, 2)
    assert bench.feed()[0].alts == ("A child reads",)


def test_an_upload_is_used_by_later_tries_until_it_ends(bench: Bench) -> None:
    one = bench.queue(media=[bench.file("a.jpg", Format.JPEG, JPEG)], late_ok=100 * HOUR)
    bench.sandbox.add_fault("twitter", "status", named="credits used up", count=3)
    bench.run()
    bench.after(hours=1)
    assert (len(bench.attempts(one)), calls(bench)["initializeMediaUpload"]) == (2, 1)
    bench.after(hours=23)
    assert (len(bench.attempts(one)), calls(bench)["initializeMediaUpload"]) == (3, 2)
    bench.after(hours=1)
    assert (bench.state(one), calls(bench)["initializeMediaUpload"]) == ("published", 2)


def test_a_film_is_waited_for_and_its_post_is_sent_as_soon_as_it_is_ready(bench: Bench) -> None:
    bench.sandbox.set_processing(12)
    one = bench.queue(media=[bench.file("a.mp4", Format.MP4, FILM)])
    bench.run()
    assert bench.row(one)["reason"] == "a.mp4 is there, and the network still works on it"
    bench.live_through(20 * SECOND)
    assert (bench.state(one), bench.log(one)[-1].lateness_s) == ("published", 12)
    assert calls(bench)["initializeMediaUpload"] == 1


def test_a_film_that_x_can_not_show_fails_its_post_with_xs_words(bench: Bench) -> None:
    one = bench.queue(media=[bench.file("a.mp4", Format.MP4, b"no film, by its first bytes")])
    bench.live_through(MINUTE)
    assert (bench.state(one), bench.attempts(one), bench.texts()) == ("failed", [], [])
    assert "X can not show a.mp4: Unsupported video format" in bench.row(one)["reason"]
