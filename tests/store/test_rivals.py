"""Rivals: what several processes do to one store at the same moment comes out as if one had been first."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.model.outcome import Published, RemotePost
from bot.model.state import State
from bot.store import Store, doubts, plans, queue, settle, switches, upkeep, workers
from bot.store.desk import Desk, DeskError
from bot.store.settle import Ending
from bot.store.tables import deliveries, lanes
from bot.store.tables import switches as switch_table
from tests.store.acts import (
    HOUR,
    LIMIT,
    OUT,
    SECOND,
    SPACING,
    begin,
    broken_chains,
    claim,
    doubt,
    log_of,
    row,
    state_of,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

A_MOMENT_S = 0.2  # in which what does not wait has long ended
PATIENCE_S = 60.0


class Act:
    """Something that is done beside the test, as by another process."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.result: object = None
        self.error: BaseException | None = None
        self._act = act
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.result = self._act()
        except BaseException as error:  # noqa: BLE001
            self.error = error

    def waits(self) -> bool:
        """Whether it has not ended after a moment."""
        self._thread.join(A_MOMENT_S)
        return self._thread.is_alive()

    def end(self) -> object:
        """What has come of it."""
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive(), "it waits for ever"
        if self.error is not None:
            raise self.error
        return self.result


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all of them at the same moment; their results."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        return act()

    return [one.end() for one in [Act(lambda act=act: run(act)) for act in acts]]  # type: ignore[misc]


def the_intent(store: Store) -> Callable[[], int | None]:
    held = claim(store)
    waiting = held.next_sending
    assert waiting is not None
    return lambda: queue.begin(store, held, waiting.part, "payload", NOON, LIMIT)


def test_no_call_begins_after_a_pause_that_is_just_being_written(store: Store) -> None:
    queue_up(store, delivery())
    call = the_intent(store)
    with store.write() as connection:
        connection.execute(insert(switch_table).values(name="pause", reason="", actor="anna", at=NOON))
        beginning = Act(call)
        assert beginning.waits()
    assert beginning.end() is None


def test_a_pause_waits_for_the_call_that_is_just_beginning(store: Store) -> None:
    """So that whoever has paused knows: what is not on its way by now does not go out."""
    with store.write(beside_others=True):
        pausing = Act(lambda: switches.pause(store, "", "anna", NOON))
        assert pausing.waits()
    assert pausing.end()


def test_of_many_who_claim_from_one_account_at_once_one_gets_a_delivery(store: Store) -> None:
    queue_up(store, *(delivery(f"week/{number}.md") for number in range(3)))
    claims = at_once(
        *(lambda name=f"w{n}": queue.claim(store, "fice-x", name, NOON, SPACING) for n in range(5))  # type: ignore[misc]
    )
    assert sum(one is not None for one in claims) == 1


def test_many_who_claim_from_many_accounts_at_once_all_get_one(store: Store) -> None:
    accounts = [f"account-{number}" for number in range(5)]
    queue_up(store, *(delivery(account=account) for account in accounts))
    claims = at_once(
        *(lambda name=name: queue.claim(store, name, "w1", NOON, SPACING) for name in accounts)  # type: ignore[misc]
    )
    assert all(one is not None for one in claims)


def test_a_claim_passes_on_where_another_worker_takes_from_the_account(server_store: Store) -> None:
    store = server_store
    queue_up(store, delivery(), delivery(account="fice-facebook"))
    with store.write(beside_others=True) as other:
        other.execute(select(lanes).where(lanes.c.account == "fice-x").with_for_update())
        assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
        assert queue.claim(store, "fice-facebook", "w1", NOON, SPACING) is not None


def test_no_later_delivery_overtakes_one_that_somebody_has_locked(server_store: Store) -> None:
    store = server_store
    [first, _] = queue_up(store, delivery("week/1.md"), delivery("week/2.md", due_at=NOON + SECOND))
    with store.write(beside_others=True) as other:
        other.execute(select(deliveries).where(deliveries.c.id == first).with_for_update())
        claiming = Act(lambda: claim(store, at=NOON + SECOND))
        assert claiming.waits()
    held = claiming.end()
    assert isinstance(held, queue.Claim)
    assert held.delivery == first


