"""Plan and apply: what would change in the queue if it said what is written, and the button that does it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from sqlalchemy import Connection

from bot.errors import SpokenError
from bot.model.role import Role
from bot.planning.apply import apply_as_seen
from bot.planning.campaign_file import day
from bot.planning.plan import Action, Plan
from bot.planning.planner import HasErrorsError, Planner, refuse_errors
from bot.store import audit
from bot.store.restored import arrive
from bot.web.pages.campaigns import Name, address, content_of_campaign, parts, view_or_404
from bot.web.site import SignedIn, Site
from bot.web.words import N_, ngettext
from bot.web.words import gettext as _

MOST_CHANGES = 500  # shown; all of them are carried out
ACTIONS: Mapping[Action, str] = {
    Action.NEW: N_("new"),
    Action.CHANGED: N_("changed"),
    Action.MOVED: N_("moved"),
    Action.CANCELLED: N_("cancelled"),
    Action.KEPT: N_("stays as it is"),
    Action.UNCHANGED: N_("unchanged"),
}
Starts = Annotated[str, Query(max_length=20)]


def campaign_applying(site: Site) -> APIRouter:
    """The plan of one campaign, from files or from the page, and its application."""
    router = APIRouter()

    def planner(name: str, starts: str) -> Planner:
        content = content_of_campaign(site, name)
        refuse_errors(content, name)
        dates: dict[str, date] = {name: day(starts)} if starts else {}
        return Planner(content, site.now(), name, dates)

    @router.get("/campaigns/{name}/apply", dependencies=[site.needs(Role.EDITOR)])
    def plan(request: Request, name: Name, starts: Starts = "") -> Response:
        view = view_or_404(site, name)
        context = {"view": view, "starts": starts, "plan": None, "problems": (), "fault": "", **parts()}
        try:
            make = planner(name, starts)
            with site.store.read() as connection:
                context |= _shown(make(connection))
        except HasErrorsError as error:
            context["problems"] = error.problems
        except (SpokenError, ValueError) as error:
            context["fault"] = str(error)
        return site.render(request, "campaign-apply.html", context)

    @router.post("/campaigns/{name}/apply", dependencies=[site.needs(Role.OPERATOR)])
    def apply(
        request: Request,
        visitor: SignedIn,
        name: Name,
        seen: Annotated[str, Form(max_length=64)],
        starts: Annotated[str, Form(max_length=20)] = "",
    ) -> Response:
        view_or_404(site, name)

        def record(connection: Connection, plan: Plan) -> None:
            audit.record(
                connection, at=site.real_now(), actor=visitor.name, what="applied the campaign", about=name,
                detail=", ".join(f"{plan.count(one)} {one}" for one in Action if plan.count(one)),
            )  # fmt: skip

        there = address(name, "apply") + (f"?{urlencode({'starts': starts})}" if starts else "")
        try:
            make = planner(name, starts)
            arrive(site.store, visitor.name, site.now())
            done = apply_as_seen(
                site.store, make, seen, actor=visitor.name, now=site.now(), record=record
            )  # fmt: skip
        except (SpokenError, ValueError) as error:
            return site.go(request, there, sentence(str(error)), wrong=True)
        return site.go(request, address(name), _told(done))

    return router


def _shown(plan: Plan) -> dict[str, object]:
    kept = [one for one in plan.changes if one.action is Action.KEPT]
    changes = [*plan.active, *kept]
    return {
        "plan": plan,
        "changes": changes[:MOST_CHANGES],
        "more": len(changes) - MOST_CHANGES,
        "counts": [(one, plan.count(one)) for one in Action if plan.count(one)],
        "late": sum(one.late for one in plan.active),
        "actions": ACTIONS,
        "campaign": plan.campaigns[0] if plan.campaigns else None,
    }


def _told(plan: Plan) -> str:
    number = len(plan.active)
    if not number:
        return _("The queue says what is written: there was nothing to change.")
    words = ngettext(
        "%(num)s delivery was changed in the queue.", "%(num)s deliveries were changed in the queue.", number
    )
    return words % {"num": number}


def sentence(words: str) -> str:
    """What a program says in one line, as the page says it."""
    return f"{words[:1].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"
