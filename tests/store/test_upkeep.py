"""Upkeep: what becomes of many deliveries at once, and that nobody's call under way is touched by it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.model.outcome import Unknown
from bot.model.state import Hold, State
from bot.store import Store, doubts, queue, settle, switches, upkeep
from bot.store.desk import Desk
from bot.store.post_log import WORKER
from bot.store.queue import LEASE
from bot.store.settle import Ending
from tests.store.acts import (
    HOUR,
    LIMIT,
    MINUTE,
    OUT,
    SECOND,
    SETTLE,
    SPACING,
    attempts_of,
    begin,
    broken_chains,
    claim,
    everything,
    last_of,
    publish,
    reach,
    row,
    state_of,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

UNTOUCHED = [state for state in State if state != State.SCHEDULED]
SETTLE_TIMES = {"twitter": SETTLE}


def pass_of_a_paused_worker(store: Store) -> None:
    switches.pause(store, "earthquake", "anna", NOON)
    upkeep.hold_due_while_paused(store, NOON + SECOND)


def pass_of_a_worker_without_credentials(store: Store) -> None:
    upkeep.follow_connections(store, {"fice-x": "not connected: set FICE_X_API_KEY"}, NOON)


def pass_after_the_tolerance(store: Store) -> None:
    upkeep.miss_expired(store, NOON + 24 * HOUR)


PASSES = [pass_of_a_paused_worker, pass_of_a_worker_without_credentials, pass_after_the_tolerance]


@pytest.mark.parametrize("state", UNTOUCHED)
@pytest.mark.parametrize("go_over", PASSES)
def test_only_what_is_scheduled_is_touched(
    store: Store, go_over: Callable[[Store], None], state: State
) -> None:
    """Beside one that is scheduled and due, so that there is something to do."""
    [one] = queue_up(store, delivery("week/1.md"))
    reach(store, one, state)
    [other] = queue_up(store, delivery("week/2.md"))
    before = row(store, one)
    go_over(store)
    assert state_of(store, other) != State.SCHEDULED
    assert row(store, one) == before


@pytest.mark.parametrize("go_over", PASSES[:2])
def test_a_call_under_way_that_ends_in_doubt_is_not_sent_again_when_a_hold_is_over(
    store: Store, go_over: Callable[[Store], None]
) -> None:
    [one, _] = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    held = claim(store)
    _, attempt = begin(store, held)
    go_over(store)
    settle.doubtful(store, held, Ending(attempt, Unknown("reset")), "reset", NOON + SETTLE, NOON)
    switches.resume(store, "anna", NOON)
    upkeep.follow_connections(store, {}, NOON)
    assert state_of(store, one) == State.UNCERTAIN
    assert claim(store).post == "week/2.md"


@pytest.mark.parametrize("go_over", PASSES[:2])
def test_a_call_under_way_that_succeeds_is_published_in_spite_of_a_hold(
    store: Store, go_over: Callable[[Store], None]
) -> None:
    [one, _] = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    held = claim(store)
    part, attempt = begin(store, held)
    go_over(store)
    settle.published(store, held, part, OUT, Ending(attempt, Unknown("")), NOON)
    assert (state_of(store, one), row(store, one)["remote_url"]) == (State.PUBLISHED, OUT.url)


def test_a_delivery_is_missed_only_past_its_tolerance(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    assert upkeep.miss_expired(store, NOON + MINUTE) == 0
    assert claim(store, at=NOON + MINUTE).delivery == one


def test_what_is_missed_says_what_to_do_and_waits_for_a_person(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    assert upkeep.miss_expired(store, NOON + MINUTE + SECOND) == 1
    last = last_of(store, one)
    assert (last.to_state, last.actor, last.lateness_s) == (State.MISSED, WORKER, 61.0)
    assert "bot reschedule" in last.reason
    assert "bot cancel" in last.reason
    assert upkeep.miss_expired(store, NOON + HOUR) == 0


def test_what_is_to_be_tried_again_after_its_tolerance_is_missed(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    doubtful = claim(store)
    _, attempt = begin(store, doubtful)
    settle.postponed(store, doubtful, Ending(attempt, Unknown("")), "busy", NOON + HOUR, NOON)
    assert upkeep.miss_expired(store, NOON + 2 * MINUTE) == 1
    assert state_of(store, one) == State.MISSED


def test_a_pause_holds_only_what_falls_due(store: Store) -> None:
    [due, later] = queue_up(store, delivery("week/1.md"), delivery("week/2.md", due_at=NOON + SECOND))
    switches.pause(store, "earthquake", "anna", NOON)
    assert upkeep.hold_due_while_paused(store, NOON) == 1
    assert (row(store, due)["hold"], state_of(store, later)) == (Hold.PAUSED, State.SCHEDULED)
    assert last_of(store, due).reason == "everything is paused: earthquake"
    assert upkeep.hold_due_while_paused(store, NOON + SECOND) == 1


def test_nothing_is_held_without_a_pause(store: Store) -> None:
    queue_up(store, delivery())
    before = everything(store)
    assert upkeep.hold_due_while_paused(store, NOON + HOUR) == 0
    assert everything(store) == before


def test_a_pause_that_is_on_already_keeps_its_first_reason(store: Store) -> None:
    assert switches.pause(store, "earthquake", "anna", NOON)
    assert not switches.pause(store, "holiday", "berta", NOON + HOUR)
    with store.read() as connection:
        pause = switches.current_pause(connection)
    assert pause is not None
    assert (pause.reason, pause.actor, pause.at) == ("earthquake", "anna", NOON)


def test_resuming_lets_go_only_what_the_pause_held(store: Store) -> None:
    [by_pause, by_hand] = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    Desk(store, "anna", NOON).hold([by_hand], "")
    switches.pause(store, "", "anna", NOON)
    upkeep.hold_due_while_paused(store, NOON)
    assert switches.resume(store, "anna", NOON) == 1
    assert (state_of(store, by_pause), state_of(store, by_hand)) == (State.SCHEDULED, State.HELD)
    assert switches.resume(store, "anna", NOON) is None


def test_what_is_not_approved_is_held_when_it_is_queued(store: Store) -> None:
    [one, free] = queue_up(store, delivery("week/1.md", needs_approval=True), delivery("week/2.md"))
    assert (row(store, one)["hold"], state_of(store, free)) == (Hold.APPROVAL, State.SCHEDULED)
    assert "bot approve" in last_of(store, one).reason


def test_a_hold_by_a_pause_that_nobody_ended_in_order_is_ended(store: Store) -> None:
    """The switch is off: whatever way it went, nothing may wait for it any more."""
    [one, by_hand] = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    Desk(store, "anna", NOON).hold([by_hand], "")
    switches.pause(store, "", "anna", NOON)
    upkeep.hold_due_while_paused(store, NOON)
    upkeep.let_go_after_pause(store, NOON)
    assert state_of(store, one) == State.HELD
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM switch")
    upkeep.let_go_after_pause(store, NOON)
    assert (state_of(store, one), state_of(store, by_hand)) == (State.SCHEDULED, State.HELD)


def test_what_is_not_approved_is_not_claimed_even_if_nobody_has_held_it(store: Store) -> None:
    [one] = queue_up(store, delivery(needs_approval=True))
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE delivery SET state = 'scheduled', hold = NULL")
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    assert state_of(store, one) == State.SCHEDULED


def test_an_account_without_credentials_keeps_its_deliveries_with_the_reason(store: Store) -> None:
    [x, facebook] = queue_up(store, delivery(), delivery(account="fice-facebook"))
    pass_of_a_worker_without_credentials(store)
    assert (row(store, x)["hold"], state_of(store, facebook)) == (Hold.NOT_CONNECTED, State.SCHEDULED)
    assert last_of(store, x).reason == "not connected: set FICE_X_API_KEY"
    before = everything(store)
    pass_of_a_worker_without_credentials(store)
    assert everything(store) == before


def test_each_account_is_let_go_when_it_is_connected(store: Store) -> None:
    [x, facebook] = queue_up(store, delivery(), delivery(account="fice-facebook"))
    missing = {"fice-x": "not connected", "fice-facebook": "not connected"}
    upkeep.follow_connections(store, missing, NOON)
    upkeep.follow_connections(store, {"fice-x": "not connected"}, NOON)
    assert (state_of(store, x), state_of(store, facebook)) == (State.HELD, State.SCHEDULED)
    assert last_of(store, facebook).reason == "the account is connected now"


def test_connecting_lets_go_nothing_that_a_person_holds(store: Store) -> None:
    [one] = queue_up(store, delivery())
    Desk(store, "anna", NOON).hold([one], "")
    pass_of_a_worker_without_credentials(store)
    upkeep.follow_connections(store, {}, NOON)
    assert row(store, one)["hold"] == Hold.OPERATOR


def test_a_rescue_waits_out_the_call_and_the_settling_time_before_looking(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    upkeep.rescue(store, NOON + SECOND, SETTLE_TIMES, ["w1"])
    assert (state_of(store, one), row(store, one)["look_at"]) == (State.UNCERTAIN, NOON + LIMIT + SETTLE)


def test_a_rescue_long_after_the_call_still_waits_the_settling_time(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    upkeep.rescue(store, NOON + HOUR, SETTLE_TIMES)
    assert row(store, one)["look_at"] == NOON + HOUR + SETTLE


def test_a_network_without_a_settling_time_is_waited_for_all_the_same(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    upkeep.rescue(store, NOON + HOUR, {})
    assert row(store, one)["look_at"] > NOON + HOUR


def test_the_call_that_counts_is_the_one_that_is_open(store: Store) -> None:
    """Of the parts that are out, the calls have ended."""
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    held = publish(store, claim(store))
    begin(store, held, NOON + 30 * SECOND)
    upkeep.rescue(store, NOON + 31 * SECOND, SETTLE_TIMES, ["w1"])
    assert row(store, one)["look_at"] == NOON + 30 * SECOND + LIMIT + SETTLE
    assert [kept["outcome"] for kept in attempts_of(store, one)] == ["published", "unknown"]


def test_a_rescue_ends_the_attempt_so_that_a_later_one_can_begin(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    upkeep.rescue(store, NOON + HOUR, SETTLE_TIMES)
    [kept] = attempts_of(store, one)
    assert (kept["outcome"], kept["ended_at"]) == ("unknown", NOON + HOUR)
    assert "before an answer came" in kept["said"]


def test_a_lease_that_still_runs_is_respected(store: Store) -> None:
    queue_up(store, delivery())
    begin(store, claim(store))
    before = everything(store)
    assert upkeep.rescue(store, NOON + LEASE, SETTLE_TIMES, ["w2"]) == 0
    assert everything(store) == before


def test_what_a_dead_worker_had_in_hand_is_rescued_before_its_lease_runs_out(store: Store) -> None:
    [dead, alive] = queue_up(store, delivery("week/1.md", "a"), delivery("week/1.md", "b"))
    begin(store, claim(store, "a", worker="w1"))
    begin(store, claim(store, "b", worker="w2"))
    assert upkeep.rescue(store, NOON, SETTLE_TIMES, ["w1"]) == 1
    assert (state_of(store, dead), state_of(store, alive)) == (State.UNCERTAIN, State.PUBLISHING)


def test_a_rescue_happens_once(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    assert upkeep.rescue(store, NOON + HOUR, SETTLE_TIMES) == 1
    assert upkeep.rescue(store, NOON + HOUR, SETTLE_TIMES, ["w1"]) == 0
    assert broken_chains(store) == []
    assert state_of(store, one) == State.UNCERTAIN


def test_after_a_rescue_the_account_goes_on_with_its_next_delivery(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    begin(store, claim(store))
    upkeep.rescue(store, NOON, SETTLE_TIMES, ["w1"])
    assert claim(store, worker="w2").post == "week/2.md"


def test_a_crash_before_any_call_waits_as_well_and_is_then_put_back(store: Store) -> None:
    [one] = queue_up(store, delivery())
    claim(store)
    upkeep.rescue(store, NOON + HOUR, SETTLE_TIMES)
    assert row(store, one)["look_at"] == NOON + HOUR + SETTLE
    found = the_doubt(store, NOON + HOUR + SETTLE)
    assert found.since is None
    doubts.clear(store, found, "it was claimed, but no call was made", NOON + HOUR + SETTLE)
    assert claim(store, at=NOON + HOUR + SETTLE).delivery == one


def test_a_backlog_is_missed_or_spaced_but_never_a_burst(store: Store) -> None:
    queue_up(store, *(delivery(f"week/{number}.md", due_at=NOON + number * HOUR) for number in range(6)))
    back = NOON + 5 * HOUR + timedelta(minutes=2)
    assert upkeep.miss_expired(store, back) == 3  # more than three hours late
    sent = []
    for second in range(30):
        now = back + second * SECOND
        held = queue.claim(store, "fice-x", "w1", now, SPACING)
        if held is not None:
            publish(store, held, OUT, now)
            sent.append(second)
    assert sent == [0, 10, 20]
