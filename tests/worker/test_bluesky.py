"""A network that can be exactly once by itself: what a crash, a repetition and a lost answer come to."""

import pytest

from bot.sandbox import Published

from .helper import MINUTE, NOON, SECOND, SETTLE, Bench

US = "fice-bluesky"
THREAD = ["One", "Two", "Three"]


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


def test_a_thread_goes_out_in_one_call_and_each_part_has_its_own_attempt(bench: Bench) -> None:
    one = bench.queue(US, THREAD)
    bench.run()
    assert bench.state(one) == "published"
    assert bench.attempts(one) == [(1, "published"), (2, "published"), (3, "published")]
    assert creating(bench) == ["com.atproto.repo.applyWrites"]
    assert chain(bench.feed(US)) == THREAD


def test_a_thread_with_one_part_that_is_refused_is_not_out_at_all(bench: Bench) -> None:
    one = bench.queue(US, ["One", "Two", "long " * 100])
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("failed", [])
    assert "grapheme too big" in bench.row(one)["reason"]


def test_a_later_part_that_can_not_be_looked_for_is_uncertain_because_the_thread_may_be_out(
    bench: Bench,
) -> None:
    one = bench.queue(US, THREAD)
    bench.sandbox.add_fault("bluesky", "slow", on="read", seconds=0)  # the look before the thread
    bench.sandbox.add_fault("bluesky", "status", on="read", status=500)  # that for the second part
    bench.run()
    assert (bench.state(one), bench.texts(US)) == ("uncertain", THREAD)
    assert bench.attempts(one) == [(1, "published"), (2, "unknown")]
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
