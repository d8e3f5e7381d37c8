"""Photos and videos through a worker: brought before the intent, and once on the page whatever is killed."""

import hashlib
import io
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from bot.model.format import Format
from bot.model.post import Media
from bot.model.sending import Sending
from bot.worker.uploads import Uploads

from .helper import LONG_S, Bench, House, NetworkTime, eventually, stop

PAGE = "fice-facebook"
LONG = timedelta(minutes=10)


def photo(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "JPEG")
    return content.getvalue()


VIDEO = b"\0\0\0\x18ftypmp42" + random.Random(4).randbytes(700_000)
FILES: Mapping[str, bytes] = {"red.jpg": photo("red"), "blue.jpg": photo("blue"), "a.mp4": VIDEO}


def write(house: House, *names: str) -> None:
    """A post that is due now and shows these files."""
    for name in names:
        (house.posts / name).write_bytes(FILES[name])
    wall = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    media = "\n".join(f"  - {{file: {name}, alt: What {name} shows}}" for name in names)
    head = f"at: {wall}\nkind: daily-post\naccounts: [{PAGE}]\nmedia:\n{media}"
    (house.posts / "1.md").write_text(f"---\n{head}\n---\nHello\n")
    house.bot("apply")


def calls(house: House) -> Counter[str]:
    """What the page was asked, and how often."""
    return Counter(call.operation for call in house.sandbox.calls() if call.network == "facebook")


def finish(house: House) -> None:
    """A next worker, until everything is out."""
    worker = house.worker()
    house.live_until({"published": 1})
    assert stop(worker) == 0
    assert "Traceback" not in house.said()


def kill_at(house: House, operation: str, times: int) -> None:
    """Let a worker begin, and kill it when the page has been asked for something so many times."""
    worker = house.worker()
    # A call is noted when it ends: the one that hangs is not.
    eventually(lambda: calls(house)[operation] == times - 1 and not faults_left(house), LONG_S)
    worker.kill()
    worker.wait()


def faults_left(house: House) -> int:
    return sum(left for _, left in house.sandbox._faults.waiting())


def test_killed_between_two_photos_the_first_is_used_again_and_the_post_comes_once(
    travelling_house: House,
) -> None:
    house = travelling_house
    write(house, "red.jpg", "blue.jpg")
    house.sandbox.add_fault("facebook", "slow", on="upload", seconds=0)
    house.sandbox.add_fault("facebook", "hang", on="upload", seconds=60, stored=True)
    kill_at(house, "upload_photo", 2)
    finish(house)
    [shown] = house.sandbox.feed()
    assert len(shown.media) == 2
    assert calls(house)["create_post"] == 1
    assert shown.alts == ("What red.jpg shows", "What blue.jpg shows")
    # The first once; the second, of which nobody heard, twice: photos are numbered one after the other.
    assert calls(house)["upload_photo"] == 2  # and the one that hangs
    first, second = map(int, shown.media)
    assert second - first == 2


def test_killed_while_its_video_is_made_seen_it_is_found_by_its_own_id(travelling_house: House) -> None:
    house = travelling_house
    write(house, "a.mp4")
    house.sandbox.add_fault("facebook", "hang", seconds=60, stored=True)
    kill_at(house, "publish_video", 1)
    finish(house)
    [shown] = house.sandbox.feed()
    [row] = house.rows()
    assert row["remote_id"] == shown.id
    assert calls(house)["start_video"] == 1
    assert calls(house)["publish_video"] == 0  # but for the one that hangs


def test_dead_between_upload_and_post_the_next_try_uses_what_was_brought(bench: Bench) -> None:
    picture = with_file(bench, "red.jpg")
    one = bench.queue(PAGE, media=(picture,))
    held = bench.claim(PAGE)
    assert held.next_sending is not None
    way = bench.accounts.way_for(bench.accounts[PAGE], "facebook", held.post)
    uploads = Uploads(bench.store, bench.clock, lambda: False)
    brought = uploads.bring(way, held.delivery, held.next_sending)
    assert isinstance(brought, Sending)
    # Here the worker is dead: neither an intent was written nor a call made.
    bench.live_through(LONG)
    assert bench.story(one) == [
        "scheduled",
        "publishing",
        "uncertain",
        "scheduled",
        "publishing",
        "published",
    ]
    [shown] = bench.feed(PAGE)
    assert shown.media == brought.uploads
    assert operations(bench)["upload_photo"] == 1
    assert operations(bench)["create_post"] == 1


@pytest.mark.parametrize("name", ["red.jpg", "a.mp4"])
def test_sent_in_vain_the_same_file_is_posted_once(bench: Bench, name: str) -> None:
    one = bench.queue(PAGE, media=(with_file(bench, name),))
    bench.sandbox.add_fault("facebook", "drop_before")
    bench.live_through(LONG)
    assert bench.story(one)[2:] == ["uncertain", "scheduled", "publishing", "published"]
    assert len(bench.feed(PAGE)) == 1
    assert operations(bench)["upload_photo"] + operations(bench)["start_video"] == 1


def test_a_worker_that_is_to_stop_leaves_a_video_to_the_next_one(
    new_bench: Callable[..., Bench], network_time: NetworkTime
) -> None:
    bench = new_bench()
    one = bench.queue(PAGE, media=(with_file(bench, "a.mp4"),))
    # The network's clock is read when the upload begins.
    network_time.during_next_call(bench.stopping.set)
    bench.run()
    assert bench.state(one) == "scheduled"
    assert bench.feed(PAGE) == []
    following = new_bench(name="w2")
    following.run()
    assert following.state(one) == "published"
    assert operations(following)["publish_video"] == 1


def test_a_photo_that_waited_too_long_is_brought_again(bench: Bench) -> None:
    picture = with_file(bench, "red.jpg")
    bench.queue(PAGE, media=(picture,), late_ok=timedelta(days=3))
    bench.sandbox.add_fault("facebook", "status", status=429, headers={"retry-after": str(24 * 3600 + 60)})
    bench.run()
    bench.after(days=1, minutes=5)
    assert len(bench.feed(PAGE)) == 1
    assert operations(bench)["upload_photo"] == 2


def test_a_post_of_which_nobody_knows_is_found_by_its_photos(bench: Bench) -> None:
    picture = with_file(bench, "red.jpg")
    one = bench.queue(PAGE, " ", media=(picture,))
    bench.sandbox.add_fault("facebook", "drop_after")
    bench.run()
    assert bench.state(one) == "uncertain"
    bench.live_through(LONG)
    assert bench.state(one) == "published"
    assert len(bench.feed(PAGE)) == 1


def with_file(bench: Bench, name: str) -> Media:
    """A picture beside the posts of a bench."""
    folder = bench.settings.posts / "week"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(FILES[name])
    digest = hashlib.sha256(FILES[name]).hexdigest()
    kind = Format.MP4 if name.endswith(".mp4") else Format.JPEG
    return Media(name, f"What {name} shows", kind, len(FILES[name]), digest)


def operations(bench: Bench) -> Counter[str]:
    return Counter(call.operation for call in bench.sandbox.calls() if call.account == PAGE)
