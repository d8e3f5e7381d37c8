"""The publisher: what becomes of a delivery, from the claim to what its network answered."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event

from bot.clock import FixedClock
from bot.model.outcome import Published
from bot.networks import wire
from bot.store import doubts
from bot.store.desk import DeskError

from .helper import EVERY_NETWORK, HOUR, MINUTE, NOON, SECOND, SETTLE, Bench, NetworkTime, Said, eventually

each_network = pytest.mark.parametrize("network", EVERY_NETWORK)

# Everything after which nobody knows; whether the network has it is another question.
IN_DOUBT: dict[str, dict[str, Any]] = {
    "a 500": {"fault": "status", "status": 500},
    "a 500 although it is out": {"fault": "status", "status": 500, "stored": True},
    "a 503, which only says that it is busy": {"fault": "status", "status": 503},
    "a reset before it was stored": {"fault": "drop_before"},
    "a reset after it was stored": {"fault": "drop_after"},
    "an answer that breaks off": {"fault": "truncate"},
    "a page that is no JSON": {"fault": "status", "status": 200, "body": "<html>hello</html>"},
}


@each_network
def test_what_is_published_stands_in_the_post_log_with_its_link(bench: Bench, network: str) -> None:
    account = EVERY_NETWORK[network]
    one = bench.queue(account, "Launch of the week")
    bench.run()
    [shown] = bench.feed(account)
    [*_, last] = bench.log(one)
    assert bench.story(one) == ["scheduled", "publishing", "published"]
    assert (last.remote_id, last.remote_url) == (shown.id, shown.url)
    assert (last.attempt, last.lateness_s, last.actor) == (1, 0, bench.name)


def test_nothing_is_sent_before_its_time(bench: Bench, clock: FixedClock) -> None:
    one = bench.queue(due=NOON + MINUTE)
    bench.after(seconds=59)
    assert (bench.state(one), bench.texts()) == ("scheduled", [])
    bench.after(seconds=1)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


@each_network
def test_a_rate_limit_lets_the_whole_account_wait_until_its_reset(bench: Bench, network: str) -> None:
    account = EVERY_NETWORK[network]
    other = "fice-facebook" if network != "facebook" else "fice-x"
    limited = bench.queue(account, "one")
    behind = bench.queue(account, "two")
    elsewhere = bench.queue(other, "three")
    wait = timedelta(minutes=10)
    reset = str(int((NOON + wait).timestamp()))
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    words = {"body": {"message": "APPLICATION MINUTE limit is reached"}, "headers": {"retry-after": "600"}}
    told: dict[str, Any] = {
        "twitter": {"headers": headers},
        "facebook": {"headers": {"retry-after": "600"}},
        "linkedin": words,
        "mastodon": {"headers": {"x-ratelimit-reset": (NOON + wait).isoformat()}},
        "bluesky": {"headers": {"ratelimit-remaining": "0", "ratelimit-reset": reset}},
    }
    bench.sandbox.add_fault(network, "status", status=429, **told[network])
    bench.run()
    assert (bench.state(limited), bench.state(behind)) == ("scheduled", "scheduled")
    assert bench.state(elsewhere) == "published"
    assert bench.dispatcher.next_instant() == NOON + wait
    bench.after(minutes=9, seconds=59)
    assert bench.texts(account) == []
    assert len(bench.attempts(limited)) + len(bench.attempts(behind)) == 1
    bench.live_through(MINUTE)
    assert sorted(bench.texts(account)) == ["one", "two"]


@pytest.mark.parametrize("why", ["a rate limit", "no connection"])
def test_what_waits_with_its_account_keeps_its_order(bench: Bench, why: str) -> None:
    for number in range(1, 4):
        bench.queue(text=f"question {number}", due=NOON + number * SECOND)
    bench.advance(MINUTE)
    if why == "a rate limit":
        bench.sandbox.add_fault("twitter", "status", status=429)
        bench.run()
    else:
        bench.sandbox.stop()
        bench.run()
        bench.sandbox.start()
    bench.live_through(HOUR)
    assert bench.texts() == ["question 1", "question 2", "question 3"]


def test_a_rate_limit_of_one_account_is_not_that_of_its_network(bench: Bench) -> None:
    ours, theirs = bench.queue("fice-x", "ours"), bench.queue("kenya-x", "theirs")
    bench.sandbox.add_fault("twitter", "status", status=429)
    bench.run()
    assert sorted([bench.state(ours), bench.state(theirs)]) == ["published", "scheduled"]


def test_a_rate_limit_that_names_no_end_is_waited_out_in_steps_of_our_own(bench: Bench) -> None:
    one = bench.queue("fice-facebook")
    bench.sandbox.add_fault("facebook", "status", status=429, count=2)
    bench.run()
    first = bench.wait()
    assert 16 * SECOND <= first <= 24 * SECOND
    bench.after(seconds=first.total_seconds())
    second = bench.wait()
    assert 32 * SECOND <= second <= 48 * SECOND
    bench.after(seconds=second.total_seconds())
    assert bench.state(one) == "published"


def test_a_post_that_its_network_refuses_has_failed_and_the_next_one_goes_out(bench: Bench) -> None:
    refused, following = bench.queue(text="too long " * 40), bench.queue(text="short")
    bench.run()
    assert (bench.state(refused), bench.state(following)) == ("failed", "published")
    assert "too long" in bench.row(refused)["reason"]
    assert bench.attempts(refused) == [(1, "rejected")]
    bench.after(hours=1)
    assert len(bench.attempts(refused)) == 1


@each_network
@pytest.mark.parametrize("why", ["revoked", "expired"])
def test_refused_credentials_stop_the_account_at_once(
    bench: Bench, said: Said, network: str, why: str
) -> None:
    account = EVERY_NETWORK[network]
    other = "fice-facebook" if network != "facebook" else "fice-x"
    ours = [bench.queue(account, f"number {number}") for number in range(4)]
    elsewhere = bench.queue(other)
    bench.sandbox.set_credentials(account, why)
    for _ in range(3):
        bench.run()
        bench.after(minutes=1)
    assert [len(bench.attempts(one)) for one in ours] == [1, 0, 0, 0]
    assert bench.state(ours[0]) in ("failed", "held")
    assert bench.row(ours[0])["reason"]
    assert [bench.state(one) for one in ours[1:]] in (["scheduled"] * 3, ["held"] * 3)
    assert bench.lane(account).cause == "credentials"
    assert len(said.lines(level=30)) == 1
    assert bench.state(elsewhere) == "published"


@each_network
@pytest.mark.parametrize("why", ["read-only", "blocked"])
def test_a_missing_right_and_a_blocked_account_stop_it_with_one_line(
    bench: Bench, said: Said, network: str, why: str
) -> None:
    account = EVERY_NETWORK[network]
    ours = [bench.queue(account, f"number {number}") for number in range(4)]
    elsewhere = bench.queue("fice-facebook" if network != "facebook" else "fice-x")
    bench.sandbox.set_credentials(account, why)
    for _ in range(3):
        bench.run()
        bench.after(minutes=10)
    assert [len(bench.attempts(one)) for one in ours] == [1, 0, 0, 0]
    assert [bench.state(one) for one in ours] == ["failed", "scheduled", "scheduled", "scheduled"]
    lane = bench.lane(account)
    assert lane.cause == {"read-only": "permission", "blocked": "blocked"}[why]
    assert lane.reason == bench.row(ours[0])["reason"] != ""
    assert len(said.lines(level=30)) == 1
    assert bench.state(elsewhere) == "published"
    bench.sandbox.set_credentials(account, "valid")
    bench.live_through(HOUR)
    assert [bench.state(one) for one in ours[1:]] == ["published"] * 3


def test_used_up_credits_are_said_and_waited_for(bench: Bench, said: Said) -> None:
    ours = [bench.queue(text=f"number {number}") for number in range(3)]
    bench.sandbox.add_fault("twitter", "status", named="credits used up", count=2)
    bench.run()
    assert [bench.state(one) for one in ours] == ["scheduled"] * 3
    assert "Buy credits" in bench.lane("fice-x").reason
    bench.live_through(timedelta(minutes=29))
    assert [len(bench.attempts(one)) for one in ours] == [2, 0, 0]
    assert len(said.lines("Buy credits", level=30)) == 2
    bench.live_through(timedelta(minutes=2))
    assert bench.texts() == ["number 0", "number 1", "number 2"]


@pytest.mark.parametrize(
    ("network", "case"), [("twitter", "reply not allowed"), ("facebook", "permission missing")]
)
def test_a_right_that_only_a_second_part_needs_stops_nothing(
    bench: Bench, network_time: NetworkTime, network: str, case: str
) -> None:
    account = EVERY_NETWORK[network]
    second = {"text": ["one", "two"]} if network == "twitter" else {"comment": "two"}
    first = bench.queue(account, **second)  # type: ignore[arg-type]
    network_time.during_next_call(lambda: bench.sandbox.add_fault(network, "status", named=case))
    bench.run()
    assert len(bench.attempts(first)) == 2
    after = bench.queue(account, "after")
    bench.run()
    assert bench.state(first) == "failed"
    assert bench.state(after) == "published"


@pytest.mark.parametrize("kind", IN_DOUBT)
@each_network
def test_after_an_answer_that_proves_nothing_a_delivery_is_uncertain(
    bench: Bench, network: str, kind: str
) -> None:
    one = bench.queue(EVERY_NETWORK[network])
    fault = IN_DOUBT[kind]
    bench.sandbox.add_fault(network, fault["fault"], **{k: v for k, v in fault.items() if k != "fault"})
    bench.run()
    assert bench.state(one) == "uncertain"
    assert bench.attempts(one) == [(1, "unknown")]
    assert bench.row(one)["look_at"] == NOON + SETTLE
    bench.after(seconds=59)
    assert bench.attempts(one) == [(1, "unknown")]


@pytest.mark.parametrize("stored", [True, False])
def test_a_call_that_outlasts_our_patience_is_uncertain(
    new_bench: Callable[..., Bench], stored: bool
) -> None:
    bench = new_bench(timeout=SECOND)
    one = bench.queue()
    bench.sandbox.add_fault("twitter", "hang", stored=stored, seconds=60)
    bench.run()
    assert bench.state(one) == "uncertain"
    if stored:
        eventually(bench.feed)
    assert len(bench.feed()) == int(stored)


def test_a_server_that_stores_after_we_have_given_up_is_found_out(
    new_bench: Callable[..., Bench], network_time: NetworkTime
) -> None:
    bench = new_bench(timeout=SECOND)
    one = bench.queue()
    network_time.during_next_call(lambda: eventually(lambda: bench.state(one) == "uncertain"))
    bench.run()
    assert bench.state(one) == "uncertain"
    eventually(bench.feed)
    bench.live_through(timedelta(minutes=10))  # a look that fails on a slow machine is repeated
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_a_refused_connection_is_tried_again_with_growing_pauses(bench: Bench) -> None:
    one = bench.queue()
    bench.sandbox.stop()
    bench.run()
    assert (bench.state(one), bench.lane("fice-x").cause) == ("scheduled", "never-left")
    first = bench.wait()
    assert 16 * SECOND <= first <= 24 * SECOND
    bench.after(seconds=first.total_seconds() - 1)
    assert bench.attempts(one) == [(1, "not-published")]
    bench.after(seconds=1)
    second = bench.wait()
    assert 32 * SECOND <= second <= 48 * SECOND
    bench.sandbox.start()
    bench.after(seconds=second.total_seconds())
    assert bench.attempts(one) == [(1, "not-published")] * 2 + [(1, "published")]
    assert bench.texts() == ["Hello"]


def test_a_process_that_stood_still_after_its_intent_does_not_send_any_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one may have waited for the end of its call, looked, and sent it again."""
    stood_still = [0.0]
    monkeypatch.setattr(wire, "time", SimpleNamespace(
        time=lambda: time.time() + stood_still[0], monotonic=lambda: time.monotonic() + stood_still[0],
    ))  # fmt: skip

    def stand_still(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO attempt"):
            stood_still[0] += 300

    event.listen(bench.store.engine, "after_cursor_execute", stand_still)
    one = bench.queue()
    bench.run()
    assert (bench.state(one), bench.attempts(one)) == ("scheduled", [(1, "not-published")])
    assert bench.texts() == []
    event.remove(bench.store.engine, "after_cursor_execute", stand_still)
    bench.after(minutes=5)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_no_connection_lets_the_whole_account_wait(bench: Bench) -> None:
    for number in range(3):
        bench.queue(text=f"number {number}")
    bench.sandbox.stop()
    bench.run()
    bench.after(seconds=15)
    assert sum(len(bench.attempts(one)) for one in (1, 2, 3)) == 1


def test_a_thread_goes_out_as_answers_each_to_the_one_before(bench: Bench) -> None:
    one = bench.queue(text=["1/3", "2/3", "3/3"])
    bench.run()
    first, second, third = bench.feed()
    assert [first.text, second.text, third.text] == ["1/3", "2/3", "3/3"]
    assert (first.parent_id, second.parent_id, third.parent_id) == (None, first.id, second.id)
    assert bench.story(one) == ["scheduled", *["publishing"] * 3, "published"]
    assert bench.row(one)["remote_id"] == first.id


@pytest.mark.parametrize("account", ["fice-facebook", "fice-linkedin"])
def test_a_first_comment_stands_under_its_post(bench: Bench, account: str) -> None:
    bench.queue(account, "The post", comment="The comment")
    bench.run()
    post, comment = bench.feed(account)
    assert (post.text, comment.text, comment.parent_id) == ("The post", "The comment", post.id)


def second_call_meets(bench: Bench, network: str, fault: str, **more: Any) -> None:
    """Let the first call go well, for faults come in the order in which they are asked for."""
    bench.sandbox.add_fault(network, "slow", seconds=0)
    bench.sandbox.add_fault(network, fault, **more)


def test_a_thread_goes_on_after_its_last_part_when_the_next_must_wait(bench: Bench) -> None:
    one = bench.queue(text=["1/3", "2/3", "3/3"])
    second_call_meets(bench, "twitter", "status", status=429)
    bench.run()
    assert (bench.state(one), bench.texts()) == ("scheduled", ["1/3"])
    bench.live_through(timedelta(minutes=20))
    first, second, third = bench.feed()
    assert [second.text, third.text] == ["2/3", "3/3"]
    assert (second.parent_id, third.parent_id) == (first.id, second.id)


def test_a_thread_goes_on_after_its_last_part_when_the_next_was_refused(
    bench: Bench, clock: FixedClock
) -> None:
    one = bench.queue(text=["1/2", "2/2"])
    second_call_meets(bench, "twitter", "status", status=403, body={"title": "Forbidden", "detail": "No."})
    bench.run()
    assert (bench.state(one), bench.texts()) == ("failed", ["1/2"])
    clock.advance(MINUTE)
    bench.desk().reschedule({one: (clock.now(), "12:01")}, "")
    bench.run()
    first, second = bench.feed()
    assert (second.text, second.parent_id) == ("2/2", first.id)
    assert bench.state(one) == "published"


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_a_thread_goes_on_after_a_part_of_which_nobody_knew(bench: Bench, fault: str) -> None:
    one = bench.queue(text=["1/3", "2/3", "3/3"])
    second_call_meets(bench, "twitter", fault)
    bench.run()
    assert bench.state(one) == "uncertain"
    bench.live_through(timedelta(minutes=5))
    first, second, third = bench.feed()
    assert [first.text, second.text, third.text] == ["1/3", "2/3", "3/3"]
    assert (second.parent_id, third.parent_id) == (first.id, second.id)
    assert bench.state(one) == "published"


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
@pytest.mark.parametrize("account", ["fice-facebook", "fice-linkedin"])
def test_a_first_comment_of_which_nobody_knew_comes_once(bench: Bench, account: str, fault: str) -> None:
    one = bench.queue(account, "The post", comment="The comment")
    second_call_meets(bench, bench.row(one)["network"], fault)
    bench.run()
    assert (bench.state(one), len(bench.attempts(one))) == ("uncertain", 2)
    bench.live_through(timedelta(minutes=5))
    post, comment = bench.feed(account)
    assert (post.text, comment.text, comment.parent_id) == ("The post", "The comment", post.id)
    assert bench.state(one) == "published"


def test_a_pause_between_the_claim_and_the_call_stops_the_call(bench: Bench) -> None:
    one = bench.queue()
    held = bench.claim()
    bench.pause("an earthquake")
    bench.publisher.deliver(held)
    assert (bench.state(one), bench.row(one)["hold"]) == ("held", "paused")
    assert "an earthquake" in bench.row(one)["reason"]
    assert (bench.sandbox.calls(), bench.attempts(one)) == ([], [])
    bench.resume()
    bench.run()
    assert bench.texts() == ["Hello"]


def test_a_pause_within_a_thread_stops_it_after_the_part_under_way(
    bench: Bench, network_time: NetworkTime
) -> None:
    one = bench.queue(text=["1/2", "2/2"])
    network_time.during_next_call(bench.pause)
    bench.run()
    assert (bench.state(one), bench.texts()) == ("held", ["1/2"])
    bench.resume()
    bench.run()
    assert (bench.state(one), bench.texts()) == ("published", ["1/2", "2/2"])


def test_a_stop_within_a_thread_gives_the_rest_back(bench: Bench, network_time: NetworkTime) -> None:
    one = bench.queue(text=["1/2", "2/2"])
    network_time.during_next_call(bench.stopping.set)
    bench.run()
    assert (bench.state(one), bench.texts()) == ("scheduled", ["1/2"])
    bench.stopping.clear()
    bench.run()
    assert (bench.state(one), bench.texts()) == ("published", ["1/2", "2/2"])


@pytest.mark.parametrize("network", ["twitter", "facebook"])
def test_a_duplicate_refusal_after_a_doubtful_attempt_is_evidence(bench: Bench, network: str) -> None:
    account = EVERY_NETWORK[network]
    one = bench.queue(account)
    bench.sandbox.set_read_lag(3600)  # so absence is "proved", and it is sent a second time
    bench.sandbox.add_fault(network, "drop_after")
    bench.live_through(2 * MINUTE + SECOND)
    assert (bench.state(one), bench.attempts(one)) == ("uncertain", [(1, "unknown"), (1, "rejected")])
    bench.sandbox.set_read_lag(0)
    bench.live_through(2 * MINUTE + SECOND)
    [shown] = bench.feed(account)
    assert (bench.state(one), bench.row(one)["remote_id"]) == ("published", shown.id)
    assert len(bench.attempts(one)) == 2


def test_a_duplicate_refusal_that_names_the_post_ends_the_doubt_at_once(bench: Bench) -> None:
    one = bench.queue("fice-linkedin")
    bench.sandbox.set_read_lag(3600)
    bench.sandbox.add_fault("linkedin", "drop_after")
    bench.live_through(2 * MINUTE + SECOND)
    [shown] = bench.feed("fice-linkedin")
    assert (bench.state(one), bench.row(one)["remote_id"]) == ("published", shown.id)
    assert len(bench.attempts(one)) == 2


def test_a_post_that_a_duplicate_refusal_has_named_is_logged_with_its_link(bench: Bench) -> None:
    one = bench.queue("fice-linkedin")
    bench.sandbox.set_read_lag(3600)
    bench.sandbox.add_fault("linkedin", "drop_after")
    bench.live_through(2 * MINUTE + SECOND)
    [shown] = bench.feed("fice-linkedin")
    [*_, last] = bench.log(one)
    assert (last.to_state, last.remote_url) == ("published", shown.url)


def test_a_duplicate_refusal_at_the_first_attempt_is_a_refusal(bench: Bench) -> None:
    twin, one = bench.queue(text="Hello"), bench.queue(text="Hello", due=NOON + MINUTE)
    bench.live_through(2 * MINUTE)
    assert (bench.state(twin), bench.state(one)) == ("published", "failed")


def test_a_success_that_comes_after_the_lease_has_run_out_still_counts(
    bench: Bench, clock: FixedClock, network_time: NetworkTime
) -> None:
    one = bench.queue()

    def be_overtaken() -> None:
        clock.advance(MINUTE)
        bench.dispatcher.tidy()

    network_time.during_next_call(be_overtaken)
    bench.run()
    assert bench.story(one) == ["scheduled", "publishing", "uncertain", "published"]
    bench.live_through(HOUR)
    assert bench.texts() == ["Hello"]


@pytest.mark.parametrize("rescued", [True, False])
def test_a_stalled_worker_whose_lease_has_run_out_makes_no_call(
    bench: Bench, clock: FixedClock, rescued: bool
) -> None:
    one = bench.queue()
    held = bench.claim()
    clock.advance(MINUTE)
    if rescued:
        bench.dispatcher.tidy()
    bench.publisher.deliver(held)
    assert bench.state(one) == ("uncertain" if rescued else "scheduled")
    assert bench.sandbox.calls() == []


# What people and other workers do while a call is under way must not take the delivery out of it.


def doing_pause(bench: Bench, _delivery: int) -> None:
    bench.queue("fice-facebook", "another that is due")  # for which the pause has something to hold
    bench.pause()
    bench.dispatcher.tidy()


def undoing_pause(bench: Bench, _delivery: int) -> None:
    bench.resume()


def doing_hold(bench: Bench, delivery: int) -> None:
    with suppress(DeskError):
        bench.desk().hold([delivery], "")


def undoing_hold(bench: Bench, delivery: int) -> None:
    with suppress(DeskError):
        bench.desk().release([delivery], "")


in_the_middle = pytest.mark.parametrize(
    ("do", "undo"), [(doing_pause, undoing_pause), (doing_hold, undoing_hold)], ids=["pause", "hold"]
)


@in_the_middle
def test_what_is_under_way_ends_as_published_whatever_is_done_meanwhile(
    bench: Bench, network_time: NetworkTime, do: Callable[..., None], undo: Callable[..., None]
) -> None:
    one = bench.queue()
    network_time.during_next_call(lambda: do(bench, one))
    bench.run()
    undo(bench, one)
    bench.live_through(timedelta(minutes=5))
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


@in_the_middle
def test_what_is_under_way_and_ends_in_doubt_is_never_sent_twice_whatever_is_done_meanwhile(
    bench: Bench, network_time: NetworkTime, do: Callable[..., None], undo: Callable[..., None]
) -> None:
    bench.sandbox.set_refuse_duplicates(False)  # the networks' own rule must not save us
    one = bench.queue()
    bench.sandbox.add_fault("twitter", "drop_after")
    network_time.during_next_call(lambda: do(bench, one))
    bench.run()
    undo(bench, one)
    bench.live_through(timedelta(minutes=5))
    assert (bench.texts(), bench.sandbox.duplicates()) == (["Hello"], 0)
    assert bench.state(one) == "published"


def test_a_worker_without_credentials_does_not_take_a_delivery_out_of_another_ones_call(
    new_bench: Callable[..., Bench], network_time: NetworkTime
) -> None:
    bench, unconnected = new_bench(), new_bench(name="w2", connected=["fice-facebook"])
    bench.sandbox.set_refuse_duplicates(False)
    one = bench.queue(text="one")
    bench.queue(text="two", due=NOON + HOUR)
    bench.sandbox.add_fault("twitter", "drop_after")
    network_time.during_next_call(unconnected.dispatcher.tidy)
    bench.run()
    bench.live_through(timedelta(minutes=5))
    assert (bench.texts(), bench.sandbox.duplicates()) == (["one"], 0)
    assert bench.state(one) == "published"


def test_a_delivery_whose_parts_are_all_out_ends_as_published(bench: Bench, clock: FixedClock) -> None:
    one = bench.queue()
    held = bench.claim()
    bench.begin(held)
    outcome = bench.call(held)
    assert isinstance(outcome, Published)
    clock.advance(MINUTE)
    bench.dispatcher.tidy()
    # A person is sure that it is not there, and at this moment the reconciler finds it.
    [doubt] = bench.doubts(later=HOUR)
    bench.desk().resolve_not_published(one, "")
    doubts.found(bench.store, doubt, outcome.post, clock.now())
    bench.live_through(timedelta(minutes=5))
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])


