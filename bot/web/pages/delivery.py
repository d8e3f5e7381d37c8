"""One delivery: its whole story from the plan to the link, the end of a doubt, and its taking away."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, HTTPException, Request, Response
from pydantic import Field

from bot.aftercare.removing import Removal, Remover, meant
from bot.model.role import Role
from bot.model.state import Hold, State
from bot.networks import REGISTRY, network_type
from bot.networks.connected import read, with_connected
from bot.networks.token_keeper import TokenKeeper
from bot.planning import decisions
from bot.store import listing, removals
from bot.store.desk import Desk
from bot.store.story import Story, story
from bot.web import words
from bot.web.errands import Errand, Errands
from bot.web.names import excerpt, readable
from bot.web.pages.deliveries import Decision, Id
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _
from bot.worker.accounts import Accounts

KEPT_FOR = timedelta(minutes=10)  # for so long the page tells what came of a taking away


class Seen(Decision):
    """The form that says: it is there."""

    url: str = Field("", max_length=2000)


class Taken(Decision):
    """The form that takes away what is out."""

    number: str = Field("", max_length=20)  # the delivery's, written by hand
    part: str = Field("", max_length=4)  # empty: all that is out
    gone: bool = False  # somebody has done it on the network's own page


def delivery(site: Site) -> APIRouter:
    """The page of one delivery, and what can be decided only there."""
    router = APIRouter()
    errands: Errands[list[Removal]] = Errands(site.real_now)

    @router.get("/deliveries/{delivery}", dependencies=[site.needs(Role.VIEWER)])
    def show(request: Request, delivery: Id) -> Response:
        told = _story(site, delivery)
        one, now = told.delivery, site.now()
        errand = errands.of(str(delivery))
        context = {
            "story": told,
            "one": one,
            "title": excerpt(one, [each.part for each in told.parts]),
            "texts": {each.part.number: readable(one, each.part) for each in told.parts},
            "offers": frozenset(_offers(told)),
            "can_correct": one.network in REGISTRY and network_type(one.network).abilities.edits,
            "settled_at": _settled_at(site, told) if one.state == State.UNCERTAIN else None,
            "errand": errand if errand and _is_news(site, errand) else None,
            "soonest": now.astimezone(ZoneInfo(words.zone())).strftime("%Y-%m-%dT%H:%M"),
            "minute": timedelta(minutes=1),
        }
        return site.render(request, "delivery.html", context)

    @router.post("/deliveries/{delivery}/there", dependencies=[site.needs(Role.OPERATOR)])
    def there(request: Request, visitor: SignedIn, delivery: Id, seen: Annotated[Seen, Form()]) -> Response:
        def act() -> str:
            desk = Desk(site.store, visitor.name, site.now())
            url, why = seen.url.strip(), " ".join(seen.reason.split())
            row = decisions.resolve_published(desk, site.settings(), delivery, url, why)
            if row["state"] == State.PUBLISHED:
                return _("It is published: the doubt has ended.")
            return _("This part is out, and the rest of it goes out now.")

        return site.doing(request, f"/deliveries/{delivery}", act)

    @router.post("/deliveries/{delivery}/not-there", dependencies=[site.needs(Role.OPERATOR)])
    def not_there(
        request: Request, visitor: SignedIn, delivery: Id, decision: Annotated[Decision, Form()]
    ) -> Response:
        def act() -> str:
            desk = Desk(site.store, visitor.name, site.now())
            why = " ".join(decision.reason.split())
            row = decisions.resolve_not_published(desk, site.settings(), site.clock, delivery, why)
            if row["state"] == State.PUBLISHED:
                return _("It has proved to be out meanwhile: it is published.")
            return _("It is sent again, unless it is too late for that.")

        return site.doing(request, f"/deliveries/{delivery}", act)

    @router.get("/deliveries/{delivery}/take-away", dependencies=[site.needs(Role.OPERATOR)])
    def ask(request: Request, delivery: Id) -> Response:
        with site.store.read() as connection:
            if listing.one(connection, delivery) is None:
                raise HTTPException(404)
            out = removals.of_delivery(connection, delivery)
        return site.render(request, "take-away.html", {"out": out})

    @router.post("/deliveries/{delivery}/take-away", dependencies=[site.needs(Role.OPERATOR)])
    def take_away(
        request: Request, visitor: SignedIn, delivery: Id, taken: Annotated[Taken, Form()]
    ) -> Response:
        if taken.number.strip() != str(delivery):
            told = _("That is another number: nothing was taken away.")
            return site.go(request, f"/deliveries/{delivery}/take-away", told, wrong=True)
        errand = errands.begin(
            str(delivery), lambda _advance: _take_away(site, visitor.name, delivery, taken)
        )
        errand.wait()
        return site.go(request, f"/deliveries/{delivery}", errand.trouble, wrong=bool(errand.trouble))

    return router


def _story(site: Site, delivery: int) -> Story:
    with site.store.read() as connection:
        told = story(connection, delivery)
    if told is None:
        raise HTTPException(404)
    return told


def _offers(told: Story) -> Iterator[str]:
    """What a person can do about it."""
    one = told.delivery
    if any(each.remote for each in told.parts) and one.removed_at is None:
        yield "take-away"
    if one.removing_since is not None or any(each.removed_at for each in told.parts):
        return  # it is never sent again
    waits = one.hold == Hold.APPROVAL
    match one.state:
        case State.SCHEDULED:
            yield from ("hold", "now", "time", "cancel")
        case State.HELD:
            yield from ("approve", "cancel") if waits else ("release", "time", "cancel")
        case State.FAILED | State.MISSED:
            yield from ("again", "time", "cancel")
        case State.CANCELLED:
            yield "time"
        case State.UNCERTAIN:
            yield "resolve"


def _settled_at(site: Site, told: Story) -> datetime | None:
    """From when on it can be said that it is not there; None: now."""
    with site.store.read() as connection:
        ends = listing.last_doubtful_end(connection, told.delivery.id)
    if ends is None:
        return None
    settled = ends + decisions.settle_times(site.settings(), site.clock).get(
        told.delivery.network, timedelta()
    )
    return settled if settled > site.now() else None


def _is_news(site: Site, errand: Errand[list[Removal]]) -> bool:
    return errand.is_under_way or site.real_now() - errand.begun_at < KEPT_FOR


def _take_away(site: Site, actor: str, delivery: int, taken: Taken) -> list[Removal]:
    known = with_connected(site.settings(), read(site.store))
    accounts = Accounts(known, site.clock, TokenKeeper(site.store, known, site.clock))
    with site.store.read() as connection:
        out = removals.of_delivery(connection, delivery)
    chosen = meant(out, int(taken.part) if taken.part.isdecimal() else None)
    remover = Remover(site.store, accounts, site.clock, actor, " ".join(taken.reason.split()))
    return list(remover.record_gone(out, chosen) if taken.gone else remover.remove(out, chosen))
