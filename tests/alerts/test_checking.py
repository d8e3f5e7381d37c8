"""Checking: the networks are asked about every account once a day, and what they say is kept."""

from datetime import timedelta

from bot.alerts.checking import AT_START, DAILY, check_accounts
from bot.planning.status import look
from bot.store import checks
from bot.store.checks import Check
from tests.alerts.catcher import MAIL, settings_of
from tests.alerts.catcher import look as told
from tests.worker.helper import ACCOUNTS, MINUTE, Bench


def known(bench: Bench) -> dict[str, Check]:
    with bench.store.read() as connection:
        return {one.account: one for one in checks.all_checks(connection)}


def check(bench: Bench, at_most_every: timedelta = DAILY) -> None:
    check_accounts(bench.store, bench.accounts, ACCOUNTS, bench.clock, at_most_every)


def asked(bench: Bench) -> int:
    """How many requests the networks have had."""
    return len(bench.sandbox.calls())


def test_every_connected_account_is_asked_about_and_the_answer_kept(bench: Bench) -> None:
    check(bench)
    found = known(bench)
    assert set(found) == set(ACCOUNTS)
    assert all(one.ok and one.checked_at == bench.clock.now() for one in found.values())


def test_of_several_workers_one_asks_and_again_a_day_later(bench: Bench) -> None:
    check(bench)
    once = asked(bench)
    assert once >= len(ACCOUNTS)
    bench.advance(30 * MINUTE)
    check(bench, AT_START)  # another one starts
    bench.advance(10 * AT_START)
    check(bench)
    assert asked(bench) == once
    bench.advance(DAILY)
    check(bench)
    assert asked(bench) == 2 * once


def test_credentials_that_are_refused_are_told_before_anything_is_due(bench: Bench) -> None:
    bench.sandbox.set_credentials("fice-facebook", "expired")
    check(bench)
    assert {name for name, one in known(bench).items() if not one.ok} == {"fice-facebook"}
    [notice] = told(bench, settings_of(bench, MAIL))
    assert notice.subject == "the credentials of fice-facebook do not work"


def test_a_network_that_does_not_answer_says_nothing_of_the_credentials(bench: Bench) -> None:
    bench.sandbox.add_fault("twitter", "status", count=9, on="any", status=503)
    check(bench)
    assert set(known(bench)) == {"fice-facebook", "fice-linkedin"}
    assert told(bench, settings_of(bench, MAIL)) == []


def test_the_status_shows_when_a_token_ends_soon(bench: Bench) -> None:
    end = bench.clock.now() + 9 * DAILY
    checks.begin(bench.store, "fice-linkedin", bench.clock.now(), DAILY)
    checks.record(bench.store, "fice-linkedin", True, "may post", end, bench.clock.now())
    shown = {one.account: one for one in look(bench.store, bench.settings, bench.clock).accounts}
    assert shown["fice-linkedin"].expires_at == end
    assert shown["fice-linkedin"].said == "ready; its token ends on 03 Oct 2018"
    assert shown["fice-x"].said == "ready"