def test_an_address_that_is_none_leaves_no_doubt(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench(variables={"TWITTER_API_URL": "api.example.org"})
    one = bench.queue()
    bench.run()
    assert bench.state(one) in ("scheduled", "held", "failed")  # nothing can have left
    assert "TWITTER_API_URL" in bench.row(one)["reason"]


def test_an_address_that_is_none_holds_the_account_and_fails_nothing(
    new_bench: Callable[..., Bench], said: Said
) -> None:
    bench = new_bench(variables={"TWITTER_API_URL": "api.example.org"})
    for number in range(3):
        bench.queue(text=f"number {number}")
    bench.run()
    bench.live_through(MINUTE)
    assert set(bench.states()) <= {"scheduled", "held"}
    assert said.tracebacks() == []
    mended = new_bench(name="w2")
    mended.live_through(MINUTE)
    assert mended.states() == {"published": 3}


def test_a_claim_for_an_account_without_credentials_leaves_no_doubt(new_bench: Callable[..., Bench]) -> None:
    bench = new_bench(connected=[])
    one = bench.queue()
    bench.publisher.deliver(bench.claim())  # it was queued just after the worker had looked at the accounts
    assert bench.state(one) in ("scheduled", "held", "failed")
    assert "FICE_X_API_KEY" in bench.row(one)["reason"]


def test_a_store_that_refuses_what_happened_is_told_until_it_listens(
    bench: Bench, said: Said, network_time: NetworkTime
) -> None:
    one = bench.queue()
    network_time.during_next_call(lambda: setattr(bench, "writes_refused", True))
    bench.dispatcher.dispatch()
    eventually(lambda: said.lines("can not be written yet"))
    assert bench.state(one) == "publishing"
    bench.writes_refused = False
    eventually(lambda: bench.state(one) == "published")
    assert bench.texts() == ["Hello"]


@pytest.mark.parametrize("trouble", ["read-only", "locked"])
def test_a_store_that_refuses_the_intent_stops_the_call_and_keeps_nothing_in_publishing(
    bench: Bench, said: Said, trouble: str
) -> None:
    one = bench.queue()
    held = bench.claim()

    def deliver() -> bool:
        bench.publisher.deliver(held)
        return True

    if trouble == "locked":
        with bench.locked():
            bench.lanes.run("fice-x", deliver)
            eventually(said.records.__len__)
            assert bench.sandbox.calls() == []
    else:
        bench.writes_refused = True
        bench.lanes.run("fice-x", deliver)
        eventually(said.records.__len__)
        assert bench.sandbox.calls() == []
        bench.writes_refused = False
    eventually(lambda: not bench.lanes.busy())
    bench.live_through(MINUTE)
    assert (bench.state(one), bench.texts()) == ("published", ["Hello"])
    assert not said.tracebacks()
