"""The preflight: what stands between the plan and its last delivery, asked of the local networks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock, FixedClock, JourneyClock
from bot.model.outcome import Cause
from bot.networks.token_keeper import TokenKeeper
from bot.planning.account_report import AccountReport, check_accounts
from bot.planning.finding import Finding, Mark, verdict
from bot.planning.preflight import Asking, look_ahead, look_ahead_of_queue
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.store import lanes, open_store, switches
from bot.store.bookings import all_dates
from tests.planning.helper import AFTERNOON, DAY, HOUR, SUNDAY, Office, Project

CLOCK = FixedClock(SUNDAY)
HEAD = ("day: 1", "kind: daily-post")
NAMES = {"fice-x": "twitter", "fice-facebook": "facebook", "fice-linkedin": "linkedin"}


class ShiftedClock:
    """A clock that is wrong by so much."""

    def __init__(self, right: Clock, by: timedelta) -> None:
        self._right, self._by = right, by

    def now(self) -> datetime:
        return self._right.now() + self._by

    def real(self, instant: datetime) -> datetime:
        return self._right.real(instant)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def connected(project: Project, sandbox: Sandbox) -> Project:
    """All three accounts with credentials that the local networks gave."""
    project.environment |= sandbox.environment()
    for name, network in NAMES.items():
        project.environment |= sandbox.register(network, name, "@fice")
    return project


def reports(project: Project, *names: str) -> list[AccountReport]:
    return check_accounts(project.settings(), CLOCK, names or list(NAMES), lambda _done: None)


def findings(project: Project, only: str | None = None, clock: Clock = CLOCK) -> list[Finding]:
    """What is found of credentials, clocks and files; other tests ask the rest."""
    found = look_ahead(project.content(only), Asking(clock))
    return [one for one in found if one.about in ("files", "account")]


def ahead(office: Office, about: str, now: datetime = SUNDAY) -> list[tuple[str, str]]:
    """What is found without asking anybody, of one kind, as marks and details."""
    asking = Asking(FixedClock(now), office.store, offline=True)
    found = look_ahead(office.project.content(), asking)
    return [(one.mark, f"{one.subject}: {one.detail}") for one in found if one.about == about]


def test_accounts_whose_credentials_work_are_well_and_say_who_they_are(connected: Project) -> None:
    found = reports(connected)
    assert [(one.account, one.network, one.ok) for one in found] == [(*one, True) for one in NAMES.items()]
    for one in found:
        assert "fice" in one.detail


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        (
            "fice-x",
            ["FICE_X_API_KEY", "FICE_X_API_SECRET", "FICE_X_ACCESS_TOKEN", "FICE_X_ACCESS_TOKEN_SECRET"],
        ),
        ("fice-facebook", ["FICE_FACEBOOK_PAGE_ID", "FICE_FACEBOOK_ACCESS_TOKEN"]),
        ("fice-linkedin", ["FICE_LINKEDIN_AUTHOR", "FICE_LINKEDIN_ACCESS_TOKEN"]),
    ],
)
def test_an_account_without_credentials_is_told_the_names_of_all_of_them(
    project: Project, name: str, missing: list[str]
) -> None:
    [one] = reports(project, name)
    assert not one.ok
    assert one.detail.startswith(f"not connected: set {', '.join(missing)} (or: bot accounts connect ")


def test_only_what_is_missing_is_named(connected: Project) -> None:
    connected.environment["FICE_X_API_SECRET"] = "  "
    [one] = reports(connected, "fice-x")
    assert (one.ok, one.detail) == (
        False,
        "not connected: set FICE_X_API_SECRET (or: bot accounts connect fice-x)",
    )


@pytest.mark.parametrize("state", ["expired", "revoked"])
@pytest.mark.parametrize("name", list(NAMES))
def test_an_account_whose_token_has_ended_is_not_well(
    connected: Project, sandbox: Sandbox, name: str, state: str
) -> None:
    sandbox.set_credentials(name, state)
    [one] = reports(connected, name)
    assert not one.ok
    assert one.detail
    assert connected.environment[f"{name.upper().replace('-', '_')}_ACCESS_TOKEN"] not in one.detail


@pytest.mark.parametrize("name", list(NAMES))
def test_a_network_that_can_not_be_reached_is_a_finding_and_not_a_crash(
    connected: Project, sandbox: Sandbox, name: str
) -> None:
    sandbox.stop()
    [one] = reports(connected, name)
    assert not one.ok
    assert one.detail


def test_a_wrong_address_of_one_network_keeps_nobody_from_asking_the_others(connected: Project) -> None:
    connected.environment["TWITTER_API_URL"] = "nowhere"
    found = {one.account: one for one in reports(connected)}
    assert "TWITTER_API_URL is no web address" in found["fice-x"].detail
    assert [name for name, one in found.items() if not one.ok] == ["fice-x"]


def test_the_token_of_another_page_is_not_well(connected: Project) -> None:
    connected.environment["FICE_FACEBOOK_PAGE_ID"] = "4711"
    [one] = reports(connected, "fice-facebook")
    assert not one.ok
    assert "4711" in one.detail


def test_an_account_of_an_unknown_network_is_not_well(connected: Project) -> None:
    connected.accounts(('"twitter"', '"twiter"'))
    [one] = reports(connected, "fice-x")
    assert (one.ok, one.network) == (False, "twiter")
    assert "'twiter' is not known" in one.detail


def test_nothing_is_published_by_asking(connected: Project, sandbox: Sandbox) -> None:
    reports(connected)
    assert sandbox.feed() == []
    # A token is named in a body, and never in an address: hence a POST that stands for a GET.
    asking = {call.operation for call in sandbox.calls() if call.method != "GET"}
    assert asking <= {"debug_token", "introspectToken"}


def test_the_progress_counts_the_accounts(connected: Project) -> None:
    counted: list[int] = []
    check_accounts(connected.settings(), CLOCK, list(NAMES), counted.append)
    assert counted == [1, 2, 3]


def test_a_report_as_json_has_the_end_of_the_token_in_utc() -> None:
    ends = datetime(2018, 11, 1, tzinfo=UTC)
    made = AccountReport("fice-linkedin", "linkedin", "FICE", ok=True, detail="fine", expires_at=ends)
    assert made.to_json() == {
        "account": "fice-linkedin",
        "network": "linkedin",
        "handle": "FICE",
        "ok": True,
        "detail": "fine",
        "expires_at": "2018-11-01T00:00:00+00:00",
        "renewable": False,
        "refresh_ends_at": None,
    }


def test_a_plan_that_is_publishable_has_no_finding_against_it(connected: Project) -> None:
    connected.post("a", *HEAD)
    found = findings(connected)
    assert all(one.ok for one in found), found
    assert [one.subject for one in found] == ["posts and config", "fice-facebook", "fice-x"]
    assert "1 post " in found[0].detail


def test_only_the_accounts_that_are_planned_for_are_asked(connected: Project, sandbox: Sandbox) -> None:
    connected.post("a", *HEAD, "accounts: [fice-linkedin]")
    assert [one.subject for one in findings(connected)] == ["posts and config", "fice-linkedin"]
    assert {call.network for call in sandbox.calls()} == {"linkedin"}


def test_the_accounts_of_drafts_are_not_asked(connected: Project, sandbox: Sandbox) -> None:
    connected.post("a", *HEAD, "status: draft")
    assert [one.subject for one in findings(connected)] == ["posts and config"]
    assert sandbox.calls() == []


def test_every_error_in_the_files_is_a_finding_with_its_place(connected: Project) -> None:
    connected.post("a", *HEAD)
    connected.post("b", *HEAD, "colour: red", "link: nowhere", body="Else")
    bad = [one for one in findings(connected) if not one.ok]
    assert [one.subject.replace(f"{connected.folder}/", "") for one in bad] == [
        "posts/week/b.md:4",
        "posts/week/b.md:5",
    ]
    assert "colour" in bad[0].detail


def test_a_warning_stands_in_nobodys_way(connected: Project) -> None:
    connected.post("a", *HEAD)
    connected.post("b", *HEAD, body="At the same time")
    assert all(one.ok for one in findings(connected))


def test_an_account_that_is_not_connected_stands_in_the_way(connected: Project) -> None:
    del connected.environment["FICE_X_API_KEY"]
    connected.post("a", *HEAD)
    bad = [one for one in findings(connected) if not one.ok]
    words = "not connected: set FICE_X_API_KEY (or: bot accounts connect fice-x)"
    assert [(one.subject, one.detail) for one in bad] == [("fice-x", words)]


def test_one_campaign_is_looked_at_without_the_mistakes_of_another(connected: Project) -> None:
    connected.post("a", *HEAD)
    connected.write("config/campaigns/other.toml", "title = ")
    assert not findings(connected)[0].ok
    assert all(one.ok for one in findings(connected, only="week"))


@pytest.fixture
def ending(project: Project) -> Iterator[Callable[..., Finding]]:
    """What is found of LinkedIn's account, whose token ends before the campaign does."""
    with Sandbox(now=CLOCK.now) as running:
        project.environment |= running.environment()
        project.environment |= running.register("linkedin", "fice-linkedin", "FICE")
        project.post("a", *HEAD, "accounts: [fice-linkedin]")
        running.end_token("fice-linkedin", SUNDAY + timedelta(hours=6))

        def found(renew_first: bool = False, **changed: str) -> Finding:
            project.environment |= changed
            settings = project.settings()
            store = open_store(f"sqlite:///{project.folder}/bot.db")
            try:
                keeper = TokenKeeper(store, settings, CLOCK)
                if renew_first:
                    running.end_token("fice-linkedin", SUNDAY + timedelta(days=30))
                    keeper.care()
                found = look_ahead(project.content(), Asking(CLOCK, keeper=keeper))
                return next(one for one in found if one.about == "account")
            finally:
                store.close()

        yield found


