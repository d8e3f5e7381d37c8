"""The team: who may sign in with which role, and who has changed what."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response
from sqlalchemy import Connection

from bot.model.role import Role
from bot.store import audit, members, sessions
from bot.store.members import Member, MemberError
from bot.store.tickets import LASTS, Purpose
from bot.web.site import SignedIn, Site
from bot.web.words import N_, ROLES
from bot.web.words import gettext as _

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Name = Annotated[str, Form(max_length=200)]
Address = Annotated[str, Form(max_length=200)]
Given = Annotated[Role, Form()]
MAY = {
    Role.VIEWER: N_("reads everything but the team"),
    Role.EDITOR: N_("writes posts, sends them to review, and may pause everything"),
    Role.APPROVER: N_("also approves posts, or sends them back"),
    Role.OPERATOR: N_("also holds, moves and cancels what is planned, resumes, and connects accounts"),
    Role.ADMINISTRATOR: N_("also invites people and gives roles"),
}
_Act = Callable[[Connection, str, datetime], str]


def team(site: Site) -> APIRouter:
    """The page of the members, and what an administrator does there."""
    router = APIRouter()
    site.menu.append(("/team", N_("Team"), Role.ADMINISTRATOR))
    administrator = site.needs(Role.ADMINISTRATOR)

    def act(request: Request, visitor: SignedIn, do: _Act) -> Response:
        def change() -> str:
            with site.store.write() as connection:
                return do(connection, visitor.name, site.real_now())

        return site.doing(request, "/team", change)

    @router.get("/team", dependencies=[administrator])
    def page(request: Request) -> Response:
        return site.render(request, "team.html", _shown(site))

    @router.get("/team/changes", dependencies=[administrator])
    def changes(
        request: Request,
        person: Annotated[str, Query(max_length=200)] = "",
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    ) -> Response:
        with site.store.read() as connection:
            found = _changes(connection, person, before)
            names = [one.name for one in members.all_members(connection)]
        context = {"changes": found[: audit.ON_A_PAGE], "more": len(found) > audit.ON_A_PAGE, "names": names}
        return site.render(request, "team-changes.html", {**context, "person": person, "before": before})

    @router.post("/team/invite", dependencies=[administrator])
    def invite(
        request: Request, visitor: SignedIn, name: Name, role: Given, email: Address = ""
    ) -> Response:  # fmt: skip
        try:
            with site.store.write() as connection:
                who, token = members.invite(
                    connection, name, role, actor=visitor.name, now=site.real_now(), email=email or None
                )
        except MemberError as error:
            context = {"wrong": str(error), "name": name, "role": role, "email": email}
            return site.render(request, "team.html", {**_shown(site), **context}, status=422)
        return _link(site, request, who, token, Purpose.INVITATION)

    @router.post("/team/{member}/link", dependencies=[administrator])
    def link(request: Request, visitor: SignedIn, member: Number) -> Response:
        try:
            with site.store.write() as connection:
                who, token = members.new_link(connection, member, actor=visitor.name, now=site.real_now())
        except MemberError as error:
            return site.go(request, "/team", str(error), wrong=True)
        return _link(site, request, who, token, Purpose.PASSWORD if who.has_password else Purpose.INVITATION)

    @router.post("/team/{member}/role", dependencies=[administrator])
    def give(request: Request, visitor: SignedIn, member: Number, role: Given) -> Response:
        def do(connection: Connection, actor: str, now: datetime) -> str:
            members.give_role(connection, member, role, actor=actor, now=now)
            return _("%(name)s has the role “%(role)s” now.") % {
                "name": _name(connection, member),
                "role": _(ROLES[role]),
            }

        return act(request, visitor, do)

    @router.post("/team/{member}/shut-out", dependencies=[administrator])
    def shut_out(request: Request, visitor: SignedIn, member: Number) -> Response:
        def do(connection: Connection, actor: str, now: datetime) -> str:
            if member == visitor.session.member_id:
                raise MemberError(_("You can not shut yourself out: another administrator can."))
            members.disable(connection, member, actor=actor, now=now)
            return _("%(name)s is signed out everywhere and can not sign in any more.") % {
                "name": _name(connection, member)
            }

        return act(request, visitor, do)

    @router.post("/team/{member}/let-in", dependencies=[administrator])
    def let_in(request: Request, visitor: SignedIn, member: Number) -> Response:
        def do(connection: Connection, actor: str, now: datetime) -> str:
            members.enable(connection, member, actor=actor, now=now)
            return _("%(name)s can sign in again.") % {"name": _name(connection, member)}

        return act(request, visitor, do)

    @router.post("/team/{member}/end-sessions", dependencies=[administrator])
    def end_sessions(request: Request, visitor: SignedIn, member: Number) -> Response:
        def do(connection: Connection, actor: str, now: datetime) -> str:
            own = visitor.session.id if member == visitor.session.member_id else None
            members.end_sessions(connection, member, actor=actor, now=now, but=own)
            return _("%(name)s is signed out everywhere.") % {"name": _name(connection, member)}

        return act(request, visitor, do)

    return router


def _shown(site: Site) -> Mapping[str, object]:
    """What the page of the members shows."""
    with site.store.read() as connection:
        found = members.all_members(connection)
        counts = sessions.counts(connection, site.real_now())
    return {
        "team": found,
        "sessions": counts,
        "roles": ROLES,
        "may": MAY,
        "role": Role.EDITOR,
        "openid": site.settings().page.openid,
    }


def _link(site: Site, request: Request, who: Member, token: str, purpose: Purpose) -> Response:
    """The link, on the answer itself: it is kept nowhere, so that it can be shown only now."""
    context = {
        "who": who,
        "link": f"{site.address(request)}/welcome/{token}",
        "first": purpose is Purpose.INVITATION,
        "ends_at": site.real_now() + LASTS[purpose],
    }
    return site.render(request, "team-link.html", context)


def _changes(connection: Connection, person: str, before: int | None) -> Sequence[audit.Change]:
    """One more than a page holds, if there are as many."""
    most = audit.ON_A_PAGE + 1
    if person:
        return audit.changes_of(connection, person, before=before, limit=most)
    return audit.changes(connection, before=before, limit=most)


def _name(connection: Connection, number: int) -> str:
    found = members.member(connection, number)
    return found.name if found else ""
