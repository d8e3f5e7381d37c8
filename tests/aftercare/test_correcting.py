"""Correcting what is out: the file's words, nothing else, and plans that are quiet afterwards."""

import pytest

from bot.store import plans
from tests.worker.helper import EVERY_ACCOUNT, Bench, NetworkTime

from .helper import IN_TWO_PARTS, calls, compared, correct, out_of, published, reasons

NETWORK = {"fice-facebook": "facebook", "fice-linkedin": "linkedin"}
each_account = pytest.mark.parametrize("account", NETWORK)
each_that_edits = pytest.mark.parametrize("account", [*NETWORK, "fice-mastodon"])


def message(bench: Bench, delivery: int) -> str:
    with bench.store.read() as connection:
        [one] = [one for one in plans.deliveries_of(connection, ["week"]) if one.id == delivery]
    return one.message


@each_account
def test_what_is_out_says_what_its_file_says_and_keeps_its_place(bench: Bench, account: str) -> None:
    one = published(bench, account)
    before = bench.feed(account)
    wanted = compared(bench, one, "The (better) post", first_comment="The comment")
    assert list(wanted.lines())[1:] == ["- The post", "+ The (better) post"]
    assert [done.done for done in correct(bench, wanted)] == [True]
    after = bench.feed(account)
    assert [one.text for one in after] == ["The (better) post", "The comment"]
    assert [one.id for one in after] == [one.id for one in before]
    assert bench.state(one) == "published"


@each_account
def test_a_comment_can_be_corrected_too(bench: Bench, account: str) -> None:
    one = published(bench, account)
    wanted = compared(bench, one, "The post", first_comment="A better comment")
    assert [done.one.one.number for done in correct(bench, wanted)] == [2]
    assert bench.texts(account) == ["The post", "A better comment"]


@each_account
def test_afterwards_the_plan_finds_no_difference(bench: Bench, account: str) -> None:
    one = published(bench, account)
    wanted = compared(bench, one, "The better post", first_comment="A better comment")
    correct(bench, wanted)
    again = compared(bench, one, "The better post", first_comment="A better comment")
    assert (again.parts, again.obstacle) == ((), "")
    there = bench.queue(account, "The better post", comment="A better comment")
    assert message(bench, one) == message(bench, there)


@each_account
def test_the_post_log_tells_who_corrected_what(bench: Bench, account: str) -> None:
    one = published(bench, account)
    correct(bench, compared(bench, one, "The better post", first_comment="The comment"))
    begun, done = bench.log(one)[-2:]
    assert begun.reason == "part 1 is to be corrected on the network"
    assert done.reason.startswith("part 1 is corrected: ")
    assert (done.actor, done.remote_id) == ("anna", out_of(bench, one).parts[0].remote.remote_id)


def test_a_card_keeps_its_title_and_that_is_said(bench: Bench) -> None:
    link = "https://example.org/a"
    network = NETWORK["fice-linkedin"]
    one = bench.queue("fice-linkedin", "A tipo", link=link)
    bench.run()
    wanted = compared(bench, one, "A typo", link=link)
    assert (wanted.obstacle, list(wanted.lines())[-1]) == ("", f"{wanted.note}")
    assert "keeps its title" in wanted.note
    assert [done.done for done in correct(bench, wanted)] == [True]
    assert [shown.text for shown in bench.sandbox.feed() if shown.network == network] == ["A typo"]
    again = compared(bench, one, "A typo", link=link)
    assert (again.parts, again.obstacle) == ((), "")


@each_that_edits
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_an_unclear_answer_is_told_and_a_second_try_is_harmless(
    bench: Bench, account: str, fault: str
) -> None:
    one = published(bench, account, text="The post")
    bench.sandbox.add_fault(EVERY_ACCOUNT[account], fault, on="edit")
    wanted = compared(bench, one, "The better post")
    [done] = correct(bench, wanted)
    assert not done.done
    assert "nobody knows" in done.words
    assert reasons(bench, one)[-1].startswith("part 1 is perhaps corrected: ")
    again = compared(bench, one, "The better post")
    assert [part.to.text for part in again.parts] == ["The better post"]
    assert [done.done for done in correct(bench, again)] == [True]
    assert bench.texts(account) == ["The better post"]


@each_that_edits
def test_a_crash_between_the_call_and_its_record_is_ended_by_the_same_command(
    bench: Bench, network_time: NetworkTime, account: str
) -> None:
    one = published(bench, account, text="The post")
    wanted = compared(bench, one, "The better post")

    def die() -> None:
        bench.writes_refused = True

    network_time.during_next_call(die)
    with pytest.raises(Exception, match="read"):
        correct(bench, wanted)
    bench.writes_refused = False
    assert reasons(bench, one)[-1] == "part 1 is to be corrected on the network"
    assert [done.done for done in correct(bench, compared(bench, one, "The better post"))] == [True]
    assert bench.texts(account) == ["The better post"]


@each_that_edits
def test_a_clear_no_leaves_all_as_it_was(bench: Bench, account: str) -> None:
    one = published(bench, account, text="The post")
    bench.sandbox.add_fault(EVERY_ACCOUNT[account], "status", on="edit", status=429)
    [done] = correct(bench, compared(bench, one, "The better post"))
    assert not done.done
    assert bench.texts(account) == ["The post"]
    assert len(compared(bench, one, "The better post").parts) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"link": "https://example.org/other"}, "its link can not be changed"),
        ({"first_comment": "A new comment"}, "the number of its parts differs"),
    ],
)
def test_what_no_network_lets_be_changed_is_refused_with_what_can_be_done(
    bench: Bench, change: dict[str, str], words: str
) -> None:
    one = published(bench, "fice-linkedin", text="The post")
    wanted = compared(bench, one, "The better post", **change)
    assert words in wanted.obstacle
    assert f"bot unpublish {one}" in wanted.obstacle


def test_x_lets_no_post_be_changed(bench: Bench) -> None:
    one = published(bench, "fice-x")
    wanted = compared(bench, one, ["1/2 The post", "2/2 And much more"])
    assert "lets no program change a post" in wanted.obstacle
    assert calls(bench, "fice-x", "PUT") == 0


def test_a_campaign_that_asks_for_approval_has_it_from_whoever_saw_the_difference(bench: Bench) -> None:
    one = published(bench, "fice-linkedin", **IN_TWO_PARTS["fice-linkedin"])
    correct(bench, compared(bench, one, "The better post", first_comment="The comment"))
    assert bench.row(one)["approved"] == bench.row(one)["message"]
