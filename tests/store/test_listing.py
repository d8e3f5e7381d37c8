"""Listings: the queue as people see it, what needs one of them, and what the reconciler needs to know."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text

from bot.model.outcome import Cause, Rejected
from bot.model.state import Hold, State
from bot.store import Store, doubts, listing, settle, upkeep
from bot.store.desk import Desk
from bot.store.listing import Queued, QueueFilter
from bot.store.settle import Ending
from tests.store.acts import (
    HOUR,
    OTHER,
    OUT,
    SECOND,
    SETTLE,
    begin,
    claim,
    doubt,
    fail,
    postpone,
    publish,
    reach,
    row,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up


def listed(store: Store, wanted: QueueFilter, limit: int | None = None) -> Sequence[Queued]:
    with store.read() as connection:
        return listing.queue(connection, wanted, limit)


def posts(store: Store, wanted: QueueFilter, limit: int | None = None) -> list[str]:
    return [one.post for one in listed(store, wanted, limit)]


def needy(store: Store) -> list[int]:
    with store.read() as connection:
        return [one.id for one in listing.needing_a_person(connection)]


def test_the_next_one_comes_first(store: Store) -> None:
    queue_up(
        store,
        delivery("week/3.md", due_at=NOON + HOUR),
        delivery("week/1.md", due_at=NOON - HOUR),
        delivery("week/2.md", "fice-x"),
        delivery("week/2.md", "fice-facebook"),
    )
    assert posts(store, QueueFilter()) == ["week/1.md", "week/2.md", "week/2.md", "week/3.md"]
    assert posts(store, QueueFilter(), limit=2) == ["week/1.md", "week/2.md"]


@pytest.mark.parametrize("state", State)
def test_what_has_ended_is_listed_only_when_it_is_asked_for(store: Store, state: State) -> None:
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    ended = state in (State.PUBLISHED, State.CANCELLED)
    assert bool(listed(store, QueueFilter())) is not ended
    assert [found.id for found in listed(store, QueueFilter(ended=True))] == [one]
    assert [found.id for found in listed(store, QueueFilter(state=state))] == [one]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (QueueFilter(campaign="week"), ["week/ab.md", "week/a_b.md", "week/c.md"]),
        (QueueFilter(campaign="other"), []),
        (QueueFilter(account="fice-facebook"), ["week/a_b.md"]),
        (QueueFilter(post="week/a"), ["week/ab.md", "week/a_b.md"]),
        (QueueFilter(post="week/a_"), ["week/a_b.md"]),
        (QueueFilter(post="%"), []),
        (QueueFilter(state="held"), []),
        (QueueFilter(account="fice-x", post="week/a"), ["week/ab.md"]),
    ],
)
def test_the_queue_is_filtered(store: Store, wanted: QueueFilter, expected: list[str]) -> None:
    queue_up(
        store,
        delivery("week/ab.md"),
        delivery("week/a_b.md", "fice-facebook"),
        delivery("week/c.md"),
    )
    assert posts(store, wanted) == expected


def test_a_row_of_the_queue_has_the_fields_of_the_contract(store: Store) -> None:
    [one] = queue_up(store, delivery())
    value = listed(store, QueueFilter())[0].to_json()
    assert {name: value[name] for name in ("id", "post", "account", "network", "state", "due_at")} == {
        "id": one,
        "post": "week/1.md",
        "account": "fice-x",
        "network": "twitter",
        "state": "scheduled",
        "due_at": "2018-09-24T12:00:00+00:00",
    }


HOLDS_THAT_NEED_A_PERSON = {
    Hold.OPERATOR: True,
    Hold.PAUSED: False,  # `bot resume` ends it for all of them at once
    Hold.APPROVAL: True,
    Hold.NOT_CONNECTED: True,
    Hold.STALE: True,
}


@pytest.mark.parametrize(("hold", "expected"), HOLDS_THAT_NEED_A_PERSON.items())
def test_who_lets_a_held_delivery_go(store: Store, hold: Hold, expected: bool) -> None:
    [one] = queue_up(store, delivery())
    with store.write() as connection:
        connection.execute(text("UPDATE delivery SET state = 'held', hold = :hold"), {"hold": hold})
    [found] = listed(store, QueueFilter())
    assert found.needs_a_person is expected
    assert needy(store) == ([one] if expected else [])


@pytest.mark.parametrize("state", State)
def test_what_needs_a_person_is_the_same_in_both_listings(store: Store, state: State) -> None:
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    [found] = listed(store, QueueFilter(ended=True))
    assert found.needs_a_person is (state in (State.FAILED, State.MISSED, State.HELD))
    assert needy(store) == ([one] if found.needs_a_person else [])


def test_a_doubt_needs_a_person_only_when_nobody_else_can_look(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    assert needy(store) == []
    doubts.could_not_look(store, the_doubt(store, NOON + SETTLE), None, "no right to read", NOON)
    assert needy(store) == [one]


def test_what_needs_a_person_longest_comes_first_and_not_without_end(store: Store) -> None:
    ids = queue_up(store, *(delivery(f"week/{n}.md", due_at=NOON - n * HOUR) for n in range(4)))
    Desk(store, "anna", NOON).hold(ids, "")
    assert needy(store) == ids[::-1]
    with store.read() as connection:
        assert [one.id for one in listing.needing_a_person(connection, limit=1)] == [ids[-1]]


def test_the_counts_are_by_account_and_state(store: Store) -> None:
    queue_up(
        store,
        delivery("week/1.md", "a"),
        delivery("week/2.md", "a"),
        delivery("week/3.md", "a"),
        delivery("week/1.md", "b"),
    )
    publish(store, claim(store, "a"))
    fail(store, claim(store, "b"))
    with store.read() as connection:
        counted = listing.counts(connection)
    assert counted == {("a", "scheduled"): 2, ("a", "published"): 1, ("b", "failed"): 1}


@pytest.mark.parametrize("state", State)
def test_in_flight_is_what_a_worker_has_in_hand(store: Store, state: State) -> None:
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    with store.read() as connection:
        assert listing.in_flight(connection) is (state == State.PUBLISHING)


def test_one_delivery_is_found_by_its_number(store: Store) -> None:
    [one] = queue_up(store, delivery())
    assert row(store, one)["post"] == "week/1.md"
    with store.read() as connection:
        assert listing.one(connection, one + 1) is None


def test_an_open_attempt_may_have_worked_as_well(store: Store) -> None:
    [one] = queue_up(store, delivery())
    with store.read() as connection:
        assert listing.first_doubtful_call(connection, one, 1) is None
    begin(store, claim(store, at=NOON + SECOND), NOON + SECOND)
    with store.read() as connection:
        assert listing.first_doubtful_call(connection, one, 1) == NOON + SECOND
        assert not listing.ended_in_doubt(connection, one, 1)


def test_only_what_nobody_knows_the_end_of_is_doubtful(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    postpone(store, claim(store), NOON)
    doubt(store, publish(store, claim(store)), NOON + SECOND)
    with store.read() as connection:
        assert listing.first_doubtful_call(connection, one, 1) is None
        assert not listing.ended_in_doubt(connection, one, 1)
        assert listing.first_doubtful_call(connection, one, 2) == NOON + SECOND
        assert listing.ended_in_doubt(connection, one, 2)


def test_a_refusal_that_is_taken_for_a_sign_of_existence_leaves_the_earlier_call_in_doubt(
    store: Store,
) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    doubts.clear(store, the_doubt(store, NOON + SETTLE), "not there", NOON)
    held = claim(store, at=NOON + SECOND)
    _, attempt = begin(store, held, NOON + SECOND)
    duplicate = Rejected(Cause.DUPLICATE, "you said that already")
    settle.doubtful(store, held, Ending(attempt, duplicate), "it seems to be out", NOON + SETTLE, NOON)
    with store.read() as connection:
        assert listing.first_doubtful_call(connection, one, 1) == NOON
        assert listing.ended_in_doubt(connection, one, 1)


def test_the_ids_of_what_is_out_are_known_so_that_they_are_not_taken_for_another_post(store: Store) -> None:
    queue_up(
        store,
        delivery("week/1.md", "a", texts=["one", "two"]),
        delivery("week/1.md", "b"),
        delivery("week/2.md", "a", due_at=NOON + HOUR),
    )
    publish(store, publish(store, claim(store, "a")), OTHER)
    publish(store, claim(store, "b"), type(OUT)("of-another-account", None))
    with store.read() as connection:
        assert listing.known_ids(connection, "a", NOON) == {OUT.remote_id, OTHER.remote_id}
        assert listing.known_ids(connection, "a", NOON + SECOND) == set()


def test_what_was_found_by_looking_is_known_as_well(store: Store) -> None:
    queue_up(store, delivery())
    doubt(store, claim(store))
    doubts.found(store, the_doubt(store, NOON + SETTLE), OUT, NOON + SETTLE)
    upkeep.miss_expired(store, NOON + 24 * HOUR)
    with store.read() as connection:
        assert listing.known_ids(connection, "fice-x", NOON) == {OUT.remote_id}