def test_what_is_applied_twice_at_once_is_queued_once(store: Store) -> None:
    new = [delivery(f"week/{number}.md") for number in range(20)]

    def apply() -> int:
        with store.write() as connection:
            there = {one.post for one in plans.deliveries_of(connection, ["week"])}
            wanted = [one for one in new if one.post not in there]
            upkeep.know_accounts(connection, {"fice-x": "twitter"})
            plans.add(connection, wanted, "anna", NOON)
            return len(wanted)

    assert sorted(at_once(apply, apply, apply), key=str) == [0, 0, 20]
    assert broken_chains(store) == []


def test_nothing_is_claimed_in_the_middle_of_an_apply_that_is_taken_back(store: Store) -> None:
    """All or nothing: what is queued is seen by a worker when the whole plan is there."""
    claims: list[Act] = []

    def half_an_apply() -> None:
        with store.write() as connection:
            upkeep.know_accounts(connection, {"fice-x": "twitter"})
            plans.add(connection, [delivery()], "anna", NOON)
            claims.append(Act(lambda: queue.claim(store, "fice-x", "w1", NOON, SPACING)))
            assert claims[0].waits()
            raise RuntimeError("the terminal was closed")

    with pytest.raises(RuntimeError):
        half_an_apply()
    assert claims[0].end() is None


