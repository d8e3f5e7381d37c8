"""Doubts: only one looks at a time, and what a look has shown is recorded unless somebody was faster."""

import threading
from datetime import datetime

import pytest

from bot.model.state import State
from bot.store import Store, doubts, lanes, listing, upkeep
from bot.store.desk import Desk
from bot.store.post_log import WORKER
from tests.store.acts import (
    HOUR,
    LIMIT,
    MINUTE,
    OUT,
    SECOND,
    SETTLE,
    begin,
    claim,
    doubt,
    everything,
    last_of,
    log_of,
    part_of,
    publish,
    row,
    state_of,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

LOOK = NOON + SETTLE
UNTIL = LOOK + 2 * MINUTE


def uncertain(store: Store, *texts: str) -> int:
    [one] = queue_up(store, delivery(texts=texts or ("Hello",)))
    doubt(store, claim(store))
    return one


def pending(store: Store, at: datetime) -> list[int]:
    with store.read() as connection:
        return [found.delivery for found in listing.doubts(connection, at)]


def test_nobody_looks_before_the_settling_time_has_passed(store: Store) -> None:
    one = uncertain(store)
    assert pending(store, LOOK - SECOND) == []
    assert pending(store, LOOK) == [one]


def test_a_doubt_says_what_to_look_for_and_since_when(store: Store) -> None:
    one = uncertain(store)
    found = the_doubt(store, LOOK)
    assert (found.delivery, found.account, found.network) == (one, "fice-x", "twitter")
    assert found.part is not None
    assert (found.part.number, found.part.text) == (1, "Hello")
    assert (found.since, found.sending.previous, found.reason) == (NOON, None, "reset")
    assert (found.looks, found.absences) == (0, 0)


def test_the_doubt_about_a_thread_is_about_the_first_part_that_is_not_known_to_be_out(store: Store) -> None:
    queue_up(store, delivery(texts=["one", "two", "three"]))
    doubt(store, publish(store, claim(store)), NOON + SECOND)
    found = the_doubt(store, NOON + HOUR)
    assert found.part is not None
    assert (found.part.number, found.part.text) == (2, "two")
    assert (found.since, found.sending.previous) == (NOON + SECOND, OUT)


def test_it_is_looked_for_since_the_first_call_that_may_have_worked(store: Store) -> None:
    uncertain(store)
    doubts.clear(store, the_doubt(store, LOOK), "not there", LOOK)
    doubt(store, claim(store, at=LOOK), LOOK)
    assert the_doubt(store, NOON + HOUR).since == NOON


def test_after_a_crash_before_any_call_there_is_nothing_to_look_for(store: Store) -> None:
    queue_up(store, delivery())
    claim(store)
    upkeep.rescue(store, NOON + HOUR, {"twitter": SETTLE})
    assert the_doubt(store, NOON + HOUR + SETTLE).since is None


def test_only_one_of_two_who_look_at_once_gets_the_look(store: Store) -> None:
    uncertain(store)
    seen = the_doubt(store, LOOK)
    got: list[bool] = []
    barrier = threading.Barrier(4)

    def look() -> None:
        barrier.wait()
        got.append(doubts.take(store, seen, UNTIL) is not None)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [False, False, False, True]


def test_while_one_looks_nobody_else_is_asked_to(store: Store) -> None:
    one = uncertain(store)
    assert doubts.take(store, the_doubt(store, LOOK), UNTIL)
    assert pending(store, UNTIL - SECOND) == []
    assert pending(store, UNTIL) == [one]


def test_a_look_during_which_the_worker_died_is_taken_over(store: Store) -> None:
    uncertain(store)
    seen = the_doubt(store, LOOK)
    assert doubts.take(store, seen, UNTIL)
    assert not doubts.take(store, seen, UNTIL + MINUTE)  # an old picture gives no right to look
    assert doubts.take(store, the_doubt(store, UNTIL), UNTIL + MINUTE)


def test_found_it_is_published_with_the_id_that_the_network_has(store: Store) -> None:
    one = uncertain(store)
    doubts.found(store, the_doubt(store, LOOK), OUT, LOOK)
    found = row(store, one)
    assert (found["state"], found["remote_id"], found["remote_url"], found["published_at"]) == (
        State.PUBLISHED,
        OUT.remote_id,
        OUT.url,
        LOOK,
    )
    last = last_of(store, one)
    assert (last.reason, last.actor, last.lateness_s) == ("found among the account's own posts", WORKER, 60.0)
    assert pending(store, NOON + HOUR) == []


def test_one_post_on_the_network_is_never_taken_for_two_deliveries(store: Store) -> None:
    """Two say the same on one account, and two workers look at once: one of the two is not out."""
    [one, two] = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    doubt(store, claim(store))
    doubt(store, claim(store))
    with store.read() as connection:
        [first, second] = listing.doubts(connection, LOOK)
    for looking in (first, second):
        assert doubts.take(store, looking, UNTIL)
        doubts.found(store, looking, OUT, LOOK)
    assert [state_of(store, one), state_of(store, two)] == [State.PUBLISHED, State.UNCERTAIN]


def test_a_part_that_was_found_lets_the_thread_go_on_after_it(store: Store) -> None:
    one = uncertain(store, "one", "two")
    doubts.found(store, the_doubt(store, LOOK), OUT, LOOK)
    assert (state_of(store, one), part_of(store, one)["remote_id"]) == (State.SCHEDULED, OUT.remote_id)
    again = claim(store, at=LOOK)
    assert again.next_sending is not None
    assert (again.next_sending.part.number, again.next_sending.previous) == (2, OUT)


def test_not_found_it_is_ready_at_once_and_its_tolerance_decides(store: Store) -> None:
    one = uncertain(store)
    doubts.clear(store, the_doubt(store, LOOK), "seen twice that it is not there", LOOK)
    found = row(store, one)
    assert (found["state"], found["ready_at"], found["look_at"]) == (State.SCHEDULED, LOOK, None)
    assert found["expires_at"] == NOON + 3 * HOUR
    assert last_of(store, one).reason == "seen twice that it is not there"


def test_an_absence_is_counted_and_looked_at_once_more_and_leaves_no_row(store: Store) -> None:
    one = uncertain(store)
    before = log_of(store, one)
    doubts.not_seen(store, the_doubt(store, LOOK), LOOK + HOUR)
    assert pending(store, LOOK + HOUR - SECOND) == []
    assert pending(store, LOOK + HOUR) == [one]
    assert the_doubt(store, LOOK + HOUR).absences == 1
    assert log_of(store, one) == before
    assert row(store, one)["reason"] == "reset"


def test_why_nobody_can_look_is_logged_and_shown(store: Store) -> None:
    one = uncertain(store)
    doubts.could_not_look(store, the_doubt(store, LOOK), LOOK + HOUR, "the network does not answer", LOOK)
    assert row(store, one)["reason"] == "the network does not answer"
    last = last_of(store, one)
    assert (last.to_state, last.reason, last.at) == (State.UNCERTAIN, "the network does not answer", LOOK)


def test_a_look_that_could_not_be_made_is_no_absence(store: Store) -> None:
    """What is there may only not have been seen; to send it again needs two looks that could see it."""
    uncertain(store)
    doubts.not_seen(store, the_doubt(store, LOOK), LOOK)
    for _ in range(3):
        taken = doubts.take(store, the_doubt(store, LOOK), UNTIL)
        assert taken
        doubts.could_not_look(store, taken, LOOK, "no answer", LOOK)
    assert doubts.take(store, the_doubt(store, LOOK), UNTIL)  # and then it dies while looking
    found = the_doubt(store, UNTIL)
    assert (found.absences, found.looks) == (1, 3)


def test_the_same_trouble_with_looking_is_logged_once(store: Store) -> None:
    one = uncertain(store)
    before = len(log_of(store, one))
    for _ in range(3):
        doubts.could_not_look(store, the_doubt(store, LOOK), LOOK, "no answer", LOOK)
    assert len(log_of(store, one)) == before + 1


def test_a_person_is_told_of_a_doubt_that_looking_does_not_end(store: Store) -> None:
    one = uncertain(store)
    for _ in range(listing.MOST_FAILED_LOOKS):
        with store.read() as connection:
            assert not listing.needing_a_person(connection)
        doubts.could_not_look(store, the_doubt(store, LOOK), LOOK, "no answer", LOOK)
    with store.read() as connection:
        [needy] = listing.needing_a_person(connection)
    assert (needy.id, needy.needs_a_person) == (one, True)
    assert pending(store, LOOK) == [one]  # and the looking goes on


def test_each_account_with_doubts_says_when_it_is_looked_at_next(store: Store) -> None:
    queue_up(store, delivery("week/1.md", "a"), delivery("week/2.md", "a"), delivery("week/1.md", "b"))
    doubt(store, claim(store, "a"), look_at=NOON + 9 * MINUTE)
    doubt(store, claim(store, "a"), look_at=NOON + 5 * MINUTE)
    doubt(store, claim(store, "b"), look_at=NOON + 7 * MINUTE)
    with store.read() as connection:
        found = {next_one.account: next_one.look_at for next_one in listing.next_doubts(connection)}
    assert found == {"a": NOON + 5 * MINUTE, "b": NOON + 7 * MINUTE}


def test_what_nobody_can_look_for_waits_for_a_person(store: Store) -> None:
    one = uncertain(store)
    doubts.could_not_look(store, the_doubt(store, LOOK), None, f"bot resolve {one}", LOOK)
    assert pending(store, LOOK + 1000 * HOUR) == []
    with store.read() as connection:
        assert lanes.first_doubt(connection) is None
        [needy] = listing.needing_a_person(connection)
    assert (needy.id, needy.needs_a_person) == (one, True)
    Desk(store, "anna", LOOK).resolve_not_published(one, "")
    assert state_of(store, one) == State.SCHEDULED


@pytest.mark.parametrize(
    ("shown", "meanwhile"),
    [
        ("not found", "resolved as published"),
        ("nothing", "resolved as published"),
        ("not found", "claimed anew and again uncertain"),
        ("nothing", "claimed anew and again uncertain"),
    ],
)
def test_an_old_look_does_not_change_what_has_been_decided_since(
    store: Store, shown: str, meanwhile: str
) -> None:
    one = uncertain(store)
    looking = doubts.take(store, the_doubt(store, LOOK), UNTIL)
    assert looking
    if meanwhile == "resolved as published":
        Desk(store, "anna", LOOK).resolve_published(one, "https://x.com/fice/status/5", "5", "")
    else:
        Desk(store, "anna", LOOK).resolve_not_published(one, "")
        doubt(store, claim(store, at=LOOK), LOOK)
    before = row(store, one)
    if shown == "not found":
        doubts.clear(store, looking, "not there", LOOK)
    else:
        doubts.could_not_look(store, looking, None, "can not look", LOOK)
    assert row(store, one) == before


@pytest.mark.parametrize("shown", ["not there, for the first time", "not found", "nothing"])
def test_a_look_that_another_has_taken_over_says_nothing_any_more_unless_it_found_it(
    store: Store, shown: str
) -> None:
    """Its worker stood still, and the other one was told that nobody but a person can look."""
    one = uncertain(store)
    stalled = doubts.take(store, the_doubt(store, LOOK), UNTIL)
    other = doubts.take(store, the_doubt(store, UNTIL), UNTIL + MINUTE)
    assert stalled
    assert other
    doubts.could_not_look(store, other, None, f"bot resolve {one}", UNTIL)
    before = everything(store)
    match shown:
        case "not there, for the first time":
            doubts.not_seen(store, stalled, UNTIL + HOUR)
        case "not found":
            doubts.clear(store, stalled, "not there", UNTIL)
        case "nothing":
            doubts.could_not_look(store, stalled, UNTIL + HOUR, "no answer", UNTIL)
    assert everything(store) == before
    assert doubts.found(store, stalled, OUT, UNTIL)
    assert state_of(store, one) == State.PUBLISHED


def test_a_doubt_that_is_over_can_not_be_taken(store: Store) -> None:
    one = uncertain(store)
    looking = the_doubt(store, LOOK)
    Desk(store, "anna", LOOK).resolve_published(one, "https://x.com/fice/status/5", "5", "")
    before = everything(store)
    assert not doubts.take(store, looking, UNTIL)
    assert everything(store) == before


def test_the_longest_waiting_doubts_come_first_and_not_all_at_once(store: Store) -> None:
    accounts = ["a", "b", "c"]
    ids = queue_up(store, *(delivery(account=account) for account in accounts))
    for one, account in enumerate(reversed(accounts)):
        doubt(store, claim(store, account), look_at=NOON + one * MINUTE)
    assert pending(store, NOON + HOUR) == ids[::-1]
    with store.read() as connection:
        assert [one.delivery for one in listing.doubts(connection, NOON + HOUR, limit=2)] == ids[:0:-1]
        assert lanes.first_doubt(connection) == NOON


def test_a_new_doubt_about_the_same_delivery_is_looked_at_afresh(store: Store) -> None:
    one = uncertain(store)
    doubts.not_seen(store, the_doubt(store, LOOK), LOOK + SECOND)
    doubts.clear(store, the_doubt(store, LOOK + SECOND), "not there", LOOK)
    begin(store, claim(store, at=LOOK), LOOK)
    upkeep.rescue(store, LOOK + HOUR, {"twitter": SETTLE})
    assert (row(store, one)["looks"], row(store, one)["absences"]) == (0, 0)
    assert row(store, one)["look_at"] == max(LOOK + LIMIT, LOOK + HOUR) + SETTLE
