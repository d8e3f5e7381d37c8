"""Signing in and out, and the one-time links that make a first administrator or set a password."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot import passwords
from bot.errors import SpokenError
from bot.model.role import Role
from bot.store import audit, members, sessions, sign_in_tries, tickets
from bot.store.members import Member
from bot.store.random_token import new_token
from bot.store.sweeping import sweep
from bot.store.tickets import Purpose, Ticket
from bot.web.access import cookie_name, cookie_of, is_secure, local_path, stranger_cookie, tie_of
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _
from bot.web.words import time_words

ONE_TIME = (Purpose.SETUP, Purpose.INVITATION, Purpose.PASSWORD, Purpose.ENTER)
Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=2000)]
Onward = Annotated[str, Query(alias="next", max_length=2000)]
OnwardField = Annotated[str, Form(alias="next", max_length=2000)]
Timezone = Annotated[str, Form(max_length=100)]


def sign_in(site: Site) -> APIRouter:
    """The front door."""
    router = APIRouter()

    @router.get("/sign-in", dependencies=[site.public])
    def form(request: Request, onward: Onward = "/") -> Response:
        return form_page(site, request, "sign-in.html", {"next": local_path(onward)})

    @router.post("/sign-in", dependencies=[site.public])
    def enter(
        request: Request, name: Name, password: Password, onward: OnwardField = "/",
        timezone: Timezone = "",
    ) -> Response:  # fmt: skip
        found, why = _recognised(site, name, password, address_of(request))
        if found is None:
            context = {"next": local_path(onward), "name": name, "wrong": why}
            return form_page(site, request, "sign-in.html", context, status=403)
        return signed_in(site, request, found, local_path(onward), timezone)

    @router.post("/sign-out", dependencies=[site.needs(Role.VIEWER)])
    def leave(request: Request, visitor: SignedIn) -> Response:
        with site.store.write() as connection:
            sessions.end(connection, visitor.session.id, visitor.session.member_id)
        answer = site.go(request, "/sign-in")
        for secure in (True, False):
            answer.delete_cookie(cookie_name(secure), secure=secure, httponly=True, samesite="lax")
        return answer

    @router.get("/welcome/{token}", dependencies=[site.public])
    def welcome(request: Request, token: str) -> Response:
        ticket, who = _ticket(site, token)
        if ticket is None:
            return form_page(site, request, "welcome.html", {"ended": True}, status=410)
        context = {"ticket": ticket, "who": who, "shortest": passwords.SHORTEST}
        return form_page(site, request, "welcome.html", context)

    @router.post("/welcome/{token}", dependencies=[site.public])
    def begin(
        request: Request, token: str, name: Name = "", password: Password = "", again: Password = "",
        timezone: Timezone = "",
    ) -> Response:  # fmt: skip
        ticket, who = _ticket(site, token)
        if ticket is None:
            return form_page(site, request, "welcome.html", {"ended": True}, status=410)
        try:
            found = _taken_up(site, ticket, who, name, password, again)
        except SpokenError as error:
            context = {"ticket": ticket, "who": who, "name": name, "shortest": passwords.SHORTEST}
            return form_page(site, request, "welcome.html", {**context, "wrong": str(error)}, status=422)
        return signed_in(site, request, found, "/", timezone)

    return router


def signed_in(
    site: Site, request: Request, member: Member, path: str, timezone: str = "", *, say: str = ""
) -> Response:
    """Send somebody who has proved who they are to a page, with a new session; it may say something."""
    secure = is_secure(request, site.settings())
    zone = timezone if timezone in available_timezones() else None
    with site.store.write() as connection:
        now = site.real_now()
        token = sessions.begin(
            connection, member.id, agent=request.headers.get("user-agent", ""), address=address_of(request),
            timezone=zone, now=now,
        )  # fmt: skip
        if before := sessions.session_of(connection, cookie_of(request, secure), now):
            sessions.end(connection, before.id, before.member_id)
        if say and (begun := sessions.session_of(connection, token, now)):
            sessions.say(connection, begun.id, json.dumps({"text": say, "wrong": False}))
        audit.record(connection, at=now, actor=member.name, what="signed in")
        sweep(connection, now)
    answer = RedirectResponse(path, status_code=303)
    answer.set_cookie(
        cookie_name(secure), token, secure=secure, httponly=True, samesite="lax",
        max_age=int(sessions.LONGEST.total_seconds()),
    )  # fmt: skip
    answer.delete_cookie(stranger_cookie(secure), secure=secure)
    return answer


def _recognised(site: Site, name: str, password: str, address: str) -> tuple[Member | None, str]:
    """Who this is, or in one sentence why nobody is signed in."""
    key, now = members.key_of(name), site.real_now()
    with site.store.write() as connection:
        wait = sign_in_tries.begin(connection, key, address, now)
        found = members.named(connection, name)
    if wait is not None:
        return None, too_many(wait)
    right, stronger = passwords.verified(password, found[1] if found else None)
    if not right or found is None:
        return None, _("The name or the password is wrong.")
    with site.store.write() as connection:
        sign_in_tries.forget(connection, key, address)
        if stronger:
            members.keep_hash(connection, found[0].id, stronger)
    return found[0], ""


def too_many(wait: datetime) -> str:
    """What is said to somebody who has tried too often."""
    return _("Too many tries. Try again after %(time)s UTC.") % {"time": time_words(wait, zone="UTC")}


def _ticket(site: Site, token: str) -> tuple[Ticket | None, Member | None]:
    with site.store.read() as connection:
        ticket = tickets.ticket_of(connection, token, site.real_now(), *ONE_TIME)
        who = members.member(connection, ticket.member_id) if ticket and ticket.member_id else None
        setup = ticket is not None and ticket.purpose is Purpose.SETUP
        late = setup and members.any_member(connection)
    if late or (who is not None and who.disabled_at is not None):
        return None, None
    return ticket, who


def _taken_up(site: Site, ticket: Ticket, who: Member | None, name: str, password: str, again: str) -> Member:
    """Use a link up, for what it is for; whom it signs in."""
    now = site.real_now()
    if ticket.purpose is Purpose.ENTER and who:
        return who
    if password != again:
        raise passwords.PasswordError(_("the two passwords are not the same"))
    hashed = passwords.hashed(password)
    with site.store.write() as connection:
        if not tickets.use(connection, ticket.id, now):
            raise passwords.PasswordError(_("this link was used already"))
        if ticket.purpose is Purpose.SETUP:
            if members.any_member(connection):
                raise passwords.PasswordError(_("there is an administrator already"))
            who = members.add(
                connection, name, Role.ADMINISTRATOR, actor=name, now=now, what="set up the page as"
            )
        assert who is not None  # noqa: S101  (the other links are made for somebody)
        members.set_password(connection, who.id, hashed, actor=who.name, now=now)
    return who


def form_page(
    site: Site, request: Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> Response:
    """A form for somebody who is not signed in, tied to their browser by a cookie."""
    secure = is_secure(request, site.settings())
    tie = tie_of(request, secure) or new_token()
    known = {"csrf": tie, "openid": site.settings().page.openid}
    answer = site.render(request, template, {**known, **context}, status=status)
    answer.set_cookie(stranger_cookie(secure), tie, secure=secure, httponly=True, samesite="strict")
    return answer


def address_of(request: Request) -> str:
    """From where a request comes, as far as the proxies say that are trusted."""
    return request.client.host if request.client else ""
