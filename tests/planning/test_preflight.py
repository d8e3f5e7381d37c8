"""The preflight: what stands between the plan and its last delivery, asked of the local networks."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import FixedClock
from bot.networks.token_keeper import TokenKeeper
from bot.planning.preflight import AccountReport, Finding, check_accounts, look_ahead
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.store import open_store
from tests.planning.helper import SUNDAY, Project

CLOCK = FixedClock(SUNDAY)
HEAD = ("day: 1", "kind: daily-post")
NAMES = {"fice-x": "twitter", "fice-facebook": "facebook", "fice-linkedin": "linkedin"}


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


def findings(project: Project, only: str | None = None) -> list[Finding]:
    return look_ahead(project.content(only), CLOCK, lambda _done: None)


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
    assert "1 posts" in found[0].detail


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
                return look_ahead(project.content(), CLOCK, lambda _done: None, keeper=keeper)[-1]
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
