"""Today: what goes out next, what went out, and what needs a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from bot.model.message import Part
from bot.model.role import Role
from bot.model.stage import Stage
from bot.model.state import Hold, State
from bot.planning.status import look
from bot.store import campaigns, listing, post_lists, queue_pages
from bot.store import today as store_today
from bot.store.campaigns import Applied
from bot.store.listing import Queued, QueueFilter
from bot.store.post_lists import Wanted
from bot.web import words
from bot.web.lists import amount_words
from bot.web.moments import beginning_of
from bot.web.names import excerpt
from bot.web.site import Site
from bot.web.words import N_
from bot.web.words import gettext as _

MOST_NEXT, MOST_OUT, MOST_TASKS, MOST_WAITING = 15, 40, 30, 100
SHOWN_TASKS = 5  # the others unfold
FIRST_WAITING = 5
SOON = timedelta(days=60)  # before its first day a campaign is spoken of
EVENING, NOON = 18, 12  # hours at which people are greeted otherwise


@dataclass(frozen=True, slots=True)
class Task:
    """A delivery that stays as it is until somebody does something, with what can be done."""

    delivery: Queued
    title: str
    why: str
    offers: frozenset[str]  # "again", "time", "release", "cancel", "look"


@dataclass(frozen=True, slots=True)
class Moment:
    """What goes out at one instant."""

    due_at: datetime  # UTC
    posts: Sequence[tuple[str, Sequence[Queued]]]  # how each begins, and where it goes


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come."""

    campaign: Applied
    day: int  # 0 or less: it has not begun
    out: int
    all: int


def today(site: Site) -> APIRouter:
    """The first page."""
    router = APIRouter()
    site.menu.append(("/", N_("Today"), Role.VIEWER))

    @router.get("/", dependencies=[site.needs(Role.VIEWER)])
    def page(request: Request) -> Response:
        now = site.now()
        status = look(site.store, site.settings(), site.clock, ended=False)
        with site.store.read() as connection:
            tasks = listing.needing_a_person(connection, MOST_TASKS + 1, approval=False)
            coming = store_today.next_out(connection, MOST_NEXT)
            going = store_today.going_out(connection)
            waiting = store_today.waiting_for_approval(connection, MOST_WAITING)
            review = post_lists.matching(connection, Wanted(stages=[Stage.REVIEW]), MOST_WAITING)
            out = store_today.went_out(connection, beginning_of(now, words.zone()), MOST_OUT)
            shown = (*tasks, *coming, *going, *waiting[:FIRST_WAITING], *(one.delivery for one in out))
            said = listing.parts_of_all(connection, [one.id for one in shown])
            applied = campaigns.all_campaigns(connection)
            progress = list(_progress(connection, applied, now))
            published = queue_pages.count(connection, QueueFilter(state=State.PUBLISHED))
            is_new = not listing.is_any(connection)
        context = {
            "greeting": _greeting(now.astimezone(ZoneInfo(words.zone())).hour),
            "status": status,
            "published": amount_words(published),
            "is_new": is_new,
            "tasks": [_task(one, said) for one in tasks[:MOST_TASKS]],
            "shown_tasks": SHOWN_TASKS,
            "more_tasks": len(tasks) > MOST_TASKS,
            "going": [(one, excerpt(one, said[one.id])) for one in going],
            "coming": list(_moments(coming, said)),
            "waiting": [(one, excerpt(one, said[one.id])) for one in waiting[:FIRST_WAITING]],
            "waiting_number": len(waiting),
            "most_waiting": MOST_WAITING,
            "in_review": len(review),
            "out": [(one, excerpt(one.delivery, said[one.delivery.id])) for one in out],
            "progress": progress,
            "campaigns_known": len(applied),
            "titles": {one.name: one.title for one in applied},
            "accounts_known": len(site.settings().accounts),
            "minute": timedelta(minutes=1),
            "soonest": now.astimezone(ZoneInfo(words.zone())).strftime("%Y-%m-%dT%H:%M"),
        }
        return site.render(request, "today.html", context)

    return router


def _greeting(hour: int) -> str:
    if hour < NOON:
        return _("Good morning, %(name)s.")
    return _("Good afternoon, %(name)s.") if hour < EVENING else _("Good evening, %(name)s.")


def _task(one: Queued, said: Mapping[int, tuple[Part, ...]]) -> Task:
    why = _("Its time is over: it is later than it may be.") if one.state == State.MISSED else one.reason
    return Task(one, excerpt(one, said[one.id]), why, frozenset(_offers(one)))


def _offers(one: Queued) -> Iterator[str]:
    """What a person can do about it."""
    if one.removing_since is not None or one.state == State.UNCERTAIN:
        yield "look"
    elif one.state in (State.FAILED, State.MISSED):
        yield from ("again", "time", "cancel")
    elif one.state == State.HELD:
        if one.hold == Hold.OPERATOR:
            yield "release"
        yield "cancel"


def _moments(coming: Sequence[Queued], said: Mapping[int, tuple[Part, ...]]) -> Iterator[Moment]:
    for due_at, group in groupby(coming, lambda one: one.due_at):
        by_post: dict[str, list[Queued]] = {}
        for one in group:
            by_post.setdefault(one.post, []).append(one)
        yield Moment(due_at, [(excerpt(same[0], said[same[0].id]), same) for same in by_post.values()])


def _progress(connection: Connection, applied: Sequence[Applied], now: datetime) -> Iterator[Progress]:
    """The campaigns that are under way, and those that begin before long."""
    for one in applied:
        day = (one.today(now) - one.starts).days + 1
        if day > one.days or one.starts - one.today(now) > SOON:
            continue
        numbers = campaigns.numbers(connection, one.name)
        wanted = sum(number for state, number in numbers.items() if state is not State.CANCELLED)
        yield Progress(one, day, numbers.get(State.PUBLISHED, 0), wanted)