def test_a_token_that_ends_before_the_last_post_stands_in_the_way(ending: Callable[..., Finding]) -> None:
    found = ending()
    assert not found.ok
    assert "its token ends on 23 Sep 2018, before the last post on 24 Sep 2018" in found.detail
    assert "bot secret-key prints a new one" in found.detail


def test_one_that_is_renewed_by_itself_does_not(ending: Callable[..., Finding]) -> None:
    found = ending(BOT_SECRET_KEY=new_key())
    assert found.ok
    assert "holds until 23 Sep 2018; it is renewed by itself" in found.detail


def test_a_token_that_only_another_key_opens_stands_in_the_way(ending: Callable[..., Finding]) -> None:
    assert ending(renew_first=True, BOT_SECRET_KEY=new_key()).ok
    found = ending(BOT_SECRET_KEY=new_key())
    assert not found.ok
    assert "append the former key" in found.detail


def test_without_all_that_a_renewal_takes_only_the_end_is_told(ending: Callable[..., Finding]) -> None:
    found = ending(BOT_SECRET_KEY=new_key(), FICE_LINKEDIN_REFRESH_TOKEN="")
    assert not found.ok
    assert "renewed" not in found.detail


def test_a_page_token_that_ends_before_the_last_post_is_found_before_the_first(
    connected: Project, sandbox: Sandbox
) -> None:
    connected.post("a", *HEAD)
    page = connected.environment["FICE_FACEBOOK_PAGE_ID"]
    ends = int(SUNDAY.timestamp()) + 3600
    token = {"is_valid": True, "scopes": ["pages_manage_posts", "pages_read_engagement"], "expires_at": ends}
    for body in ({"id": page, "name": "FICE"}, {"data": token}):
        sandbox.add_fault("facebook", "status", on="read", status=200, body=body)
    [found] = [one for one in findings(connected) if one.subject == "fice-facebook"]
    assert not found.ok
    assert f"its token ends on {SUNDAY:%d %b %Y}, before the last post" in found.detail


