"""Lists: what the queue and the post log are filtered by, as it stands in an address that can be sent on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from sqlalchemy import Connection

from bot.model.post import Kind
from bot.model.state import State
from bot.networks import REGISTRY
from bot.store import campaigns, lanes
from bot.store.listing import QueueFilter
from bot.store.paging import Count
from bot.store.post_log import Filter
from bot.web import words
from bot.web.moments import midnight
from bot.web.words import gettext as _
from bot.web.words import ngettext

MOST_IDS = 2**31 - 1  # the greatest number that PostgreSQL has for a row
MOST_OFFERED = 100  # campaigns, the latest; an older one is found by its words
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2200, 12, 31)  # outside of them it is a slip


def _cleaned(value: object) -> object:
    return value.replace("\0", "").strip() if isinstance(value, str) else value


def _filled(value: object) -> object:
    """A form sends what was left empty as an empty text."""
    return None if _cleaned(value) == "" else value


Words = Annotated[str, BeforeValidator(_cleaned), Field(max_length=500)]
Name = Annotated[str, BeforeValidator(_cleaned), Field(max_length=200)]
Word = Annotated[str, BeforeValidator(_cleaned), Field(max_length=20)]
Number = Annotated[Annotated[int, Field(ge=1, le=MOST_IDS)] | None, BeforeValidator(_filled)]
Day = Annotated[Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)] | None, BeforeValidator(_filled)]


class Wanted(BaseModel):
    """The form above a list; what is empty filters nothing."""

    campaign: Name = ""
    day: Number = None
    account: Name = ""
    network: Word = ""
    state: Word = ""
    kind: Word = ""
    text: Words = ""
    post: Words = ""  # how its path begins: what links on other pages ask for
    since: Day = None  # in the reader's zone
    until: Day = None  # that day too
    delivery: Number = None
    cursor: str = Field("", max_length=40)  # the place in the list; empty: its beginning

    def query(self) -> dict[str, Any]:
        """What an address says of it, whatever the page."""
        return self.model_dump(exclude_defaults=True, exclude={"cursor", "ticked"}, mode="json")

    @property
    def is_any(self) -> bool:
        """Whether something is filtered at all."""
        return bool(self.query())


class QueueWanted(Wanted):
    """The form above the queue."""

    ended: bool = False  # with what is published or cancelled
    ticked: bool = False  # all rows of the page are chosen


def queue_filter(wanted: QueueWanted, zone: str) -> QueueFilter:
    """What the store is asked for; days are those of a zone (IANA)."""
    return QueueFilter(**_common(wanted, zone), ended=wanted.ended)


def log_filter(wanted: Wanted, zone: str) -> Filter:
    """The same for the post log."""
    return Filter(**_common(wanted, zone), delivery=wanted.delivery)


def _common(wanted: Wanted, zone: str) -> dict[str, Any]:
    names = ("campaign", "account", "network", "state", "kind", "text", "post", "day")
    return {
        **{name: getattr(wanted, name) or None for name in names},
        "since": midnight(wanted.since, zone) if wanted.since else None,
        "until": midnight(wanted.until + timedelta(days=1), zone) if wanted.until else None,
    }


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers."""

    campaigns: Sequence[tuple[str, str]]  # name and title
    accounts: Sequence[str]
    networks: Sequence[str]
    states: Sequence[str]
    kinds: Sequence[str]


def choices(connection: Connection, configured: Collection[str], wanted: Wanted) -> Choices:
    """What can be chosen; what an address has chosen can be, whether there is such a thing or not."""
    known = dict(campaigns.latest_titles(connection, MOST_OFFERED))
    if wanted.campaign:
        known.setdefault(wanted.campaign, wanted.campaign)
    once = lanes.names(connection)
    return Choices(
        campaigns=list(known.items()),
        accounts=_with(wanted.account, sorted({*configured, *once})),
        networks=_with(wanted.network, sorted(REGISTRY)),
        states=_with(wanted.state, list(State)),
        kinds=_with(wanted.kind, list(Kind)),
    )


def _with(chosen: str, known: Sequence[str]) -> Sequence[str]:
    return [*known, chosen] if chosen and chosen not in known else known


def amount_words(count: Count) -> str:
    """A number that may not be the whole one."""
    number = words.number_words(count.number)
    if count.more:
        return _("more than %(number)s") % {"number": number}
    return _("%(number)s or more") % {"number": number} if count.perhaps_more else number


def number_words(count: Count) -> str:
    """How many rows a list has."""
    told = amount_words(count)
    if count.more or count.perhaps_more:
        return told
    return ngettext("%(number)s in all", "%(number)s in all", count.number) % {"number": told}
