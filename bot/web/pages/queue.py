"""The queue: deliveries a page at a time, and what is decided on several of them at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field

from bot.errors import SpokenError
from bot.model.message import Part
from bot.model.role import Role
from bot.model.state import TRANSITIONS, Hold, State, Verb
from bot.store import listing, queue_pages
from bot.store.cursor import CursorError
from bot.store.desk import Desk
from bot.store.desk_error import DeskError
from bot.store.listing import Queued
from bot.web import words
from bot.web.access import Visitor, local_path
from bot.web.exporting import csv_answer, xlsx_answer
from bot.web.lists import MOST_IDS, QueueWanted, choices, number_words, queue_filter
from bot.web.moments import NoMomentError, moment, moved_by
from bot.web.names import excerpt, readable, state_words
from bot.web.site import SignedIn, Site
from bot.web.words import N_, ngettext
from bot.web.words import gettext as _

MOST = 200  # deliveries that are decided on at once
FARTHEST = 10_000  # of whatever unit a move is written in
UNITS: Mapping[str, timedelta] = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
One = Annotated[int, Field(ge=1, le=MOST_IDS)]


class Act(StrEnum):
    """What is decided on several at once."""

    HOLD = "hold"
    RELEASE = "release"
    RESCHEDULE = "reschedule"
    APPROVE = "approve"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Way:
    """How one of the acts is done, and by whom."""

    role: Role
    verb: Verb
    name: str  # of its button
    question: Callable[[int], str]
    done: Callable[[int], str]


WAYS: Mapping[Act, Way] = {
    Act.HOLD: Way(
        Role.OPERATOR, Verb.HOLD, N_("Hold"),
        lambda n: ngettext("Hold this delivery?", "Hold these %(num)s deliveries?", n),
        lambda n: ngettext("It is held.", "%(num)s deliveries are held.", n),
    ),
    Act.RELEASE: Way(
        Role.OPERATOR, Verb.RELEASE, N_("Release"),
        lambda n: ngettext("Release this delivery?", "Release these %(num)s deliveries?", n),
        lambda n: ngettext("It is released.", "%(num)s deliveries are released.", n),
    ),
    Act.RESCHEDULE: Way(
        Role.OPERATOR, Verb.RESCHEDULE, N_("Move"),
        lambda n: ngettext("Move this delivery?", "Move these %(num)s deliveries?", n),
        lambda n: ngettext("It has another time.", "%(num)s deliveries have another time.", n),
    ),
    Act.APPROVE: Way(
        Role.APPROVER, Verb.RELEASE, N_("Approve"),
        lambda n: ngettext("Approve this delivery?", "Approve these %(num)s deliveries?", n),
        lambda n: ngettext("It is approved.", "%(num)s deliveries are approved.", n),
    ),
    Act.CANCEL: Way(
        Role.OPERATOR, Verb.CANCEL, N_("Cancel them"),
        lambda n: ngettext("Cancel this delivery?", "Cancel these %(num)s deliveries?", n),
        lambda n: ngettext("It is cancelled.", "%(num)s deliveries are cancelled.", n),
    ),
}  # fmt: skip


class Chosen(BaseModel):
    """The rows with a tick, and the page they were on."""

    id: list[One] = Field([], max_length=MOST)
    back: str = Field("/queue", max_length=2000)

    @property
    def ids(self) -> list[int]:
        """Each one once."""
        return list(dict.fromkeys(self.id))

    def query(self) -> str:
        """As it stands in an address."""
        return urlencode({"id": self.ids, "back": self.back}, doseq=True)


def _whole(value: object) -> object:
    return 0 if value == "" else value


class Decided(Chosen):
    """The form in which somebody says yes."""

    version: list[Annotated[str, Field(max_length=64)]] = Field([], max_length=MOST)  # in the order of ids
    reason: str = Field("", max_length=500)
    how: str = Field("by", max_length=2)  # a new time: "by" so much, or all "to" one
    number: Annotated[int, BeforeValidator(_whole)] = Field(0, ge=-FARTHEST, le=FARTHEST)
    unit: str = Field("hours", max_length=10)
    when: str = Field("", max_length=40)  # a wall time in the zone
    zone: str = Field("", max_length=64)

    @property
    def seen(self) -> dict[int, str]:
        """The versions that were shown."""
        return dict(zip(self.id, self.version, strict=False))

    @property
    def why(self) -> str:
        """The reason in one line."""
        return " ".join(self.reason.split())


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery that somebody is about to decide on."""

    delivery: Queued
    title: str
    texts: Sequence[str]  # all that it says
    obstacle: str  # why this can not be done to it; empty: it can


def queue(site: Site) -> APIRouter:
    """The list, its exports, and a page that asks before anything is done to several."""
    router = APIRouter()
    site.menu.append(("/queue", N_("Queue"), Role.VIEWER))

    @router.get("/queue", dependencies=[site.needs(Role.VIEWER)])
    def page(request: Request, visitor: SignedIn, wanted: Annotated[QueueWanted, Query()]) -> Response:
        asked = queue_filter(wanted, words.zone())
        with site.store.read() as connection:
            try:
                found = queue_pages.page(connection, asked, wanted.cursor or None)
            except CursorError as error:
                return site.go(request, f"/queue?{urlencode(wanted.query())}", str(error), wrong=True)
            count = queue_pages.count(connection, asked)
            said = listing.parts_of_all(connection, [one.id for one in found.rows])
            offered = choices(connection, site.settings().accounts, wanted)
        context = {
            "rows": [(one, excerpt(one, said[one.id])) for one in found.rows],
            "found": found,
            "wanted": wanted,
            "number": number_words(count),
            "choices": offered,
            "acts": {act: way for act, way in WAYS.items() if visitor.may(way.role)},
            "address": _address(request),
        }
        return site.render(request, "queue.html", context)

    @router.get("/queue.csv", dependencies=[site.needs(Role.VIEWER)])
    def as_csv(wanted: Annotated[QueueWanted, Query()]) -> Response:
        return csv_answer(_sheet(site, wanted), site.now())

    @router.get("/queue.xlsx", dependencies=[site.needs(Role.VIEWER)])
    def as_workbook(wanted: Annotated[QueueWanted, Query()]) -> Response:
        return xlsx_answer(_sheet(site, wanted), site.now())

    for act, way in WAYS.items():
        _offer(site, router, act, way)
    return router


