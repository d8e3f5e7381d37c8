"""Events: what in the store needs a person now, as notices; telling them once is the store's part."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.alerts.mornings import FRESH, notice
from bot.alerts.texts import of_delivery
from bot.model.decision import STANDSTILL
from bot.model.outcome import Cause
from bot.planning.expiry import THRESHOLDS, ends_at
from bot.planning.status import Status
from bot.settings import Settings
from bot.store import alerts, checks, lanes, preflights
from bot.store.alerts import Notice
from bot.store.checks import Check
from bot.store.lanes import Lane

STOPPED_AGAIN = timedelta(hours=1)  # a lane that stops, goes on and stops is told once in this time
OUT_OF_CREDITS_AGAIN = timedelta(days=1)  # such a lane tries again and again by itself
REFUSED_AGAIN = timedelta(hours=1)
NO_WORKER_AGAIN = timedelta(hours=1)
SAME_END = timedelta(days=7)  # an end that moves by less is the same: some networks tell it roughly


def zone_of(connection: Connection, settings: Settings) -> ZoneInfo:
    """The zone of the readers: the configured one, else the latest campaign's, else UTC."""
    return ZoneInfo(settings.alerts.timezone or alerts.campaign_zone(connection) or "UTC")


def in_store(connection: Connection, settings: Settings, now: datetime) -> list[Notice]:
    """The deliveries and the accounts that need a person."""
    zone = zone_of(connection, settings)
    found = [of_delivery(one, key, zone) for one, key in alerts.untold(connection)]
    blocked = [
        lane
        for lane in lanes.all_lanes(connection, now, settings.spacing)
        if lane.blocked_until is not None and lane.blocked_until > now
    ]
    found += _stopped(blocked)
    known = checks.all_checks(connection)
    stopped = {lane.account for lane in blocked if lane.cause in lanes.STOPPING}  # told already
    found += _refused(one for one in known if one.account not in stopped)
    found += [notice(one) for one in preflights.latest(connection, now - FRESH) if not one.ready]
    return [*found, *ending(settings, known, now, zone)]


def _stopped(blocked: Sequence[Lane]) -> Iterator[Notice]:
    for lane in blocked:
        if lane.cause in lanes.STOPPING:
            again, remedy = STOPPED_AGAIN, "mend that; the worker notices within a minute and goes on"
        elif lane.cause == Cause.CREDITS:
            again, remedy = OUT_OF_CREDITS_AGAIN, "buy credits; it tries again by itself"
        elif lane.cause in STANDSTILL:
            again, remedy = (
                STOPPED_AGAIN,
                "mend that; it goes on by itself, at the latest by one post an hour",
            )
        else:
            continue  # goes on by itself
        yield Notice(
            key=f"lane:{lane.account}:{lane.cause}:{lane.blocked_until}",
            topic=f"lane:{lane.account}:{lane.cause}",
            subject=f"nothing goes out on {lane.account}: {lane.cause}",
            body=f"{lane.account} ({lane.network}) is stopped: {lane.reason}\nWhat to do: {remedy}.",
            quiet=again,
        )


def _refused(known: Iterable[Check]) -> Iterator[Notice]:
    for one in known:
        if not one.ok:
            yield Notice(
                key=f"refused:{one.account}:{one.since.isoformat()}",
                topic=f"refused:{one.account}",
                subject=f"the credentials of {one.account} do not work",
                body=f"{one.account}: {one.detail}\nWhat to do: put new ones into the environment, start the "
                "worker again, and let bot accounts ask once more.",
                quiet=REFUSED_AGAIN,
            )


def ending(settings: Settings, known: Sequence[Check], now: datetime, zone: ZoneInfo) -> Iterator[Notice]:
    """That credentials end soon: 14, 7 and 1 days ahead, of which only the nearest is told."""
    by_name = {one.account: one for one in known}
    for account in settings.accounts:
        end = ends_at(settings, account, by_name.get(account))
        if end is None:
            continue
        reached = [days for days in THRESHOLDS if end - now <= timedelta(days=days)]
        if reached:
            yield _ending(account, end, min(reached), now, zone)


def _ending(account: str, end: datetime, days: int, now: datetime, zone: ZoneInfo) -> Notice:
    when = f"{end.astimezone(zone):%a %d %b %Y}"
    left = (end.astimezone(zone).date() - now.astimezone(zone).date()).days
    how_soon = "today" if left == 0 else f"in {left} day{'s' if left > 1 else ''}"
    subject = f"the token of {account} ends {how_soon}" if end > now else f"the token of {account} has ended"
    verb = "ends" if end > now else "ended"
    body = (
        f"The token of {account} {verb} on {when} at {end.astimezone(zone):%H:%M %Z}. "
        "Then nothing goes out there.\n"
        "What to do: make a new one (.env.example says where), put it into the environment, and start the "
        "worker again. bot preflight says whether the campaign ends before it."
    )
    return Notice(
        key=f"ending:{account}:{end.date()}:{days}",
        topic=f"ending:{account}:{days}",
        subject=subject,
        body=body,
        quiet=SAME_END,
    )


def no_worker(status: Status) -> list[Notice]:
    """That something is due and nobody is there to send it."""
    if not status.overdue:
        return []
    heard = f"heard of at {status.heartbeat_at:%H:%M} UTC" if status.heartbeat_at else "none has signed on"
    due = status.next_due
    silent_since = (
        status.heartbeat_at.isoformat() if status.heartbeat_at else f"{due.id}:{due.due_at}" if due else ""
    )
    first = f"{due.post} -> {due.account} was due at {due.due_at:%H:%M} UTC. " if due else ""
    return [
        Notice(
            key=f"no-worker:{silent_since}",
            topic="no-worker",
            subject="no worker is alive and something is due",
            body=f"No worker is alive ({heard}). {first}Nothing goes out until one runs.\n"
            "What to do: start one: bot worker, or bot up.",
            quiet=NO_WORKER_AGAIN,
        )
    ]
