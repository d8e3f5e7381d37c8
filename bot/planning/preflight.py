"""The preflight: will everything that is planned be publishable until the last minute of the campaign?"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from bot.clock import Clock
from bot.logs import event
from bot.model.campaign import Campaign
from bot.model.message import Level
from bot.model.walltime import resolve
from bot.networks.token_keeper import TokenKeeper
from bot.planning import accounts_ahead, booking, costs, limits, queue_ahead
from bot.planning.booking import Booking
from bot.planning.check import check
from bot.planning.content import Content, read_content
from bot.planning.dead_links import dead_links
from bot.planning.finding import Finding, Mark
from bot.planning.on_page import made_on_page
from bot.planning.plan import dated
from bot.planning.schedule import schedule
from bot.settings import Settings
from bot.store import workers
from bot.store.bookings import Dates
from bot.store.engine import Store
from bot.store.media import MediaError
from bot.store.shelf import ShelfError

log = logging.getLogger("bot.planning")


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom the preflight may ask, and with what.

    Args:
        store: the queue, with which the files are compared; None: it is not looked at.
        keeper: has the tokens that were renewed; None: only those of the environment are asked about.
        offline: nobody is asked, neither the networks nor whatever stands behind the links.
        progress: called with the number of accounts asked so far.
    """

    clock: Clock
    store: Store | None = None
    keeper: TokenKeeper | None = None
    offline: bool = False
    progress: Callable[[int], None] = field(default=lambda done: None)


def look_ahead(
    content: Content, asking: Asking, starts: Mapping[str, date] = MappingProxyType({})
) -> list[Finding]:
    """Everything that stands between the plan and its last delivery.

    `starts` moves campaigns, by their names, to other dates than those on which they were last applied.
    """
    errors = [problem for problem in check(content) if problem.level is Level.ERROR]
    found = [Finding(Mark.NO, "files", f"{one.file}:{one.line}", one.message) for one in errors]
    if not errors:
        number = f"{len(content.posts)} post{'' if len(content.posts) == 1 else 's'} without an error"
        found.append(Finding(Mark.OK, "files", "posts and config", number))
    chosen = _dated(content, asking.store, starts)
    planned = schedule(content, chosen)
    names = {one.name for one in chosen}
    ends = {one.name: end_of(one.ends, one.timezone) for one in chosen}
    if asking.store is None:
        bookings = booking.of_files(planned)
    else:
        bookings = booking.of_both(asking.store, planned, names)
    found += _of_bookings(bookings, ends, content.settings, asking)
    if not asking.offline:
        found += [
            Finding(
                Mark.NO if one.level is Level.ERROR else Mark.WARNING,
                "link",
                f"{one.file}:{one.line}",
                one.message,
            )
            for one in dead_links(content)
        ]
    if asking.store is not None and not errors:
        found += queue_ahead.of_plan(asking.store, planned, chosen, asking.clock.now())
    return found


def look_ahead_of_campaign(
    settings: Settings, name: str, dates: Dates | None, asking: Asking
) -> list[Finding] | None:
    """The same for one campaign by its files as they are now, where this machine has them; else by the queue.

    None: there is no such campaign, neither in the files nor, without `dates`, in the queue.
    """
    assert asking.store is not None  # noqa: S101
    try:
        content = read_content(settings, only=name, made=made_on_page(asking.store, name))
    except (ShelfError, MediaError) as error:
        log.warning("%s", error, extra=event("preflight", campaign=name))
        return look_ahead_of_queue(settings, dates, asking) if dates else None
    if name in content.campaigns and (content.posts or dates is None):
        return look_ahead(content, asking)
    return look_ahead_of_queue(settings, dates, asking) if dates else None


def look_ahead_of_queue(settings: Settings, dates: Dates, asking: Asking) -> list[Finding]:
    """The same for one campaign by the queue alone, where its files can not be read."""
    assert asking.store is not None  # noqa: S101
    bookings = booking.of_queue(asking.store, {dates.name})
    words = (
        f"{settings.config} and {settings.posts} have no campaign {dates.name} here: the queue was looked at"
    )
    ends = {dates.name: end_of(dates.ends, dates.timezone)}
    return [
        Finding(Mark.OK, "files", "posts and config", words),
        *_of_bookings(bookings, ends, settings, asking),
    ]


def end_of(last_day: date, zone: str) -> datetime:
    """The end of a campaign's last day (UTC)."""
    return resolve(datetime.combine(last_day + timedelta(days=1), time()), zone).instant


def _dated(content: Content, store: Store | None, starts: Mapping[str, date]) -> Sequence[Campaign]:
    if store is None:
        return [one.starting(starts.get(one.name, one.starts)) for one in content.campaigns.values()]
    with store.read() as connection:
        return dated(content.campaigns.values(), connection, starts)[0]


def _elsewhere(asking: Asking) -> Mapping[str, str]:
    """The accounts of the workers that are alive, each with its machine."""
    if asking.store is None:
        return {}
    with asking.store.read() as connection:
        alive = workers.alive(connection, asking.clock.real(asking.clock.now()))
    return {account: worker.host for worker in alive for account in worker.accounts}


def _of_bookings(
    bookings: Sequence[Booking], ends: Mapping[str, datetime], settings: Settings, asking: Asking
) -> Iterator[Finding]:
    clock, now, needed = asking.clock, asking.clock.now(), accounts_ahead.spans(bookings, ends)
    yield from queue_ahead.of_times(bookings, now)
    yield from queue_ahead.of_states(bookings)
    if asking.store is not None:
        yield from queue_ahead.of_standstill(asking.store, bookings, settings, now)
    if not asking.offline:
        yield from accounts_ahead.of_clock(needed, settings, clock)
        yield from accounts_ahead.of_credentials(
            needed, settings, clock, asking.keeper, asking.progress, _elsewhere(asking)
        )
    yield from accounts_ahead.of_versions(needed, settings)
    yield from limits.findings(bookings, settings)
    yield from costs.findings(bookings, settings)
