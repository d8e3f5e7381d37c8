"""The calendar: deliveries by month, week or campaign day, in the zone that the reader chooses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from bot.model.role import Role
from bot.model.state import State
from bot.model.walltime import resolve
from bot.settings import Settings
from bot.store import campaigns, listing, queue_pages
from bot.store.campaigns import Applied
from bot.store.listing import Queued, QueueFilter
from bot.web import words
from bot.web.names import excerpt, short_network_words, state_words
from bot.web.pages.deliveries import MOVABLE
from bot.web.site import SignedIn, Site
from bot.web.words import N_
from bot.web.words import gettext as _

LONGEST = timedelta(days=100)  # of what is asked for at once: a month needs 42 days
AROUND = timedelta(hours=15)  # no wall time is farther from UTC than this
MOST_SHOWN = queue_pages.MOST_IN_CALENDAR
MOST_LISTED = 300  # in the table for browsers that run no script
VIEWS = ("month", "week", "campaign", "list")
FIRST, LAST = (
    date(1990, 1, 1),
    date(2200, 12, 31),
)  # outside of them it is a slip, and calendars end somewhere
Name = Annotated[str, Query(max_length=200)]
Day = Annotated[date, Query(ge=FIRST, le=LAST)]


class Clocks(StrEnum):
    """By whose clocks the calendar shows times."""

    CAMPAIGN = "campaign"
    ACCOUNT = "account"  # each delivery by the clock of its account
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody wants to see."""

    known: Sequence[Applied]
    campaign: Applied | None
    account: str
    clocks: Clocks
    cancelled: bool  # those too

    @property
    def common_zone(self) -> str | None:
        """The one zone of what is shown; None: the campaigns are at home in several."""
        zones = {one.timezone for one in ([self.campaign] if self.campaign else self.known)}
        return zones.pop() if len(zones) == 1 else None

    @property
    def zone(self) -> str:
        """The zone (IANA) of the grid; with the clocks of accounts, that in which its today is."""
        home = None if self.clocks is Clocks.MINE else self.common_zone
        return home or words.zone()

    @property
    def query(self) -> dict[str, str]:
        """What leads to the same choice."""
        return {
            "campaign": self.campaign.name if self.campaign else "",
            "account": self.account,
            "zone": self.clocks,
            "cancelled": "1" if self.cancelled else "",
        }


def calendar(site: Site) -> APIRouter:
    """The page, and the deliveries of some days that it asks for."""
    router = APIRouter()
    site.menu.append(("/calendar", N_("Calendar"), Role.VIEWER))

    @router.get("/calendar", dependencies=[site.needs(Role.VIEWER)])
    def page(
        request: Request,
        campaign: Name | None = None,
        account: Name = "",
        zone: Name = "",
        cancelled: Name = "",
        view: Name = "",
        day: Annotated[str, Query(alias="date", max_length=20)] = "",
    ) -> Response:
        chosen = _choice(site, campaign, account, zone, cancelled)
        today = site.now().astimezone(ZoneInfo(chosen.zone)).date()
        shown = _day(day) or _first_shown(chosen.campaign, today)
        monday = shown - timedelta(days=shown.weekday())
        week, cut = _entries(site, chosen, monday, monday + timedelta(days=7), MOST_LISTED)
        context = {
            "chosen": chosen,
            "clocks": Clocks,
            "accounts": sorted(site.settings().accounts),
            "networks": sorted({one.network for one in site.settings().accounts.values()}),
            "view": _view(view, chosen.campaign),
            "date": shown,
            "today": today,
            "scroll": _scroll(week),
            "monday": monday,
            "seven_days": timedelta(days=7),
            "week": week,
            "cut": cut,
            "events": f"/calendar/events?{urlencode(chosen.query)}",
            "locale": "en-GB" if words.language() == words.SOURCE else words.language(),
            "script_words": _script_words(chosen.clocks),
        }
        return site.render(request, "calendar.html", context)

    @router.get("/calendar/events", dependencies=[site.needs(Role.VIEWER)])
    def events(
        visitor: SignedIn,
        start: Day,
        end: Day,
        campaign: Name = "",
        account: Name = "",
        zone: Name = "",
        cancelled: Name = "",
    ) -> Response:
        chosen = _choice(site, campaign, account, zone, cancelled)
        until = min(end, start + LONGEST)
        found, cut = _entries(site, chosen, start, until, MOST_SHOWN)
        shown = [one.to_json(visitor.may(Role.OPERATOR)) for one in found]
        return JSONResponse(shown, headers={"X-Cut": str(len(found))} if cut else None)

    return router


