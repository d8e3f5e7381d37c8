"""Lanes: what holds for a whole account, and when it has something to do next."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.model.outcome import Cause
from bot.model.state import State
from bot.store import Store, lanes, queue, switches, upkeep
from bot.store.desk import Desk
from bot.store.lanes import Lane
from bot.store.queue import LEASE
from bot.store.tables import deliveries
from tests.store.acts import (
    HOUR,
    MINUTE,
    OUT,
    SECOND,
    SPACING,
    claim,
    doubt,
    fail,
    postpone,
    publish,
    reach,
    state_of,
)
from tests.store.conftest import NOON, delivery, queue_up

LONG = timedelta(minutes=10)


def lane(
    store: Store, account: str = "fice-x", *, now: datetime = NOON, spacing: timedelta = SPACING
) -> Lane:
    with store.read() as connection:
        [found] = [one for one in lanes.all_lanes(connection, now, spacing) if one.account == account]
    return found


def due(store: Store, now: datetime) -> bool:
    with store.read() as connection:
        return lanes.anything_due(connection, now)


def assert_claimed_when_it_wakes(store: Store, *, now: datetime = NOON, spacing: timedelta = SPACING) -> None:
    """The lane is woken at the very instant from which a claim succeeds."""
    wakes_at = lane(store, now=now, spacing=spacing).wakes_at
    assert wakes_at is not None
    assert queue.claim(store, "fice-x", "w1", wakes_at - SECOND, spacing) is None
    assert queue.claim(store, "fice-x", "w1", wakes_at, spacing) is not None


def test_a_lane_wakes_when_its_earliest_delivery_is_due(store: Store) -> None:
    queue_up(store, delivery("week/2.md", due_at=NOON + HOUR), delivery("week/1.md"))
    assert lane(store).wakes_at == NOON
    assert_claimed_when_it_wakes(store)


def test_a_lane_without_anything_scheduled_sleeps(store: Store) -> None:
    queue_up(store, delivery())
    publish(store, claim(store))
    assert lane(store).wakes_at is None


def test_a_lane_with_something_in_flight_sleeps_until_that_has_ended(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    held = claim(store)
    assert lane(store).wakes_at is None
    with store.read() as connection:
        assert lanes.first_lease(connection) == NOON + LEASE
    publish(store, held)
    assert lane(store).wakes_at == NOON
    with store.read() as connection:
        assert lanes.first_lease(connection) is None


def test_every_account_has_its_own_lane(store: Store) -> None:
    queue_up(
        store,
        delivery("week/1.md", "a", due_at=NOON),
        delivery("week/1.md", "b", due_at=NOON + HOUR),
    )
    assert (lane(store, "a").wakes_at, lane(store, "b").wakes_at) == (NOON, NOON + HOUR)
    assert lane(store, "a").network == "twitter"
    with store.read() as connection:
        assert lanes.names(connection) == ["a", "b"]


def test_a_lane_is_known_once_however_often_it_is_planned_for(store: Store) -> None:
    queue_up(store, delivery("week/1.md"))
    lanes.block(store, "fice-x", NOON + HOUR, Cause.BUSY, "busy")
    queue_up(store, delivery("week/2.md"))
    with store.read() as connection:
        [only] = lanes.all_lanes(connection, NOON, SPACING)
    assert only.blocked_until == NOON + HOUR


def test_a_postponed_delivery_wakes_its_lane_when_it_may_be_tried_again(store: Store) -> None:
    queue_up(store, delivery())
    postpone(store, claim(store), NOON + 30 * SECOND)
    assert lane(store).wakes_at == NOON + 30 * SECOND
    assert_claimed_when_it_wakes(store)


def test_a_block_delays_the_lane_and_says_why(store: Store) -> None:
    queue_up(store, delivery())
    lanes.block(store, "fice-x", NOON + MINUTE, Cause.RATE_LIMIT, "300 posts in 3 hours")
    found = lane(store)
    assert (found.blocked_until, found.cause, found.reason) == (
        NOON + MINUTE,
        Cause.RATE_LIMIT,
        "300 posts in 3 hours",
    )
    assert found.wakes_at == NOON + MINUTE
    assert_claimed_when_it_wakes(store)


def test_a_block_that_is_over_does_not_delay_what_is_due_later(store: Store) -> None:
    queue_up(store, delivery(due_at=NOON + HOUR))
    lanes.block(store, "fice-x", NOON + MINUTE, Cause.BUSY, "busy")
    assert lane(store).wakes_at == NOON + HOUR


def test_a_block_holds_for_one_account_only(store: Store) -> None:
    queue_up(store, delivery("week/1.md", "a"), delivery("week/1.md", "b"))
    lanes.block(store, "a", NOON + HOUR, Cause.CREDENTIALS, "the token has expired")
    assert queue.claim(store, "a", "w1", NOON, SPACING) is None
    assert claim(store, "b").account == "b"


def test_an_account_that_is_unblocked_goes_on_at_once(store: Store) -> None:
    queue_up(store, delivery())
    lanes.block(store, "fice-x", NOON + 1000 * HOUR, Cause.CREDENTIALS, "the token has expired")
    lanes.unblock(store, ["fice-x"])
    found = lane(store)
    assert (found.blocked_until, found.cause, found.reason, found.wakes_at) == (None, None, "", NOON)
    assert claim(store).account == "fice-x"


def test_a_late_delivery_wakes_its_lane_only_after_the_spacing(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    late = NOON + HOUR
    publish(store, claim(store, at=late), OUT, late)
    assert lane(store, now=late).wakes_at == late + SPACING
    assert_claimed_when_it_wakes(store, now=late)


def test_what_is_on_time_does_not_wait_for_the_spacing_of_what_is_late(store: Store) -> None:
    """A chat question with two minutes of tolerance must not be missed because of a backlog."""
    late = NOON + HOUR
    soon = late + MINUTE
    queue_up(
        store,
        delivery("week/backlog-1.md"),
        delivery("week/backlog-2.md"),
        delivery("week/question.md", due_at=soon, late_ok=2 * MINUTE),
    )
    publish(store, claim(store, at=late), OUT, late)
    wakes_at = lane(store, now=late, spacing=LONG).wakes_at
    assert wakes_at is not None
    assert wakes_at <= soon
    got = queue.claim(store, "fice-x", "w1", soon, LONG)
    assert got is not None
    assert got.post == "week/question.md"


def test_the_questions_of_a_chat_stay_in_their_order(store: Store) -> None:
    """What is on time passes only what can wait longer than it."""
    late = NOON + 90 * SECOND
    queue_up(
        store,
        delivery("week/0.md", late_ok=2 * MINUTE),
        delivery("week/question-1.md", due_at=NOON + SECOND, late_ok=2 * MINUTE),
        delivery("week/question-2.md", due_at=late, late_ok=2 * MINUTE),
    )
    publish(store, claim(store, at=late), OUT, late)
    assert queue.claim(store, "fice-x", "w1", late + SECOND, SPACING) is None
    assert claim(store, at=late + SPACING).post == "week/question-1.md"


def test_a_delivery_that_is_tried_again_keeps_its_place(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md", due_at=NOON + 10 * SECOND))
    postpone(store, claim(store), NOON + 20 * SECOND)
    assert claim(store, at=NOON + 20 * SECOND).post == "week/1.md"


def test_what_was_due_before_the_last_minute_counts_as_late_and_is_spaced(store: Store) -> None:
    queue_up(store, *(delivery(f"week/{number}.md") for number in range(3)))
    on_time = NOON + MINUTE
    publish(store, claim(store, at=on_time), OUT, on_time)
    late = on_time + SECOND
    publish(store, claim(store, at=late), OUT, late)  # the first late one follows none
    assert queue.claim(store, "fice-x", "w1", late + SPACING - SECOND, SPACING) is None
    assert claim(store, at=late + SPACING).account == "fice-x"


def test_a_late_call_of_one_account_spaces_no_other(store: Store) -> None:
    queue_up(store, delivery("week/1.md", "a"), delivery("week/1.md", "b"))
    late = NOON + HOUR
    claim(store, "a", at=late)
    assert claim(store, "b", at=late).account == "b"


@pytest.mark.parametrize(
    ("trouble", "expected"), [("none", True), ("blocked", False), ("held", False), ("not yet", False)]
)
def test_something_is_due_only_if_it_could_be_sent(store: Store, trouble: str, expected: bool) -> None:
    [one] = queue_up(store, delivery())
    if trouble == "blocked":
        lanes.block(store, "fice-x", NOON + MINUTE, Cause.BUSY, "busy")
    if trouble == "held":
        Desk(store, "anna", NOON).hold([one], "")
    assert due(store, NOON - SECOND if trouble == "not yet" else NOON) is expected


def test_the_next_doubt_and_the_next_expiry_are_known(store: Store) -> None:
    with store.read() as connection:
        assert lanes.first_doubt(connection) is None
        assert lanes.first_expiry(connection) is None
    queue_up(
        store,
        delivery("week/1.md", "a", late_ok=2 * HOUR),
        delivery("week/1.md", "b", late_ok=HOUR),
        delivery("week/1.md", "c", late_ok=MINUTE),
        delivery("week/1.md", "d", late_ok=SECOND),
        delivery("week/1.md", "e", late_ok=SECOND),
    )
    doubt(store, claim(store, "c"), look_at=NOON + 9 * MINUTE)
    doubt(store, claim(store, "d"), look_at=NOON + 5 * MINUTE)
    fail(store, claim(store, "e"))
    with store.read() as connection:
        assert lanes.first_doubt(connection) == NOON + 5 * MINUTE
        assert lanes.first_expiry(connection) == NOON + HOUR


def test_a_delivery_whose_account_has_no_lane_is_not_forgotten(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    with store.write() as connection:
        connection.execute(text("DELETE FROM lane"))
    upkeep.miss_expired(store, NOON + HOUR)
    assert state_of(store, one) == "missed"


def test_a_delivery_is_late_by_its_time_and_not_by_when_it_may_be_tried_again(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md", due_at=NOON + SECOND))
    postpone(store, claim(store), NOON + 2 * MINUTE)
    publish(store, claim(store, at=NOON + SECOND), OUT, NOON + SECOND)
    assert lane(store).wakes_at == NOON + 2 * MINUTE
    assert claim(store, at=NOON + 2 * MINUTE).tries == 1


def test_a_pause_keeps_everything_back_but_not_the_knowledge_of_what_is_next(store: Store) -> None:
    [one] = queue_up(store, delivery(due_at=NOON + HOUR))
    switches.pause(store, "", "anna", NOON)
    assert lane(store).wakes_at == NOON + HOUR
    reach(store, one, State.HELD)
    assert lane(store).wakes_at is None


def test_the_first_doubt_is_that_of_those_that_are_asked_for(store: Store) -> None:
    queue_up(store, delivery())
    doubt(store, claim(store))
    with store.read() as connection:
        assert lanes.first_doubt(connection) is not None
        assert lanes.first_doubt(connection, deliveries.c.looks > 0) is None
