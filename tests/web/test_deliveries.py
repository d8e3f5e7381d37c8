"""Decisions on a single delivery: each by whoever may, in their name, and not on what has changed since."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, listing, open_store, plans
from bot.store.desk import Desk
from bot.store.listing import QueueFilter
from bot.web.server import serving
from tests.store.acts import HOUR, claim, last_of, publish, row, state_of
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

NOW = datetime(2027, 3, 27, 12, 0, tzinfo=NOON.tzinfo)  # the day before the clocks go forward in Brussels
LATER = NOW + timedelta(days=3)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("deliveries")
    accounts = {"fice-x": Account("fice-x", "twitter", "@fice", "Europe/Brussels")}
    database = f"sqlite:///{folder / 'bot.db'}"
    return Settings(folder / "config", folder / "posts", database, 0, accounts=accounts)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    campaign = Campaign("week", "The <week>", "Europe/Brussels", date(2027, 3, 29), ("Launch", "Mapping"), ())
    with opened.write() as connection:
        plans.record_campaign(connection, campaign, NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(settings: Settings, store: Store) -> Iterator[str]:
    with serving(settings, FixedClock(NOW), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def one(store: Store, request: pytest.FixtureRequest) -> int:
    [made] = queue_up(store, delivery(f"week/{request.node.name}.md", due_at=LATER), now=NOW)
    return made


@pytest.fixture
def maria(url: str, store: Store) -> Visit:
    return visit(url, store, NOW, Role.OPERATOR, "Maria")


def version(store: Store, delivery: int) -> str:
    with store.read() as connection:
        found = listing.queue(connection, QueueFilter(ended=True))
    return next(each.version for each in found if each.id == delivery)


def move(visitor: Visit, delivery: int, **body: Any) -> requests.Response:
    headers = {"x-csrf-token": visitor.csrf, "accept": "application/json"}
    address = f"{visitor.url}/deliveries/{delivery}/move"
    return visitor.http.post(address, json=body, headers=headers, timeout=30)


def test_one_is_held_released_and_cancelled_in_the_name_of_who_did_it(
    maria: Visit, store: Store, one: int
) -> None:
    for action, state in (("hold", "held"), ("release", "scheduled"), ("cancel", "cancelled")):
        answer = maria.post(f"/deliveries/{one}/{action}", {"reason": " as\nasked "}, allow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert state_of(store, one) == state
        assert (last_of(store, one).actor, last_of(store, one).reason) == ("Maria", "as asked")


def test_what_has_changed_since_it_was_shown_is_not_decided_on(maria: Visit, store: Store, one: int) -> None:
    seen = version(store, one)
    Desk(store, "Ben", NOW).hold([one], "")
    answer = maria.post(f"/deliveries/{one}/cancel", {"version": seen})
    assert "has changed since it was shown" in answer.text
    assert state_of(store, one) == "held"


def test_a_page_elsewhere_is_never_the_way_back(maria: Visit, one: int) -> None:
    form = {"back": "https://evil.example/"}
    answer = maria.post(f"/deliveries/{one}/hold", form, allow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_new_time_is_read_in_the_zone_it_was_written_in(maria: Visit, store: Store, one: int) -> None:
    maria.post(f"/deliveries/{one}/reschedule", {"when": "2027-03-30T09:00", "zone": "Asia/Tokyo"})
    assert row(store, one)["due_at"].isoformat() == "2027-03-30T00:00:00+00:00"


@pytest.mark.parametrize("when", ["", "soon", "2027-03-30T09:00+02:00", "1027-03-30T09:00", "9" * 40])
def test_what_is_no_time_is_refused_in_words(maria: Visit, store: Store, one: int, when: str) -> None:
    answer = maria.post(f"/deliveries/{one}/reschedule", {"when": when})
    assert "Choose a date and a time." in answer.text
    assert row(store, one)["due_at"] == LATER


def test_an_approver_approves_what_was_read(url: str, store: Store, request: pytest.FixtureRequest) -> None:
    new = delivery("week/unread.md", due_at=LATER, needs_approval=True)
    [waiting] = queue_up(store, new, now=NOW)
    visit(url, store, NOW, Role.EDITOR).post(f"/deliveries/{waiting}/approve")
    assert state_of(store, waiting) == "held"
    approver = visit(url, store, NOW, Role.APPROVER)
    assert (
        "has changed since it was shown"
        in approver.post(f"/deliveries/{waiting}/approve", {"version": "another"}).text
    )
    approver.post(f"/deliveries/{waiting}/approve", {"version": version(store, waiting)})
    assert state_of(store, waiting) == "scheduled"
    assert last_of(store, waiting).actor == "the approver"


@pytest.mark.parametrize("action", ["hold", "release", "cancel", "reschedule"])
def test_less_than_an_operator_decides_nothing(url: str, store: Store, one: int, action: str) -> None:
    answer = visit(url, store, NOW, Role.APPROVER).post(f"/deliveries/{one}/{action}", {"when": "now"})
    assert answer.status_code == 403
    assert state_of(store, one) == "scheduled"


def test_a_move_into_the_hour_that_the_clocks_skip_is_moved_on_and_said(
    maria: Visit, store: Store, one: int
) -> None:
    answer = move(maria, one, when="2027-03-28T02:30", zone="Europe/Brussels", version=version(store, one))
    assert answer.status_code == 200
    assert "The clocks go forward over that time in Europe/Brussels" in answer.json()["detail"]
    assert row(store, one)["due_at"].isoformat() == "2027-03-28T01:00:00+00:00"


def test_a_move_without_a_zone_is_by_the_clock_of_the_account(maria: Visit, store: Store, one: int) -> None:
    assert move(maria, one, when="2027-03-29T09:00", zone="", version=version(store, one)).ok
    assert row(store, one)["due_at"].isoformat() == "2027-03-29T07:00:00+00:00"


def test_a_second_move_of_what_was_seen_before_the_first_is_refused(
    maria: Visit, store: Store, one: int
) -> None:
    seen = version(store, one)
    assert move(maria, one, when="2027-03-29T09:00", zone="UTC", version=seen).ok
    answer = move(maria, one, when="2027-03-29T10:00", zone="UTC", version=seen)
    assert answer.status_code == 400
    assert "has changed since it was shown" in answer.json()["detail"]
    assert row(store, one)["due_at"].isoformat() == "2027-03-29T09:00:00+00:00"


def test_what_is_held_or_out_is_not_moved(maria: Visit, store: Store, one: int) -> None:
    Desk(store, "Ben", NOW).hold([one], "")
    seen = version(store, one)
    assert move(maria, one, when="2027-03-29T09:00", zone="UTC", version=seen).status_code == 400
    assert state_of(store, one) == "held"
    Desk(store, "Ben", NOW).cancel([one], "")
    [out] = queue_up(store, delivery("week/out.md", due_at=NOW), now=NOW - HOUR)
    publish(store, claim(store, at=NOW), at=NOW)
    seen = version(store, out)
    assert move(maria, out, when="2027-03-29T09:00", zone="UTC", version=seen).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"when": "x"},
        {"when": 1, "zone": [], "version": None},
        {"when": "", "zone": "Mars", "version": "x"},
    ],
)
def test_a_move_that_makes_no_sense_is_refused(maria: Visit, one: int, body: dict[str, Any]) -> None:
    assert move(maria, one, **body).status_code in (400, 422)


@pytest.mark.parametrize("number", ["0", "x", "99999", "9" * 30])
def test_a_delivery_that_is_not_there_is_said(maria: Visit, number: str) -> None:
    assert maria.get(f"/deliveries/{number}").status_code in (404, 422)


def test_the_calendar_gives_the_days_that_are_asked_for_by_the_clocks_that_are_asked_for(
    maria: Visit, store: Store, request: pytest.FixtureRequest
) -> None:
    midnight = datetime(2027, 3, 30, 22, 30, tzinfo=NOON.tzinfo)  # half past midnight in Brussels
    [late] = queue_up(store, delivery("week/midnight.md", due_at=midnight, texts=["<b>Late</b>"]), now=NOW)

    def shown(query: str) -> dict[str, Any]:
        found = maria.get(f"/calendar/events?{query}").json()
        return {each["id"]: each for each in found}

    brussels = shown("start=2027-03-31&end=2027-04-01&zone=campaign&campaign=week")
    assert brussels[str(late)] == {
        "id": str(late),
        "title": "<b>Late</b>",
        "start": "2027-03-31T00:30:00",
        "classNames": ["network-twitter", "state-scheduled"],
        "url": f"/deliveries/{late}",
        "editable": True,
        "extendedProps": {"network": "X", "state": "scheduled", "version": version(store, late)},
    }
    assert str(late) in shown("start=2027-03-31&end=2027-04-01&zone=account")
    assert str(late) not in shown("start=2027-03-31&end=2027-04-01&zone=mine")
    assert shown("start=2027-03-30&end=2027-03-31&zone=mine")[str(late)]["start"] == "2027-03-30T22:30:00"
    assert shown("start=2027-03-30&end=2027-03-31&zone=mine&account=other") == {}
    assert shown("start=2027-03-31&end=2027-03-01") == {}


def test_a_calendar_that_does_not_show_all_says_so(
    maria: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cut-1", "cut-2"):
        queue_up(store, delivery(f"week/{name}.md", due_at=NOW + timedelta(days=1)), now=NOW)
    days = "start=2000-01-01&end=2000-03-01"
    assert "x-cut" not in maria.get(f"/calendar/events?{days}").headers
    around = f"start={NOW.date()}&end={NOW.date() + timedelta(days=30)}"
    assert len(maria.get(f"/calendar/events?{around}").json()) > 1
    monkeypatch.setattr("bot.web.pages.calendar.MOST_SHOWN", 1)
    answer = maria.get(f"/calendar/events?{around}")
    assert (len(answer.json()), answer.headers["x-cut"]) == (1, "1")


@pytest.mark.parametrize(
    "query", ["", "start=x&end=y", "start=0001-01-01&end=9999-12-31", "start=9999-12-31&end=9999-12-31"]
)
def test_days_that_make_no_sense_are_refused_or_empty(maria: Visit, query: str) -> None:
    answer = maria.get(f"/calendar/events?{query}", headers={"accept": "application/json"})
    assert answer.status_code == 422 or answer.json() == []


@pytest.mark.parametrize(
    "query", ["zone=Mars", "view=x&date=9999-99-99", "date=2200-12-31", "campaign=none&account=<b>"]
)
def test_the_calendar_shows_whatever_is_asked(maria: Visit, query: str) -> None:
    assert maria.get(f"/calendar?{query}").status_code == 200


def test_the_plan_tells_a_campaign_day_by_day(maria: Visit, store: Store, one: int) -> None:
    answer = maria.get("/campaigns/week/plan")
    assert answer.text.index("Launch") < answer.text.index("Mapping")
    assert "<h1>The &lt;week&gt;</h1>" in answer.text
    assert "All times are those of Europe/Brussels." in answer.text
    assert maria.get("/campaigns/none/plan").status_code == 404
