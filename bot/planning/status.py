"""The status: what an operator must learn in one glance."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.model.message import Level
from bot.model.state import State
from bot.networks import obstacle
from bot.networks.connected import with_connected
from bot.planning.expiry import SOON, ends_at
from bot.planning.finding import Finding, verdict
from bot.settings import Settings
from bot.store import checks, lanes, listing, preflights, switches, workers
from bot.store.connections import all_connected
from bot.store.engine import Store
from bot.store.listing import Queued
from bot.store.preflights import Preflight
from bot.store.switches import Pause
from bot.store.workers import WorkerRow

OVERDUE = timedelta(minutes=1)  # something due that long, with no worker alive, is a person's business


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One account at a glance."""

    account: str
    network: str
    said: str  # "ready", or why it waits
    scheduled: int
    published: int
    needs_a_person: int
    ready: bool
    expires_at: datetime | None = None  # UTC: when its credentials end, as far as anybody knows


@dataclass(frozen=True, slots=True)
class Status:
    """The whole screen."""

    worker_alive: bool
    heartbeat_at: datetime | None  # real UTC
    workers: int
    pause: Pause | None
    next_due: Queued | None
    attention: Sequence[Queued]
    accounts: Sequence[AccountStatus]
    counts: dict[str, int]  # deliveries by state
    overdue: bool  # something is due and nobody is there to send it
    heartbeats: Sequence[WorkerRow] = ()  # of the workers that are alive
    problems: Sequence[str] = ()  # errors in config/
    waiting: Sequence[str] = ()  # why workers that are alive send nothing at all
    preflights: Sequence[Preflight] = ()  # of the last day, the latest of each campaign
    removed: int = 0  # deliveries that were published, and taken away again

    @property
    def fine(self) -> bool:
        """Whether nothing needs a person."""
        idle = all(a.ready or not (a.scheduled or a.needs_a_person) for a in self.accounts)
        ready = all(one.ready for one in self.preflights)
        return not (self.attention or self.overdue or self.problems or self.waiting) and idle and ready

    def lines(self) -> Iterator[str]:
        """The top of the screen, in words."""
        yield from self.problems
        if self.pause:
            why = f": {self.pause.reason}" if self.pause.reason else ""
            since = f"{self.pause.at:%Y-%m-%d %H:%M} UTC"
            yield f"PAUSED by {self.pause.actor} since {since}{why}. bot resume goes on."
        if self.worker_alive:
            number = f"{self.workers} workers are" if self.workers > 1 else "the worker is"
            yield f"{number} alive (heard of at {self.heartbeat_at:%H:%M:%S} UTC)"
            yield from map(_worker_line, self.heartbeats)
        elif self.overdue:
            yield "NO WORKER is alive and something is due: start one with bot up or bot worker"
        else:
            yield "no worker is alive; bot up or bot worker starts one"
        yield from (f"IT WAITS: {why}" for why in self.waiting)
        yield from map(_preflight_line, self.preflights)
        if self.next_due:
            one = self.next_due
            yield f"next: {one.post} -> {one.account} at {one.due_at:%Y-%m-%d %H:%M} UTC"
        else:
            yield "nothing is scheduled"
        gone = f" ({self.removed} of them taken away again)" if self.removed else ""
        numbers = (
            f"{number} {state}{gone if state == State.PUBLISHED else ''}"
            for state, number in self.counts.items()
        )
        yield ", ".join(numbers) or "the queue is empty"

    def to_json(self) -> dict[str, Any]:
        """The object of `bot status --json`."""
        return {
            "fine": self.fine,
            "worker_alive": self.worker_alive,
            "workers": self.workers,
            "heartbeats": [_worker_json(one) for one in self.heartbeats],
            "heartbeat_at": self.heartbeat_at.isoformat() if self.heartbeat_at else None,
            "paused": self.pause is not None,
            "pause_reason": self.pause.reason if self.pause else None,
            "next_due": self.next_due.to_json() if self.next_due else None,
            "attention": [one.to_json() for one in self.attention],
            "accounts": [
                asdict(one) | {"expires_at": one.expires_at.isoformat() if one.expires_at else None}
                for one in self.accounts
            ],
            "counts": self.counts,
            "removed": self.removed,
            "overdue": self.overdue,
            "problems": list(self.problems),
            "waiting": list(self.waiting),
            "preflights": [
                {"campaign": one.campaign, "day": one.day.isoformat(), "at": one.ended_at.isoformat()}
                | {"ready": one.ready, "findings": list(one.findings)}
                for one in self.preflights
            ],
        }


