"""Mornings: on each day of a campaign, and the day before, a worker looks whether all can go out."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.logs import event
from bot.model.walltime import resolve
from bot.planning.finding import Finding, verdict
from bot.planning.preflight import Asking, look_ahead_of_campaign
from bot.settings import Settings
from bot.store import preflights
from bot.store.alerts import Notice
from bot.store.bookings import Dates, all_dates
from bot.store.engine import Store
from bot.store.preflights import Preflight
from bot.worker.accounts import Accounts

log = logging.getLogger("bot.alerts")
FRESH = timedelta(days=1)  # for so long what was found in the morning is told
LISTED = 10


def look_ahead_today(store: Store, settings: Settings, clock: Clock, accounts: Accounts) -> None:
    """Look ahead for every campaign whose hour has come and that nobody has looked at, and keep it.

    Raises:
        StoreError: the database can not be used.
    """
    now = clock.now()
    for dates, day in due(store, settings, now):
        if not preflights.begin(store, dates.name, day, now):
            continue
        found = _look(store, accounts.settings, clock, accounts, dates)
        ready = all(one.ok for one in found)
        kept = [one.to_json() for one in found]
        preflights.record(store, dates.name, day, ready, kept, clock.now())
        say = log.info if ready else log.warning
        say("preflight of %s: %s", dates.name, verdict(found), extra=event("preflight", campaign=dates.name))


def due(store: Store, settings: Settings, now: datetime) -> Iterator[tuple[Dates, date]]:
    """The campaigns under way or about to begin whose hour of today is past, with the day in their zones."""
    at = settings.preflight_at
    if at is None:
        return
    with store.read() as connection:
        known = all_dates(connection)
    for dates in known:
        today = now.astimezone(ZoneInfo(dates.timezone)).date()
        is_near = dates.starts - timedelta(days=1) <= today <= dates.ends
        if is_near and now >= resolve(datetime.combine(today, at), dates.timezone).instant:
            yield dates, today


def _look(store: Store, settings: Settings, clock: Clock, accounts: Accounts, dates: Dates) -> list[Finding]:
    return look_ahead_of_campaign(settings, dates.name, dates, Asking(clock, store, accounts.keeper)) or []


def notice(found: Preflight) -> Notice:
    """What people are told of one that is not ready; once a day."""
    findings = [Finding.from_json(one) for one in found.findings]
    bad = [one for one in findings if not one.ok]
    lines = [f"* {one.subject}: {one.detail}" for one in bad[:LISTED]]
    if len(bad) > LISTED:
        lines.append(f"* and {len(bad) - LISTED} more")
    what = "1 thing stands" if len(bad) == 1 else f"{len(bad)} things stand"
    remedy = f"What to do: mend it; bot preflight {found.campaign} looks again."
    return Notice(
        key=f"preflight:{found.campaign}:{found.day}",
        topic=f"preflight:{found.campaign}",
        subject=f"{what} in the way of {found.campaign}",
        body="\n".join([*lines, remedy]),
    )
