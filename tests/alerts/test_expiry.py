"""Expiry: that a token ends is told 14, 7 and 1 days ahead, each once, as the network or the file says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.settings import Settings
from bot.store import checks
from tests.alerts.catcher import MAIL, look, settings_of
from tests.worker.helper import Bench

DAY = timedelta(days=1)


@pytest.fixture
def settings(bench: Bench) -> Settings:
    return settings_of(bench, MAIL)


def learn(bench: Bench, expires_at: datetime | None, account: str = "fice-linkedin") -> None:
    """What the network answers now."""
    checks.begin(bench.store, account, bench.clock.now(), timedelta())
    checks.record(bench.store, account, True, "may post", expires_at, bench.clock.now())


def days_told(bench: Bench, settings: Settings, end: datetime, days: int) -> Sequence[int]:
    """With a look every half day: how many days before the end something was told."""
    told = []
    for _ in range(days * 2):
        if look(bench, settings):
            told.append((end - bench.clock.now()).days)
        bench.advance(DAY / 2)
    return told


def test_the_end_of_a_token_is_told_14_7_and_1_days_ahead(bench: Bench, settings: Settings) -> None:
    end = bench.clock.now() + 20 * DAY
    learn(bench, end)
    assert days_told(bench, settings, end, 22) == [14, 7, 1]


def test_what_is_told_names_the_account_the_day_and_what_to_do(bench: Bench, settings: Settings) -> None:
    learn(bench, bench.clock.now() + 7 * DAY)
    [told] = look(bench, settings)
    assert told.subject == "the token of fice-linkedin ends in 7 days"
    assert "ends on Mon 01 Oct 2018 at 12:00 UTC" in told.body
    assert "make a new one" in told.body


def test_a_worker_that_starts_3_days_before_tells_the_7_days_and_not_the_14(
    bench: Bench, settings: Settings
) -> None:
    end = bench.clock.now() + 3 * DAY
    learn(bench, end)
    [told] = look(bench, settings)
    assert told.subject == "the token of fice-linkedin ends in 3 days"
    assert told.topic.endswith(":7")
    assert days_told(bench, settings, end, 3) == [1]


def test_a_token_that_has_ended_before_anybody_looked_is_told(bench: Bench, settings: Settings) -> None:
    learn(bench, bench.clock.now() - DAY)
    [told] = look(bench, settings)
    assert told.subject == "the token of fice-linkedin has ended"
    assert look(bench, settings) == []


def test_a_renewed_token_is_told_anew(bench: Bench, settings: Settings) -> None:
    end = bench.clock.now() + 14 * DAY
    learn(bench, end)
    assert days_told(bench, settings, end, 10) == [14, 7]
    end = bench.clock.now() + 60 * DAY
    learn(bench, end)
    assert days_told(bench, settings, end, 60) == [14, 7, 1]


def test_an_end_that_the_network_tells_only_roughly_is_told_once(bench: Bench, settings: Settings) -> None:
    midnight = datetime.combine(bench.clock.now().date(), datetime.min.time(), bench.clock.now().tzinfo)
    told = 0
    for seconds in (-2, 1, -1, 2):
        learn(bench, midnight + 10 * DAY + timedelta(seconds=seconds))
        told += len(look(bench, settings))
    assert told == 1


def test_a_date_in_the_file_counts_where_the_network_tells_none(bench: Bench, settings: Settings) -> None:
    account = replace(settings.accounts["fice-facebook"], token_ends=date(2018, 10, 1))
    named = replace(settings, accounts={**settings.accounts, "fice-facebook": account})
    learn(bench, None, "fice-facebook")
    [told] = look(bench, named)
    assert told.subject == "the token of fice-facebook ends in 7 days"
    learn(bench, bench.clock.now() + 60 * DAY, "fice-facebook")
    bench.advance(6 * DAY)
    assert look(bench, named) == []


def test_a_token_that_never_ends_is_never_told(bench: Bench, settings: Settings) -> None:
    learn(bench, None)
    assert look(bench, settings) == []
