"""Events: what needs a person is told once, together with what happened beside it, and never lost."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.alerts.texts import message, of_delivery
from bot.model.outcome import Cause
from bot.planning.status import look as look_at_status
from bot.store import alerts as rows
from bot.store import checks, lanes, upkeep, workers
from bot.store.alerts import GIVE_UP, LEASE
from tests.alerts.catcher import CHAT, MAIL, alerts_of, look, settings_of
from tests.worker.helper import HOUR, MINUTE, SECOND, Bench

DAY = timedelta(days=1)


def fail(bench: Bench, text: str = "Hello") -> int:
    """A delivery that the network refuses."""
    one = bench.queue(text=text, due=bench.clock.now())
    refuse_next(bench)
    bench.run()
    assert bench.state(one) == "failed"
    return one


def refuse_next(bench: Bench) -> None:
    body = {"detail": "You may not post <this>.", "title": "Forbidden", "status": 403}
    bench.sandbox.add_fault("twitter", "status", status=403, body=body)


def test_a_failed_delivery_is_told_once_with_the_networks_words_and_what_to_type(bench: Bench) -> None:
    settings = settings_of(bench, MAIL, page="https://bot.example.org")
    one = fail(bench)
    [told] = look(bench, settings)
    text = message([told], settings)
    assert text.subject == "Campaign bot: week/1.md -> fice-x is failed (due Mon 24 Sep 12:00 UTC)"
    assert "You may not post <this>." in text.body
    assert f"bot reschedule {one}" in text.body
    assert f"bot log --delivery {one}" in text.body
    assert text.body.endswith("https://bot.example.org")
    for _ in range(3):
        bench.advance(HOUR)
        assert look(bench, settings) == []


def test_a_delivery_that_fails_a_second_time_is_told_a_second_time(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    one = fail(bench)
    assert len(look(bench, settings)) == 1
    now = bench.clock.now()
    bench.desk().reschedule({one: (now, now.replace(tzinfo=None).isoformat())}, "")
    assert look(bench, settings) == []
    refuse_next(bench)
    bench.run()
    assert bench.state(one) == "failed"
    assert len(look(bench, settings)) == 1


def test_thirty_that_were_missed_while_nothing_ran_are_one_message(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    for number in range(30):
        bench.queue(text=f"number {number}")
    bench.after(hours=4)
    assert bench.states() == {"missed": 30}
    told = look(bench, settings)
    assert len(told) == 30
    text = message(told, settings)
    assert text.subject == "Campaign bot: 30 things need a person (30 missed)"
    assert text.body.count("is missed") == 25
    assert "and 5 more" in text.body
    assert "bot status" in text.body


def test_more_than_one_look_can_see_at_once_are_told_all_the_same(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    for number in range(7):
        bench.queue(text=f"number {number}")
    bench.after(hours=4)
    with bench.store.read() as connection:
        some = rows.untold(connection, limit=5)
    news = [of_delivery(one, key, ZoneInfo("UTC")) for one, key in some]
    assert rows.note(bench.store, news, [MAIL], bench.clock.now()) == 5
    assert len(look(bench, settings)) == 7


def test_a_doubt_is_told_only_when_the_looking_is_given_up(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    bench.sandbox.add_fault("linkedin", "drop_after")
    bench.sandbox.set_reads_allowed("linkedin", False)
    one = bench.queue("fice-linkedin")
    bench.run()
    assert bench.state(one) == "uncertain"
    assert look(bench, settings) == []
    bench.after(minutes=2)
    assert bench.row(one)["look_at"] is None
    [told] = look(bench, settings)
    assert f"bot resolve {one} --published URL" in told.body


def test_what_a_person_holds_is_no_event_and_what_is_not_connected_is_one(
    new_bench: Callable[..., Bench],
) -> None:
    bench = new_bench(connected=["fice-x"])
    settings = settings_of(bench, MAIL)
    held = bench.queue("fice-x", due=bench.clock.now() + DAY)
    bench.desk().hold([held], "")
    bench.queue("fice-facebook", due=bench.clock.now() + DAY)
    bench.run()
    assert bench.states() == {"held": 2}
    [told] = look(bench, settings)
    assert "fice-facebook is held" in told.subject
    assert "FICE_FACEBOOK_ACCESS_TOKEN" in told.body


def test_a_stopped_account_is_told_with_the_delivery_that_stopped_it_in_one_message(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    bench.queue()
    bench.sandbox.set_credentials("fice-x", "revoked")
    bench.run()
    told = look(bench, settings)
    assert [one.topic for one in told] == ["delivery:failed", "lane:fice-x:credentials"]
    bench.advance(3 * DAY)
    assert look(bench, settings) == []


def test_an_account_that_stops_again_and_again_is_told_once_an_hour(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)

    def stop() -> None:
        bench.queue("fice-x", due=bench.clock.now() + 9 * DAY)  # so that it has a lane
        until = bench.clock.now() + 3650 * DAY
        lanes.block(bench.store, "fice-x", until, Cause.CREDENTIALS, "the token is refused")

    stop()
    assert len(look(bench, settings)) == 1
    for _ in range(3):
        lanes.unblock(bench.store, ["fice-x"])
        assert look(bench, settings) == []
        bench.advance(10 * MINUTE)
        stop()
        assert look(bench, settings) == []
    bench.advance(HOUR)
    assert len(look(bench, settings)) == 1  # it is still stopped, and that was another time


def test_an_account_without_credits_is_told_once_a_day_although_it_tries_again_and_again(
    bench: Bench,
) -> None:
    settings = settings_of(bench, MAIL)
    bench.queue("fice-x", due=bench.clock.now() + 9 * DAY)
    told = []
    for _ in range(12):
        lanes.block(bench.store, "fice-x", bench.clock.now() + 3 * HOUR, Cause.CREDITS, "no credits left")
        told += look(bench, settings)
        bench.advance(2 * HOUR - MINUTE)
    assert [one.subject for one in told] == ["nothing goes out on fice-x: credits"]


@pytest.mark.parametrize("cause", [Cause.PERMISSION, Cause.BLOCKED])
def test_a_missing_right_and_a_blocked_account_are_somebodys_business(bench: Bench, cause: Cause) -> None:
    settings = settings_of(bench, MAIL)
    bench.queue("fice-x", due=bench.clock.now() + DAY)
    lanes.block(bench.store, "fice-x", bench.clock.now() + HOUR, cause, "the network's own words")
    [told] = look(bench, settings)
    assert told.subject == f"nothing goes out on fice-x: {cause}"
    assert "the network's own words" in told.body


def test_a_rate_limit_is_nobodys_business(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    bench.queue("fice-x", due=bench.clock.now() + DAY)
    lanes.block(bench.store, "fice-x", bench.clock.now() + HOUR, Cause.RATE_LIMIT, "too many requests")
    assert look(bench, settings) == []


def test_refused_credentials_are_told_before_anything_fails_and_again_when_they_break_again(
    bench: Bench,
) -> None:
    settings = settings_of(bench, MAIL)

    def asked(ok: bool, detail: str) -> None:
        bench.advance(DAY)
        assert checks.begin(bench.store, "fice-x", bench.clock.now(), HOUR)
        checks.record(bench.store, "fice-x", ok, detail, None, bench.clock.now())

    asked(False, "the token was revoked")
    [told] = look(bench, settings)
    assert "the token was revoked" in told.body
    asked(False, "the token was revoked")
    assert look(bench, settings) == []
    asked(True, "may write")
    assert look(bench, settings) == []
    asked(False, "the token was revoked")
    assert len(look(bench, settings)) == 1


def test_that_no_worker_is_alive_is_told_once_and_only_while_something_is_due(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    start = bench.clock.now()
    workers.register(bench.store, "w9", ["fice-x"], start)
    bench.queue(due=start + HOUR)

    def watched() -> list[str]:
        """What `bot web` would tell now."""
        alerts_of(bench, settings, accounts=None).watch()
        parcel = rows.claim(bench.store, MAIL, bench.clock.now(), timedelta())
        if parcel is None:
            return []
        rows.arrived(bench.store, parcel, bench.clock.now())
        return [one.body for one in parcel.alerts]

    bench.advance(HOUR - MINUTE)
    assert watched() == []
    bench.advance(5 * MINUTE)
    [body] = watched()
    assert "heard of at 12:00 UTC" in body
    assert "week/1.md -> fice-x was due at 13:00 UTC" in body
    bench.advance(2 * HOUR)
    assert watched() == []
    assert look_at_status(bench.store, settings, bench.clock).overdue


def test_what_happens_soon_after_a_message_is_told_together_in_the_next(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)

    def told() -> int:
        alerts_of(bench, settings).watch()
        parcel = rows.claim(bench.store, MAIL, bench.clock.now(), MINUTE)
        if parcel is None:
            return 0
        rows.arrived(bench.store, parcel, bench.clock.now())
        return len(parcel.alerts)

    fail(bench, "one")
    assert told() == 1
    for text in ("two", "three"):
        bench.advance(10 * SECOND)
        fail(bench, text)
        assert told() == 0
    bench.advance(MINUTE)
    assert told() == 2


def test_of_several_workers_one_sends_and_a_crash_while_sending_repeats_it_once(bench: Bench) -> None:
    settings = settings_of(bench, MAIL, CHAT)
    fail(bench)
    for _ in range(2):
        alerts_of(bench, settings).watch()
    now = bench.clock.now()
    first = rows.claim(bench.store, MAIL, now, timedelta())
    assert first is not None
    assert rows.claim(bench.store, MAIL, now, timedelta()) is None
    assert rows.claim(bench.store, CHAT, now, timedelta()) is not None
    bench.advance(LEASE + SECOND)  # the first worker has died meanwhile
    second = rows.claim(bench.store, MAIL, bench.clock.now(), timedelta())
    assert second is not None
    assert second.alerts == first.alerts
    rows.arrived(bench.store, second, bench.clock.now())
    rows.did_not_arrive(bench.store, first, "the worker wakes up late", bench.clock.now())  # fenced
    bench.advance(HOUR)
    assert rows.claim(bench.store, MAIL, bench.clock.now(), timedelta()) is None


def test_what_does_not_arrive_is_tried_ever_more_slowly_for_a_day_and_then_given_up(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    fail(bench)
    alerts_of(bench, settings).watch()
    began, waits = bench.clock.now(), []
    while parcel := rows.claim(bench.store, MAIL, bench.clock.now(), timedelta()):
        again = rows.did_not_arrive(bench.store, parcel, "refused", bench.clock.now())
        waits.append(again - bench.clock.now())
        bench.advance(again - bench.clock.now())
    assert waits[:7] == [timedelta(minutes=m) for m in (1, 2, 4, 8, 16, 32, 60)]
    assert GIVE_UP <= bench.clock.now() - began < GIVE_UP + 2 * HOUR
    with bench.store.read() as connection:
        [status] = rows.targets_status(connection, [MAIL])
    assert (status.waiting, status.given_up, status.problem) == (0, 1, "refused")
    assert look(bench, settings) == []


def test_what_could_not_be_tried_for_days_is_told_all_the_same(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    fail(bench)
    alerts_of(bench, settings).watch()
    bench.advance(3 * DAY)
    assert len(look(bench, settings)) == 1


def test_nothing_is_written_while_nothing_is_new(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    fail(bench)
    alerts = alerts_of(bench, settings)
    alerts.watch()
    bench.writes_refused = True
    for _ in range(3):
        alerts.watch()


def test_a_post_that_changed_while_in_doubt_is_told(bench: Bench) -> None:
    settings = settings_of(bench, MAIL)
    one = bench.queue(due=bench.clock.now() + DAY)
    upkeep.follow_connections(bench.store, {"fice-x": "no credentials"}, bench.clock.now())
    with bench.store.write() as connection:
        connection.exec_driver_sql(f"UPDATE delivery SET hold = 'stale' WHERE id = {one}")
    [told] = look(bench, settings)
    assert "bot apply" in told.body