def test_a_token_that_ends_between_the_last_post_and_the_end_of_the_week_is_warned_of(
    project: Project,
) -> None:
    project.accounts(('handle = "fice"', 'handle = "fice"\ntoken_ends = 2018-09-26'))
    project.post("a", *HEAD, "accounts: [fice-x]")
    with Sandbox() as running:
        project.environment |= running.environment() | running.register("twitter", "fice-x", "@fice")
        [found] = [one for one in findings(project) if one.about == "account"]
    assert found.mark is Mark.WARNING
    assert (
        "its token ends on 26 Sep 2018, after the last post and before the end on 27 Sep 2018" in found.detail
    )


def versions(project: Project) -> list[tuple[Mark, str]]:
    found = look_ahead(project.content(), Asking(CLOCK, offline=True))
    return [(one.mark, one.detail) for one in found if one.about == "version"]


def test_a_version_that_ends_before_the_last_post_stands_in_the_way(project: Project) -> None:
    project.post("a", *HEAD, "accounts: [fice-facebook, fice-linkedin, fice-x]")
    project.write("config/bot.toml", '[networks.linkedin]\napi_version = "201709"\n')
    found = versions(project)
    assert [mark for mark, _ in found] == [Mark.OK, Mark.NO]
    assert found[1][1] == (
        "version 201709 of its API ends on 01 Sep 2018, and the last post is on 24 Sep 2018: "
        "raise api_version in config/bot.toml"
    )


