"""Plans: what the files say becomes rows, and what is under way or out is never rewritten by an edit."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.model.campaign import Campaign
from bot.model.message import Part
from bot.model.state import Hold, State
from bot.store import Store, doubts, plans, queue, switches, upkeep
from bot.store.desk import Desk
from bot.store.plans import Existing
from tests.store.acts import (
    HOUR,
    MINUTE,
    OUT,
    SPACING,
    begin,
    broken_chains,
    claim,
    doubt,
    everything,
    last_of,
    log_of,
    part_of,
    postpone,
    publish,
    reach,
    row,
    state_of,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

MOVED = NOON + timedelta(days=1)
MAY_CHANGE = [State.SCHEDULED, State.HELD, State.MISSED, State.FAILED, State.CANCELLED]
MUST_NOT_CHANGE = [State.PUBLISHING, State.PUBLISHED, State.UNCERTAIN]


def edit(
    store: Store,
    one: int,
    *,
    texts: Sequence[str] = ("Hello again",),
    due_at: datetime | None = None,
    late_ok: timedelta = 3 * HOUR,
) -> None:
    """The post's file is edited; a time that a person has given stays unless the files name another."""
    with store.write() as connection:
        plans.change(
            connection, one, delivery(texts=texts, due_at=due_at or NOON, late_ok=late_ok),
            time_too=due_at is not None, reason="new content", actor="anna", now=NOON,
        )  # fmt: skip


def existing(store: Store) -> Existing:
    with store.read() as connection:
        [found] = plans.deliveries_of(connection, ["week"])
    return found


def next_part(store: Store, at: datetime = NOON) -> Part:
    waiting = claim(store, at=at).next_sending
    assert waiting is not None
    return waiting.part


