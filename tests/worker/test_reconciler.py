"""The reconciler: how doubt ends, by looking and never by sending again too soon."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.model.message import Part, Role
from bot.model.sending import Sending
from bot.store import listing

from .helper import (
    EVERY_NETWORK,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    SETTLE,
    Bench,
    NetworkTime,
    Said,
    eventually,
)

each_network = pytest.mark.parametrize("network", EVERY_NETWORK)


def in_doubt(bench: Bench, network: str = "twitter", fault: str = "drop_after", **more: Any) -> int:
    """A delivery of which nobody knows: with `drop_after` it is out, with `drop_before` it is not."""
    one = bench.queue(EVERY_NETWORK[network], **more)
    bench.sandbox.add_fault(network, fault)
    bench.run()
    assert bench.state(one) == "uncertain"
    return one


def needing_a_person(bench: Bench) -> list[int]:
    with bench.store.read() as connection:
        return [one.id for one in listing.needing_a_person(connection)]


@each_network
def test_what_is_found_keeps_the_id_that_its_network_gave(bench: Bench, network: str) -> None:
    account = EVERY_NETWORK[network]
    one = in_doubt(bench, network)
    bench.after(seconds=59)
    assert (bench.looks(account), bench.state(one)) == (0, "uncertain")
    bench.after(seconds=1)
    [shown] = bench.feed(account)
    [*_, last] = bench.log(one)
    assert bench.story(one) == ["scheduled", "publishing", "uncertain", "published"]
    assert (last.remote_id, last.remote_url) == (shown.id, shown.url)
    assert bench.looks(account) == 1


@each_network
def test_what_is_absent_twice_is_sent_again_and_comes_once(bench: Bench, network: str) -> None:
    account = EVERY_NETWORK[network]
    one = in_doubt(bench, network, "drop_before")
    bench.after(seconds=60)
    assert (bench.looks(account), bench.state(one)) == (1, "uncertain")
    bench.after(seconds=59)
    assert (bench.looks(account), bench.state(one)) == (1, "uncertain")
    bench.after(seconds=1)
    assert bench.looks(account) == 2
    bench.run()
    assert bench.story(one) == [
        "scheduled",
        "publishing",
        "uncertain",
        "scheduled",
        "publishing",
        "published",
    ]
    assert bench.texts(account) == ["Hello"]
    assert needing_a_person(bench) == []


@each_network
@pytest.mark.parametrize("lag", [61, 119])
def test_a_network_that_shows_posts_late_does_not_lead_to_a_second_one(
    bench: Bench, network: str, lag: float
) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    bench.sandbox.set_read_lag(lag)
    one = in_doubt(bench, network)
    bench.after(seconds=60)
    assert (bench.looks(EVERY_NETWORK[network]), bench.state(one)) == (1, "uncertain")
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts(EVERY_NETWORK[network])) == ("published", ["Hello"])


@each_network
def test_where_nobody_may_look_a_person_is_asked(bench: Bench, said: Said, network: str) -> None:
    account = EVERY_NETWORK[network]
    bench.sandbox.set_reads_allowed(network, False)
    one = in_doubt(bench, network)
    bench.live_through(HOUR)
    assert bench.state(one) == "uncertain"
    assert f"bot resolve {one}" in bench.row(one)["reason"]
    assert f"bot resolve {one}" in bench.log(one)[-1].reason
    assert needing_a_person(bench) == [one]
    assert (bench.looks(account), len(said.lines("nobody can tell"))) == (1, 1)
    assert bench.dispatcher.idle()
    assert bench.dispatcher.next_instant() is None


def test_what_a_person_has_seen_ends_as_published(bench: Bench) -> None:
    bench.sandbox.set_reads_allowed("twitter", False)
    one = in_doubt(bench)
    bench.after(minutes=1)
    url = bench.feed()[0].url
    bench.resolve(one, url)
    bench.live_through(HOUR)
    [*_, last] = bench.log(one)
    assert (bench.state(one), last.remote_url, last.actor) == ("published", url, "anna")
    assert bench.texts() == ["Hello"]


def test_what_a_person_has_not_seen_is_sent_once(bench: Bench) -> None:
    bench.sandbox.set_reads_allowed("twitter", False)
    one = in_doubt(bench, fault="drop_before")
    bench.after(minutes=1)
    bench.desk().resolve_not_published(one, "")
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_a_person_may_be_quicker_than_the_reconciler(bench: Bench) -> None:
    one = in_doubt(bench)
    [doubt] = bench.doubts(later=SETTLE)
    bench.resolve(one, bench.feed()[0].url)
    bench.reconciler.look_for(doubt)
    bench.live_through(HOUR)
    assert bench.story(one) == ["scheduled", "publishing", "uncertain", "published"]


@pytest.mark.parametrize(
    ("account", "text", "comment"),
    [
        ("fice-x", ["1/2", "2/2"], None),
        ("fice-facebook", "The post", "The comment"),
        ("fice-linkedin", "The post", "The comment"),
    ],
)
def test_after_a_person_has_seen_the_first_part_the_rest_follows_under_it(
    bench: Bench, account: str, text: str, comment: str | None
) -> None:
    network = next(name for name, its in EVERY_NETWORK.items() if its == account)
    bench.sandbox.set_reads_allowed(network, False)
    one = in_doubt(bench, network, text=text, comment=comment)
    bench.after(minutes=1)
    bench.resolve(one, bench.feed(account)[0].url)
    bench.live_through(MINUTE)
    assert bench.state(one) == "published"
    first, second = bench.feed(account)
    assert second.parent_id == first.id


@each_network
@pytest.mark.parametrize("status", [429, 500])
def test_a_look_that_failed_is_repeated(bench: Bench, said: Said, network: str, status: int) -> None:
    one = in_doubt(bench, network)
    bench.sandbox.add_fault(network, "status", on="read", status=status)
    bench.after(minutes=1)
    assert bench.state(one) == "uncertain"
    assert bench.row(one)["reason"].startswith("could not look")
    bench.live_through(timedelta(minutes=5))
    assert (bench.state(one), bench.looks(EVERY_NETWORK[network])) == ("published", 2)
    assert needing_a_person(bench) == []


def test_a_network_that_is_down_is_looked_at_again_when_it_is_back(bench: Bench) -> None:
    one = in_doubt(bench)
    bench.sandbox.stop()
    bench.live_through(HOUR)
    assert bench.state(one) == "uncertain"
    bench.sandbox.start()
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


@pytest.mark.parametrize("why", ["the network is down", "the credentials are refused"])
def test_when_every_look_is_in_vain_a_person_is_asked_and_the_looking_goes_on(bench: Bench, why: str) -> None:
    one = in_doubt(bench)
    if why == "the network is down":
        bench.sandbox.stop()
    else:
        bench.sandbox.set_credentials("fice-x", "revoked")
    bench.live_through(6 * HOUR)
    assert (bench.state(one), needing_a_person(bench)) == ("uncertain", [one])
    bench.sandbox.start()
    bench.sandbox.set_credentials("fice-x", "valid")
    bench.live_through(HOUR)
    assert (bench.state(one), needing_a_person(bench)) == ("published", [])


def test_a_look_that_failed_does_not_count_as_absence(bench: Bench) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    bench.sandbox.set_read_lag(110)  # the first look that works comes too early, the second does not
    one = in_doubt(bench)
    bench.sandbox.add_fault("twitter", "status", on="read", status=500)
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_a_look_whose_worker_died_does_not_count_as_absence(
    new_bench: Callable[..., Bench], network_time: NetworkTime
) -> None:
    bench = new_bench()
    bench.sandbox.set_refuse_duplicates(False)
    bench.sandbox.set_read_lag(200)
    one = in_doubt(bench)
    bench.advance(SETTLE)
    bench.writes_refused = False

    def die() -> None:
        bench.writes_refused = True  # nothing of what this worker sees is written any more

    network_time.during_next_call(die)
    bench.run()
    survivor = new_bench(name="w2")
    survivor.live_through(HOUR)
    assert (survivor.state(one), survivor.texts()) == ("published", ["Hello"])


def test_two_workers_do_not_look_at_the_same_time(new_bench: Callable[..., Bench]) -> None:
    ours, theirs = new_bench(), new_bench(name="w2")
    in_doubt(ours, fault="drop_before")
    ours.advance(SETTLE)
    [doubt] = ours.doubts()
    ours.reconciler.look_for(doubt)
    theirs.reconciler.look_for(doubt)
    assert ours.looks() == 1


@each_network
@pytest.mark.parametrize("apart", [MINUTE, 7 * MINUTE, HOUR])
def test_the_same_words_of_another_delivery_are_not_taken_for_its_own(
    bench: Bench, network: str, apart: timedelta
) -> None:
    account = EVERY_NETWORK[network]
    bench.sandbox.set_refuse_duplicates(False)
    reminder = bench.queue(account, "The chat begins soon")
    bench.run()
    bench.advance(apart)
    again = in_doubt(bench, network, "drop_before", text="The chat begins soon", due=NOON + apart)
    bench.live_through(HOUR)
    assert (bench.state(reminder), bench.state(again)) == ("published", "published")
    assert bench.row(reminder)["remote_id"] != bench.row(again)["remote_id"]
    assert len(bench.feed(account)) == 2


def test_what_came_of_a_crash_before_the_call_is_sent_without_a_look(bench: Bench, clock: FixedClock) -> None:
    one = bench.queue()
    bench.claim()  # and then the worker dies
    clock.advance(timedelta(seconds=46))
    bench.run()
    assert bench.state(one) == "uncertain"
    bench.live_through(timedelta(minutes=5))
    assert (bench.state(one), bench.texts(), bench.looks()) == ("published", ["Hello"], 0)


@each_network
@pytest.mark.parametrize("called", [True, False])
def test_what_came_of_a_crash_after_the_intent_is_looked_for_when_no_call_can_be_under_way(
    bench: Bench, clock: FixedClock, network: str, called: bool
) -> None:
    account = EVERY_NETWORK[network]
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(account)
    held = bench.claim(account)
    bench.begin(held)
    if called:
        bench.call(held)
    clock.advance(timedelta(seconds=46))
    bench.run()
    assert bench.state(one) == "uncertain"
    ended = NOON + bench.accounts.call_limit(network)
    assert bench.row(one)["look_at"] == max(ended, clock.now()) + SETTLE
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts(account)) == ("published", ["Hello"])


def test_a_rescue_waits_for_the_longest_call_even_if_the_worker_is_known_to_be_dead(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench(timeout=timedelta(minutes=10))
    one = bench.queue()
    bench.begin(bench.claim())
    bench.after(seconds=46)
    ended = NOON + bench.accounts.call_limit("twitter")
    assert ended > NOON + timedelta(minutes=10)
    assert bench.row(one)["look_at"] == ended + bench.accounts.settle_time("twitter")


def test_what_is_found_long_after_its_tolerance_is_published_all_the_same(bench: Bench) -> None:
    one = in_doubt(bench, late_ok=2 * MINUTE)
    bench.after(hours=1)
    assert bench.state(one) == "published"


def test_what_is_absent_after_its_tolerance_is_missed_and_not_sent(bench: Bench) -> None:
    one = in_doubt(bench, fault="drop_before", late_ok=90 * SECOND)
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("missed", [])


def test_what_is_absent_during_a_pause_waits_for_its_end(bench: Bench) -> None:
    one = in_doubt(bench, fault="drop_before")
    bench.pause()
    bench.live_through(timedelta(minutes=5))
    assert (bench.row(one)["hold"], bench.texts()) == ("paused", [])
    bench.resume()
    bench.live_through(MINUTE)
    assert bench.texts() == ["Hello"]


def test_a_doubt_delays_no_other_account_and_no_other_delivery(bench: Bench) -> None:
    in_doubt(bench, text="one")
    bench.queue(text="two")
    bench.queue("fice-facebook", "three")
    bench.run()
    assert bench.texts() == ["one", "two"]
    assert bench.texts("fice-facebook") == ["three"]


def test_a_look_that_hangs_delays_no_publishing(bench: Bench) -> None:
    in_doubt(bench, text="one")
    bench.queue(text="two", due=NOON + MINUTE)
    bench.sandbox.add_fault("twitter", "hang", on="read", seconds=60)
    bench.advance(SETTLE)
    bench.dispatcher.dispatch()
    eventually(lambda: bench.texts() == ["one", "two"])
    assert bench.lanes.busy() >= {"looking for fice-x"}


DAY = "Day {} of the week: five workers tell what they do for children"


@each_network
def test_of_two_doubts_with_nearly_the_same_text_each_gets_its_own(bench: Bench, network: str) -> None:
    account = EVERY_NETWORK[network]
    out = in_doubt(bench, network, "drop_after", text=DAY.format(1))
    lost = in_doubt(bench, network, "drop_before", text=DAY.format(2))
    bench.live_through(HOUR)
    assert [bench.state(one) for one in (out, lost)] == ["published"] * 2
    assert sorted(bench.texts(account)) == [DAY.format(1), DAY.format(2)]
    shown = {post.text: post.id for post in bench.feed(account)}
    assert bench.row(out)["remote_id"] == shown[DAY.format(1)]
    assert bench.row(lost)["remote_id"] == shown[DAY.format(2)]


def test_what_is_nearly_the_same_and_nobodys_is_left_to_a_person_with_its_link(bench: Bench) -> None:
    bench.accounts["fice-x"].publish(Sending(Part(1, Role.POST, DAY.format(1))))  # as if by hand
    one = in_doubt(bench, "twitter", "drop_before", text=DAY.format(2))
    bench.live_through(2 * HOUR)
    assert (bench.state(one), needing_a_person(bench)) == ("uncertain", [one])
    reason = bench.row(one)["reason"]
    assert bench.feed()[0].url.rpartition("/")[2] in reason
    assert f"bot resolve {one} --published URL or --not-published" in reason


def test_a_duplicate_refusal_after_a_doubt_whose_look_saw_nothing_leads_to_another_look(bench: Bench) -> None:
    one = in_doubt(bench)
    bench.sandbox.set_read_lag(600)  # X shows it only after ten minutes, long after two looks
    bench.live_through(HOUR)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])
    assert [outcome for _, outcome in bench.attempts(one)][:2] == ["unknown", "rejected"]