def test_what_two_workers_rescue_at_once_is_rescued_once(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    rescues = at_once(*[lambda: upkeep.rescue(store, NOON + HOUR, {})] * 3)
    assert sorted(rescues, key=str) == [0, 0, 1]
    assert [entry.to_state for entry in log_of(store, one)] == ["scheduled", "publishing", "uncertain"]


def test_a_sign_of_life_and_a_rescue_at_once_leave_it_either_alive_or_in_doubt(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    late = NOON + timedelta(seconds=50)
    at_once(
        lambda: workers.beat(store, "w1", [], [held.token], late, late),
        lambda: upkeep.rescue(store, late, {}),
    )
    found = row(store, one)
    assert (found["state"], found["lease_until"] is not None) in [
        (State.PUBLISHING, True),
        (State.UNCERTAIN, False),
    ]


def test_what_two_workers_find_too_late_at_once_is_missed_once(store: Store) -> None:
    ids = queue_up(store, *(delivery(f"week/{number}.md") for number in range(5)))
    late = NOON + 4 * HOUR
    found = at_once(*[lambda: upkeep.miss_expired(store, late)] * 3)
    assert sorted(found, key=str) == [0, 0, 5]
    assert all([entry.to_state for entry in log_of(store, one)] == ["scheduled", "missed"] for one in ids)


def test_one_post_that_two_workers_find_for_two_deliveries_at_once_proves_one(store: Store) -> None:
    ids = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    doubt(store, claim(store), look_at=NOON)
    first = the_doubt(store, NOON)
    doubts.not_seen(store, first, NOON + HOUR)
    doubt(store, claim(store), look_at=NOON)
    second = the_doubt(store, NOON)
    found = at_once(*(lambda one=one: doubts.found(store, one, OUT, NOON) for one in (first, second)))  # type: ignore[misc]
    assert sorted(found, key=str) == [False, True]
    assert sorted(state_of(store, one) for one in ids) == ["published", "uncertain"]


def test_a_late_proof_and_a_decision_at_once_come_out_in_one_order(store: Store) -> None:
    """Whoever is second sees what the first has done: it is out, whatever a person decides meanwhile."""
    [one] = queue_up(store, delivery())
    held = claim(store)
    part, attempt = begin(store, held)
    upkeep.rescue(store, NOON + HOUR, {})

    def decide() -> None:
        with suppress(DeskError):
            Desk(store, "anna", NOON + HOUR).resolve_not_published(one, "")

    at_once(
        lambda: settle.published(store, held, part, OUT, Ending(attempt, Published(OUT, 201)), NOON + HOUR),
        decide,
    )
    assert state_of(store, one) == State.PUBLISHED
    assert broken_chains(store) == []


class Storm:
    """Workers, people and `apply`, all at once on the same few deliveries."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.random = store, random.Random(seed)
        self.sent: Counter[tuple[int, int]] = Counter()  # calls that have published, by delivery and part
        self.lock = threading.Lock()
        self.now = NOON

    def work(self, worker: str, account: str) -> None:
        now = self.now
        held = queue.claim(self.store, account, worker, now, SPACING)
        if held is None or held.next_sending is None:
            return
        part = held.next_sending.part
        with self.lock:  # nobody looks between the intent and the call
            attempt = queue.begin(self.store, held, part, "payload", now, LIMIT)
            fate = self.random.choice(["out", "out", "silent", "lost"])
            if attempt is not None and fate != "lost":
                self.sent[held.delivery, part.number] += 1
        if attempt is None:
            settle.paused(self.store, held, now)
            return
        remote = RemotePost(f"{held.delivery}-{part.number}", None)
        if fate == "out":
            settle.published(self.store, held, part, remote, Ending(attempt, Published(remote, 201)), now)

    def look(self) -> None:
        """Find what is out; the calls that were silent all were."""
        with self.store.read() as connection:
            rows = connection.execute(select(deliveries).where(deliveries.c.state == "uncertain")).mappings()
            found = [one["id"] for one in rows]
        desk = Desk(self.store, "anna", self.now)
        for one in found:
            with self.lock, suppress(DeskError):
                if self.sent[one, 1]:
                    desk.resolve_published(one, f"https://x.com/{one}", f"{one}-1", "")
                else:
                    desk.resolve_not_published(one, "")

    def decide(self, ids: Sequence[int]) -> None:
        one = ids[self.random.randrange(len(ids))]
        desk = Desk(self.store, "anna", self.now)
        with suppress(DeskError):
            self.random.choice(
                [
                    lambda: desk.hold([one], ""),
                    lambda: desk.release([one], ""),
                    lambda: desk.reschedule({one: (self.now, "now")}, ""),
                ]
            )()

    def pause_or_resume(self, number: int) -> None:
        if number % 2:
            switches.resume(self.store, "anna", self.now)
        else:
            switches.pause(self.store, "", "anna", self.now)

    def apply(self, text: str) -> None:
        with self.store.write() as connection:
            for one in plans.deliveries_of(connection, ["week"]):
                if one.state is not State.PUBLISHED:
                    new = delivery(one.post, one.account, texts=[text])
                    plans.change(
                        connection, one.id, new, time_too=True, reason="edited", actor="anna", now=self.now
                    )


@pytest.mark.parametrize("seed", [1, 2])
def test_in_a_storm_of_workers_people_and_plans_nothing_is_sent_twice_and_nothing_is_lost(
    store: Store, seed: int
) -> None:
    accounts = ["a", "b", "c"]
    ids = queue_up(store, *(delivery(f"week/{n}.md", account) for n in range(4) for account in accounts))
    storm = Storm(store, seed)

    def repeat(act: Callable[[int], object]) -> Callable[[], None]:
        def run() -> None:
            for number in range(12):
                act(number)

        return run

    at_once(
        *(repeat(lambda n, w=w: storm.work(f"w{w}", accounts[(n + w) % 3])) for w in range(4)),  # type: ignore[misc]
        repeat(lambda n: upkeep.rescue(store, storm.now + HOUR, {}) if n % 3 == 0 else storm.look()),
        repeat(lambda n: storm.decide(ids)),
        repeat(lambda n: storm.apply(f"text {n}")),
        repeat(
            lambda n: (
                switches.resume(store, "anna", NOON) if n % 2 else switches.pause(store, "", "anna", NOON)
            )
        ),
    )
    switches.resume(store, "anna", NOON)
    assert broken_chains(store) == []
    assert max(storm.sent.values(), default=0) <= 1
    with store.read() as connection:
        states = Counter(connection.execute(select(deliveries.c.state)).scalars())
    assert sum(states.values()) == len(ids)
