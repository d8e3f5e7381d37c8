"""The desk: what people may do to a delivery in each state; all of it is logged, or nothing happens."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from bot.model.outcome import RemotePost
from bot.model.state import Hold, State
from bot.store import Store, doubts, plans, queue, switches, upkeep
from bot.store.desk import Desk, DeskError
from tests.store.acts import (
    HOUR,
    LIMIT,
    MINUTE,
    OUT,
    SECOND,
    SETTLE,
    SPACING,
    begin,
    broken_chains,
    claim,
    doubt,
    everything,
    last_of,
    log_of,
    part_of,
    publish,
    reach,
    row,
    state_of,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

S = State
LATER = NOON + timedelta(days=1)
SEEN = RemotePost("77", "https://x.com/fice/status/77")
URL = SEEN.url or ""

Act = Callable[[Desk, int], object]
ACTS: dict[str, Act] = {
    "hold": lambda desk, one: desk.hold([one], "wait for the minister"),
    "release": lambda desk, one: desk.release([one], "he has agreed"),
    "cancel": lambda desk, one: desk.cancel([one], "not now"),
    "reschedule": lambda desk, one: desk.reschedule({one: (LATER, "2018-09-25T12:00:00")}, "tomorrow"),
    "approve": lambda desk, one: desk.approve([one], "read and found good"),
    "resolve published": lambda desk, one: desk.resolve_published(one, URL, SEEN.remote_id, "I see it"),
    "resolve not published": lambda desk, one: desk.resolve_not_published(one, "I do not see it"),
}
LIST_ACTS: dict[str, Callable[[Desk, Sequence[int]], object]] = {
    "hold": lambda desk, ids: desk.hold(ids, ""),
    "release": lambda desk, ids: desk.release(ids, ""),
    "cancel": lambda desk, ids: desk.cancel(ids, ""),
    "approve": lambda desk, ids: desk.approve(ids, ""),
    "reschedule": lambda desk, ids: desk.reschedule(dict.fromkeys(ids, (LATER, "2018-09-25T12:00:00")), ""),
}
WHY = {
    "hold": "wait for the minister",
    "release": "he has agreed",
    "cancel": "not now",
    "reschedule": "tomorrow",
    "approve": "read and found good",
    "resolve published": "I see it",
    "resolve not published": "I do not see it",
}
# Written out, not taken from the code's own table: this is what people are promised.
ALLOWED: dict[tuple[str, State], State] = {
    ("hold", S.SCHEDULED): S.HELD,
    ("release", S.HELD): S.SCHEDULED,
    ("cancel", S.SCHEDULED): S.CANCELLED,
    ("cancel", S.HELD): S.CANCELLED,
    ("cancel", S.MISSED): S.CANCELLED,
    ("cancel", S.FAILED): S.CANCELLED,
    ("reschedule", S.SCHEDULED): S.SCHEDULED,
    ("reschedule", S.HELD): S.SCHEDULED,
    ("reschedule", S.MISSED): S.SCHEDULED,
    ("reschedule", S.FAILED): S.SCHEDULED,
    ("reschedule", S.CANCELLED): S.SCHEDULED,
    ("resolve published", S.UNCERTAIN): S.PUBLISHED,
    ("resolve not published", S.UNCERTAIN): S.SCHEDULED,
}
FORBIDDEN = [(act, state) for act in ACTS for state in State if (act, state) not in ALLOWED]


def desk(store: Store, actor: str = "anna") -> Desk:
    return Desk(store, actor, NOON)


def refusal(store: Store, act: Callable[[], object]) -> str:
    """What is said; and nothing has changed."""
    before = everything(store)
    with pytest.raises(DeskError) as caught:
        act()
    assert everything(store) == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edit(store: Store, one: int, text: str = "Hello again", *, needs_approval: bool) -> None:
    """The post's file changes, as `bot apply` carries it out."""
    with store.write() as connection:
        plans.change(
            connection, one, delivery(texts=[text], needs_approval=needs_approval),
            time_too=False, reason="new content", actor="anna", now=NOON,
        )  # fmt: skip


@pytest.mark.parametrize(("act", "state"), ALLOWED)
def test_what_is_allowed_happens_and_is_logged_with_who_and_why(store: Store, act: str, state: State) -> None:
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    before = len(log_of(store, one))
    at = NOON + HOUR  # when nothing that was sent can still appear
    ACTS[act](Desk(store, "anna", at), one)
    last = last_of(store, one)
    assert state_of(store, one) == ALLOWED[act, state]
    assert len(log_of(store, one)) == before + 1
    assert (last.from_state, last.to_state) == (state, ALLOWED[act, state])
    assert (last.actor, last.at, last.reason) == ("anna", at, WHY[act])
    assert row(store, one)["reason"] == WHY[act]