def test_a_delivery_is_queued_with_its_time_its_tolerance_and_its_parts(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"], late_ok=MINUTE))
    found = row(store, one)
    assert (found["state"], found["due_at"], found["ready_at"]) == (State.SCHEDULED, NOON, NOON)
    assert (found["expires_at"], found["late_ok_s"]) == (NOON + MINUTE, 60)
    assert [part_of(store, one, number)["content"]["text"] for number in (1, 2)] == ["one", "two"]


def test_one_post_is_queued_once_for_each_account(store: Store) -> None:
    queue_up(store, delivery(), delivery(account="fice-facebook"))
    before = everything(store)
    with pytest.raises(IntegrityError):
        queue_up(store, delivery("week/2.md"), delivery())
    assert everything(store) == before


def test_queueing_nothing_does_nothing(store: Store) -> None:
    before = everything(store)
    queue_up(store)
    assert everything(store) == before


def test_many_deliveries_are_queued_at_once_each_with_its_own_parts(store: Store) -> None:
    texts = [f"text {number}" for number in range(1201)]
    ids = queue_up(store, *(delivery(f"week/{text}.md", texts=[text]) for text in texts))
    assert len(set(ids)) == 1201
    for number in (0, 499, 500, 1200):
        assert part_of(store, ids[number])["content"]["text"] == texts[number]
        assert row(store, ids[number])["post"] == f"week/{texts[number]}.md"


@pytest.mark.parametrize("state", MAY_CHANGE)
def test_an_edit_changes_what_will_be_sent(store: Store, state: State) -> None:
    [one] = queue_up(store, delivery(texts=["Hello", "and more"]))
    reach(store, one, state)
    edit(store, one, due_at=MOVED)
    found = row(store, one)
    assert (found["due_at"], found["ready_at"], found["planned_due_at"]) == (MOVED, MOVED, MOVED)
    assert (found["expires_at"], found["message"]) == (MOVED + 3 * HOUR, existing(store).message)
    assert (last_of(store, one).reason, last_of(store, one).actor) == ("new content", "anna")
    if state == State.HELD:
        Desk(store, "anna", NOON).release([one], "")
    assert next_part(store, MOVED) == Part.from_json(part_of(store, one)["content"])
    assert part_of(store, one)["content"]["text"] == "Hello again"
    assert broken_chains(store) == []


@pytest.mark.parametrize("state", MUST_NOT_CHANGE)
def test_an_edit_that_comes_too_late_changes_nothing(store: Store, state: State) -> None:
    """A plan is made, then carried out; where a worker was faster, its parts must stay as they were sent."""
    [one] = queue_up(store, delivery(texts=["Hello", "and more"] if state != State.PUBLISHED else ["Hello"]))
    reach(store, one, state)
    before = everything(store)
    edit(store, one, due_at=MOVED)
    assert everything(store) == before


def test_an_edit_does_not_forget_which_parts_are_out(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    postpone(store, publish(store, claim(store)), NOON)
    edit(store, one, texts=["first", "second"])
    assert part_of(store, one)["remote_id"] == OUT.remote_id
    assert next_part(store).number == 2


def test_an_edit_while_a_call_is_in_doubt_leaves_what_is_looked_for(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    edit(store, one)
    assert part_of(store, one)["content"]["text"] == "Hello"


def test_an_edit_leaves_the_time_that_a_person_has_given(store: Store) -> None:
    [one] = queue_up(store, delivery())
    Desk(store, "anna", NOON).reschedule({one: (MOVED, "2018-09-25T12:00:00")}, "")
    edit(store, one, late_ok=MINUTE)
    found = row(store, one)
    assert (found["due_at"], found["expires_at"]) == (MOVED, MOVED + MINUTE)
    assert (found["planned_due_at"], found["wall"]) == (NOON, "2018-09-25T12:00:00")


def test_an_edit_starts_the_back_off_anew(store: Store) -> None:
    [one] = queue_up(store, delivery())
    postpone(store, claim(store), NOON)
    edit(store, one)
    assert row(store, one)["tries"] == 0


def test_an_edit_does_not_let_go_what_a_person_holds_nor_hide_why(store: Store) -> None:
    [one] = queue_up(store, delivery())
    Desk(store, "anna", NOON).hold([one], "wait for the minister")
    edit(store, one)
    found = row(store, one)
    assert (found["state"], found["hold"]) == (State.HELD, Hold.OPERATOR)
    assert last_of(store, one).reason == "new content"
    assert found["reason"] == "wait for the minister"


def test_what_the_plan_withdraws_is_marked_as_its_own(store: Store) -> None:
    [one] = queue_up(store, delivery())
    with store.write() as connection:
        plans.withdraw(connection, one, "no file asks for it any more", "anna", NOON)
    assert (state_of(store, one), existing(store).cancelled_by) == (State.CANCELLED, plans.PLAN)
    assert (last_of(store, one).actor, last_of(store, one).reason) == ("anna", "no file asks for it any more")
    edit(store, one, due_at=MOVED)
    assert (state_of(store, one), existing(store).cancelled_by) == (State.SCHEDULED, None)


@pytest.mark.parametrize("state", MUST_NOT_CHANGE)
def test_what_is_under_way_or_out_is_not_withdrawn(store: Store, state: State) -> None:
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    before = everything(store)
    with store.write() as connection:
        plans.withdraw(connection, one, "no file asks for it any more", "anna", NOON)
    assert everything(store) == before


def test_a_plan_sees_what_has_begun(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"], needs_approval=False))
    assert not existing(store).begun
    postpone(store, publish(store, claim(store)), NOON)
    found = existing(store)
    assert found.begun
    assert (found.id, found.state, found.due_at, found.late_ok) == (one, State.SCHEDULED, NOON, 3 * HOUR)


def test_a_campaign_is_remembered_as_it_was_last_applied(store: Store) -> None:
    week = Campaign("week", "The week", "Europe/Dublin", date(2018, 9, 24), ("one", "two"), ())
    moved = week.starting(date(2026, 9, 28))
    for campaign in (week, moved):
        with store.write() as connection:
            plans.record_campaign(connection, campaign, NOON)
    with store.read() as connection:
        applied = plans.applied_campaigns(connection)
    assert list(applied) == ["week"]
    assert (applied["week"].starts, applied["week"].file_starts) == (date(2026, 9, 28), date(2018, 9, 24))


def test_what_is_queued_during_a_pause_waits_for_its_end(store: Store) -> None:
    switches.pause(store, "", "anna", NOON)
    [one] = queue_up(store, delivery())
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    upkeep.hold_due_while_paused(store, NOON)
    assert [entry.to_state for entry in log_of(store, one)] == [State.SCHEDULED, State.HELD]


def test_the_parts_that_are_sent_are_those_of_the_claim(store: Store) -> None:
    """Between a claim and its call no edit can slip in another text."""
    [one] = queue_up(store, delivery())
    held = claim(store)
    edit(store, one, texts=["Something else"])
    part, _ = begin(store, held)
    assert part.text == "Hello"
    assert part_of(store, one)["content"]["text"] == "Hello"


def changed_in_doubt(store: Store) -> int:
    """Nobody knows whether it is out, and by now its file says something else."""
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    with store.write() as connection:
        plans.mark_stale(connection, one, stale=True)
    return one


@pytest.mark.parametrize("who", ["the reconciler", "a person"])
def test_what_its_file_says_no_more_is_not_sent_again_as_it_was(store: Store, who: str) -> None:
    one = changed_in_doubt(store)
    if who == "the reconciler":
        doubts.clear(store, the_doubt(store, NOON + HOUR), "not there", NOON)
    else:
        Desk(store, "anna", NOON + HOUR).resolve_not_published(one, "")
    assert (state_of(store, one), row(store, one)["hold"]) == (State.HELD, Hold.STALE)
    assert "bot apply" in last_of(store, one).reason
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    assert broken_chains(store) == []


def test_brought_up_to_date_it_is_sent_as_its_file_says(store: Store) -> None:
    one = changed_in_doubt(store)
    doubts.clear(store, the_doubt(store, NOON + HOUR), "not there", NOON)
    edit(store, one)
    assert next_part(store).text == "Hello again"
    assert broken_chains(store) == []


def test_released_it_is_sent_as_it_was(store: Store) -> None:
    one = changed_in_doubt(store)
    doubts.clear(store, the_doubt(store, NOON + HOUR), "not there", NOON)
    Desk(store, "anna", NOON).release([one], "")
    assert next_part(store).text == "Hello"


def test_another_time_does_not_bring_it_up_to_date(store: Store) -> None:
    one = changed_in_doubt(store)
    doubts.clear(store, the_doubt(store, NOON + HOUR), "not there", NOON)
    Desk(store, "anna", NOON).reschedule({one: (NOON, "2018-09-24T12:00:00")}, "")
    assert row(store, one)["hold"] == Hold.STALE


def test_a_file_that_says_again_what_was_sent_lets_it_be_sent_again(store: Store) -> None:
    one = changed_in_doubt(store)
    with store.write() as connection:
        plans.mark_stale(connection, one, stale=False)
    doubts.clear(store, the_doubt(store, NOON + HOUR), "not there", NOON)
    assert next_part(store).text == "Hello"


def test_what_turns_out_to_be_out_stays_out_whatever_its_file_says_now(store: Store) -> None:
    one = changed_in_doubt(store)
    doubts.found(store, the_doubt(store, NOON + HOUR), OUT, NOON)
    assert state_of(store, one) == State.PUBLISHED
