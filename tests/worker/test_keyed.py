"""A network that knows a repeated request by its key: what is sent again comes once."""

from bot.sandbox.mastodon.posting import KEY_KEPT

from .helper import HOUR, Bench

ACCOUNT = "fice-mastodon"


def test_a_repeat_after_a_reset_has_the_same_key_and_gives_one_status(bench: Bench) -> None:
    """The server shows its posts late, so that looking finds nothing and the delivery is sent again."""
    bench.sandbox.set_read_lag(600)
    one = bench.queue(ACCOUNT)
    bench.sandbox.add_fault("mastodon", "drop_after")
    bench.run()
    assert bench.state(one) == "uncertain"
    bench.live_through(HOUR / 2)
    assert [outcome for _, outcome in bench.attempts(one)] == ["unknown", "published"]
    [shown] = bench.feed(ACCOUNT)
    assert (bench.state(one), bench.row(one)["remote_id"]) == ("published", shown.id)


def test_each_part_of_a_thread_has_a_key_of_its_own(bench: Bench) -> None:
    one = bench.queue(ACCOUNT, ["one", "two"])
    bench.sandbox.set_read_lag(600)
    bench.sandbox.add_fault("mastodon", "drop_after", count=2)
    bench.live_through(HOUR / 2)
    assert bench.texts(ACCOUNT) == ["one", "two"]
    first, second = bench.feed(ACCOUNT)
    assert (bench.state(one), second.parent_id) == ("published", first.id)


def test_what_was_resolved_and_is_sent_again_much_later_is_looked_for_all_the_same(bench: Bench) -> None:
    """A key does not last: the server has forgotten it when the account may publish again."""
    one = bench.queue(ACCOUNT, late_ok=5 * HOUR)
    bench.sandbox.add_fault("mastodon", "drop_after")
    bench.run()
    bench.advance(KEY_KEPT + HOUR)
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts(ACCOUNT)) == ("published", ["Hello"])
    assert len(bench.attempts(one)) == 1


def test_the_same_text_of_another_delivery_is_another_status(bench: Bench) -> None:
    for _ in range(2):
        bench.queue(ACCOUNT)
    bench.live_through(HOUR / 2)
    assert bench.texts(ACCOUNT) == ["Hello", "Hello"]
