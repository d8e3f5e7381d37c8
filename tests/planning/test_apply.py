"""Applying: the queue says what the files say, all of it or nothing, and what is out is never touched."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from bot.model.state import Hold, State
from bot.planning.plan import Action
from bot.store import queue, restored, switches, upkeep
from bot.store.desk import DeskError
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
THREAD = (*ON_X, "text:", "  twitter: [One, Two, Three]")
APPROVAL = ("2018-09-24", '2018-09-24\napproval = "required"')


class WentWrongError(Exception):
    """What happens in the middle."""


# New


def test_what_is_new_is_queued_with_everything_that_the_files_say(office: Office) -> None:
    office.project.post("a", *HEAD, "link: https://example.org/a", "late_ok: 45m", "first_comment: More")
    plan = office.apply()
    assert set(actions(plan).values()) == {"new"}
    row = office.row("a", "fice-facebook")
    wanted = {
        "campaign": "week", "post": "week/a.md", "account": "fice-facebook", "network": "facebook",
        "kind": "daily-post", "slot": "morning", "day": 1, "state": "scheduled", "hold": None,
        "wall": "2018-09-24T08:00:00", "zone": "America/New_York", "due_at": MORNING, "ready_at": MORNING,
        "planned_due_at": MORNING, "expires_at": MORNING + timedelta(minutes=45), "late_ok_s": 2_700,
        "needs_approval": False, "cancelled_by": None,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert office.texts("a", "fice-facebook") == ["Hello", "More"]
    assert office.texts("a", "fice-x") == ["Hello https://example.org/a"]


def test_what_is_queued_is_in_the_post_log_with_who_did_it(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    [entry] = office.log()
    assert (entry.from_state, entry.to_state, entry.actor, entry.at) == (None, "scheduled", "anna", SUNDAY)
    assert "2018-09-24T08:00:00 America/New_York" in entry.reason


def test_what_is_queued_can_be_claimed_at_its_time_and_not_before(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    early = MORNING - timedelta(seconds=1)
    assert queue.claim(office.store, "fice-x", "w", early, HOUR) is None
    assert queue.claim(office.store, "fice-x", "w", MORNING, HOUR) is not None


def test_drafts_are_never_queued(office: Office) -> None:
    office.project.post("a", *HEAD, "status: draft")
    office.apply()
    assert office.everything() == []


def test_files_with_an_error_are_not_applied(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", *HEAD, body="")
    with pytest.raises(FilesHaveErrorsError, match="text"):
        office.apply()
    assert office.everything() == []


def test_six_hundred_deliveries_are_queued_at_once(office: Office) -> None:
    for number in range(300):
        text = f"Post number {number}"
        office.project.post(f"p{number:03}", f"day: {number % 3 + 1}", "kind: event", body=text)
    office.apply()
    assert len(office.everything()) == 600
    assert office.plan().active == []


def test_the_progress_counts_every_change(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", "day: 2", *ON_X[1:], body="Else")
    counted: list[int] = []
    office.apply(progress=counted.append)
    assert counted == [1, 2, 3]


# Twice


def test_doing_it_twice_changes_nothing_the_second_time(office: Office) -> None:
    office.project.post("a", *HEAD, "first_comment: More")
    office.project.post("b", *THREAD)
    office.project.post("c", "at: 2018-09-25 10:30:15", "kind: chat", "accounts: [fice-x]", body="Q1")
    office.apply()
    before = office.everything()
    again = office.apply(now=SUNDAY + HOUR)
    assert again.active == []
    assert office.everything() == before
    assert all(len(office.log(name)) == 1 for name in "abc")


def test_every_kind_of_change_is_done_once(office: Office) -> None:
    for name in ("edited", "moved", "gone", "same"):
        office.project.post(name, *ON_X, body=name)
    office.apply()
    office.project.post("edited", *ON_X, body="Else")
    office.project.post("moved", "day: 2", *ON_X[1:], body="moved")
    office.project.remove("gone")
    office.project.post("fresh", *ON_X, body="fresh")
    plan = office.apply()
    assert actions(plan) == {
        ("edited", "fice-x"): "changed",
        ("moved", "fice-x"): "moved",
        ("gone", "fice-x"): "cancelled",
        ("same", "fice-x"): "unchanged",
        ("fresh", "fice-x"): "new",
    }
    assert office.plan().active == []
    assert office.texts("edited") == ["Else"]
    assert office.row("moved")["due_at"] == MORNING + DAY
    assert office.state("gone") == State.CANCELLED
    assert [len(office.log(name)) for name in ("edited", "moved", "gone", "same", "fresh")] == [2, 2, 2, 1, 1]


# All or nothing


@pytest.mark.parametrize("breaks_at", [1, 2, 3, 4])
def test_what_breaks_in_the_middle_leaves_everything_as_it_was(office: Office, breaks_at: int) -> None:
    for name in ("edited", "moved", "gone"):
        office.project.post(name, *ON_X, body=name)
    office.apply()
    before = office.everything()
    office.project.post("edited", *ON_X, body="Else")
    office.project.post("moved", "day: 2", *ON_X[1:], body="moved")
    office.project.remove("gone")
    office.project.post("fresh", *ON_X, body="fresh")

    def break_off(done: int) -> None:
        if done == breaks_at:
            raise WentWrongError

    with pytest.raises(WentWrongError):
        office.apply({"week": date(2018, 9, 24)}, progress=break_off)
    assert office.everything() == before
    assert office.texts("edited") == ["edited"]
    assert [len(office.log(name)) for name in ("edited", "moved", "gone")] == [1, 1, 1]
    assert office.apply().count(Action.NEW) == 1


def test_a_move_that_breaks_in_the_middle_is_not_remembered(office: Office) -> None:
    office.project.post("a", *ON_X)

    def break_off(_done: int) -> None:
        raise WentWrongError

    with pytest.raises(WentWrongError):
        office.apply({"week": date(2018, 10, 1)}, progress=break_off)
    assert change(office.plan()).due_at == MORNING


# Changed and moved


def test_an_edited_text_is_what_goes_out(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.post("a", *THREAD)
    office.apply()
    assert office.texts() == ["One", "Two", "Three"]
    office.project.post("a", *ON_X, body="Short")
    office.apply()
    assert office.texts() == ["Short"]
    assert office.row()["due_at"] == MORNING


def test_an_edited_tolerance_counts_from_its_time(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.post("a", *ON_X, "late_ok: 5m")
    office.apply()
    assert office.row()["expires_at"] == MORNING + timedelta(minutes=5)


def test_a_moved_post_goes_out_at_its_new_time_only(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.post("a", "day: 2", *ON_X[1:])
    office.apply()
    row = office.row()
    assert (row["due_at"], row["ready_at"], row["day"]) == (MORNING + DAY, MORNING + DAY, 2)
    assert (row["expires_at"], row["wall"]) == (MORNING + DAY + 3 * HOUR, "2018-09-25T08:00:00")
    assert queue.claim(office.store, "fice-x", "w", MORNING, HOUR) is None


def test_the_post_log_says_what_an_edit_has_changed(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.post("a", "day: 2", *ON_X[1:], body="Else")
    office.apply(now=SUNDAY + HOUR)
    [_, entry] = office.log()
    assert (entry.from_state, entry.to_state, entry.actor) == ("scheduled", "scheduled", "anna")
    assert "new time 2018-09-25T08:00:00 America/New_York" in entry.reason
    assert "new content" in entry.reason


def test_a_time_given_by_hand_survives_an_edit_of_the_text(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().reschedule({office.row()["id"]: (AFTERNOON, "2018-09-24T15:00:00")}, "")
    office.project.post("a", *ON_X, "late_ok: 1h", body="Else")
    office.apply()
    row = office.row()
    assert (row["due_at"], row["ready_at"], row["wall"]) == (AFTERNOON, AFTERNOON, "2018-09-24T15:00:00")
    assert row["expires_at"] == AFTERNOON + HOUR
    assert office.texts() == ["Else"]
    assert office.plan().active == []


def test_a_new_time_in_the_file_ends_the_time_given_by_hand(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().reschedule({office.row()["id"]: (AFTERNOON, "2018-09-24T15:00:00")}, "")
    assert office.plan().active == []
    office.project.post("a", "day: 2", *ON_X[1:])
    office.apply()
    assert office.row()["due_at"] == MORNING + DAY


def test_an_edit_of_what_a_person_holds_leaves_it_held(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().hold([office.row()["id"]], "wait for the minister")
    office.project.post("a", "day: 2", *ON_X[1:], body="Else")
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.OPERATOR)
    assert office.texts() == ["Else"]
    office.desk().release([office.row()["id"]], "")
    assert (office.state(), office.row()["due_at"]) == (State.SCHEDULED, MORNING + DAY)


def test_an_account_that_is_on_another_network_now_is_so_in_the_queue(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.accounts(('network = "twitter"', 'network = "linkedin"'))
    office.apply()
    assert office.row()["network"] == "linkedin"


# What is out


def but_stale(row: Mapping[str, Any]) -> dict[str, Any]:
    """All but the note that the file says something else by now."""
    return {name: value for name, value in row.items() if name != "stale"}


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(ON_X, id="edited"),
        pytest.param(("day: 3", *ON_X[1:]), id="moved"),
        pytest.param((*ON_X, "late_ok: 1m"), id="with another tolerance"),
        pytest.param((*ON_X, "status: draft"), id="a draft now"),
        pytest.param((*HEAD, "accounts: [fice-facebook]"), id="on another account now"),
        pytest.param(None, id="deleted"),
    ],
)
@pytest.mark.parametrize("stage", ["published", "publishing", "out in part"])
def test_what_is_out_is_never_touched(office: Office, keys: tuple[str, ...] | None, stage: str) -> None:
    office.project.post("a", *THREAD)
    office.apply()
    if stage == "published":
        office.publish()
    elif stage == "publishing":
        office.claim()
    else:
        office.fail(parts=2)
    before, texts, log = but_stale(office.row()), office.texts(), office.log()
    if keys is None:
        office.project.remove("a")
    else:
        office.project.post("a", *keys, body="Else")
    plan = office.apply(now=MORNING + HOUR)
    assert change(plan).action is Action.KEPT
    assert (but_stale(office.row()), office.texts(), office.log()) == (before, texts, log)
    assert office.plan(now=MORNING + HOUR).active == []


def test_moving_the_campaign_does_not_move_what_is_out(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.project.post("b", "day: 2", *ON_X[1:], body="Else")
    office.apply()
    office.publish("a")
    before = office.row("a")
    plan = office.apply({"week": date(2018, 10, 1)}, now=MORNING + HOUR)
    assert actions(plan) == {("a", "fice-x"): "kept", ("b", "fice-x"): "moved"}
    assert office.row("a") == before
    assert office.row("b")["due_at"] == MORNING + 8 * DAY


def test_what_nobody_knows_is_not_touched(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    held, now = office.claim()
    assert held.next_sending is not None
    queue.begin(office.store, held, held.next_sending.part, "payload", now, HOUR)
    upkeep.rescue(office.store, now + 2 * HOUR, {})
    assert office.state() == State.UNCERTAIN
    before = but_stale(office.row())
    office.project.remove("a")
    office.apply(now=now + 2 * HOUR)
    assert but_stale(office.row()) == before


def in_doubt(office: Office) -> int:
    """A delivery of which nobody knows whether it is out; its number."""
    office.project.post("a", *ON_X)
    office.apply()
    held, now = office.claim()
    assert held.next_sending is not None
    queue.begin(office.store, held, held.next_sending.part, "payload", now, HOUR)
    upkeep.rescue(office.store, now + 2 * HOUR, {})
    return held.delivery


def test_an_edit_during_a_doubt_is_what_goes_out_when_the_doubt_is_over(office: Office) -> None:
    number = in_doubt(office)
    office.project.post("a", *ON_X, body="Better")
    now = MORNING + 2 * HOUR
    office.apply(now=now)
    office.desk(now).resolve_not_published(number, "")
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.STALE)
    assert office.texts() == ["Hello"]
    office.apply(now=now)
    assert (office.state(), office.texts()) == (State.SCHEDULED, ["Better"])
    assert office.plan(now=now).active == []


def test_a_deletion_during_a_doubt_holds_when_the_doubt_is_over(office: Office) -> None:
    number = in_doubt(office)
    office.project.remove("a")
    now = MORNING + 2 * HOUR
    office.apply(now=now)
    office.desk(now).resolve_not_published(number, "")
    assert office.state() == State.HELD
    office.apply(now=now)
    assert office.state() == State.CANCELLED


def test_an_edit_that_is_taken_back_during_a_doubt_holds_nothing(office: Office) -> None:
    number = in_doubt(office)
    now = MORNING + 2 * HOUR
    office.project.post("a", *ON_X, body="Better")
    office.apply(now=now)
    office.project.post("a", *ON_X)
    office.apply(now=now)
    office.desk(now).resolve_not_published(number, "")
    assert (office.state(), office.texts()) == (State.SCHEDULED, ["Hello"])


# Renamed files


def renamed(office: Office, *keys: str) -> None:
    office.project.remove("a")
    office.project.post("b", *keys)


@pytest.mark.parametrize("stage", ["published", "publishing", "out in part"])
def test_what_is_out_does_not_go_out_again_when_its_file_is_renamed(office: Office, stage: str) -> None:
    office.project.post("a", *THREAD)
    office.apply()
    if stage == "published":
        office.publish()
    elif stage == "publishing":
        office.claim()
    else:
        office.fail(parts=2)
    renamed(office, *THREAD)
    for _ in range(2):
        office.apply(now=MORNING + HOUR)
        assert [row["post"] for row in office.everything()] == ["week/a.md"]
    assert office.plan(now=MORNING + HOUR).active == []


def test_what_is_not_out_goes_out_under_its_new_name(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    renamed(office, *ON_X)
    office.apply()
    assert (office.state("a"), office.state("b")) == (State.CANCELLED, State.SCHEDULED)


def test_what_is_out_does_not_go_out_again_when_its_campaign_is_renamed(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.project.post("b", "day: 2", *ON_X[1:], body="Tuesday")
    office.apply()
    office.publish("a")
    (office.project.folder / "posts/week").rename(office.project.folder / "posts/our-week")
    campaigns = office.project.folder / "config/campaigns"
    (campaigns / "week.toml").rename(campaigns / "our-week.toml")
    for _ in range(2):  # after the first time nothing of the old name is still to go out
        office.apply(now=MORNING + HOUR)
        to_go_out = [row["post"] for row in office.everything() if row["state"] == State.SCHEDULED]
        assert to_go_out == ["our-week/b.md"]


# What a person, or the network, has ended


def test_what_the_network_refused_goes_back_into_the_queue_when_it_is_edited(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.fail()
    assert office.plan(now=MORNING).active == []
    office.project.post("a", *ON_X, body="As the network likes it")
    office.apply(now=MORNING + HOUR)
    row = office.row()
    assert (row["state"], row["due_at"], row["tries"]) == (State.SCHEDULED, MORNING, 0)
    office.publish()
    assert office.state() == State.PUBLISHED


def test_what_was_missed_goes_back_into_the_queue_with_its_new_time(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    upkeep.miss_expired(office.store, MORNING + 4 * HOUR)
    assert office.state() == State.MISSED
    office.project.post("a", "day: 2", *ON_X[1:])
    plan = office.apply(now=MORNING + 4 * HOUR)
    assert not change(plan).late
    assert (office.state(), office.row()["due_at"]) == (State.SCHEDULED, MORNING + DAY)


def test_what_was_missed_goes_back_into_the_queue_with_a_longer_tolerance(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    upkeep.miss_expired(office.store, MORNING + 4 * HOUR)
    office.project.post("a", *ON_X, "late_ok: 12h")
    office.apply(now=MORNING + 4 * HOUR)
    assert office.state() == State.SCHEDULED
    assert queue.claim(office.store, "fice-x", "w", MORNING + 4 * HOUR, HOUR) is not None


def test_what_a_person_has_cancelled_is_not_revived(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().cancel([office.row()["id"]], "not this week")
    before = office.row()
    office.project.post("a", "day: 2", *ON_X[1:], body="Else")
    office.apply()
    assert office.row() == before
    office.project.remove("a")
    office.apply()
    office.project.post("a", *ON_X)
    office.apply()
    assert office.row() == before


def test_what_a_person_revives_follows_its_file_again(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().cancel([office.row()["id"]], "")
    office.project.post("a", *ON_X, body="Else")
    office.desk().reschedule({office.row()["id"]: (AFTERNOON, "2018-09-24T15:00:00")}, "")
    office.apply()
    assert (office.state(), office.row()["due_at"]) == (State.SCHEDULED, AFTERNOON)
    assert office.texts() == ["Else"]


# Cancelled and back


def test_what_no_file_asks_for_is_cancelled_with_the_reason_in_the_log(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.remove("a")
    office.apply(now=SUNDAY + HOUR)
    assert (office.state(), office.row()["cancelled_by"]) == (State.CANCELLED, "plan")
    [_, entry] = office.log()
    assert (entry.to_state, entry.actor, entry.reason) == (
        "cancelled",
        "anna",
        "no file asks for it any more",
    )


def test_a_post_that_comes_back_is_queued_again_as_it_is_now(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    number = office.row()["id"]
    office.project.remove("a")
    office.apply()
    office.project.post("a", "day: 2", *THREAD[1:])
    office.apply()
    row = office.row()
    assert (row["id"], row["state"], row["due_at"], row["cancelled_by"]) == (
        number, State.SCHEDULED, MORNING + DAY, None,
    )  # fmt: skip
    assert office.texts() == ["One", "Two", "Three"]
    assert office.plan().active == []


def test_a_post_that_was_held_by_hand_when_its_file_went_comes_back_scheduled(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().hold([office.row()["id"]], "")
    office.project.remove("a")
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.CANCELLED, None)
    office.project.post("a", *ON_X)
    office.apply()
    assert office.state() == State.SCHEDULED


def test_an_account_that_a_post_no_longer_names_is_cancelled_alone(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    office.project.post("a", *HEAD, "accounts: [fice-facebook]")
    office.apply()
    assert (office.state(), office.state("a", "fice-facebook")) == (State.CANCELLED, State.SCHEDULED)


def test_a_campaign_whose_file_is_gone_is_cancelled_as_a_whole(office: Office) -> None:
    office.project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-10-01")))
    office.project.write("posts/later/b.md", post(*HEAD))
    office.project.post("a", *ON_X, body="Else")
    office.apply()
    (office.project.folder / "config/campaigns/later.toml").unlink()
    (office.project.folder / "posts/later/b.md").unlink()
    office.apply()
    states = {(row["post"], row["account"]): row["state"] for row in office.everything()}
    assert states == {
        ("later/b.md", "fice-x"): "cancelled",
        ("later/b.md", "fice-facebook"): "cancelled",
        ("week/a.md", "fice-x"): "scheduled",
    }
    assert office.plan().active == []


def test_a_campaign_that_comes_back_is_queued_again(office: Office) -> None:
    office.project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-10-01")))
    office.project.write("posts/later/b.md", post(*ON_X))
    office.apply({"later": date(2018, 10, 8)})
    (office.project.folder / "config/campaigns/later.toml").unlink()
    (office.project.folder / "posts/later/b.md").unlink()
    office.apply()
    office.project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-10-01")))
    office.project.write("posts/later/b.md", post(*ON_X))
    office.apply()
    assert [(row["state"], row["due_at"]) for row in office.everything()] == [
        ("scheduled", MORNING + 14 * DAY)
    ]


def test_applying_one_campaign_leaves_the_others_alone(office: Office) -> None:
    office.project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-10-01")))
    office.project.write("posts/later/b.md", post(*ON_X))
    office.project.post("a", *ON_X, body="Else")
    office.apply(only="later")
    assert [row["post"] for row in office.everything()] == ["later/b.md"]


# Approval


def test_what_needs_approval_is_held_until_somebody_gives_it(office: Office) -> None:
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)
    with pytest.raises(DeskError, match="bot approve"):
        office.desk().release([office.row()["id"]], "")
    office.desk().approve([office.row()["id"]], "")
    assert office.state() == State.SCHEDULED
    assert office.apply().active == []
    assert office.state() == State.SCHEDULED


def test_an_edit_of_what_it_says_voids_the_approval(office: Office) -> None:
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().approve([office.row()["id"]], "")
    office.project.post("a", *ON_X, body="Else")
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)
    office.desk().approve([office.row()["id"]], "")
    assert office.state() == State.SCHEDULED


def test_another_time_needs_no_new_approval(office: Office) -> None:
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().approve([office.row()["id"]], "")
    office.project.post("a", "day: 2", *ON_X[1:])
    office.apply()
    assert (office.state(), office.row()["due_at"]) == (State.SCHEDULED, MORNING + DAY)


def test_an_edit_while_it_waits_leaves_it_waiting(office: Office) -> None:
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.apply()
    office.project.post("a", "day: 2", *ON_X[1:], body="Else")
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)
    office.desk().approve([office.row()["id"]], "")
    assert (office.state(), office.row()["due_at"]) == (State.SCHEDULED, MORNING + DAY)


def test_a_campaign_that_starts_to_require_approval_holds_what_is_queued(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.project.week(APPROVAL)
    assert change(office.plan()).why == "approval is required now"
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)
    assert office.plan().active == []


def test_a_campaign_that_requires_none_any_more_lets_go_what_only_waited_for_it(office: Office) -> None:
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.project.post("b", *ON_X, body="Else")
    office.apply()
    office.desk().approve([office.row("b")["id"]], "")
    office.desk().hold([office.row("b")["id"]], "wait for the minister")
    office.project.week()
    office.apply()
    assert office.state("a") == State.SCHEDULED
    assert (office.state("b"), office.row("b")["hold"]) == (State.HELD, Hold.OPERATOR)
    assert office.plan().active == []


def test_what_is_out_is_not_held_for_approval(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.publish()
    office.project.week(APPROVAL)
    office.apply(now=MORNING)
    assert office.state() == State.PUBLISHED


def test_what_comes_back_after_an_edit_must_be_approved_again(office: Office) -> None:
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().approve([office.row()["id"]], "")
    office.project.remove("a")
    office.apply()
    office.project.post("a", *ON_X, body="Else")
    office.apply()
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)


def test_an_edit_during_a_pause_waits_for_approval_when_the_pause_is_over(office: Office) -> None:
    # If it were only scheduled then, no worker might claim it, and it would be missed without a word.
    office.project.week(APPROVAL)
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().approve([office.row()["id"]], "")
    switches.pause(office.store, "earthquake", "anna", MORNING)
    upkeep.hold_due_while_paused(office.store, MORNING)
    office.project.post("a", *ON_X, body="Else")
    office.apply(now=MORNING)
    switches.resume(office.store, "anna", MORNING + HOUR)
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)


def test_what_a_person_lets_go_waits_for_the_approval_that_is_required_since(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.desk().hold([office.row()["id"]], "")
    office.project.week(APPROVAL)
    office.apply()
    office.desk().release([office.row()["id"]], "")
    assert (office.state(), office.row()["hold"]) == (State.HELD, Hold.APPROVAL)


# Moved campaigns


def test_a_moved_campaign_is_moved_in_the_queue(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.project.post("b", "at: 2018-09-25 10:00", "kind: chat", "accounts: [fice-x]", body="Q1")
    office.apply()
    office.apply({"week": date(2018, 11, 5)})
    assert office.row("a")["wall"] == "2018-11-05T08:00:00"
    assert office.row("a")["due_at"] == MORNING + 42 * DAY + HOUR  # winter time by then
    assert office.row("b")["due_at"] == MORNING + 43 * DAY + 3 * HOUR
    assert office.plan().active == []


def test_a_post_that_is_added_to_a_moved_campaign_is_on_the_moved_dates(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply({"week": date(2018, 10, 1)})
    office.project.post("b", "day: 2", *ON_X[1:], body="Else")
    plan = office.apply()
    assert actions(plan) == {("a", "fice-x"): "unchanged", ("b", "fice-x"): "new"}
    assert office.row("b")["due_at"] == MORNING + 8 * DAY


def test_a_tolerance_that_the_check_lets_through_can_be_applied(office: Office) -> None:
    office.project.write("config/bot.toml", '[late_ok]\ndaily-post = "366d"\n')
    office.project.post("a", *ON_X, "late_ok: 366d")
    office.apply()
    assert office.row()["expires_at"] == MORNING + 366 * DAY


def test_a_text_of_any_script_is_queued_as_it_is(office: Office) -> None:
    text = "Kinder schützen 👩🏽‍🏫 الأطفال 字 – “quoted”"
    office.project.post("Grüße ✓", *ON_X, body=text)
    office.apply()
    assert office.texts("Grüße ✓") == [text]
    assert office.plan().active == []


# A database that was restored from a copy


def restore(office: Office) -> None:
    restored.declare(office.store, SUNDAY, "anna", SUNDAY + HOUR)


def test_what_may_be_out_since_the_copy_was_made_keeps_its_words_until_that_is_known(office: Office) -> None:
    office.project.post("a", *ON_X, body="As it went out")
    office.project.post("b", *ON_X, body="Its file is gone")
    office.apply()
    restore(office)
    office.project.post("a", *ON_X, body="As it was edited afterwards")
    office.project.remove("b")
    plan = office.apply(now=SUNDAY + HOUR)
    assert actions(plan) == {("a", "fice-x"): "kept", ("b", "fice-x"): "kept"}
    assert "since this database was restored" in plan.changes[0].why
    assert office.texts("a") == ["As it went out"]
    assert office.row("a")["stale"]


def test_what_comes_new_after_a_restoration_is_looked_for_and_a_week_later_no_more(office: Office) -> None:
    restore(office)
    office.project.post("a", *ON_X)
    office.apply(now=SUNDAY + 2 * HOUR)
    assert office.row("a")["look_since"] == SUNDAY
    office.project.post("b", *ON_X, body="Else")
    office.apply(now=SUNDAY + 8 * DAY)
    assert office.row("b")["look_since"] is None


def test_a_renamed_file_does_not_send_again_what_may_be_out_since_the_copy_was_made(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    restore(office)
    office.project.remove("a")
    office.project.post("renamed", *ON_X)
    plan = office.apply(now=SUNDAY + HOUR)
    assert actions(plan) == {("a", "fice-x"): "kept", ("renamed", "fice-x"): "kept"}
    assert len(office.everything()) == 1
