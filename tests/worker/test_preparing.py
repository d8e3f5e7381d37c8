"""Files are on the networks before their posts are due, so that no film makes a post late."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from bot.model.format import Format
from bot.model.post import Media
from bot.worker.preparing import AHEAD, Preparer

from .helper import EVERY_NETWORK, HOUR, MINUTE, NOON, SECOND, Bench, eventually

FILM = b"\0\0\0 ftypmp42" + bytes(64)


def picture(bench: Bench, colour: str = "red", name: str = "a.jpg") -> Media:
    content = BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    return bench.file(name, Format.JPEG, content.getvalue(), f"something {colour}")


def prepare(bench: Bench) -> None:
    """One pass of the preparing, to its end."""
    preparer = Preparer(bench.store, bench.accounts, bench.clock, bench.lanes, bench.stopping.is_set)
    preparer.prepare()
    eventually(lambda: not bench.lanes.busy())


def uploads(bench: Bench) -> list[str]:
    """What came of each request that brought something."""
    return [
        call.outcome for call in bench.sandbox.calls() if "ploa" in call.operation or "media" in call.path
    ]


@pytest.mark.parametrize("network", EVERY_NETWORK)
def test_a_picture_is_brought_ahead_and_shown_on_time(bench: Bench, network: str) -> None:
    one = bench.queue(EVERY_NETWORK[network], due=NOON + AHEAD, media=[picture(bench)])
    prepare(bench)
    brought = len(uploads(bench))
    assert brought > 0
    assert bench.sandbox.feed() == []
    assert bench.state(one) == "scheduled"
    bench.advance(AHEAD)
    bench.run()
    assert bench.state(one) == "published"
    [shown] = bench.sandbox.feed()
    assert shown.alts == ("something red",)
    assert len(uploads(bench)) == brought


def test_what_is_due_later_is_not_brought_yet(bench: Bench) -> None:
    bench.queue(due=NOON + HOUR, media=[picture(bench)])
    prepare(bench)
    assert uploads(bench) == []


def test_a_film_that_x_works_on_is_asked_about_until_it_is_ready(bench: Bench) -> None:
    bench.sandbox.set_processing(60)
    film = bench.file("a.mp4", Format.MP4, FILM, "a film")
    one = bench.queue(due=NOON + AHEAD, media=[film])
    prepare(bench)
    for _ in range(20):
        bench.advance(10 * SECOND)
        prepare(bench)
    bench.advance(AHEAD - 200 * SECOND)
    bench.run()
    assert bench.state(one) == "published"
    assert bench.story(one) == ["scheduled", "publishing", "published"]


def test_two_workers_bring_a_file_once(bench: Bench, new_bench: Callable[..., Bench]) -> None:
    bench.queue(due=NOON + AHEAD, media=[picture(bench)])
    other = new_bench(name="w2")
    prepare(bench)
    brought = len(uploads(bench))
    prepare(other)
    assert len(uploads(bench)) == brought


def test_a_failure_ahead_of_time_is_said_and_tried_again_when_it_is_due(bench: Bench) -> None:
    one = bench.queue(due=NOON + AHEAD, media=[picture(bench)])
    bench.sandbox.add_fault("twitter", "status", status=503, on="upload")
    prepare(bench)
    assert bench.state(one) == "scheduled"
    bench.advance(AHEAD)
    bench.run()
    assert bench.state(one) == "published"


def test_a_file_that_changed_since_it_was_queued_is_not_shown(bench: Bench) -> None:
    one = bench.queue(due=NOON + AHEAD, media=[picture(bench)])
    picture(bench, "blue")
    prepare(bench)
    assert uploads(bench) == []
    bench.advance(AHEAD + MINUTE)
    bench.run()
    assert bench.state(one) == "failed"
    assert "a.jpg has changed since it was queued" in bench.row(one)["reason"]


def test_nothing_is_brought_for_an_account_without_credentials(
    new_bench: Callable[..., Bench], bench: Bench
) -> None:
    apart = new_bench(name="w2", connected=["fice-facebook"])
    bench.queue("fice-x", due=NOON + AHEAD, media=[picture(bench)])
    prepare(apart)
    assert uploads(bench) == []
