"""The queue: who gets a delivery, and that the intent is there before the call."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.model.message import Part
from bot.model.outcome import Cause, NotPublished, Published, Rejected, RemotePost, Unknown
from bot.model.state import State
from bot.store import Store, lanes, listing, queue, settle, switches, upkeep
from bot.store.post_log import Filter, entries
from bot.store.queue import LEASE, Claim
from bot.store.settle import Ending
from bot.store.tables import attempts, deliveries
from tests.store.conftest import NOON, delivery, queue_up

SECOND = timedelta(seconds=1)
SPACING = timedelta(seconds=10)
LIMIT = timedelta(seconds=40)
OUT = RemotePost("1044210", "https://x.com/fice/status/1044210")


def claim(store: Store, account: str = "fice-x", *, worker: str = "w1", at: timedelta = timedelta()) -> Claim:
    held = queue.claim(store, account, worker, NOON + at, SPACING)
    assert held is not None
    return held


def begin(store: Store, held: Claim, at: timedelta = timedelta()) -> tuple[Part, int]:
    sent = held.next_sending
    assert sent is not None
    attempt = queue.begin(store, held, sent.part, "payload", NOON + at, LIMIT)
    assert attempt is not None
    return sent.part, attempt


def state(store: Store, one: int) -> str:
    with store.read() as connection:
        row = listing.one(connection, one)
    assert row is not None
    return str(row["state"])


def story(store: Store, one: int) -> list[str]:
    with store.read() as connection:
        return [entry.to_state for entry in entries(connection, Filter(delivery=one))]


def test_a_delivery_is_not_claimed_before_its_time(store: Store) -> None:
    queue_up(store, delivery())
    assert queue.claim(store, "fice-x", "w1", NOON - SECOND, SPACING) is None
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is not None


def test_the_earliest_delivery_of_an_account_comes_first(store: Store) -> None:
    queue_up(
        store, delivery("week/2.md", due_at=NOON - SECOND), delivery("week/1.md", due_at=NOON - 2 * SECOND)
    )
    assert claim(store).post == "week/1.md"


def test_an_account_has_one_delivery_in_flight_at_most(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"), delivery("week/3.md", "fice-facebook"))
    claim(store)
    assert queue.claim(store, "fice-x", "w2", NOON, SPACING) is None
    assert claim(store, "fice-facebook", worker="w2").post == "week/3.md"


def test_of_many_that_claim_at_once_one_gets_it(store: Store) -> None:
    queue_up(store, delivery())
    got: list[Claim | None] = []
    barrier = threading.Barrier(8)

    def try_it(number: int) -> None:
        barrier.wait()
        got.append(queue.claim(store, "fice-x", f"w{number}", NOON, SPACING))

    threads = [threading.Thread(target=try_it, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in got if one is not None]) == 1


def test_the_intent_is_committed_before_the_call(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    with store.read() as connection:
        row = connection.execute(select(attempts)).mappings().one()
    assert (row["delivery_id"], row["outcome"], row["deadline_at"]) == (one, None, NOON + LIMIT)


def test_a_second_intent_is_impossible_while_the_first_is_open(store: Store) -> None:
    queue_up(store, delivery())
    held = claim(store)
    part, _ = begin(store, held)
    with pytest.raises(IntegrityError):
        queue.begin(store, held, part, "payload", NOON, LIMIT)


def test_no_intent_without_a_lease(store: Store) -> None:
    queue_up(store, delivery())
    held = claim(store)
    sent = held.next_sending
    assert sent is not None
    assert queue.begin(store, held, sent.part, "payload", NOON + LEASE, LIMIT) is None


def test_no_intent_during_a_pause(store: Store) -> None:
    queue_up(store, delivery())
    held = claim(store)
    switches.pause(store, "earthquake", "anna", NOON)
    sent = held.next_sending
    assert sent is not None
    assert queue.begin(store, held, sent.part, "payload", NOON, LIMIT) is None


def test_nothing_is_claimed_during_a_pause(store: Store) -> None:
    queue_up(store, delivery())
    switches.pause(store, "earthquake", "anna", NOON)
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None


def test_a_published_delivery_keeps_its_link(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    part, attempt = begin(store, held)
    assert not settle.published(
        store, held, part, OUT, Ending(attempt, Published(OUT, 201)), NOON + 2 * SECOND
    )
    with store.read() as connection:
        [*_, last] = entries(connection, Filter(delivery=one))
    assert (last.to_state, last.from_state) == (State.PUBLISHED, State.PUBLISHING)
    assert (last.remote_id, last.remote_url, last.lateness_s, last.attempt) == (
        OUT.remote_id,
        OUT.url,
        2.0,
        1,
    )


def test_a_thread_goes_on_after_its_last_published_part(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    held = claim(store)
    part, attempt = begin(store, held)
    assert settle.published(store, held, part, OUT, Ending(attempt, Published(OUT, 201)), NOON)
    held = held.with_published(part.number, OUT)
    part, attempt = begin(store, held)
    assert (part.number, held.next_sending.previous) == (2, OUT)
    settle.postponed(
        store, held, Ending(attempt, NotPublished(Cause.BUSY, "later")), "later", NOON + SECOND, NOON
    )
    again = claim(store, at=SECOND)
    assert again.next_sending is not None
    assert again.next_sending.part.number == 2
    assert again.next_sending.previous == OUT
    assert story(store, one) == ["scheduled", "publishing", "publishing", "scheduled", "publishing"]


def test_a_postponed_delivery_waits_and_counts_its_tries(store: Store) -> None:
    queue_up(store, delivery())
    held = claim(store)
    _, attempt = begin(store, held)
    settle.postponed(
        store, held, Ending(attempt, NotPublished(Cause.BUSY, "no")), "no", NOON + 60 * SECOND, NOON
    )
    assert queue.claim(store, "fice-x", "w1", NOON + 59 * SECOND, SPACING) is None
    assert claim(store, at=60 * SECOND).tries == 1


def test_a_refused_delivery_has_failed(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    _, attempt = begin(store, held)
    settle.failed(
        store, held, Ending(attempt, Rejected(Cause.CONTENT, "too long", status=400)), "too long", NOON
    )
    assert state(store, one) == State.FAILED


def test_a_lease_that_runs_out_leads_to_doubt_and_never_to_the_queue(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    settle_times = {"twitter": timedelta(seconds=60)}
    assert upkeep.rescue(store, NOON + LEASE, settle_times) == 0
    assert upkeep.rescue(store, NOON + LEASE + SECOND, settle_times) == 1
    assert state(store, one) == State.UNCERTAIN
    with store.read() as connection:
        row = connection.execute(select(deliveries.c.look_at)).one()
        attempt = connection.execute(select(attempts.c.outcome)).scalar_one()
    assert row.look_at >= NOON + LIMIT + timedelta(seconds=60)
    assert attempt == "unknown"


def test_a_stalled_worker_can_not_finish_a_newer_attempt(store: Store) -> None:
    [one] = queue_up(store, delivery())
    old = claim(store)
    _, attempt = begin(store, old)
    upkeep.rescue(store, NOON + 2 * LEASE, {})
    with store.write() as connection:  # as the reconciler does when nothing was found
        connection.execute(deliveries.update().values(state="scheduled", look_at=None))
    claim(store, worker="w2", at=2 * LEASE)
    settle.failed(store, old, Ending(attempt, Rejected(Cause.CONTENT, "late")), "late", NOON + 2 * LEASE)
    assert state(store, one) == State.PUBLISHING


def test_a_late_success_is_accepted_as_proof(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    part, attempt = begin(store, held)
    upkeep.rescue(store, NOON + 2 * LEASE, {})
    settle.published(store, held, part, OUT, Ending(attempt, Published(OUT, 201)), NOON + 2 * LEASE)
    assert state(store, one) == State.PUBLISHED


def test_a_success_after_a_newer_claim_is_kept_as_evidence(store: Store) -> None:
    [one] = queue_up(store, delivery())
    old = claim(store)
    part, attempt = begin(store, old)
    upkeep.rescue(store, NOON + 2 * LEASE, {})
    with store.write() as connection:
        connection.execute(deliveries.update().values(state="scheduled", look_at=None))
    claim(store, worker="w2", at=2 * LEASE)
    settle.published(store, old, part, OUT, Ending(attempt, Published(OUT, 201)), NOON + 2 * LEASE)
    with store.read() as connection:
        [*_, last] = entries(connection, Filter(delivery=one))
    assert "out by an earlier attempt" in last.reason
    assert last.remote_url == OUT.url


def test_a_doubtful_delivery_is_looked_for_at_its_time(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    _, attempt = begin(store, held)
    look_at = NOON + 60 * SECOND
    settle.doubtful(store, held, Ending(attempt, Unknown("reset")), "reset", look_at, NOON)
    with store.read() as connection:
        assert not listing.doubts(connection, look_at - SECOND)
        [doubt] = listing.doubts(connection, look_at)
        assert listing.ended_in_doubt(connection, one, 1)
    assert (doubt.delivery, doubt.since) == (one, NOON)


def test_late_deliveries_of_an_account_are_spaced(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    late = timedelta(hours=1)
    held = claim(store, at=late)
    part, attempt = begin(store, held, late)
    settle.published(store, held, part, OUT, Ending(attempt, Published(OUT)), NOON + late)
    assert queue.claim(store, "fice-x", "w1", NOON + late + SPACING - SECOND, SPACING) is None
    assert claim(store, at=late + SPACING).post == "week/2.md"


def test_deliveries_on_time_are_not_spaced(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    held = claim(store)
    part, attempt = begin(store, held)
    settle.published(store, held, part, OUT, Ending(attempt, Published(OUT)), NOON)
    assert claim(store).post == "week/2.md"


def test_an_account_that_waits_is_passed_over(store: Store) -> None:
    queue_up(store, delivery())
    lanes.block(store, "fice-x", NOON + 60 * SECOND, Cause.RATE_LIMIT, "limit reached")
    assert queue.claim(store, "fice-x", "w1", NOON + 59 * SECOND, SPACING) is None
    assert queue.claim(store, "fice-x", "w1", NOON + 60 * SECOND, SPACING) is not None


def test_what_passed_its_tolerance_is_missed_and_not_claimed(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=timedelta(minutes=2)))
    late = NOON + timedelta(minutes=2) + SECOND
    assert queue.claim(store, "fice-x", "w1", late, SPACING) is None
    assert upkeep.miss_expired(store, late) == 1
    assert state(store, one) == State.MISSED
    with store.read() as connection:
        [*_, last] = entries(connection, Filter(delivery=one))
    assert last.lateness_s == 121


def test_what_falls_due_during_a_pause_is_held_and_let_go_afterwards(store: Store) -> None:
    [one] = queue_up(store, delivery())
    switches.pause(store, "earthquake", "anna", NOON - SECOND)
    assert upkeep.hold_due_while_paused(store, NOON) == 1
    assert state(store, one) == State.HELD
    assert switches.resume(store, "anna", NOON + SECOND) == 1
    assert state(store, one) == State.SCHEDULED


def test_resuming_never_sends_what_passed_its_tolerance(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=timedelta(minutes=2)))
    switches.pause(store, "", "anna", NOON - SECOND)
    upkeep.hold_due_while_paused(store, NOON)
    switches.resume(store, "anna", NOON + timedelta(hours=1))
    assert queue.claim(store, "fice-x", "w1", NOON + timedelta(hours=1), SPACING) is None
    upkeep.miss_expired(store, NOON + timedelta(hours=1))
    assert state(store, one) == State.MISSED


def test_an_account_without_credentials_is_held_until_it_has_them(store: Store) -> None:
    [x, facebook] = queue_up(store, delivery(), delivery(account="fice-facebook"))
    upkeep.follow_connections(store, {"fice-x": "not connected: set FICE_X_API_KEY"}, NOON)
    assert (state(store, x), state(store, facebook)) == (State.HELD, State.SCHEDULED)
    upkeep.follow_connections(store, {}, NOON)
    assert state(store, x) == State.SCHEDULED
