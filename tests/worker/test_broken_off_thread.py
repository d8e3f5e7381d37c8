"""Threads that X lets break off: what the operator is told, and what becomes of the rest."""

import json

import pytest

from bot.store.desk import DeskError

from .helper import HOUR, MINUTE, NOON, Bench, House

TEXTS = ["1/3 one", "2/3 two", "3/3 three"]


def broken_off(bench: Bench) -> int:
    """A thread of which two parts are out, and the third is refused."""
    one = bench.queue(text=TEXTS)
    for _ in range(2):
        bench.sandbox.add_fault("twitter", "slow", seconds=0)
    bench.sandbox.add_fault("twitter", "status", named="reply not allowed")
    bench.run()
    assert (bench.state(one), bench.texts()) == ("failed", TEXTS[:2])
    return one


def test_it_says_what_is_out_with_links_and_what_can_be_done(bench: Bench) -> None:
    one = broken_off(bench)
    reason = bench.row(one)["reason"]
    links = ", ".join(shown.url for shown in bench.feed())
    assert "Reply to this conversation is not allowed" in reason
    assert "X lets this app reply only where the author has mentioned it" in reason
    assert f"Of 3 parts 2 are out: {links}. " in reason
    assert reason.endswith(f"bot reschedule {one} now; or give it up: bot cancel {one}.")


def test_the_account_goes_on_meanwhile(bench: Bench) -> None:
    broken_off(bench)
    other = bench.queue(text="Another post")
    bench.run()
    assert bench.state(other) == "published"


def test_the_rest_is_sent_later_as_answers_to_what_is_out(bench: Bench) -> None:
    one = broken_off(bench)
    bench.advance(HOUR)
    bench.desk().reschedule({one: (NOON + HOUR, "13:00")}, "")
    bench.run()
    assert (bench.state(one), bench.texts()) == ("published", TEXTS)
    _, second, third = bench.feed()
    assert third.parent_id == second.id


def test_a_rest_that_is_given_up_leaves_it_published_in_part(bench: Bench) -> None:
    one = broken_off(bench)
    bench.advance(HOUR)
    [row] = bench.desk().cancel([one], "nobody reads on")
    first, _ = bench.feed()
    assert (row["state"], row["remote_url"], row["published_at"]) == ("published", first.url, NOON)
    entry = bench.log(one)[-1]
    assert (entry.from_state, entry.to_state, entry.actor) == ("failed", "published", "anna")
    assert entry.reason == "published in part: 2 of 3, and the rest is given up: nobody reads on"
    assert (entry.remote_url, entry.lateness_s) == (first.url, 0)


def test_what_was_given_up_is_never_sent_again(bench: Bench) -> None:
    one = broken_off(bench)
    bench.desk().cancel([one], "")
    with pytest.raises(DeskError, match="published can not be rescheduled"):
        bench.desk().reschedule({one: (NOON + HOUR, "13:00")}, "")
    bench.live_through(10 * MINUTE)
    assert bench.texts() == TEXTS[:2]


def test_one_that_was_missed_or_held_after_its_first_part_can_be_given_up_too(bench: Bench) -> None:
    bench.sandbox.add_fault("twitter", "slow", seconds=0)
    bench.sandbox.add_fault("twitter", "status", named="rate limit", count=9)
    one = bench.queue(text=TEXTS, late_ok=MINUTE)
    bench.run()
    bench.desk().hold([one], "")
    [row] = bench.desk().cancel([one], "")
    assert (row["state"], bench.texts()) == ("published", TEXTS[:1])


def test_of_a_list_each_is_given_up_or_cancelled_or_none(bench: Bench) -> None:
    one = broken_off(bench)
    later = bench.queue(text="Later", due=NOON + HOUR)
    out = bench.queue(text="Out")
    bench.run()
    with pytest.raises(DeskError):
        bench.desk().cancel([one, later, out], "")
    assert (bench.state(one), bench.state(later)) == ("failed", "scheduled")
    bench.desk().cancel([one, later], "")
    assert (bench.state(one), bench.state(later)) == ("published", "cancelled")


def test_the_commands_and_the_files_know_it_as_published(house: House) -> None:
    house.post("1-thread", TEXTS, "fice-x")
    house.sandbox.add_fault("twitter", "slow", seconds=0)
    house.sandbox.add_fault("twitter", "status", named="reply not allowed")
    house.bot("apply")
    house.bot("worker", "--until-idle")
    given_up = json.loads(house.bot("cancel", "1", "-m", "enough", "--json"))
    words = "published in part: 1 of 3, and the rest is given up: enough"
    assert (given_up["state"], given_up["reason"]) == ("published", words)
    house.post("1-thread", [*TEXTS[:2], "3/3 other"], "fice-x")
    assert "already published; " in house.bot("apply")
    assert (house.states(), house.shown()) == ({"published": 1}, {TEXTS[0]: 1})
