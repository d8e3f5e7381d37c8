"""The plan: what would change in the queue, and why, before anything does."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.planning.plan import ACTIVE, Action, Plan
from tests.planning.helper import (
    AFTERNOON,
    DAY,
    HOUR,
    MORNING,
    SUNDAY,
    WEEK,
    FilesHaveErrorsError,
    Office,
    actions,
    change,
    post,
    replaced,
)

HEAD = ("day: 1", "kind: daily-post")
ON_X = (*HEAD, "accounts: [fice-x]")


def test_without_posts_nothing_is_planned(office: Office) -> None:
    plan = office.plan()
    assert (plan.changes, plan.active, plan.notes) == ([], [], [])
    assert [campaign.name for campaign in plan.campaigns] == ["week"]


def test_what_the_queue_does_not_have_yet_is_new(office: Office) -> None:
    office.project.post("a", *HEAD)
    plan = office.plan()
    assert actions(plan) == {("a", "fice-x"): "new", ("a", "fice-facebook"): "new"}
    one = change(plan)
    assert (one.due_at, one.was, one.delivery, one.network) == (MORNING, None, None, "twitter")
    assert "America/New_York" in one.why


def test_a_plan_changes_nothing(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.plan()
    assert office.everything() == []


def test_what_is_queued_as_the_files_say_is_unchanged(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    plan = office.plan()
    assert actions(plan) == {("a", "fice-x"): "unchanged", ("a", "fice-facebook"): "unchanged"}
    assert plan.active == []
    assert plan.count(Action.UNCHANGED) == 2


@pytest.mark.parametrize(
    ("keys", "body", "why"),
    [
        pytest.param(HEAD, "Hello again", "new content", id="text"),
        pytest.param((*HEAD, "link: https://example.org/b"), "Hello", "new content", id="link"),
        pytest.param(
            (*HEAD, "text:", "  twitter: [1, 2]", "  facebook: 3"), "Hello", "new content", id="thread"
        ),
        pytest.param((*HEAD, "late_ok: 5m"), "Hello", "new tolerance", id="tolerance"),
    ],
)
def test_an_edit_of_what_a_post_says_changes_its_deliveries(
    office: Office, keys: tuple[str, ...], body: str, why: str
) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", *keys, body=body)
    plan = office.plan()
    assert actions(plan) == {("a", "fice-x"): "changed", ("a", "fice-facebook"): "changed"}
    assert change(plan).why == why


def test_an_edit_of_one_network_leaves_the_others_as_they_are(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", *HEAD, "text:", "  facebook: For the page")
    assert actions(office.plan()) == {("a", "fice-x"): "unchanged", ("a", "fice-facebook"): "changed"}


def test_an_edit_that_changes_no_message_and_no_time_changes_nothing(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", "# A remark for the reviewer.", *HEAD, "slot: morning", body="\nHello\n\n")
    assert office.plan().active == []


@pytest.mark.parametrize(
    ("keys", "due_at"),
    [
        pytest.param(("day: 2", *HEAD[1:]), MORNING + DAY, id="another day"),
        pytest.param((*ON_X, "slot: afternoon"), AFTERNOON, id="another slot"),
        pytest.param(("at: 2018-09-24 09:00", *ON_X[1:]), MORNING + HOUR, id="a fixed time"),
    ],
)
def test_a_post_with_another_time_is_moved(office: Office, keys: tuple[str, ...], due_at: datetime) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", *keys)
    one = change(office.plan())
    assert (one.action, one.was, one.due_at) == (Action.MOVED, MORNING, due_at)
    assert one.why.startswith("new time 2018-09-2")


def test_a_slot_with_another_time_moves_every_post_in_it(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", "day: 2", "kind: event", body="Another")
    office.apply()
    office.project.week(("08:00:00", "09:00:00"))
    plan = office.plan()
    assert plan.count(Action.MOVED) == 4 == len(plan.changes)
    assert change(plan, "b").due_at == MORNING + DAY + HOUR


def test_one_post_can_be_moved_and_changed_at_once(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", "day: 2", "kind: daily-post", body="Else")
    one = change(office.plan())
    assert one.action is Action.MOVED
    assert "new time" in one.why
    assert "new content" in one.why


def test_a_post_whose_file_is_gone_is_cancelled(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", *HEAD, body="Another")
    office.apply()
    office.project.remove("a")
    plan = office.plan()
    assert actions(plan) == {
        ("a", "fice-x"): "cancelled",
        ("a", "fice-facebook"): "cancelled",
        ("b", "fice-x"): "unchanged",
        ("b", "fice-facebook"): "unchanged",
    }
    assert change(plan).why == "no file asks for it any more"


def test_a_post_that_becomes_a_draft_is_cancelled(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", *HEAD, "status: draft")
    assert set(actions(office.plan()).values()) == {"cancelled"}


def test_a_file_with_another_name_is_another_post(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.remove("a")
    office.project.post("b", *ON_X)
    assert actions(office.plan()) == {("a", "fice-x"): "cancelled", ("b", "fice-x"): "new"}


def test_an_account_that_a_post_no_longer_names_is_cancelled_alone(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", *HEAD, "accounts: [fice-x, fice-linkedin]")
    assert actions(office.plan()) == {
        ("a", "fice-x"): "unchanged",
        ("a", "fice-linkedin"): "new",
        ("a", "fice-facebook"): "cancelled",
    }


def test_the_changes_come_in_the_order_in_which_they_go_out(office: Office) -> None:
    office.project.post("z", *HEAD)
    office.project.post("a", "day: 3", *ON_X[1:], body="Last")
    office.project.post("m", "day: 1", "kind: case-study", body="Second")
    assert [(one.post, one.account) for one in office.plan().changes] == [
        ("week/z.md", "fice-facebook"),
        ("week/z.md", "fice-x"),
        ("week/m.md", "fice-linkedin"),
        ("week/a.md", "fice-x"),
    ]


def test_files_with_an_error_are_not_planned(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", *HEAD, "colour: red", body="Else")
    with pytest.raises(FilesHaveErrorsError, match="colour"):
        office.plan()


# What is out, or in a person's hands, is kept


def test_what_is_published_is_kept_when_its_text_changes(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.publish()
    office.project.post("a", *HEAD, body="Too late")
    plan = office.plan(now=MORNING)
    assert actions(plan) == {("a", "fice-x"): "kept", ("a", "fice-facebook"): "changed"}
    assert "already published" in change(plan).why
    assert "only in the file" in change(plan).why


def test_what_is_published_and_unchanged_is_no_news(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.publish()
    assert actions(office.plan(now=MORNING)) == {("a", "fice-x"): "unchanged"}


def test_what_is_kept_keeps_its_time_in_the_plan(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.publish()
    office.project.post("a", "day: 3", *ON_X[1:])
    one = change(office.plan(now=MORNING))
    assert one.action is Action.KEPT
    assert one.due_at == MORNING


def test_what_is_published_is_kept_when_its_file_is_gone(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.publish()
    office.project.remove("a")
    one = change(office.plan(now=MORNING))
    assert one.action is Action.KEPT
    assert "its file is gone" in one.why


def test_what_a_worker_has_in_hand_is_kept(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.claim()
    office.project.post("a", *ON_X, body="Else")
    assert "already publishing" in change(office.plan(now=MORNING)).why


def test_a_thread_that_is_out_in_part_is_kept(office: Office) -> None:
    office.project.post("a", *ON_X, "text:", "  twitter: [One, Two]")
    office.apply()
    office.fail(parts=1)
    office.project.post("a", *ON_X, "text:", "  twitter: [One, Else]")
    one = change(office.plan(now=MORNING))
    assert one.action is Action.KEPT
    assert "out in part" in one.why


def test_what_a_person_has_cancelled_is_kept(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().cancel([office.row()["id"]], "not this week")
    assert actions(office.plan()) == {("a", "fice-x"): "unchanged"}
    office.project.post("a", "day: 2", *ON_X[1:], body="Else")
    one = change(office.plan())
    assert one.action is Action.KEPT
    assert "cancelled by anna" in one.why
    assert "bot reschedule" in one.why


def test_what_is_cancelled_already_is_not_cancelled_again(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.project.post("b", *ON_X, body="Else")
    office.apply()
    office.desk().cancel([office.row("a")["id"]], "")
    office.project.remove("a")
    office.project.remove("b")
    assert actions(office.plan()) == {("b", "fice-x"): "cancelled"}
    office.apply()
    assert office.plan().changes == []


def test_a_post_that_comes_back_is_new_again(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    number = office.row()["id"]
    office.project.remove("a")
    office.apply()
    office.project.post("a", *ON_X)
    one = change(office.plan())
    assert (one.action, one.delivery) == (Action.NEW, number)
    assert "asks for it again" in one.why


def test_a_time_given_by_hand_is_shown_where_nothing_changes(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().reschedule({office.row()["id"]: (AFTERNOON, "2018-09-24T15:00:00")}, "")
    one = change(office.plan())
    assert (one.action, one.due_at) == (Action.UNCHANGED, AFTERNOON)


def test_a_time_given_by_hand_is_shown_where_an_edit_keeps_it(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().reschedule({office.row()["id"]: (AFTERNOON, "2018-09-24T15:00:00")}, "")
    office.project.post("a", *ON_X, body="Else")
    one = change(office.plan())
    assert one.action is Action.CHANGED
    office.apply()
    assert one.due_at == office.row()["due_at"]


def test_a_time_given_by_hand_saves_an_edited_post_from_being_too_late(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    late = MORNING + timedelta(hours=4)  # by its file it would be missed now
    office.desk(late).reschedule({office.row()["id"]: (AFTERNOON, "2018-09-24T15:00:00")}, "")
    office.project.post("a", *ON_X, body="Else")
    assert not change(office.plan(now=late)).late


# Too late


@pytest.mark.parametrize(
    ("after", "late"), [(timedelta(hours=3), False), (timedelta(hours=3, seconds=1), True)]
)
def test_what_is_past_its_tolerance_already_is_marked(office: Office, after: timedelta, late: bool) -> None:
    office.project.post("a", *ON_X)
    one = change(office.plan(now=MORNING + after))
    assert (one.action, one.late) == (Action.NEW, late)


def test_what_has_long_been_published_is_not_marked_as_late(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.publish()
    assert not change(office.plan(now=MORNING + 30 * DAY)).late


# Moved campaigns


def test_a_moved_campaign_moves_its_deliveries_and_says_that_the_weekday_changes(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    plan = office.plan({"week": date(2018, 10, 3)})
    assert change(plan).due_at == MORNING + 9 * DAY
    [note] = plan.notes
    assert "week starts on 2018-10-03 instead of 2018-09-24" in note
    assert "Monday" in note
    assert "Wednesday" in note


def test_a_campaign_moved_by_whole_weeks_keeps_its_weekdays_and_says_nothing_of_them(office: Office) -> None:
    [note] = office.plan({"week": date(2018, 10, 8)}).notes
    assert "2018-10-08" in note
    assert "Monday" not in note


def test_a_moved_campaign_is_remembered_by_the_next_plan(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply({"week": date(2018, 10, 1)})
    plan = office.plan()
    assert actions(plan) == {("a", "fice-x"): "unchanged"}
    assert change(plan).due_at == MORNING + 7 * DAY
    assert any("2018-10-01" in note for note in plan.notes)


def test_a_move_that_was_only_planned_is_not_remembered(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.plan({"week": date(2018, 10, 1)})
    assert change(office.plan()).due_at == MORNING


def test_a_new_date_in_the_file_overrides_the_move(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply({"week": date(2018, 10, 1)})
    office.project.week(("2018-09-24", "2018-11-05"))
    plan = office.plan()
    assert change(plan).due_at == datetime(2018, 11, 5, 13, 0, tzinfo=UTC)
    assert plan.notes == []


def test_a_campaign_can_be_moved_back_to_the_date_of_its_file(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply({"week": date(2018, 10, 1)})
    office.apply({"week": date(2018, 9, 24)})
    plan = office.plan()
    assert (change(plan).due_at, plan.notes) == (MORNING, [])


def test_a_moved_campaign_can_be_moved_once_more(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.project.post("b", "at: 2018-09-25 10:00", "kind: chat", "accounts: [fice-x]", body="Q1")
    office.apply({"week": date(2018, 10, 1)})
    office.apply({"week": date(2018, 10, 15)})
    plan = office.plan()
    assert change(plan).due_at == MORNING + 21 * DAY
    assert change(plan, "b").due_at == MORNING + 22 * DAY + 2 * HOUR


def test_another_campaign_is_not_moved_along(office: Office) -> None:
    office.project.write("config/campaigns/later.toml", WEEK)
    office.project.write("posts/later/b.md", post(*ON_X, body="Else"))
    office.project.post("a", *ON_X)
    plan = office.plan({"week": date(2018, 10, 1)})
    assert {one.post: one.due_at for one in plan.changes} == {
        "week/a.md": MORNING + 7 * DAY,
        "later/b.md": MORNING,
    }


# One campaign, or one that is gone


def with_another_campaign(office: Office) -> None:
    office.project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-10-01")))
    office.project.write("posts/later/b.md", post(*ON_X))
    office.project.post("a", *ON_X, body="Else")


def test_a_campaign_whose_file_is_gone_is_cancelled_as_a_whole(office: Office) -> None:
    with_another_campaign(office)
    office.apply()
    (office.project.folder / "config/campaigns/later.toml").unlink()
    (office.project.folder / "posts/later/b.md").unlink()
    assert actions(office.plan()) == {("a", "fice-x"): "unchanged", ("b", "fice-x"): "cancelled"}


def test_the_last_campaign_can_be_removed_as_well(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    (office.project.folder / "config/campaigns/week.toml").unlink()
    office.project.remove("a")
    assert actions(office.plan()) == {("a", "fice-x"): "cancelled"}


def test_a_plan_of_one_campaign_leaves_the_others_alone(office: Office) -> None:
    with_another_campaign(office)
    office.apply()
    office.project.remove("a")
    (office.project.folder / "posts/later/b.md").unlink()
    assert actions(office.plan(only="later")) == {("b", "fice-x"): "cancelled"}
    assert actions(office.plan(only="week")) == {("a", "fice-x"): "cancelled"}


# As JSON


def as_json(plan: Plan) -> list[dict[str, object]]:
    return [one.to_json() for one in plan.changes]


def test_a_change_as_json_has_the_times_in_utc(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.post("a", "day: 2", *ON_X[1:])
    assert as_json(office.plan(now=SUNDAY)) == [
        {
            "action": "moved",
            "post": "week/a.md",
            "account": "fice-x",
            "network": "twitter",
            "due_at": "2018-09-25T12:00:00+00:00",
            "was": "2018-09-24T12:00:00+00:00",
            "delivery": office.row()["id"],
            "why": "new time 2018-09-25T08:00:00 America/New_York",
            "late": False,
        }
    ]


def test_what_does_something_is_told_from_what_does_not() -> None:
    assert {action for action in Action if action not in ACTIVE} == {Action.KEPT, Action.UNCHANGED}
