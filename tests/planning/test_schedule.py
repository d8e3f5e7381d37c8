"""The schedule: which post goes to which account at which instant."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.model.walltime import Oddity
from bot.planning.schedule import Planned, schedule
from tests.planning.helper import WEEK, Project, post, replaced

HEAD = ("day: 1", "kind: daily-post")


def utc(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def due(project: Project) -> dict[str, datetime]:
    """When each account's only delivery is due."""
    planned = project.planned()
    found = {one.account.name: one.due_at for one in planned}
    assert len(found) == len(planned)
    return found


def one_of(project: Project, account: str = "fice-x") -> Planned:
    [found] = [one for one in project.planned() if one.account.name == account]
    return found


@pytest.mark.parametrize(
    ("day", "instant"), [(1, "2018-09-24 12:00"), (2, "2018-09-25 12:00"), (3, "2018-09-26 12:00")]
)
def test_a_post_goes_out_on_its_day_in_its_slot_to_the_accounts_of_the_slot(
    project: Project, day: int, instant: str
) -> None:
    project.post("a", f"day: {day}", "kind: event")
    assert due(project) == {"fice-x": utc(instant), "fice-facebook": utc(instant)}
    one = one_of(project)
    assert (one.day, one.slot, one.zone) == (day, "morning", "America/New_York")
    assert one.wall == datetime(2018, 9, 23 + day, 8)  # noqa: DTZ001  (wall time)


def test_a_post_without_a_slot_takes_the_first_that_takes_its_kind(project: Project) -> None:
    project.post("a", "day: 1", "kind: case-study")
    assert due(project) == {"fice-linkedin": utc("2018-09-24 19:00")}


def test_of_two_slots_that_take_a_kind_the_first_in_the_file_counts_and_not_the_earlier_one(
    project: Project,
) -> None:
    project.week(("at = 08:00:00", "at = 20:00:00"))
    project.post("a", *HEAD)
    assert due(project) == {"fice-x": utc("2018-09-25 00:00"), "fice-facebook": utc("2018-09-25 00:00")}


def test_a_post_may_name_its_slot(project: Project) -> None:
    project.post("a", *HEAD, "slot: afternoon")
    assert due(project) == {"fice-linkedin": utc("2018-09-24 19:00")}


def test_a_post_may_name_its_accounts_and_keeps_the_time_of_its_slot(project: Project) -> None:
    project.post("a", *HEAD, "accounts: [fice-linkedin]")
    assert due(project) == {"fice-linkedin": utc("2018-09-24 12:00")}


def test_a_post_that_no_slot_takes_goes_nowhere(project: Project) -> None:
    project.post("a", "day: 1", "kind: blog")
    assert project.planned() == []


def test_a_fixed_time_is_of_the_zone_of_the_campaign(project: Project) -> None:
    project.post("a", "at: 2018-09-25 10:30", "kind: chat", "accounts: [fice-x]")
    one = one_of(project)
    assert one.due_at == utc("2018-09-25 14:30")
    assert (one.slot, one.day) == (None, 2)


def test_a_fixed_time_with_a_slot_takes_its_accounts_and_not_its_time(project: Project) -> None:
    project.post("a", "at: 2018-09-25 10:30", "kind: daily-post", "slot: morning")
    assert due(project) == {"fice-x": utc("2018-09-25 14:30"), "fice-facebook": utc("2018-09-25 14:30")}


@pytest.mark.parametrize("when", ["2018-09-23 10:30", "2018-09-27 10:30"])
def test_a_fixed_time_outside_the_days_belongs_to_none_of_them(project: Project, when: str) -> None:
    project.post("a", f"at: {when}", "kind: chat", "accounts: [fice-x]")
    assert one_of(project).day is None


def test_a_wave_reaches_each_account_in_its_own_morning(project: Project) -> None:
    project.week(("at = 08:00:00", 'at = 08:00:00\ntimezone = "account"'))
    project.accounts(
        ('handle = "fice"', 'handle = "fice"\ntimezone = "Africa/Nairobi"'),
        ('network = "facebook"', 'network = "facebook"\ntimezone = "Asia/Dushanbe"'),
    )
    project.post("a", *HEAD)
    assert due(project) == {"fice-x": utc("2018-09-24 05:00"), "fice-facebook": utc("2018-09-24 03:00")}
    assert {one.account.name: one.zone for one in project.planned()} == {
        "fice-x": "Africa/Nairobi",
        "fice-facebook": "Asia/Dushanbe",
    }


def test_the_zone_of_an_account_counts_only_in_a_wave(project: Project) -> None:
    project.accounts(('handle = "fice"', 'handle = "fice"\ntimezone = "Africa/Nairobi"'))
    project.post("a", *HEAD)
    assert one_of(project).due_at == utc("2018-09-24 12:00")


