"""The daily summary: what went out, what was late, what needs a person, and what comes next."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.alerts.events import zone_of
from bot.alerts.texts import moment
from bot.clock import Clock
from bot.model.lateness import LATE_AFTER
from bot.model.state import State
from bot.model.walltime import resolve
from bot.planning.expiry import SOON, ends_at
from bot.settings import Settings
from bot.store import checks, listing, switches, workers
from bot.store.alerts import SUMMARY, Notice
from bot.store.engine import Store
from bot.store.listing import Queued
from bot.store.post_log import Entry, Filter, entries

DAY = timedelta(days=1)
LISTED = 12
TOLD = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.UNCERTAIN})


def day_due(connection: Connection, settings: Settings, now: datetime) -> date | None:
    """The day whose summary is to be told by now, or None before its time of day, or where none is wanted."""
    at = settings.alerts.daily_at
    if at is None:
        return None
    zone = zone_of(connection, settings)
    today = now.astimezone(zone).date()
    return today if now >= resolve(datetime.combine(today, at), zone.key).instant else None


def key_of(day: date) -> str:
    """What makes the summary of a day the same, whoever composes it."""
    return f"summary:{day}"


def summary(store: Store, settings: Settings, clock: Clock, day: date) -> tuple[Notice, bool]:
    """The summary, and whether it is worth a message: something happened in a day, or will in a day.

    What has waited for a person for longer is in it, but sends none: nobody reads what comes every day.
    """
    now = clock.now()
    with store.read() as connection:
        zone = zone_of(connection, settings)
        happened = [
            one
            for one in entries(connection, Filter(since=now - DAY))
            if one.to_state in TOLD and one.from_state != one.to_state and one.at <= now
        ]
        coming = listing.due_before(connection, now + DAY)
        attention = listing.needing_a_person(connection)
        alive = len(workers.alive(connection, clock.real(now)))
        pause = switches.current_pause(connection)
        known = {one.account: one for one in checks.all_checks(connection)}
    published = [one for one in happened if one.to_state == State.PUBLISHED]
    lines = [*_published(published, zone), *_attention(attention), *_coming(coming, zone)]
    for account in settings.accounts:
        end = ends_at(settings, account, known.get(account))
        if end is not None and end - now <= SOON:
            lines.append(f"The token of {account} ends: {moment(end, zone)}.")
    if pause:
        lines.append(f"Everything is PAUSED by {pause.actor}{f': {pause.reason}' if pause.reason else ''}.")
    lines.append(f"Workers alive: {alive}." if alive else "NO WORKER is alive: start one with bot worker.")
    subject = f"{day:%a %d %b}: {len(published)} out, {len(attention)} need a person, {len(coming)} to come"
    key = key_of(day)
    return Notice(key, "summary", subject, "\n".join(lines), SUMMARY), bool(happened or coming)


def _published(published: Sequence[Entry], zone: ZoneInfo) -> Iterator[str]:
    by_account = Counter(one.account for one in published)
    each = ", ".join(f"{number} on {account}" for account, number in sorted(by_account.items()))
    yield f"Published in the last 24 hours: {len(published)}{f' ({each})' if each else ''}."
    late = [one for one in published if (one.lateness_s or 0) > LATE_AFTER.total_seconds()]
    if late:
        yield f"Of these late: {len(late)}."
        shown = (
            f"{o.post} -> {o.account}, {_minutes(o.lateness_s)} late, {moment(o.at, zone)}" for o in late
        )
        yield from _listed(list(shown))


def _minutes(seconds: float | None) -> str:
    return f"{max(round((seconds or 0) / 60), 1)} min"


def _attention(attention: Sequence[Queued]) -> Iterator[str]:
    if not attention:
        yield "Nothing needs a person."
        return
    yield f"Needs a person: {len(attention)} (bot status says what to do)."
    yield from _listed([f"{one.post} -> {one.account} is {one.state}" for one in attention])


def _coming(coming: Sequence[Queued], zone: ZoneInfo) -> Iterator[str]:
    yield f"To go out in the next 24 hours: {len(coming)}."
    yield from _listed([f"{moment(one.due_at, zone)}  {one.post} -> {one.account}" for one in coming])


def _listed(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"* {line}" for line in lines[:LISTED])
    if len(lines) > LISTED:
        yield f"* and {len(lines) - LISTED} more"