@pytest.mark.parametrize(("act", "state"), FORBIDDEN)
def test_what_is_forbidden_is_refused_in_words_and_changes_nothing(
    store: Store, act: str, state: State
) -> None:
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    said = refusal(store, lambda: ACTS[act](desk(store), one))
    assert f"delivery {one}" in said
    assert state in said


@pytest.mark.parametrize("act", ACTS)
def test_a_delivery_that_does_not_exist_is_named(store: Store, act: str) -> None:
    assert "no delivery 99: bot queue" in refusal(store, lambda: ACTS[act](desk(store), 99))


@pytest.mark.parametrize("act", LIST_ACTS)
@pytest.mark.parametrize("wrong", ["unknown", "forbidden"])
def test_a_list_with_one_wrong_delivery_changes_nothing(store: Store, act: str, wrong: str) -> None:
    [good, also, out] = queue_up(
        store,
        delivery("week/1.md", needs_approval=act == "approve"),
        delivery("week/2.md", needs_approval=act == "approve"),
        delivery("week/3.md", "fice-facebook"),
    )
    publish(store, claim(store, "fice-facebook"))
    if act == "release":
        desk(store).hold([good, also], "")
    ids = [good, also, out if wrong == "forbidden" else 99]
    refusal(store, lambda: LIST_ACTS[act](desk(store), ids))
    LIST_ACTS[act](desk(store), ids[:2])  # it was only the third that was wrong


def test_several_are_changed_at_once(store: Store) -> None:
    ids = queue_up(store, *(delivery(f"week/{number}.md") for number in range(3)))
    assert sorted(found["id"] for found in desk(store).hold(ids, "")) == ids
    assert {state_of(store, one) for one in ids} == {State.HELD}
    assert {found["state"] for found in desk(store).release(ids, "")} == {State.SCHEDULED}


def test_without_a_reason_the_log_says_that_it_was_done_by_hand(store: Store) -> None:
    [one] = queue_up(store, delivery())
    for act in (desk(store).hold, desk(store).release, desk(store).cancel):
        act([one], "")
        assert "by hand" in last_of(store, one).reason


def test_what_is_held_by_hand_is_not_sent_until_it_is_released(store: Store) -> None:
    [one] = queue_up(store, delivery())
    desk(store).hold([one], "")
    assert row(store, one)["hold"] == Hold.OPERATOR
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    desk(store).release([one], "")
    assert row(store, one)["hold"] is None
    assert claim(store).delivery == one


def test_a_call_under_way_is_not_interrupted_by_a_hold(store: Store) -> None:
    """Held now, it would be free to be sent a second time when it is released."""
    [one] = queue_up(store, delivery())
    held = claim(store)
    begin(store, held)
    refusal(store, lambda: desk(store).hold([one], "stop"))


def test_releasing_into_a_pause_sends_nothing(store: Store) -> None:
    [one] = queue_up(store, delivery())
    switches.pause(store, "", "anna", NOON)
    upkeep.hold_due_while_paused(store, NOON)
    desk(store).release([one], "")
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    upkeep.hold_due_while_paused(store, NOON)
    assert row(store, one)["hold"] == Hold.PAUSED


def test_what_a_person_cancelled_is_marked_as_his(store: Store) -> None:
    [one] = queue_up(store, delivery())
    desk(store, "berta").cancel([one], "")
    assert row(store, one)["cancelled_by"] == "berta"