def test_a_fixed_time_in_a_wave_is_of_the_zone_of_the_campaign(project: Project) -> None:
    project.week(("at = 08:00:00", 'at = 08:00:00\ntimezone = "account"'))
    project.accounts(
        ('handle = "fice"', 'handle = "fice"\ntimezone = "Africa/Nairobi"'),
        ('network = "facebook"', 'network = "facebook"\ntimezone = "Asia/Dushanbe"'),
    )
    project.post("a", "at: 2018-09-25 10:30", "kind: daily-post", "slot: morning")
    assert set(due(project).values()) == {utc("2018-09-25 14:30")}


@pytest.mark.parametrize(
    ("starts", "wall", "instant", "oddity"),
    [
        ("2018-03-10", "08:00:00", "2018-03-10 13:00", None),
        ("2018-03-11", "08:00:00", "2018-03-11 12:00", None),
        ("2018-03-11", "02:30:00", "2018-03-11 07:00", Oddity.SKIPPED),
        ("2018-11-04", "01:30:00", "2018-11-04 05:30", Oddity.TWICE),
        ("2018-11-04", "02:30:00", "2018-11-04 07:30", None),
    ],
)
def test_the_clocks_change_under_a_slot_and_it_keeps_its_wall_time(
    project: Project, starts: str, wall: str, instant: str, oddity: Oddity | None
) -> None:
    project.week(("2018-09-24", starts), ("08:00:00", wall))
    project.post("a", *HEAD)
    one = one_of(project)
    assert (one.due_at, one.oddity) == (utc(instant), oddity)
    assert f"{one.wall:%H:%M:%S}" == wall


def test_a_campaign_that_is_moved_takes_its_days_and_its_fixed_times_with_it(project: Project) -> None:
    project.post("a", *HEAD)
    project.post("b", "at: 2018-09-25 10:30", "kind: chat", "accounts: [fice-linkedin]")
    content = project.content()
    moved = content.campaigns["week"].starting(date(2026, 11, 3))  # in winter time, and on a Tuesday
    found = {one.account.name: (one.due_at, one.day) for one in schedule(content, [moved])}
    assert found == {
        "fice-x": (utc("2026-11-03 13:00"), 1),
        "fice-facebook": (utc("2026-11-03 13:00"), 1),
        "fice-linkedin": (utc("2026-11-04 15:30"), 2),
    }


def test_only_the_campaigns_that_are_asked_for_are_planned(project: Project) -> None:
    project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-10-01")))
    project.write("posts/later/b.md", post(*HEAD))
    project.post("a", *HEAD)
    content = project.content()
    assert {one.post.path for one in schedule(content)} == {"week/a.md", "later/b.md"}
    assert {one.post.path for one in schedule(content, [content.campaigns["later"]])} == {"later/b.md"}
    assert schedule(content, []) == []


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [
        ("chat", timedelta(minutes=2)),
        ("event", timedelta(minutes=30)),
        ("daily-post", timedelta(hours=3)),
        ("case-study", timedelta(hours=24)),
        ("worker-profile", timedelta(hours=24)),
        ("blog", timedelta(hours=24)),
        ("resource", timedelta(hours=24)),
    ],
)
def test_how_late_a_post_may_be_follows_from_its_kind(
    project: Project, kind: str, tolerance: timedelta
) -> None:
    project.post("a", "day: 1", f"kind: {kind}", "slot: morning")
    assert one_of(project).tolerance == tolerance


def test_the_settings_may_say_otherwise_for_a_kind_and_the_post_for_itself(project: Project) -> None:
    project.write("config/bot.toml", '[late_ok]\nchat = "5m"\n')
    project.post("a", "day: 1", "kind: chat", "slot: morning", "accounts: [fice-x]")
    project.post("b", "day: 2", "kind: chat", "slot: morning", "accounts: [fice-facebook]", "late_ok: 90s")
    assert one_of(project).tolerance == timedelta(minutes=5)
    assert one_of(project, "fice-facebook").tolerance == timedelta(seconds=90)


def test_a_post_may_allow_no_lateness_at_all(project: Project) -> None:
    project.post("a", *HEAD, "late_ok: 0m")
    assert one_of(project).tolerance == timedelta()


def test_drafts_are_left_out(project: Project) -> None:
    project.post("a", *HEAD, "status: draft")
    assert project.planned() == []


def test_each_network_gets_its_own_text(project: Project) -> None:
    project.post(
        "a",
        *HEAD,
        "accounts: [fice-x, fice-facebook, fice-linkedin]",
        "text:",
        '  twitter: ["1/2", "2/2"]',
        "  facebook: For the page",
        body="For all others",
    )
    said = {one.account.name: [part.text for part in one.message.parts] for one in project.planned()}
    assert said == {
        "fice-x": ["1/2", "2/2"],
        "fice-facebook": ["For the page"],
        "fice-linkedin": ["For all others"],
    }


def test_the_schedule_does_not_depend_on_the_order_in_which_files_are_found(project: Project) -> None:
    for name in ("c", "a", "b"):
        project.post(name, *HEAD, body=name)
    assert [one.post.path for one in project.planned()] == [
        "week/a.md", "week/a.md", "week/b.md", "week/b.md", "week/c.md", "week/c.md",
    ]  # fmt: skip