def test_one_that_ends_after_the_last_post_and_before_the_end_is_warned_of(project: Project) -> None:
    project.post("a", *HEAD, "accounts: [fice-linkedin]", "late_ok: 20d")
    project.write("config/bot.toml", '[networks.linkedin]\napi_version = "201710"\n')
    assert [mark for mark, _ in versions(project)] == [Mark.WARNING]


def test_a_version_of_which_nobody_knows_the_end_is_not_spoken_of(project: Project) -> None:
    project.post("a", *HEAD, "accounts: [fice-facebook, fice-x]")
    project.write("config/bot.toml", '[networks.facebook]\napi_version = "v99.0"\n')
    assert versions(project) == []


@pytest.mark.parametrize(("wrong_by", "mark"), [(timedelta(), Mark.OK), (HOUR, Mark.NO), (-HOUR, Mark.NO)])
def test_this_machines_clock_is_compared_with_the_networks(
    connected: Project, tmp_path: Path, wrong_by: timedelta, mark: Mark
) -> None:
    connected.post("a", *HEAD)
    journey = JourneyClock(tmp_path / "journey")
    now = datetime.now(UTC)
    journey.set_out(now, now, 0.0)
    asking = Asking(ShiftedClock(journey, wrong_by))
    [found] = [one for one in look_ahead(connected.content(), asking) if one.about == "clock"][:1]
    assert found.mark is mark
    assert {HOUR: " ahead of ", -HOUR: " behind "}.get(
        wrong_by, "agrees with facebook, twitter"
    ) in found.detail


def test_who_goes_offline_asks_nobody(connected: Project, sandbox: Sandbox) -> None:
    connected.post("a", *HEAD, "link: https://example.invalid/")
    look_ahead(connected.content(), Asking(CLOCK, offline=True))
    assert sandbox.calls() == []