def test_rescheduling_gives_the_new_time_with_the_same_tolerance(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    [moved] = desk(store).reschedule({one: (LATER, "2018-09-25T12:00:00")}, "")
    assert (moved["due_at"], moved["ready_at"], moved["expires_at"]) == (LATER, LATER, LATER + MINUTE)
    assert (moved["wall"], moved["planned_due_at"]) == ("2018-09-25T12:00:00", NOON)
    assert last_of(store, one).reason == "moved to 2018-09-25T12:00:00"
    assert queue.claim(store, "fice-x", "w1", LATER - SECOND, SPACING) is None
    assert claim(store, at=LATER).delivery == one


def test_several_are_rescheduled_each_to_its_own_time(store: Store) -> None:
    [one, two] = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    desk(store).reschedule({one: (LATER, "2018-09-25T12:00:00"), two: (LATER + HOUR, "13")}, "")
    assert (row(store, one)["due_at"], row(store, two)["due_at"]) == (LATER, LATER + HOUR)


def test_rescheduling_revives_what_was_cancelled(store: Store) -> None:
    [one] = queue_up(store, delivery())
    desk(store).cancel([one], "")
    desk(store).reschedule({one: (NOON, "2018-09-24T12:00:00")}, "")
    assert row(store, one)["cancelled_by"] is None
    assert claim(store).delivery == one


def test_a_failed_thread_that_is_rescheduled_sends_only_the_rest(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    held = publish(store, claim(store))
    upkeep.rescue(store, NOON, {}, ["w1"])
    doubts.clear(store, the_doubt(store, NOON + HOUR), "no call was made", NOON)
    reach(store, one, State.FAILED)
    desk(store).reschedule({one: (LATER, "2018-09-25T12:00:00")}, "")
    again = claim(store, at=LATER)
    assert again.next_sending is not None
    assert (again.next_sending.part.number, again.next_sending.previous) == (2, held.next_sending.previous)


def test_rescheduling_does_not_get_round_an_approval(store: Store) -> None:
    [one] = queue_up(store, delivery(needs_approval=True))
    said = refusal(store, lambda: desk(store).reschedule({one: (LATER, "2018-09-25T12:00:00")}, ""))
    assert f"bot approve {one}" in said
    desk(store).cancel([one], "")
    desk(store).reschedule({one: (NOON, "2018-09-24T12:00:00")}, "")
    assert (state_of(store, one), row(store, one)["hold"]) == (State.HELD, Hold.APPROVAL)


def test_what_waits_for_approval_is_approved_and_not_released(store: Store) -> None:
    [one] = queue_up(store, delivery(needs_approval=True))
    assert row(store, one)["hold"] == Hold.APPROVAL
    assert f"bot approve {one}" in refusal(store, lambda: desk(store).release([one], ""))
    desk(store).approve([one], "")
    assert (last_of(store, one).reason, last_of(store, one).actor) == ("approved", "anna")
    assert claim(store).delivery == one


def test_a_hold_by_hand_is_no_question_of_approval(store: Store) -> None:
    [one] = queue_up(store, delivery())
    desk(store).hold([one], "")
    assert "does not wait for approval" in refusal(store, lambda: desk(store).approve([one], ""))


def test_an_edit_voids_the_approval(store: Store) -> None:
    [one] = queue_up(store, delivery(needs_approval=True))
    desk(store).approve([one], "")
    edit(store, one, needs_approval=True)
    assert row(store, one)["hold"] == Hold.APPROVAL
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    desk(store).approve([one], "")
    assert claim(store).delivery == one


def test_an_approval_that_is_no_longer_required_is_not_waited_for(store: Store) -> None:
    [one] = queue_up(store, delivery(needs_approval=True))
    edit(store, one, needs_approval=False)
    assert claim(store).delivery == one


def approved(store: Store) -> int:
    """What it says will be changed while another hold hides that the approval is void."""
    [one] = queue_up(store, delivery(needs_approval=True))
    desk(store).approve([one], "")
    return one


def assert_it_waits_for_approval(store: Store, one: int) -> None:
    assert queue.claim(store, "fice-x", "w1", NOON, SPACING) is None
    assert (state_of(store, one), row(store, one)["hold"]) == (State.HELD, Hold.APPROVAL)
    desk(store).approve([one], "")
    assert claim(store).delivery == one


def test_what_is_edited_while_held_by_hand_waits_for_approval_when_it_is_released(store: Store) -> None:
    one = approved(store)
    desk(store).hold([one], "")
    edit(store, one, needs_approval=True)
    desk(store).release([one], "")
    assert_it_waits_for_approval(store, one)


def test_what_is_edited_during_a_pause_waits_for_approval_when_it_is_over(store: Store) -> None:
    one = approved(store)
    switches.pause(store, "", "anna", NOON)
    upkeep.hold_due_while_paused(store, NOON)
    edit(store, one, needs_approval=True)
    switches.resume(store, "anna", NOON)
    assert_it_waits_for_approval(store, one)


def test_what_is_edited_while_not_connected_waits_for_approval_when_it_is(store: Store) -> None:
    one = approved(store)
    upkeep.follow_connections(store, {"fice-x": "not connected"}, NOON)
    edit(store, one, needs_approval=True)
    upkeep.follow_connections(store, {}, NOON)
    assert_it_waits_for_approval(store, one)


def test_resolved_as_published_it_ends_with_the_link_that_was_seen(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    found = Desk(store, "anna", NOON + HOUR).resolve_published(one, URL, SEEN.remote_id, "")
    assert (found["state"], found["remote_url"], found["published_at"]) == (
        State.PUBLISHED,
        URL,
        NOON + HOUR,
    )
    last = last_of(store, one)
    assert (last.remote_url, last.actor, last.reason, last.lateness_s) == (URL, "anna", "seen by hand", 3600)


def test_resolved_as_not_published_it_is_sent_again_at_once(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    Desk(store, "anna", NOON + MINUTE).resolve_not_published(one, "")
    assert last_of(store, one).reason == "not there, seen by hand"
    assert claim(store, at=NOON + MINUTE).delivery == one


def test_not_published_is_not_believed_while_what_was_sent_may_still_appear(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    ends = NOON + LIMIT + SETTLE
    hasty = Desk(store, "anna", ends - SECOND, {"twitter": SETTLE})
    assert f"say so after {ends:%H:%M:%S} UTC" in refusal(store, lambda: hasty.resolve_not_published(one, ""))
    Desk(store, "anna", ends, {"twitter": SETTLE}).resolve_not_published(one, "")
    assert state_of(store, one) == State.SCHEDULED


def test_resolved_as_not_published_too_late_it_is_missed_and_not_sent(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    doubt(store, claim(store))
    Desk(store, "anna", NOON + HOUR).resolve_not_published(one, "")
    assert queue.claim(store, "fice-x", "w1", NOON + HOUR, SPACING) is None
    upkeep.miss_expired(store, NOON + HOUR)
    assert state_of(store, one) == State.MISSED


def test_a_thread_resolved_as_not_published_sends_only_the_rest(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two", "three"]))
    doubt(store, publish(store, claim(store)))
    Desk(store, "anna", NOON + MINUTE).resolve_not_published(one, "")
    again = claim(store, at=NOON + MINUTE)
    assert again.next_sending is not None
    assert (again.next_sending.part.number, again.next_sending.previous) == (2, OUT)


def test_a_thread_resolved_as_published_sends_only_the_rest(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two", "three"]))
    doubt(store, publish(store, claim(store)))
    desk(store).resolve_published(one, URL, SEEN.remote_id, "")
    last = last_of(store, one)
    assert (last.to_state, last.remote_url) == (State.SCHEDULED, URL)
    assert last.reason == f"seen by hand; part 2 of 3 is out: {URL}"
    again = claim(store)
    assert again.next_sending is not None
    assert (again.next_sending.part.number, again.next_sending.previous) == (3, SEEN)


def test_a_link_that_names_no_single_post_is_enough_where_nothing_answers_it(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    desk(store).resolve_published(one, "https://fb.example/short", None, "")
    assert row(store, one)["remote_url"] == "https://fb.example/short"
    assert state_of(store, one) == State.PUBLISHED


def test_the_next_part_of_a_thread_is_never_an_answer_to_a_mere_link(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    doubt(store, claim(store))
    said = refusal(store, lambda: desk(store).resolve_published(one, "https://fb.example/short", None, ""))
    assert "give the link of this very post" in said


def test_the_last_part_resolved_as_published_ends_the_thread_with_the_link_of_its_first(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    doubt(store, publish(store, claim(store)))
    found = desk(store).resolve_published(one, URL, SEEN.remote_id, "")
    assert (found["state"], found["remote_url"]) == (State.PUBLISHED, OUT.url)
    assert part_of(store, one, 2)["remote_url"] == URL


def test_what_a_person_has_resolved_no_late_look_can_change(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    looked = the_doubt(store, NOON + SETTLE)
    desk(store).resolve_published(one, URL, SEEN.remote_id, "")
    doubts.clear(store, looked, "not there", NOON + SETTLE)
    assert state_of(store, one) == State.PUBLISHED
    assert row(store, one)["remote_url"] == URL


def test_resolving_twice_is_refused(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    desk(store).resolve_published(one, URL, SEEN.remote_id, "")
    assert "only an uncertain one" in refusal(
        store, lambda: desk(store).resolve_published(one, URL, SEEN.remote_id, "")
    )


def test_people_may_give_the_same_delivery_twice_in_a_list(store: Store) -> None:
    [one] = queue_up(store, delivery())
    assert len(desk(store).hold([one, one], "")) == 1


def test_all_that_people_do_leaves_unbroken_stories(store: Store) -> None:
    ids = queue_up(store, *(delivery(f"week/{number}.md") for number in range(4)))
    held = claim(store)
    begin(store, held)
    upkeep.rescue(store, NOON + HOUR, {})
    desk(store).resolve_published(held.delivery, URL, SEEN.remote_id, "")
    rest = [one for one in ids if one != held.delivery]
    desk(store).hold(rest, "")
    desk(store).reschedule(dict.fromkeys(rest, (LATER, "2018-09-25T12:00:00")), "")
    desk(store).cancel(rest, "")
    assert broken_chains(store) == []


def test_one_link_does_not_end_the_doubt_about_two(store: Store) -> None:
    one, two = queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    doubt(store, claim(store))
    doubt(store, claim(store))
    desk = Desk(store, "anna", NOON + HOUR)
    desk.resolve_published(one, OUT.url or "", OUT.remote_id, "")
    with pytest.raises(DeskError, match="another delivery"):
        desk.resolve_published(two, OUT.url or "", OUT.remote_id, "")
    assert state_of(store, two) == State.UNCERTAIN