def _worker_line(one: WorkerRow) -> str:
    to = ", ".join(one.accounts) or "no account: none is connected"
    since = f"since {one.started_at:%Y-%m-%d %H:%M} UTC, heard of at {one.heartbeat_at:%H:%M:%S} UTC"
    return f"worker on {one.host} (process {one.pid}) {since}: {to}"


def _preflight_line(one: Preflight) -> str:
    """What the look ahead of the morning has found."""
    found = [Finding.from_json(each) for each in one.findings]
    words = f"preflight of {one.campaign} at {one.ended_at:%Y-%m-%d %H:%M} UTC: {verdict(found)}"
    if one.ready:
        return words
    first = next((f": {each.subject}: {each.detail}" for each in found if not each.ok), "")
    return f"NOT READY, {words}{first} (bot preflight {one.campaign} says all)"


def _worker_json(one: WorkerRow) -> dict[str, Any]:
    return {
        **asdict(one),
        "started_at": one.started_at.isoformat(),
        "heartbeat_at": one.heartbeat_at.isoformat(),
    }


def look(store: Store, settings: Settings, clock: Clock, *, ended: bool = True) -> Status:
    """Everything for the screen, in one consistent view.

    Without `ended` what is published or cancelled is not counted, which costs the more the more there is.
    """
    now = clock.now()
    real_now = clock.real(now)
    with store.read() as connection:
        settings = with_connected(settings, all_connected(connection))
        known = workers.all_workers(connection)
        alive = workers.alive(connection, real_now)
        attention = listing.needing_a_person(connection)
        scheduled = listing.queue(connection, listing.QueueFilter(state=State.SCHEDULED), limit=1)
        numbers = listing.counts(connection) if ended else listing.open_counts(connection)
        rows = lanes.all_lanes(connection, now, settings.spacing)
        pause = switches.current_pause(connection)
        unfinished = listing.in_flight(connection) or lanes.first_doubt(connection) is not None
        needing = listing.numbers_needing_a_person(connection)
        looked_ahead = preflights.latest(connection, now - timedelta(days=1))
        removed = listing.number_removed(connection)
        known_ends = {one.account: one for one in checks.all_checks(connection)}
    by_name = {row.account: row for row in rows}
    ends = {name: ends_at(settings, name, known_ends.get(name)) for name in {*settings.accounts, *by_name}}
    states: dict[str, int] = {}
    for (_account, state), number in numbers.items():
        states[state] = states.get(state, 0) + number
    next_due = scheduled[0] if scheduled else None
    late = next_due is not None and now - next_due.due_at > OVERDUE and pause is None
    return Status(
        worker_alive=bool(alive),
        heartbeat_at=known[0].heartbeat_at if known else None,
        workers=len(alive),
        pause=pause,
        next_due=next_due,
        attention=attention,
        accounts=_accounts(settings, by_name, numbers, needing, ends, now),
        counts={state: states[state] for state in State if state in states},
        overdue=(late or unfinished) and not alive,
        heartbeats=alive,
        problems=[str(one) for one in settings.problems if one.level is Level.ERROR],
        waiting=sorted({one.waits_for for one in alive if one.waits_for}),
        preflights=looked_ahead,
        removed=removed,
    )


def _accounts(
    settings: Settings,
    rows: dict[str, lanes.Lane],
    numbers: dict[tuple[str, str], int],
    needing: dict[str, int],
    ends: dict[str, datetime | None],
    now: datetime,
) -> list[AccountStatus]:
    found = []
    for name in sorted({*settings.accounts, *rows}):
        why_not = _why_not(settings, rows.get(name), name, now)
        account = settings.accounts.get(name)
        end = ends[name]
        soon = f"; its token ends on {end:%d %b %Y}" if end is not None and end - now <= SOON else ""
        found.append(
            AccountStatus(
                account=name,
                network=account.network if account else rows[name].network,
                said=why_not or f"ready{soon}",
                scheduled=numbers.get((name, State.SCHEDULED), 0),
                published=numbers.get((name, State.PUBLISHED), 0),
                needs_a_person=needing.get(name, 0),
                ready=why_not is None,
                expires_at=end,
            )
        )
    return found


def _why_not(settings: Settings, row: lanes.Lane | None, name: str, now: datetime) -> str | None:
    if why := obstacle(name, settings):
        return why
    if row is not None and row.blocked_until is not None and row.blocked_until > now:
        until = "" if row.cause in lanes.STOPPING else f" until {row.blocked_until:%Y-%m-%d %H:%M} UTC"
        return f"waits{until}: {row.reason}"
    return None