def test_what_is_to_come_is_counted(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", "day: 2", "kind: daily-post", body="Else")
    assert ahead(office, "time") == [("ok", "week: 4 of 4 to come, the last on Tue 25 Sep 2018 12:00 UTC")]
    assert ahead(office, "queue") == [("warning", "week: nothing of it is queued: bot apply")]
    office.apply()
    assert ahead(office, "queue") == [("ok", "week: the queue says what the files say")]
    office.publish("a", "fice-x")
    assert ahead(office, "time")[0][1].startswith("week: 3 of 4 to come")


def test_a_campaign_that_is_past_and_was_never_sent_is_not_ready(office: Office) -> None:
    office.project.post("a", *HEAD)
    [(mark, words)] = ahead(office, "time", SUNDAY + 9 * DAY)
    assert mark == "no"
    assert words.startswith(
        "week: nothing is to come: 2 of 2 are too late and will not go out: week/a.md -> "
    )
    assert "--starts DATE" in words


def test_one_that_is_over_and_out_is(office: Office) -> None:
    office.project.post("a", *HEAD, "accounts: [fice-x]")
    office.apply()
    office.publish("a", "fice-x")
    [(mark, words)] = ahead(office, "time", SUNDAY + 9 * DAY)
    assert (mark, words) == ("ok", "week: it is over: 1 of 1 went out and nothing is to come")


def test_what_is_due_already_is_said(office: Office) -> None:
    office.project.post("a", *HEAD, "accounts: [fice-x]")
    found = ahead(office, "time", SUNDAY + DAY + HOUR)
    assert [mark for mark, _ in found] == ["warning"]
    assert "1 are due already" in found[0][1]


def test_drafts_alone_are_no_plan(office: Office) -> None:
    office.project.post("a", *HEAD, "status: draft")
    assert ahead(office, "time") == [("warning", "plan: nothing is planned: no post is ready")]


def test_files_that_say_something_else_than_the_queue_are_warned_of(office: Office) -> None:
    office.project.post("a", *HEAD)
    office.project.post("b", "day: 2", "kind: daily-post", "accounts: [fice-x]", body="Else")
    office.apply()
    office.project.post("a", *HEAD, body="Other words")
    office.project.remove("b")
    [(mark, words)] = ahead(office, "queue")
    assert mark == "warning"
    assert words == "week: the files say something else than the queue (1 cancelled, 2 changed): bot apply"


def test_what_failed_is_held_or_stands_still_is_said(office: Office) -> None:
    office.project.week(
        ('timezone = "America/New_York"', 'timezone = "America/New_York"\napproval = "required"')
    )
    office.project.post("a", *HEAD, "accounts: [fice-x, fice-facebook]")
    office.apply()
    office.desk().approve([office.row("a", "fice-x")["id"]], "fine")
    office.fail("a", "fice-x")
    lanes.block(office.store, "fice-facebook", SUNDAY + DAY, Cause.CREDENTIALS, "the token is gone")
    switches.pause(office.store, "a disaster", "maria", SUNDAY)
    found = ahead(office, "queue")
    assert [mark for mark, _ in found] == ["no", "warning", "no", "ok"]
    assert found[0][1].startswith("1 in the queue: failed: mend the cause, then bot reschedule: week/a.md")
    assert found[1][1].startswith(
        "1 in the queue: waits for approval: bot approve: week/a.md -> fice-facebook"
    )
    assert found[2][1] == "pause: everything is paused by maria: a disaster; bot resume goes on"
    assert ahead(office, "account") == [("no", "fice-facebook: it waits: the token is gone")]


def test_moved_by_hand_it_is_counted_where_it_is_now(office: Office) -> None:
    office.project.post("a", *HEAD, "accounts: [fice-x]")
    office.apply()
    office.desk().reschedule({office.row()["id"]: (AFTERNOON + DAY, "2018-09-25T15:00")}, "")
    assert "the last on Tue 25 Sep 2018 19:00 UTC" in ahead(office, "time")[0][1]


def test_what_a_person_has_cancelled_is_not_planned_for_and_what_the_plan_has_may_come_back(
    office: Office,
) -> None:
    office.project.post("a", *HEAD, "accounts: [fice-x]")
    office.project.post("b", "day: 2", "kind: daily-post", "accounts: [fice-x]", body="Else")
    office.apply()
    office.desk().cancel([office.row("a")["id"]], "")
    assert ahead(office, "time")[0][1].startswith("week: 1 of 1 to come")
    office.project.remove("b")
    office.apply()
    assert ahead(office, "time") == [("warning", "plan: nothing is planned: no post is ready")]
    office.project.post("b", "day: 2", "kind: daily-post", "accounts: [fice-x]", body="Else")
    assert ahead(office, "time")[0][1].startswith("week: 1 of 1 to come")


def test_without_files_the_queue_itself_is_looked_at(office: Office, sandbox: Sandbox) -> None:
    office.project.post("a", *HEAD)
    office.apply()
    with office.store.read() as connection:
        [dates] = all_dates(connection)
    assert (dates.name, dates.ends.isoformat()) == ("week", "2018-09-26")
    office.project.environment |= sandbox.environment() | sandbox.register("twitter", "fice-x", "@fice")
    found = look_ahead_of_queue(office.project.settings(), dates, Asking(CLOCK, office.store))
    marks = {(one.about, one.subject): one.mark for one in found}
    assert marks["account", "fice-x"] is Mark.OK
    assert marks["account", "fice-facebook"] is Mark.NO  # it has no credentials here
    assert marks["time", "week"] is Mark.OK


def test_the_verdict_counts() -> None:
    fine, look, bad = (Finding(mark, "files", "", "") for mark in Mark)
    assert verdict([fine]) == "ready"
    assert verdict([fine, look, look]) == "ready, with 2 warnings"
    assert verdict([fine, look, bad]) == "1 of 3 stands in the way, and 1 warning"
