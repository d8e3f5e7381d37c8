"""Files on their way to a network: what two who bring the same come to, and what fails in the bringing."""

import io
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image

from bot.model.format import Format
from bot.model.outcome import NotPublished, Uploaded
from bot.model.post import Media
from bot.model.sending import Sending
from bot.planning.receiving import receive
from bot.store import plans, uploads
from bot.store.queue import Claim
from bot.store.shelf import Shelf
from bot.store.uploads import Place
from bot.worker.accounts import Accounts
from bot.worker.uploads import Uploads, Way

from .helper import NOON, Bench, NetworkTime, Said

PAGE = "fice-facebook"
LATER = timedelta(minutes=10)


def photo(bench: Bench, name: str = "red.jpg") -> Media:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG")
    return bench.file(name, Format.JPEG, content.getvalue(), "A red square")


@pytest.mark.parametrize("on", ["new_bench", "new_server_bench"])
def test_of_two_who_have_brought_the_same_file_the_first_is_used(
    on: str, request: pytest.FixtureRequest
) -> None:
    make: Callable[..., Bench] = request.getfixturevalue(on)
    bench = make()
    place = Place(bench.queue(PAGE), 1, 0)

    def keep(handle: str, content: str = "red", begun: str | None = None) -> Uploaded:
        found = Uploaded(handle, bench.clock.now() + LATER)
        return uploads.keep(bench.store, place, content, found, bench.clock.now(), begun)

    assert keep("one").handle == "one"
    assert keep("two").handle == "one"
    assert keep("three", begun="one").handle == "three"  # the same upload, further on
    assert keep("four", content="blue").handle == "four"  # another file in its place
    bench.advance(2 * LATER)
    assert keep("five", content="blue").handle == "five"  # what was kept has ended
    kept = uploads.kept(bench.store, place.delivery, 1, bench.clock.now())
    assert [one.handle for one in kept.values()] == ["five"]


def test_who_comes_late_with_a_file_leaves_that_which_the_post_shows(bench: Bench) -> None:
    """By it the post would be known, if nobody knew whether it is out."""
    one = bench.queue(PAGE, media=(photo(bench),))
    held = bench.claim(PAGE)
    assert held.next_sending is not None
    part = held.next_sending.part
    way = bench.accounts.way_for(bench.accounts[PAGE], "facebook", held.post)
    other = Uploads(bench.store, bench.clock, lambda: False)
    posted: list[Sending] = []

    def another_is_quicker() -> bool:
        if not posted:
            brought = other.bring(way, one, held.next_sending)  # type: ignore[arg-type]
            assert isinstance(brought, Sending)
            posted.append(brought)
        return False

    late = Uploads(bench.store, bench.clock, another_is_quicker).bring(way, one, held.next_sending)
    assert isinstance(late, Sending)
    assert late.uploads == posted[0].uploads == uploads.handles(bench.store, one, part)


def broken_picture() -> bytes:
    """A picture too large for X, at which Pillow fails in a way of its own."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 400, 400, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + head + body + struct.pack(">I", 6_000_000) + b"\0" * 6_000_000


def test_a_program_that_fails_while_it_brings_a_file_says_so_and_tries_again(
    bench: Bench, said: Said
) -> None:
    one = bench.queue(media=(bench.file("a.png", Format.PNG, broken_picture(), "A picture"),))
    bench.run()
    assert bench.state(one) == "scheduled"
    assert "this program failed while it brought a.png" in bench.row(one)["reason"]
    assert bench.row(one)["ready_at"] > NOON
    assert said.lines("a.png could not be brought")
    bench.live_through(timedelta(hours=4))
    assert (bench.state(one), bench.texts()) == ("missed", [])


def test_what_is_edited_while_its_files_are_on_their_way_is_not_sent_as_it_was(
    bench: Bench, network_time: NetworkTime, said: Said
) -> None:
    one = bench.queue(PAGE, media=(photo(bench),))

    def apply() -> None:
        with bench.store.write() as connection:
            plans.mark_stale(connection, one, stale=True)

    network_time.during_next_call(apply)  # the network's clock is read when the upload begins
    bench.run()
    assert (bench.state(one), bench.row(one)["hold"], bench.feed(PAGE)) == ("held", "stale", [])
    assert said.lines("not sent: its file was changed before it was sent")


def test_a_thread_that_is_edited_after_its_first_message_goes_on(
    bench: Bench, network_time: NetworkTime
) -> None:
    one = bench.queue(text=["One", "Two"])

    def apply() -> None:
        with bench.store.write() as connection:
            plans.mark_stale(connection, one, stale=True)

    network_time.during_next_call(apply)
    bench.run()
    assert (bench.state(one), bench.texts()) == ("published", ["One", "Two"])


def on_the_page(bench: Bench) -> tuple[Media, Way, Claim]:
    """A picture that is kept in the database, the way of a post that shows it, and its claim."""
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, "JPEG")
    kept = receive(bench.store, "week", io.BytesIO(content.getvalue()), "red.jpg", NOON)
    media = Media(kept.name, "A red square", kept.facts.format, kept.facts.size, kept.digest)
    bench.queue(PAGE, media=(media,))
    accounts = Accounts(bench.settings, bench.clock, bench.keeper, Shelf(bench.store))
    return media, accounts.way_for(accounts[PAGE], "facebook", "week/web/a.md"), bench.claim(PAGE)


def test_a_file_of_the_page_that_is_damaged_on_the_disk_is_taken_from_the_database(bench: Bench) -> None:
    media, way, held = on_the_page(bench)
    for _ in range(2):
        path = way.find(media.file)
    before = path.stat()
    path.write_bytes(bytes(media.size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # nobody can see it from outside
    assert held.next_sending is not None
    brought = Uploads(bench.store, bench.clock, lambda: False).bring(way, held.delivery, held.next_sending)
    assert isinstance(brought, Sending)


def test_a_file_of_the_page_that_vanishes_from_the_disk_is_tried_again(bench: Bench) -> None:
    media, way, held = on_the_page(bench)

    def cleaned() -> bool:
        shutil.rmtree(way.find(media.file).parent)
        return False

    assert held.next_sending is not None
    brought = Uploads(bench.store, bench.clock, cleaned).bring(way, held.delivery, held.next_sending)
    assert isinstance(brought, NotPublished)
    again = Uploads(bench.store, bench.clock, lambda: False).bring(way, held.delivery, held.next_sending)
    assert isinstance(again, Sending)
