"""A network that can be exactly once by itself: what a crash, a repetition and a lost answer come to."""

import pytest

from bot.sandbox import Published
from bot.store import removals

from .helper import MINUTE, NOON, SECOND, SETTLE, Bench, NetworkTime

US = "fice-bluesky"
THREAD = ["One", "Two", "Three"]


def ids(bench: Bench, delivery: int) -> list[str]:
    """What the network names the parts of a delivery by, as far as they are known to be out."""
    with bench.store.read() as connection:
        return [one.remote.remote_id for one in removals.of_delivery(connection, delivery).parts]


def creating(bench: Bench) -> list[str]:
    """The calls that wrote a record."""
    return [
        one.operation for one in bench.sandbox.calls() if one.operation.endswith(("putRecord", "applyWrites"))
    ]


def test_a_call_that_is_repeated_after_a_crash_leaves_one_record(bench: Bench) -> None:
    one = bench.queue(US)
    held = bench.claim(US)
    bench.begin(held)
    first = bench.call(held)  # and here the worker dies
    second = bench.call(held)
    assert first == second
    assert bench.texts(US) == ["Hello"]
    bench.advance(bench.settings.spacing + MINUTE * 30)
    bench.dispatcher.dispatch()
    bench.live_through(MINUTE * 10)
    assert bench.state(one) == "published"
    assert bench.texts(US) == ["Hello"]


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "half_close"])
def test_a_thread_whose_answer_was_lost_is_out_once_and_whole(bench: Bench, fault: str) -> None:
    one = bench.queue(US, THREAD)
    bench.sandbox.add_fault("bluesky", fault)
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("uncertain", THREAD)
    bench.live_through(2 * SETTLE)
    assert bench.state(one) == "published"
    assert bench.texts(US) == THREAD
    assert creating(bench) == ["com.atproto.repo.applyWrites"]


def test_a_thread_goes_out_in_one_call_and_each_part_is_known_by_its_own_id(bench: Bench) -> None:
    one = bench.queue(US, THREAD)
    bench.run()
    assert bench.state(one) == "published"
    assert bench.attempts(one) == [(1, "published")]
    assert creating(bench) == ["com.atproto.repo.applyWrites"]
    assert chain(bench.feed(US)) == THREAD
    assert ids(bench, one) == [post.id for post in bench.feed(US)]
    assert "parts 1 to 3 are out" in bench.log(one)[-1].reason


def test_a_thread_that_is_out_is_known_to_be_out_although_everything_is_paused_at_that_moment(
    bench: Bench, network_time: NetworkTime
) -> None:
    one = bench.queue(US, THREAD)
    network_time.during_next_call(bench.pause)
    bench.run()
    assert (bench.texts(US), bench.state(one)) == (THREAD, "published")


def test_a_thread_that_is_found_is_found_whole(bench: Bench) -> None:
    one = bench.queue(US, THREAD)
    bench.sandbox.add_fault("bluesky", "drop_after")
    bench.run()
    bench.pause()
    bench.live_through(2 * SETTLE)
    assert (bench.state(one), ids(bench, one)) == ("published", [post.id for post in bench.feed(US)])
    with bench.store.read() as connection:
        assert len(removals.of_delivery(connection, one).shown) == len(THREAD)


def test_a_thread_with_one_part_that_is_refused_is_not_out_at_all(bench: Bench) -> None:
    one = bench.queue(US, ["One", "Two", "long " * 100])
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("failed", [])
    assert "grapheme too big" in bench.row(one)["reason"]


def test_a_later_part_that_can_not_be_looked_for_is_uncertain_because_the_thread_may_be_out(
    bench: Bench,
) -> None:
    one = bench.queue(US, THREAD)
    bench.sandbox.add_fault("bluesky", "drop_after")
    bench.run()
    first = bench.feed(US)[0]
    assert first.url
    bench.resolve(one, first.url)  # a person has seen the first, and says nothing of the others
    bench.sandbox.add_fault("bluesky", "status", on="read", status=500)
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("uncertain", THREAD)
    assert bench.attempts(one) == [(1, "unknown"), (2, "unknown")]
    bench.live_through(2 * SETTLE)
    assert bench.state(one) == "published"
    assert bench.texts(US) == THREAD
    assert creating(bench) == ["com.atproto.repo.applyWrites"]


def test_before_a_thread_a_look_that_tells_nothing_lets_nothing_be_sent(bench: Bench) -> None:
    one = bench.queue(US, THREAD)
    bench.sandbox.add_fault("bluesky", "status", on="read", status=200, body={})
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("scheduled", [])
    bench.live_through(MINUTE * 5)
    assert (bench.state(one), bench.texts(US)) == ("published", THREAD)


def test_a_sign_in_that_fails_is_no_doubt_about_the_post(bench: Bench) -> None:
    one = bench.queue(US)
    bench.sandbox.add_fault("bluesky", "status", on="token", status=500)
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("scheduled", [])
    assert "Nothing was sent" in bench.row(one)["reason"]
    bench.live_through(MINUTE * 5)
    assert (bench.state(one), bench.texts(US)) == ("published", ["Hello"])


def test_a_session_lasts_for_many_posts_and_is_prolonged_when_it_ends(bench: Bench) -> None:
    ids = [bench.queue(US, f"number {number}", due=NOON + number * 3600 * SECOND) for number in range(4)]
    for _ in ids:
        bench.run()
        bench.advance(3600 * SECOND)
    assert [bench.state(one) for one in ids] == ["published"] * 4
    signing = [one.operation for one in bench.sandbox.calls() if "Session" in one.operation]
    assert signing == ["com.atproto.server.createSession", "com.atproto.server.refreshSession"]


def chain(feed: list[Published]) -> list[str]:
    """The texts of a thread, as readers come upon them."""
    texts, above = [], None
    while found := next((one for one in feed if one.parent_id == above), None):
        texts.append(found.text)
        above = found.id
    return texts
