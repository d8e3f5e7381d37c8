"""The status: what needs a person, in one glance, in every state that the queue can be in."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from os import getpid
from socket import gethostname

import pytest

from bot.clock import FixedClock
from bot.model.outcome import Cause
from bot.model.state import State
from bot.planning.status import OVERDUE, AccountStatus, Status, look
from bot.store import lanes, queue, switches, upkeep, workers
from tests.planning.helper import CREDENTIALS, DAY, HOUR, MORNING, SUNDAY, Office

ON_X = ("day: 1", "kind: daily-post", "accounts: [fice-x]")
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def connected(office: Office) -> None:
    office.project.environment |= CREDENTIALS


def status(office: Office, now: datetime = SUNDAY) -> Status:
    return look(office.store, office.project.settings(), FixedClock(now))


def of(shown: Status, account: str = "fice-x") -> AccountStatus:
    [found] = [one for one in shown.accounts if one.account == account]
    return found


def with_worker(office: Office) -> None:
    workers.register(office.store, "worker-1", ["fice-x"], SUNDAY)


def queued(office: Office, *names: str) -> None:
    for name in names or ("a",):
        office.project.post(name, *ON_X, body=name)
    office.apply()


def words(shown: Status) -> str:
    return "\n".join(shown.lines())


def test_an_empty_queue_without_a_worker_is_fine(office: Office) -> None:
    shown = status(office)
    assert shown.fine
    assert (shown.worker_alive, shown.next_due, shown.attention, shown.counts) == (False, None, [], {})
    assert "no worker is alive" in words(shown)
    assert "the queue is empty" in words(shown)


def test_a_worker_that_waits_for_its_clock_is_no_fine_state(office: Office) -> None:
    with_worker(office)
    why = "this machine's clock says 2036-02-07, the networks' 2018-09-23"
    workers.beat(office.store, "worker-1", [], [], SUNDAY, SUNDAY, why)
    shown = status(office)
    assert (shown.fine, shown.to_json()["waiting"]) == (False, [why])
    assert f"IT WAITS: {why}" in words(shown)


def test_what_goes_out_next_is_shown(office: Office) -> None:
    office.project.post("b", "day: 2", *ON_X[1:], body="Tuesday")
    queued(office)
    with_worker(office)
    shown = status(office)
    assert shown.fine
    assert shown.next_due is not None
    assert (shown.next_due.post, shown.next_due.due_at) == ("week/a.md", MORNING)
    assert shown.counts == {"scheduled": 2}
    assert "next: week/a.md -> fice-x at 2018-09-24 12:00 UTC" in words(shown)


@pytest.mark.parametrize(
    ("silent", "alive"), [(timedelta(), True), (timedelta(seconds=44), True), (workers.ALIVE, False)]
)
def test_a_worker_is_alive_by_its_heartbeat(office: Office, silent: timedelta, alive: bool) -> None:
    with_worker(office)
    shown = status(office, SUNDAY + silent)
    assert (shown.worker_alive, shown.workers, shown.heartbeat_at) == (alive, int(alive), SUNDAY)


def test_several_workers_are_counted(office: Office) -> None:
    with_worker(office)
    workers.register(office.store, "worker-2", ["fice-x"], SUNDAY)
    assert "2 workers are alive" in words(status(office))


def test_what_is_due_with_no_worker_alive_needs_a_person(office: Office) -> None:
    queued(office)
    assert not status(office, MORNING + OVERDUE).overdue
    shown = status(office, MORNING + OVERDUE + SECOND)
    assert shown.overdue
    assert not shown.fine
    assert "NO WORKER" in words(shown)
    assert "bot up" in words(shown)


def test_what_is_due_with_a_worker_alive_is_on_its_way(office: Office) -> None:
    queued(office)
    workers.register(office.store, "worker-1", ["fice-x"], MORNING + HOUR)
    assert status(office, MORNING + HOUR).fine


def test_a_pause_is_said_first_with_who_and_why(office: Office) -> None:
    queued(office)
    with_worker(office)
    switches.pause(office.store, "earthquake", "anna", SUNDAY)
    shown = status(office)
    first = next(iter(shown.lines()))
    assert first.startswith("PAUSED by anna since 2018-09-23 12:00 UTC: earthquake")
    assert "bot resume" in first
    assert shown.to_json()["paused"] is True


def test_what_falls_due_during_a_pause_needs_no_person(office: Office) -> None:
    queued(office)
    switches.pause(office.store, "", "anna", SUNDAY)
    upkeep.hold_due_while_paused(office.store, MORNING)
    shown = status(office, MORNING + HOUR)
    assert office.state() == State.HELD
    assert (shown.attention, of(shown).needs_a_person, shown.overdue) == ([], 0, False)
    assert shown.fine


def fail(office: Office) -> None:
    office.fail()


def miss(office: Office) -> None:
    upkeep.miss_expired(office.store, MORNING + DAY)


def hold(office: Office) -> None:
    office.desk().hold([office.row()["id"]], "")


def doubt_for_good(office: Office) -> None:
    doubt(office)
    with office.store.write() as connection:
        connection.exec_driver_sql("UPDATE delivery SET look_at = NULL")  # as where nobody may look


def doubt(office: Office) -> None:
    held, now = office.claim()
    assert held.next_sending is not None
    queue.begin(office.store, held, held.next_sending.part, "payload", now, HOUR)
    upkeep.rescue(office.store, now + HOUR, {})


@pytest.mark.parametrize("trouble", [fail, miss, hold, doubt_for_good])
def test_what_stays_as_it_is_needs_a_person(office: Office, trouble: Callable[[Office], None]) -> None:
    queued(office, "a", "b")
    trouble(office)
    with_worker(office)
    shown = status(office)
    assert not shown.fine
    assert "week/a.md" in [one.post for one in shown.attention]
    assert all(one.needs_a_person for one in shown.attention)
    assert of(shown).needs_a_person == len(shown.attention)


def test_a_doubt_that_is_looked_into_needs_no_person(office: Office) -> None:
    queued(office)
    doubt(office)
    with_worker(office)
    shown = status(office)
    assert shown.counts == {"uncertain": 1}
    assert (shown.attention, of(shown).needs_a_person) == ([], 0)
    assert shown.fine


def test_a_doubt_that_no_worker_is_there_to_look_into_needs_a_person(office: Office) -> None:
    queued(office)
    doubt(office)
    shown = status(office)
    assert shown.overdue
    assert not shown.fine


def test_what_waits_for_approval_needs_a_person(office: Office) -> None:
    office.project.week(("2018-09-24", '2018-09-24\napproval = "required"'))
    queued(office)
    shown = status(office)
    assert [one.hold for one in shown.attention] == ["approval"]
    assert (shown.fine, of(shown).needs_a_person) == (False, 1)


def test_what_is_out_or_cancelled_needs_nobody(office: Office) -> None:
    queued(office, "a", "b")
    office.publish("a")
    office.desk().cancel([office.row("b")["id"]], "")
    shown = status(office, MORNING + DAY)
    assert shown.fine
    assert shown.counts == {"published": 1, "cancelled": 1}
    one = of(shown)
    assert (one.published, one.scheduled, one.needs_a_person) == (1, 0, 0)


def test_an_account_that_is_not_connected_needs_a_person_only_if_something_waits_for_it(
    office: Office,
) -> None:
    del office.project.environment["FICE_X_API_KEY"]
    shown = status(office)
    assert (of(shown).ready, of(shown).said) == (
        False,
        "not connected: set FICE_X_API_KEY (or: bot accounts connect fice-x)",
    )
    assert shown.fine
    queued(office)
    shown = status(office)
    assert not shown.fine
    assert of(shown).scheduled == 1


def test_an_account_that_waits_says_until_when_and_why(office: Office) -> None:
    queued(office)
    lanes.block(office.store, "fice-x", MORNING + HOUR, Cause.RATE_LIMIT, "its limit is reached")
    one = of(status(office, MORNING))
    assert (one.ready, one.said) == (False, "waits until 2018-09-24 13:00 UTC: its limit is reached")
    assert of(status(office, MORNING + HOUR)).ready


def test_an_account_that_is_stopped_names_no_hour(office: Office) -> None:
    queued(office)
    lanes.block(office.store, "fice-x", MORNING + 1_000 * DAY, Cause.CREDENTIALS, "the token was revoked")
    assert of(status(office, MORNING)).said == "waits: the token was revoked"


def test_an_account_that_was_planned_for_and_is_not_configured_any_more_is_shown(office: Office) -> None:
    queued(office)
    office.project.accounts(("[fice-x]", "[fice-twitter]"))
    shown = status(office)
    one = of(shown)
    assert (one.network, one.ready) == ("twitter", False)
    assert "accounts.toml has no account" in one.said
    assert not shown.fine


def test_an_account_of_an_unknown_network_is_shown(office: Office) -> None:
    office.project.accounts(('"twitter"', '"twiter"'))
    assert of(status(office)).said == "not connected: its network 'twiter' is not known"


def test_the_accounts_are_shown_by_name_also_those_without_work(office: Office) -> None:
    assert [one.account for one in status(office).accounts] == ["fice-facebook", "fice-linkedin", "fice-x"]


def test_the_states_are_counted_in_the_order_of_their_life(office: Office) -> None:
    queued(office, "a", "b", "c")
    office.desk().cancel([office.row("b")["id"]], "")
    office.desk().hold([office.row("c")["id"]], "")
    shown = status(office)
    assert list(shown.counts.items()) == [("scheduled", 1), ("held", 1), ("cancelled", 1)]
    assert "1 scheduled, 1 held, 1 cancelled" in words(shown)


def test_the_status_as_json_has_no_object_of_ours(office: Office) -> None:
    queued(office, "a", "b")
    office.desk().hold([office.row("b")["id"]], "")
    with_worker(office)
    found = status(office).to_json()
    assert (found["fine"], found["worker_alive"], found["workers"], found["overdue"]) == (
        False,
        True,
        1,
        False,
    )
    assert found["heartbeat_at"] == "2018-09-23T12:00:00+00:00"
    assert found["next_due"]["post"] == "week/a.md"
    assert [one["post"] for one in found["attention"]] == ["week/b.md"]
    assert is_plain(found)


def is_plain(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and is_plain(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or isinstance(value, str | int | float)


def test_every_worker_that_is_alive_is_shown_with_its_heartbeat(office: Office) -> None:
    with_worker(office)
    workers.register(office.store, "worker-2", [], SUNDAY - 3 * workers.ALIVE)  # silent for long
    shown = status(office)
    [line] = [line for line in shown.lines() if line.startswith("worker on ")]
    assert f"worker on {gethostname()} (process {getpid()}) since {SUNDAY:%Y-%m-%d %H:%M} UTC" in line
    assert f"heard of at {SUNDAY:%H:%M:%S} UTC: fice-x" in line
    [told] = shown.to_json()["heartbeats"]
    assert (told["id"], told["host"], told["accounts"]) == ("worker-1", gethostname(), ["fice-x"])
    assert told["heartbeat_at"] == told["started_at"] == SUNDAY.isoformat()


def test_a_config_that_is_not_there_is_shown_and_needs_a_person(office: Office) -> None:
    settings = office.project.settings()
    (settings.config / "accounts.toml").unlink()
    shown = status(office)
    assert not shown.fine
    [problem] = shown.to_json()["problems"]
    assert next(iter(shown.lines())) == problem
    assert "accounts.toml:1: error: there is no such file" in problem


def test_an_account_whose_network_has_a_wrong_address_is_not_ready(office: Office) -> None:
    queued(office)
    office.project.environment["TWITTER_API_URL"] = "localhost:8080"
    with_worker(office)
    shown = status(office)
    assert of(shown).said.startswith("not connected: TWITTER_API_URL is no web address")
    assert not of(shown).ready
    assert not shown.fine
