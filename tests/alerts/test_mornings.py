"""Mornings: on each day of a campaign one worker looks ahead, and people hear of it if something is wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

import bot.alerts.alerts as alerts_module
from bot.alerts.mornings import look_ahead_today
from bot.model.campaign import Campaign
from bot.planning.status import look
from bot.settings import Settings
from bot.store import plans, preflights, workers
from bot.store.preflights import Preflight
from tests.alerts.catcher import MAIL, alerts_of, settings_of
from tests.alerts.catcher import look as told
from tests.worker.helper import HOUR, MINUTE, NOON, Bench, Said, eventually

DAY = timedelta(days=1)


def applied(bench: Bench, zone: str = "Africa/Nairobi", name: str = "week") -> None:
    """A campaign of two days, the first of them today."""
    campaign = Campaign(name, "Week", zone, NOON.date(), ("One", "Two"), ())
    with bench.store.write() as connection:
        plans.record_campaign(connection, campaign, bench.clock.now())


def morning(bench: Bench, settings: Settings | None = None) -> None:
    look_ahead_today(bench.store, settings or bench.settings, bench.clock, bench.accounts)


def kept(bench: Bench) -> list[Preflight]:
    with bench.store.read() as connection:
        return list(preflights.latest(connection, bench.clock.now() - 9 * DAY))


def asked(bench: Bench) -> int:
    """How many requests the networks have had."""
    return len(bench.sandbox.calls())


def at(bench: Bench, instant: datetime) -> None:
    bench.advance(instant - bench.clock.now())


@pytest.fixture
def ready(bench: Bench) -> Bench:
    """A bench with a campaign and something to come; its clock is right by the networks' own."""
    applied(bench)
    bench.queue("fice-x", due=NOON + DAY)
    bench.clock.real = _system_time  # type: ignore[method-assign]
    return bench


def _system_time(_instant: datetime) -> datetime:
    from bot.clock import SystemClock

    return SystemClock().now()


def test_a_worker_looks_once_a_day_from_the_hour_on_that_is_set(ready: Bench) -> None:
    at(ready, NOON.replace(hour=2, minute=59))  # 05:59 in Nairobi
    morning(ready)
    assert kept(ready) == []
    ready.advance(MINUTE)
    morning(ready)
    [found] = kept(ready)
    assert (found.campaign, found.day, found.ready) == ("week", NOON.date(), True)
    once = asked(ready)
    ready.advance(3 * HOUR)
    morning(ready)
    assert asked(ready) == once
    ready.advance(DAY)
    morning(ready)
    assert [one.day for one in kept(ready)] == [NOON.date() + DAY]


@pytest.mark.parametrize(("days", "looks"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_it_looks_on_the_day_before_and_until_the_last(ready: Bench, days: int, looks: bool) -> None:
    at(ready, NOON + days * DAY)
    morning(ready)
    assert bool(kept(ready)) is looks


def test_of_several_workers_one_looks(ready: Bench, new_bench: Callable[..., Bench]) -> None:
    second = new_bench(name="w2")
    morning(ready)
    once = asked(ready)
    morning(second)
    assert asked(ready) == once
    assert len(kept(second)) == 1


def test_one_that_died_in_it_is_followed_by_another(ready: Bench) -> None:
    assert preflights.begin(ready.store, "week", NOON.date(), NOON)
    ready.advance(5 * MINUTE)
    morning(ready)
    assert kept(ready) == []
    ready.advance(6 * MINUTE)
    morning(ready)
    assert len(kept(ready)) == 1


def test_never_means_never(ready: Bench) -> None:
    morning(ready, replace(ready.settings, preflight_at=None))
    assert kept(ready) == []
    morning(ready, replace(ready.settings, preflight_at=time(16)))  # in an hour, there
    assert kept(ready) == []


def test_what_is_wrong_is_told_once_a_day_shown_and_looked_at_again(ready: Bench) -> None:
    settings = settings_of(ready, MAIL)
    ready.sandbox.set_credentials("fice-x", "expired")
    morning(ready)
    [notice] = told(ready, settings)
    assert notice.subject == "1 thing stands in the way of week"
    assert "* fice-x: " in notice.body
    assert "bot preflight week looks again" in notice.body
    status = look(ready.store, settings, ready.clock)
    assert not status.fine
    [line] = [line for line in status.lines() if "preflight" in line]
    assert line.startswith("NOT READY, preflight of week at 2018-09-24 12:00 UTC: 1 of ")
    assert status.to_json()["preflights"][0]["ready"] is False
    ready.sandbox.set_credentials("fice-x", "valid")
    ready.advance(29 * MINUTE)
    morning(ready)
    assert not kept(ready)[0].ready
    ready.advance(MINUTE)
    morning(ready)
    assert kept(ready)[0].ready
    assert told(ready, settings) == []
    assert look(ready.store, settings, ready.clock).fine


def test_who_is_ready_is_told_nothing_and_sees_one_line(ready: Bench) -> None:
    settings = settings_of(ready, MAIL)
    morning(ready)
    assert told(ready, settings) == []
    lines = [line for line in look(ready.store, settings, ready.clock).lines() if "preflight" in line]
    assert lines == ["preflight of week at 2018-09-24 12:00 UTC: ready"]


def test_what_was_found_yesterday_is_old_news(ready: Bench) -> None:
    ready.sandbox.set_credentials("fice-x", "expired")
    morning(ready)
    ready.advance(DAY + MINUTE)
    assert [one for one in told(ready, settings_of(ready, MAIL)) if "in the way" in one.subject] == []
    assert look(ready.store, ready.settings, ready.clock).preflights == []


def test_the_files_are_read_as_they_are_now(ready: Bench) -> None:
    config = ready.settings.config / "campaigns"
    config.mkdir(parents=True)
    (config / "week.toml").write_text(
        'title = "Week"\ntimezone = "Africa/Nairobi"\nstarts = 2018-09-24\n[[day]]\ntheme = "One"\n'
    )
    posts = ready.settings.posts / "week"
    posts.mkdir(parents=True)
    (posts / "x.md").write_text("---\nday: 9\nkind: daily-post\n---\nHello\n")
    morning(ready)
    [found] = kept(ready)
    assert not found.ready
    assert any("day: 9 is not in the campaign" in one["detail"] for one in found.findings)


def test_an_account_that_a_worker_elsewhere_publishes_to_is_his(
    ready: Bench, new_bench: Callable[..., Bench]
) -> None:
    here = new_bench(name="w2", connected=["fice-facebook"])
    workers.register(ready.store, "w9", ["fice-x"], ready.clock.real(NOON))
    look_ahead_today(ready.store, here.settings, here.clock, here.accounts)
    [found] = kept(ready)
    [account] = [one for one in found.findings if one["about"] == "account"]
    assert account["mark"] == "ok"
    assert "its credentials are with the worker on " in account["detail"]


def test_a_worker_does_it_in_a_thread_of_its_own(
    ready: Bench, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_module, "MORNING_S", 0.05)
    working: Any = alerts_of(ready, ready.settings)
    working.start()
    try:
        eventually(lambda: kept(ready))
    finally:
        working.stop()
    assert said.lines("preflight of week: ready")
    assert not said.tracebacks()


def test_not_by_a_wrong_clock(ready: Bench) -> None:
    alerts_of(ready, ready.settings, clock_is_right=lambda: False)._look_ahead()
    assert kept(ready) == []
    alerts_of(ready, ready.settings)._look_ahead()
    assert len(kept(ready)) == 1
