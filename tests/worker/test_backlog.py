"""The shipped campaign, with a worker that was down in the middle of it: what goes out, and what does not."""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.clock import FixedClock
from bot.planning.apply import apply_plan
from bot.planning.content import Content, read_content
from bot.planning.plan import Plan, make_plan
from bot.planning.schedule import schedule
from bot.settings import load
from bot.store.tables import deliveries

from .helper import BY_NETWORK, HOUR, MINUTE, SECOND, SPACING, Bench, Said

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)
CHAT = datetime(2018, 9, 25, 13, 0, tzinfo=UTC)  # 09:00 EDT: the chat begins
SUNDAY = datetime(2018, 9, 23, 12, 0, tzinfo=UTC)
Rows = list[Mapping[str, Any]]


@pytest.fixture(scope="module")
def content() -> Content:
    config, posts = str(ROOT / "config"), str(ROOT / "posts")
    return read_content(load({"BOT_CONFIG": config, "BOT_POSTS": posts}, ROOT))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(SUNDAY)


def apply(bench: Bench, content: Content) -> Plan:
    campaigns = list(content.campaigns.values())

    def make(connection: Connection) -> Plan:
        return make_plan(connection, schedule(content), campaigns, (), bench.clock.now())

    now = bench.clock.now()
    return apply_plan(bench.store, make, actor="anna", now=now, progress=lambda _done: None)


def rows(bench: Bench) -> Rows:
    with bench.store.read() as connection:
        found = connection.execute(select(deliveries).order_by(deliveries.c.due_at, deliveries.c.id))
        return [dict(row) for row in found.mappings()]


def sent_at(bench: Bench) -> dict[int, datetime]:
    """When followers saw the first message of each delivery."""
    shown = {(one.account, one.id): one.created_at for one in bench.sandbox.feed()}
    return {
        row["id"]: shown[row["account"], row["remote_id"]]
        for row in rows(bench)
        if row["state"] == "published"
    }


@pytest.mark.parametrize("down", [HOUR, DAY, 7 * DAY], ids=["an hour", "a day", "a week"])
def test_after_a_worker_was_down_its_week_goes_on_in_order_and_spaced_and_nothing_too_late(
    bench: Bench, content: Content, clock: FixedClock, down: timedelta
) -> None:
    apply(bench, content)
    clock.instant = CHAT - 2 * HOUR
    for row in rows(bench):  # the Monday before is none of this test's business
        if row["due_at"] < clock.now():
            bench.desk().cancel([row["id"]], "")
    bench.live_through(2 * HOUR + SECOND)  # and with the first words of the chat the machine is gone
    bench.advance(down)
    back = clock.now()
    bench.live_through(DAY)

    seen = sent_at(bench)
    known = [row for row in rows(bench) if row["state"] != "cancelled"]
    planned = [row for row in known if row["due_at"] < clock.now() - MINUTE]
    while_down = [row for row in planned if CHAT < row["due_at"] <= back]
    for row in while_down:
        in_time = row["due_at"] + timedelta(seconds=row["late_ok_s"]) >= back
        assert row["state"] == ("published" if in_time else "missed"), dict(row)
    for row in planned:  # what is planned for later is not delayed by what was late
        if row["due_at"] > back:
            assert seen[row["id"]] - row["due_at"] <= SECOND, dict(row)
    for account in BY_NETWORK.values():
        late = [row for row in while_down if row["account"] == account and row["id"] in seen]
        at = [seen[row["id"]] for row in late]
        assert at == sorted(at)
        assert all(later - earlier >= SPACING for earlier, later in pairwise(at))
    assert bench.sandbox.duplicates() == 0
    assert {row["state"] for row in planned} <= {"published", "missed"}


def test_a_chat_that_was_slept_through_in_part_goes_on_with_the_question_that_is_due(
    bench: Bench, content: Content, clock: FixedClock
) -> None:
    apply(bench, content)
    for row in rows(bench):
        if row["due_at"] < CHAT - HOUR:
            bench.desk().cancel([row["id"]], "")
    clock.instant = CHAT - HOUR
    bench.live_through(HOUR + 6 * MINUTE)  # with its opening and its first question
    bench.advance(25 * MINUTE + 30 * SECOND)
    back = clock.now()
    bench.live_through(HOUR)
    chat = [row for row in rows(bench) if row["kind"] == "chat" and row["due_at"] >= CHAT]
    seen = sent_at(bench)
    slept_through = [row for row in chat if CHAT + 6 * MINUTE < row["due_at"] < back - 2 * MINUTE]
    assert slept_through
    assert {row["state"] for row in slept_through} == {"missed"}
    others = [row for row in chat if row not in slept_through]
    assert len(others) >= 4
    assert {row["state"] for row in others} == {"published"}
    assert all(seen[row["id"]] - row["due_at"] <= 2 * MINUTE for row in others)
    at = sorted(seen[row["id"]] for row in others)
    assert all(later - earlier >= SPACING for earlier, later in pairwise(at))


def test_a_campaign_that_is_over_bursts_out_in_no_way(
    bench: Bench, content: Content, clock: FixedClock, said: Said
) -> None:
    clock.instant = datetime(2018, 12, 1, tzinfo=UTC)
    made = apply(bench, content)
    assert all(change.late for change in made.active)  # `bot plan` counts them in one line
    bench.live_through(DAY)
    assert bench.states() == {"missed": len(made.active)}
    assert bench.sandbox.feed() == []


def test_a_post_that_is_applied_minutes_after_its_time_goes_out_late_and_a_question_does_not(
    bench: Bench,
) -> None:
    daily = bench.queue(text="daily post", due=bench.clock.now() - 10 * MINUTE)
    chat = bench.queue(text="Q1", due=bench.clock.now() - 10 * MINUTE, late_ok=2 * MINUTE)
    bench.run()
    assert (bench.state(daily), bench.state(chat)) == ("published", "missed")


