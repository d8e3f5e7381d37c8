"""My settings: everybody's own password, language, time zone, and where they are signed in."""

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter, Form, Path, Request, Response
from sqlalchemy import Connection

from bot import passwords
from bot.errors import SpokenError
from bot.model.role import Role
from bot.passwords import PasswordError
from bot.store import audit, members, sessions, sign_in_tries
from bot.store.members import MemberError
from bot.web.access import Visitor
from bot.web.pages.sign_in import Password, address_of, signed_in, too_many
from bot.web.site import SignedIn, Site
from bot.web.words import LANGUAGES, preferred, read_as, zone
from bot.web.words import gettext as _

Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
Word = Annotated[str, Form(max_length=100)]


def me(site: Site) -> APIRouter:
    """The page that everybody has for themselves."""
    router = APIRouter()
    everybody = site.needs(Role.VIEWER)

    @router.get("/me", dependencies=[everybody])
    def page(request: Request, visitor: SignedIn) -> Response:
        with site.store.read() as connection:
            own = members.member(connection, visitor.session.member_id)
            where = sessions.sessions_of(connection, visitor.session.member_id, site.real_now())
        context = {"own": own, "where": where, "zones": _zones(), "shortest": passwords.SHORTEST}
        return site.render(request, "me.html", {**context, "openid": site.settings().page.openid})

    @router.post("/me/password", dependencies=[everybody])
    def change(
        request: Request, visitor: SignedIn, old: Password = "", password: Password = "", again: Password = ""
    ) -> Response:
        try:
            _refuse_other(site, request, visitor, old)
            if password != again:
                raise PasswordError(_("The two passwords are not the same."))
            hashed = passwords.hashed(password)
        except SpokenError as error:
            return site.go(request, "/me", str(error), wrong=True)
        with site.store.write() as connection:
            number, now = visitor.session.member_id, site.real_now()
            members.set_password(connection, number, hashed, actor=visitor.name, now=now)
            who = members.member(connection, number)
        assert who is not None  # noqa: S101  (members are never taken away)
        words = _("Your password is changed. Everywhere else you are signed out.")
        return signed_in(site, request, who, "/me", visitor.session.browser_timezone or "", say=words)

    @router.post("/me/reading", dependencies=[everybody])
    def prefer(
        request: Request, visitor: SignedIn, language: Word = "", timezone: Word = ""
    ) -> Response:  # fmt: skip
        def act() -> str:
            if language and language not in LANGUAGES:
                raise MemberError(_("This page does not speak that language."))
            if timezone and timezone not in available_timezones():
                raise MemberError(_("There is no time zone of that name: choose one of the list."))
            with site.store.write() as connection:
                chosen = (visitor.session.member_id, language or None, timezone or None)
                members.prefer(connection, *chosen)
            asked = preferred(request.headers.get("accept-language", ""))
            read_as(language or asked, timezone or zone())  # this very answer is in it already
            return _("Your settings are kept.")

        return site.doing(request, "/me", act)

    @router.post("/me/sessions/{session}/end", dependencies=[everybody])
    def end(request: Request, visitor: SignedIn, session: Number) -> Response:
        with site.store.write() as connection:
            ended = sessions.end(connection, session, visitor.session.member_id)
            if ended:
                _record(site, connection, visitor, "one browser")
        return site.go(request, "/me", _("It is signed out.") if ended else _("It was signed out already."))

    @router.post("/me/sessions/end-others", dependencies=[everybody])
    def end_others(request: Request, visitor: SignedIn) -> Response:
        with site.store.write() as connection:
            sessions.end_all(connection, visitor.session.member_id, but=visitor.session.id)
            _record(site, connection, visitor, "all others")
        return site.go(request, "/me", _("You are signed in only here now."))

    return router


def _refuse_other(site: Site, request: Request, visitor: Visitor, old: str) -> None:
    """Refuse somebody who sits at a browser that was left open: they do not know the password.

    Raises:
        SpokenError: it is not the one that the member has, or was tried too often.
    """
    name, address, now = members.key_of(visitor.name), address_of(request), site.real_now()
    with site.store.write() as connection:
        wait = sign_in_tries.begin(connection, name, address, now)
        kept = members.password_of(connection, visitor.session.member_id)
    if wait is not None:
        raise PasswordError(too_many(wait))
    if kept is None:
        raise PasswordError(_("You have no password here: an administrator can give you a link to set one."))
    if not passwords.verified(old, kept)[0]:
        raise PasswordError(_("That is not the password that you have now."))
    with site.store.write() as connection:
        sign_in_tries.forget(connection, name, address)


def _record(site: Site, connection: Connection, visitor: Visitor, which: str) -> None:
    audit.record(
        connection,
        at=site.real_now(),
        actor=visitor.name,
        what="signed out",
        about=visitor.name,
        detail=which,
    )


@cache
def _zones() -> list[str]:
    return sorted(one for one in available_timezones() if "/" in one and not one.startswith("Etc/"))