def _sheet(site: Site, wanted: QueueWanted) -> Any:
    from bot.export.sheet import queue_sheet

    return queue_sheet(queue_pages.stream(site.store, queue_filter(wanted, words.zone())))


def _offer(site: Site, router: APIRouter, act: Act, way: Way) -> None:
    """One act: the page that asks, and the address that does it."""

    @router.get(f"/queue/{act}", dependencies=[site.needs(way.role)], name=f"ask-{act}")
    def ask(request: Request, chosen: Annotated[Chosen, Query()]) -> Response:
        back = local_path(chosen.back)
        if not chosen.ids:
            return site.go(request, back, _("Choose at least one delivery first."), wrong=True)
        rows = _rows(site, act, chosen.ids)
        fit = [row.delivery.id for row in rows if not row.obstacle]
        context = {
            "act": act,
            "rows": rows,
            "question": way.question(len(rows)) % {"num": len(rows)},
            "button": way.name,
            "back": back,
            "fit": fit,
            "without": Chosen(id=fit, back=back).query(),
            "units": UNITS,
            "soonest": site.now().astimezone(ZoneInfo(words.zone())).strftime("%Y-%m-%dT%H:%M"),
        }
        return site.render(request, "queue-decide.html", context)

    @router.post(f"/queue/{act}", dependencies=[site.needs(way.role)], name=f"do-{act}")
    def do(request: Request, visitor: SignedIn, decided: Annotated[Decided, Form()]) -> Response:
        back = local_path(decided.back)
        if not decided.ids:
            return site.go(request, back, _("Choose at least one delivery first."), wrong=True)
        try:
            number = _do(site, visitor, act, decided)
        except SpokenError as error:  # the ticks are not lost
            told = _("Nothing was changed: %(why)s") % {"why": error}
            asked = Chosen(id=decided.ids, back=back)
            return site.go(request, f"/queue/{act}?{asked.query()}", told, wrong=True)
        return site.go(request, back, way.done(number) % {"num": number})


def _do(site: Site, visitor: Visitor, act: Act, decided: Decided) -> int:
    desk = Desk(site.store, visitor.name, site.now(), seen=decided.seen)
    if act is Act.RESCHEDULE:
        return len(desk.reschedule(_times(site, decided), decided.why))
    doing = {
        Act.HOLD: desk.hold,
        Act.RELEASE: desk.release,
        Act.APPROVE: desk.approve,
        Act.CANCEL: desk.cancel,
    }
    return len(doing[act](decided.ids, decided.why))


def _times(site: Site, decided: Decided) -> dict[int, tuple[datetime, str]]:
    """The new time of each (UTC), and as wall time in the zone in which it was planned."""
    deliveries = _deliveries(site, decided.ids)
    if decided.how == "to":
        chosen = moment(decided.when, decided.zone or words.zone(), site.now())
        return {one.id: (chosen.at, chosen.wall_in(one.zone)) for one in deliveries}
    unit = UNITS.get(decided.unit)
    if unit is None or decided.number == 0:
        raise NoMomentError(_("Say by how much they move."))
    days = decided.number if decided.unit == "days" else 0
    by = timedelta() if days else decided.number * unit
    moved = {one.id: (moved_by(one.due_at, one.zone, days, by), one.zone) for one in deliveries}
    return {number: (new.at, new.wall_in(zone)) for number, (new, zone) in moved.items()}


def _deliveries(site: Site, ids: Sequence[int]) -> list[Queued]:
    with site.store.read() as connection:
        known = {one.id: one for one in listing.of_ids(connection, ids)}
    missing = [one for one in ids if one not in known]
    if missing:
        raise DeskError(_("There is no delivery %(number)s.") % {"number": missing[0]})
    return sorted(known.values(), key=lambda one: (one.due_at, one.id))


def _rows(site: Site, act: Act, ids: Sequence[int]) -> list[Row]:
    deliveries = _deliveries(site, ids)
    with site.store.read() as connection:
        said = listing.parts_of_all(connection, ids)
    return [
        Row(one, excerpt(one, said[one.id]), _texts(one, said[one.id]), _obstacle(act, one))
        for one in deliveries
    ]


def _texts(one: Queued, parts: Sequence[Part]) -> list[str]:
    return [text for part in parts if (text := readable(one, part))]


def _obstacle(act: Act, one: Queued) -> str:
    """What is known beforehand; the desk says the rest."""
    if State(one.state) not in TRANSITIONS[WAYS[act].verb]:
        return _("This can not be done to one that is %(state)s.") % {"state": state_words(one.state)}
    waits = one.hold == Hold.APPROVAL
    if act is Act.APPROVE and not waits:
        return _("It does not wait for approval.")
    if act in (Act.RELEASE, Act.RESCHEDULE) and waits:
        return _("It waits for approval first.")
    return ""


def _address(request: Request) -> str:
    """The page somebody is on, to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
