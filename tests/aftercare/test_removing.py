"""Taking away what is out: all of it, honestly told, and safe to repeat wherever it was stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.store import listing
from bot.store.desk_error import DeskError
from bot.store.engine import StoreError
from tests.worker.helper import EVERY_ACCOUNT, HOUR, NOON, Bench, NetworkTime

from .helper import IN_TWO_PARTS, out_of, published, reasons, remove, remover

each_account = pytest.mark.parametrize("account", IN_TWO_PARTS)
NETWORK = {account: EVERY_ACCOUNT[account] for account in IN_TWO_PARTS}


def needing_a_person(bench: Bench) -> list[int]:
    with bench.store.read() as connection:
        return [one.id for one in listing.needing_a_person(connection)]


@each_account
def test_every_part_is_taken_away_the_last_one_first(bench: Bench, account: str) -> None:
    one = published(bench, account)
    first, second = bench.feed(account)
    done = remove(bench, one)
    assert [(part.one.remote.remote_id, part.gone) for part in done] == [(second.id, True), (first.id, True)]
    assert bench.feed(account) == []
    row = bench.row(one)
    assert (row["state"], row["removed_by"], row["removing_since"]) == ("published", "anna", None)
    assert row["removed_at"] == NOON
    assert needing_a_person(bench) == []


@each_account
def test_the_post_log_tells_who_took_what_away_and_what_the_network_said(bench: Bench, account: str) -> None:
    one = published(bench, account)
    shown = bench.feed(account)
    bench.advance(timedelta(days=2))
    remove(bench, one)
    begun, second, first = bench.log(one)[-3:]
    assert (begun.actor, begun.reason) == ("anna", "to be taken away from the network: parts 1, 2")
    assert (second.remote_id, first.remote_id) == (shown[1].id, shown[0].id)
    assert first.reason.startswith("part 1 is taken away: ")
    assert {entry.to_state for entry in (begun, second, first)} == {"published"}
    assert first.lateness_s is None  # it was no publishing


@each_account
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_an_unclear_answer_is_told_and_the_second_try_ends_it(bench: Bench, account: str, fault: str) -> None:
    one = published(bench, account, text="Hello")
    bench.sandbox.add_fault(NETWORK[account], fault, on="delete")
    [removal] = remove(bench, one)
    assert not removal.gone
    assert "nobody knows" in removal.words
    assert bench.row(one)["removed_at"] is None
    assert needing_a_person(bench) == [one]
    assert f"bot unpublish {one}" in bench.row(one)["reason"]
    [removal] = remove(bench, one)
    assert removal.gone
    assert bench.feed(account) == []
    assert (bench.row(one)["removed_by"], needing_a_person(bench)) == ("anna", [])


@each_account
def test_what_is_gone_already_counts_as_taken_away(bench: Bench, account: str) -> None:
    one = published(bench, account)
    first, second = (part.remote for part in out_of(bench, one).parts)
    bench.accounts[account].delete(second)
    bench.accounts[account].delete(first)
    assert [removal.gone for removal in remove(bench, one)] == [True, True]
    assert bench.row(one)["removed_by"] == "anna"


@each_account
def test_a_clear_no_leaves_all_as_it_was(bench: Bench, account: str) -> None:
    one = published(bench, account, text="Hello")
    bench.sandbox.add_fault(NETWORK[account], "status", on="delete", status=429)
    [removal] = remove(bench, one)
    assert not removal.gone
    assert (bench.texts(account), needing_a_person(bench)) == (["Hello"], [])
    assert (bench.row(one)["removing_since"], bench.row(one)["removed_at"]) == (None, None)
    assert reasons(bench, one)[-1].startswith("part 1 is not taken away: ")


@each_account
def test_what_is_taken_away_by_half_asks_for_a_person(bench: Bench, account: str) -> None:
    one = published(bench, account)
    _first, second = out_of(bench, one).parts
    remover(bench).remove(out_of(bench, one), [second])
    bench.sandbox.add_fault(NETWORK[account], "status", on="delete", status=429)
    assert [removal.gone for removal in remove(bench, one)] == [False]
    assert needing_a_person(bench) == [one]
    assert [removal.one.number for removal in remove(bench, one)] == [1]
    assert (bench.feed(account), needing_a_person(bench)) == ([], [])


@each_account
def test_a_crash_between_the_call_and_its_record_is_ended_by_the_same_command(
    bench: Bench, network_time: NetworkTime, account: str
) -> None:
    one = published(bench, account, text="Hello")

    def die() -> None:
        bench.writes_refused = True

    network_time.during_next_call(die)
    with pytest.raises(StoreError):
        remove(bench, one)
    bench.writes_refused = False
    assert (bench.feed(account), bench.row(one)["removed_at"]) == ([], None)
    assert needing_a_person(bench) == [one]
    assert [removal.gone for removal in remove(bench, one)] == [True]
    assert (bench.feed(account), needing_a_person(bench)) == ([], [])


def test_one_part_of_a_thread_can_go_alone(bench: Bench) -> None:
    one = published(bench, "fice-x")
    assert [removal.one.number for removal in remove(bench, one, part=2)] == [2]
    assert bench.texts() == ["1/2 The post"]
    assert (bench.row(one)["removed_at"], needing_a_person(bench)) == (None, [])


@pytest.mark.parametrize("account", ["fice-facebook", "fice-linkedin"])
def test_the_comments_go_with_their_post(bench: Bench, account: str) -> None:
    one = published(bench, account)
    assert [removal.one.number for removal in remove(bench, one, part=1)] == [2, 1]
    assert bench.feed(account) == []


def test_the_rest_of_a_thread_of_which_a_part_was_taken_away_is_never_sent(bench: Bench) -> None:
    one = bench.queue(**IN_TWO_PARTS["fice-x"])
    bench.sandbox.add_fault("twitter", "slow", seconds=0)  # the first part goes out
    bench.sandbox.add_fault("twitter", "status", status=400)
    bench.run()
    assert (bench.state(one), bench.texts()) == ("failed", ["1/2 The post"])
    assert [removal.gone for removal in remove(bench, one)] == [True]
    assert (bench.state(one), bench.row(one)["cancelled_by"]) == ("cancelled", "anna")
    with pytest.raises(DeskError, match="never sent again"):
        bench.desk().reschedule({one: (NOON + HOUR, "13:00")}, "")
    bench.live_through(2 * HOUR)
    assert bench.texts() == []


def test_what_is_on_its_way_or_in_doubt_is_not_taken_away(bench: Bench) -> None:
    one = bench.queue()
    held = bench.claim()
    with pytest.raises(DeskError, match="nothing of delivery"):
        remove(bench, one)
    bench.begin(held)
    bench.sandbox.add_fault("twitter", "drop_after")
    two = bench.queue("kenya-x", ["1/2", "2/2"])
    bench.sandbox.clear_faults()
    bench.sandbox.add_fault("twitter", "slow", seconds=0)
    bench.sandbox.add_fault("twitter", "drop_after")
    bench.run()
    assert bench.state(two) == "uncertain"
    with pytest.raises(DeskError, match="bot resolve"):
        remove(bench, two)
    assert len(bench.feed("kenya-x")) == 2


@each_account
def test_the_same_words_may_be_said_anew_and_are_not_taken_for_what_is_gone(
    bench: Bench, account: str
) -> None:
    bench.sandbox.set_refuse_duplicates(False)
    before = published(bench, account, text="Good morning")
    remove(bench, before)
    again = bench.queue(account, "Good morning")
    bench.sandbox.add_fault(NETWORK[account], "drop_before")
    bench.run()
    bench.live_through(HOUR)
    assert (bench.state(again), bench.texts(account)) == ("published", ["Good morning"])
    assert bench.row(before)["remote_id"] != bench.row(again)["remote_id"]


def test_where_only_a_link_is_known_a_person_takes_it_away_and_says_so(bench: Bench) -> None:
    bench.sandbox.set_reads_allowed("facebook", False)
    one = bench.queue("fice-facebook")
    bench.sandbox.add_fault("facebook", "drop_after")
    bench.run()
    bench.after(minutes=1)
    bench.resolve(one, "https://www.facebook.com/fice/posts/pfbid02abc")
    with pytest.raises(DeskError, match=f"bot unpublish {one} --gone"):
        remove(bench, one)
    out = out_of(bench, one)
    remover(bench).record_gone(out, out.shown)
    assert bench.row(one)["removed_by"] == "anna"
    assert "done by hand" in reasons(bench, one)[-1]


def test_an_account_that_is_not_connected_is_said_to_be_so(bench: Bench) -> None:
    one = published(bench, "fice-x", text="Hello")
    without = {name: value for name, value in bench.settings.environment.items() if "FICE_X" not in name}
    bench.accounts.use(replace(bench.settings, environment=without))
    with pytest.raises(DeskError, match="FICE_X_API_KEY"):
        remove(bench, one)
    assert bench.row(one)["removing_since"] is None
