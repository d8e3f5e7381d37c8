"""Deliveries: what people decide on a single one, from whatever page they look at it."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from bot.model.role import Role
from bot.model.state import State
from bot.planning.moment import NOW
from bot.store import listing
from bot.store.desk import Desk
from bot.store.desk_error import DeskError
from bot.web import words
from bot.web.access import Visitor, local_path
from bot.web.moments import Moment, moment
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _

MOVABLE = frozenset({State.SCHEDULED, State.FAILED, State.MISSED})  # by a drag, which releases nothing
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
Act = Callable[[Desk, int, str], str]


class Move(BaseModel):
    """What the calendar sends when somebody has moved a delivery."""

    when: str = Field(max_length=40)
    zone: str = Field(max_length=64)  # in which `when` is; empty: the delivery's account's own
    version: str = Field(min_length=1, max_length=64)


class Decision(BaseModel):
    """The form behind a button: why, what was seen, and where to go on."""

    reason: str = Field("", max_length=500)
    version: str = Field("", max_length=64)  # empty: it is decided on as it is now
    back: str = Field("/", max_length=2000)


class NewTime(Decision):
    """The form that gives a delivery another time."""

    when: str = Field("", max_length=40)  # a wall time, or "now"
    zone: str = Field("", max_length=64)  # in which `when` is; empty: the reader's


def deliveries(site: Site) -> APIRouter:
    """The addresses that the buttons beside a delivery send to."""
    router = APIRouter()

    def desk(visitor: Visitor, delivery: int, version: str) -> Desk:
        seen = {delivery: version} if version else {}
        return Desk(site.store, visitor.name, site.now(), seen=seen)

    def offer(name: str, role: Role, act: Act) -> None:
        """One button: its address, who may press it, and what it does."""

        @router.post(f"/deliveries/{{delivery}}/{name}", dependencies=[site.needs(role)], name=name)
        def decide(
            request: Request, visitor: SignedIn, delivery: Id, decision: Annotated[Decision, Form()]
        ) -> Response:
            chosen = desk(visitor, delivery, decision.version)
            why = " ".join(decision.reason.split())
            return site.doing(request, local_path(decision.back), lambda: act(chosen, delivery, why))

    offer("hold", Role.OPERATOR, _hold)
    offer("release", Role.OPERATOR, _release)
    offer("cancel", Role.OPERATOR, _cancel)
    offer("approve", Role.APPROVER, _approve)

    @router.post("/deliveries/{delivery}/reschedule", dependencies=[site.needs(Role.OPERATOR)])
    def reschedule(
        request: Request,
        visitor: SignedIn,
        delivery: Id,
        new: Annotated[NewTime, Form()],
    ) -> Response:
        def act() -> str:
            chosen = moment(new.when, new.zone or words.zone(), site.now())
            _reschedule(desk(visitor, delivery, new.version), delivery, chosen, new.reason)
            if new.when.strip() == NOW:
                return _("It goes out now, as soon as the worker takes it.")
            told = _("It goes out on %(when)s.") % {"when": words.instant_words(chosen.at, "short")}
            return f"{told} {chosen.note}".strip()

        return site.doing(request, local_path(new.back), act)

    @router.post("/deliveries/{delivery}/move", dependencies=[site.needs(Role.OPERATOR)])
    def move(visitor: SignedIn, delivery: Id, move: Move) -> dict[str, str]:
        row = _row(site, delivery)
        if row["state"] not in MOVABLE:
            raise DeskError(_("It can not be moved any more: look at it again."))
        chosen = moment(move.when, move.zone or own_zone(site, row), site.now())
        _reschedule(desk(visitor, delivery, move.version), delivery, chosen, "")
        return {"detail": chosen.note, "due_at": chosen.at.isoformat()}

    return router


def own_zone(site: Site, row: RowMapping) -> str:
    """The zone of a delivery's account, else the one in which it was planned."""
    account = site.settings().accounts.get(row["account"])
    return (account.timezone if account else None) or str(row["zone"])


def _row(site: Site, delivery: int) -> RowMapping:
    with site.store.read() as connection:
        row = listing.one(connection, delivery)
    if row is None:
        raise HTTPException(404)
    return row


def _hold(desk: Desk, delivery: int, reason: str) -> str:
    desk.hold([delivery], reason)
    return _("It is held, and goes out when somebody releases it.")


def _release(desk: Desk, delivery: int, reason: str) -> str:
    [row] = desk.release([delivery], reason)
    if row["state"] == State.HELD:
        return _("It still waits: %(why)s") % {"why": row["reason"]}
    return _("It is released, and goes out at its time.")


def _cancel(desk: Desk, delivery: int, reason: str) -> str:
    desk.cancel([delivery], reason)
    return _("It is cancelled.")


def _approve(desk: Desk, delivery: int, reason: str) -> str:
    desk.approve([delivery], reason)
    return _("It is approved, and goes out at its time.")


def _reschedule(desk: Desk, delivery: int, chosen: Moment, reason: str) -> None:
    """Give one another time; the log keeps it in the zone in which it was planned."""
    with desk.store.read() as connection:
        row = listing.one(connection, delivery)
    zone = str(row["zone"]) if row is not None else chosen.zone  # the desk says that there is none
    desk.reschedule({delivery: (chosen.at, chosen.wall_in(zone))}, " ".join(reason.split()))