def test_two_accounts_of_one_network_have_each_their_own_backlog(bench: Bench) -> None:
    for account in ("fice-x", "kenya-x"):
        for number in range(3):
            bench.queue(account, f"number {number}", due=bench.clock.now() - HOUR)
    chat = bench.queue("kenya-x", "Q1", due=bench.clock.now() + SECOND, late_ok=2 * MINUTE)
    bench.live_through(2 * SPACING + SECOND)
    assert [len(bench.feed(account)) for account in ("fice-x", "kenya-x")] == [3, 4]
    assert sent_at(bench)[chat] <= SUNDAY + 2 * SECOND


@pytest.mark.parametrize("how", ["approved", "released", "connected", "resumed", "limited"])
def test_whatever_has_kept_it_back_what_is_let_go_too_late_is_missed(
    new_bench: Callable[..., Bench], how: str
) -> None:
    bench = new_bench(connected=[] if how == "connected" else None)
    now = bench.clock.now()
    question = bench.queue(text="Q1", due=now + MINUTE, late_ok=2 * MINUTE)
    story = bench.queue(text="case study", due=now + MINUTE, late_ok=DAY)
    both = [question, story]
    if how == "approved":
        with bench.store.write() as connection:
            connection.execute(deliveries.update().values(needs_approval=True, state="held", hold="approval"))
    if how == "released":
        bench.desk().hold(both, "")
    if how == "resumed":
        bench.pause()
    if how == "limited":
        reset = str(int((now + HOUR).timestamp()))
        headers = {"x-rate-limit-reset": reset}
        bench.sandbox.add_fault("twitter", "status", status=429, headers=headers)
    bench.live_through(10 * MINUTE)
    assert bench.sandbox.feed() == []
    if how == "approved":
        bench.desk().approve(both, "")
    if how == "released":
        bench.desk().release(both, "")
    if how == "resumed":
        bench.resume()
    again = new_bench(name="w2")
    again.live_through(2 * HOUR)
    assert [again.state(one) for one in both] == ["missed", "published"]
    assert again.texts() == ["case study"]


def test_a_time_that_is_over_is_refused_at_the_desk_unless_it_is_still_tolerated(bench: Bench) -> None:
    from bot.store.desk import DeskError

    now = bench.clock.now()
    one = bench.queue(due=now + DAY, late_ok=3 * HOUR)
    with pytest.raises(DeskError, match="would be missed at once: say a later time, or 'now'"):
        bench.desk().reschedule({one: (now - 4 * HOUR, "2018-09-23T08:00:00")}, "")
    bench.desk().reschedule({one: (now - HOUR, "2018-09-23T11:00:00")}, "")
    bench.run()
    assert bench.state(one) == "published"


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Pacific/Kiritimati", "America/New_York"])
def test_the_zone_of_the_machine_moves_nothing(
    content: Content, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    meant = [(one.post.path, one.due_at) for one in schedule(content)]
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        assert [(one.post.path, one.due_at) for one in schedule(content)] == meant
        assert all(due.tzinfo is UTC for _, due in meant)
    finally:
        monkeypatch.undo()
        time.tzset()


BERLIN = """\
title = "Nights"
timezone = "Europe/Berlin"
starts = {starts}
hashtags = []
[[day]]
theme = "before"
[[day]]
theme = "the night"
[[day]]
theme = "after"
[slots.night]
at = 02:30:00
kinds = ["daily-post"]
accounts = ["fice-x"]
"""


@pytest.mark.parametrize(
    ("starts", "instants"),
    [
        # The clock goes back from 03:00 to 02:00: half past two comes twice, and the first one counts.
        (datetime(2027, 10, 30, tzinfo=UTC), ("30 00:30", "31 00:30", "01 01:30")),
        # It goes on from 02:00 to 03:00: half past two does not come, three o'clock is the first after it.
        (datetime(2027, 3, 27, tzinfo=UTC), ("27 01:30", "28 01:00", "29 00:30")),
    ],
    ids=["it is set back", "it is set on"],
)
@pytest.mark.parametrize("asleep", [False, True], ids=["awake", "asleep until four"])
def test_a_night_in_which_the_clock_is_set_has_each_of_its_posts_once(
    bench: Bench, clock: FixedClock, tmp_path: Path, starts: datetime, instants: tuple[str, ...], asleep: bool
) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config", ignore=shutil.ignore_patterns("campaigns"))
    (tmp_path / "config/campaigns").mkdir()
    (tmp_path / "config/campaigns/nights.toml").write_text(BERLIN.format(starts=starts.date()))
    (tmp_path / "posts/nights").mkdir(parents=True)
    for day in (1, 2, 3):
        post = f"---\nday: {day}\nkind: daily-post\n---\nNight {day}\n"
        (tmp_path / f"posts/nights/{day}.md").write_text(post)
    clock.instant = starts - HOUR
    apply(bench, read_content(load({}, tmp_path)))
    planned = [row["due_at"] for row in rows(bench)]
    assert tuple(f"{at:%d %H:%M}" for at in planned) == instants
    if asleep:
        bench.live_through(DAY)
        clock.instant = starts + DAY + 3 * HOUR  # past the night's post, inside its tolerance
    bench.live_through(3 * DAY)
    assert bench.texts() == ["Night 1", "Night 2", "Night 3"]
    late = [at - due for at, due in zip(sent_at(bench).values(), planned, strict=True)]
    assert max(late[0], late[2]) <= SECOND
    assert (late[1] > HOUR) == asleep