@dataclass(frozen=True, slots=True)
class Entry:
    """One delivery in the calendar."""

    delivery: Queued
    wall: datetime  # without tzinfo, by the clocks that were chosen
    zone: str  # whose wall time that is
    title: str

    def to_json(self, may_move: bool) -> dict[str, Any]:
        """As the grid takes it."""
        one = self.delivery
        return {
            "id": str(one.id),
            "title": self.title,
            "start": self.wall.isoformat(timespec="seconds"),
            "classNames": [f"network-{one.network}", f"state-{one.state}"],
            "url": f"/deliveries/{one.id}",
            "editable": may_move and one.state in MOVABLE,
            "extendedProps": {
                "network": short_network_words(one.network),
                "state": _state(one),
                "version": one.version,
            },
        }


def _choice(site: Site, campaign: str | None, account: str, zone: str, cancelled: str) -> Choice:
    with site.store.read() as connection:
        known = campaigns.all_campaigns(connection)
    named = {one.name: one for one in known}
    if campaign is None and len(known) == 1:
        campaign = known[0].name
    clocks = Clocks(zone) if zone in list(Clocks) else Clocks.CAMPAIGN
    found = Choice(known, named.get(campaign or ""), account, clocks, bool(cancelled))
    if clocks is Clocks.CAMPAIGN and found.common_zone is None:
        return Choice(known, found.campaign, account, Clocks.MINE, found.cancelled)
    return found


def _view(asked: str, campaign: Applied | None) -> str:
    """The view that is asked for, where there is one; else the days of the campaign, or the week."""
    if asked in VIEWS and (campaign or asked != "campaign"):
        return asked
    return "campaign" if campaign else "week"


def _first_shown(campaign: Applied | None, today: date) -> date:
    """The day that is looked at first: today, or the day of the campaign that is nearest to it."""
    return min(max(today, campaign.starts), campaign.ends) if campaign else today


def _scroll(week: Sequence[Entry]) -> str:
    """The hour at which the columns of the days begin to be seen: some time before the earliest delivery."""
    hours = [one.wall.hour for one in week]
    return f"{max(min(hours, default=8) - 1, 0):02}:00"


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


def _entries(site: Site, chosen: Choice, start: date, end: date, most: int) -> tuple[list[Entry], bool]:
    """What stands on the days from one to before another; and whether there is more than is shown."""
    since, until = (resolve(datetime.combine(day, time()), "UTC").instant for day in (start, end))
    wanted = QueueFilter(
        campaign=chosen.campaign.name if chosen.campaign else None,
        account=chosen.account or None,
        ended=True,
    )
    with site.store.read() as connection:
        span = queue_pages.calendar(connection, since - AROUND, until + AROUND, wanted, most)
        rows = [one for one in span.deliveries if chosen.cancelled or one.state != State.CANCELLED]
        placed = [(one, *_placed(one, chosen, site.settings())) for one in rows]
        inside = [(one, wall, zone) for one, wall, zone in placed if start <= wall.date() < end]
        said = listing.parts_of_all(connection, [one.id for one, _wall, _zone in inside])
    found = [Entry(one, wall, zone, excerpt(one, said[one.id])) for one, wall, zone in inside]
    return sorted(found, key=lambda entry: (entry.wall, entry.delivery.id)), span.cut


def _placed(one: Queued, chosen: Choice, settings: Settings) -> tuple[datetime, str]:
    """The wall time of a delivery by the clocks that were chosen, and their zone."""
    zone = chosen.zone
    if chosen.clocks is Clocks.ACCOUNT:
        account = settings.accounts.get(one.account)
        zone = (account.timezone if account else None) or one.zone
    return one.due_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), zone


def _state(one: Queued) -> str:
    return _("taken away") if one.removed_at else state_words(one.state)


def _script_words(clocks: Clocks) -> Mapping[str, str]:
    """What the calendar's script says."""
    own = clocks is Clocks.ACCOUNT
    return {
        "month": _("Month"),
        "week": _("Week"),
        "campaign": _("Campaign"),
        "list": _("List"),
        "prev": _("Earlier"),
        "next": _("Later"),
        "today": _("Today"),
        "nothing": _("Nothing is planned in these days."),
        "move": _("Move…"),
        "moving": _(
            "Moving “{title}” on {network}: arrow keys change the time, Enter chooses it, Escape leaves it."
        ),
        "now_at": _("{when}, by the account’s own clock") if own else _("{when} in {zone}"),
        "question": _("Send “{title}” on {network} on {when}, by the account’s own clock?")
        if own
        else _("Send “{title}” on {network} on {when} in {zone}?"),
        "time": _("Date and time"),
        "confirm": _("Move it"),
        "choose": _("Choose this time"),
        "leave": _("Leave it where it was"),
        "stayed": _("It stays where it was."),
        "moved": _("“{title}” goes out on {network} on {when}, by the account’s own clock.")
        if own
        else _("“{title}” goes out on {network} on {when} in {zone}."),
        "failed": _("It was not moved: the server did not answer as it should. Try again."),
        "cut": _("Only the first {number} are shown: choose a campaign or an account to see the others."),
        "unread": _("The deliveries could not be read. They appear as soon as the server answers."),
    }
