"""The campaign plan: all that a campaign says, day by day, on the screen and on paper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response

from bot.model.message import Part
from bot.model.role import Role
from bot.model.state import State
from bot.store import campaigns, listing, queue_pages
from bot.store.campaigns import Applied
from bot.store.listing import Queued, QueueFilter
from bot.web.names import readable
from bot.web.site import Site

BEFORE, AFTER = timedelta(days=366), timedelta(days=366)  # of a campaign that something of it may go out


@dataclass(frozen=True, slots=True)
class Row:
    """What goes out with the same words at the same time."""

    due_at: datetime  # UTC
    deliveries: Sequence[Queued]
    texts: Sequence[str]  # of its parts
    alts: Sequence[str]  # the descriptions of its files


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the plan."""

    day: date
    number: int | None  # of the campaign, from 1; None: before or after it
    theme: str
    rows: Sequence[Row]


def campaign_plan(site: Site) -> APIRouter:
    """The page of one campaign."""
    router = APIRouter()

    @router.get("/campaigns/{name}/plan", dependencies=[site.needs(Role.VIEWER)])
    def plan(request: Request, name: str) -> Response:
        with site.store.read() as connection:
            found = campaigns.campaign_named(connection, name)
            if found is None:
                raise HTTPException(404)
            zone = ZoneInfo(found.timezone)
            first = datetime.combine(found.starts, datetime.min.time(), zone) - BEFORE
            last = datetime.combine(found.ends, datetime.min.time(), zone) + AFTER
            wanted = QueueFilter(campaign=name, ended=True)
            span = queue_pages.calendar(connection, first, last, wanted)
            shown = [one for one in span.deliveries if one.state != State.CANCELLED]
            said = listing.parts_of_all(connection, [one.id for one in shown])
        days = list(_days(found, _rows(shown, said)))
        return site.render(request, "campaign-plan.html", {"campaign": found, "days": days, "cut": span.cut})

    return router


def _rows(shown: Sequence[Queued], said: dict[int, tuple[Part, ...]]) -> Iterator[Row]:
    """Deliveries in the order of time; those that say the same at the same time together."""
    same: dict[tuple[datetime, tuple[str, ...]], list[Queued]] = {}
    for one in shown:
        texts = tuple(readable(one, part) for part in said[one.id])
        same.setdefault((one.due_at, texts), []).append(one)
    for (due_at, texts), group in same.items():
        files = (media for part in said[group[0].id] for media in part.media)
        yield Row(due_at, group, texts, [media.alt or media.file for media in files])


def _days(campaign: Applied, rows: Iterator[Row]) -> Iterator[Day]:
    """The days of the campaign, those without anything too, and those around it that have something."""
    zone = ZoneInfo(campaign.timezone)
    by_day = {
        day: list(group) for day, group in groupby(rows, lambda row: row.due_at.astimezone(zone).date())
    }
    own = {campaign.starts + timedelta(days=number) for number in range(campaign.days)}
    for day in sorted(own | set(by_day)):
        number = (day - campaign.starts).days + 1 if day in own else None
        yield Day(day, number, campaign.theme(number) if number else "", by_day.get(day, []))
