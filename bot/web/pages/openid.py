"""Signing in by a provider: the way there and back, and whom of the team it leads to."""

import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from bot.errors import SpokenError
from bot.model.role import Role
from bot.page_settings import OpenId, secret_of
from bot.store import members, sessions, sign_in_tries, tickets
from bot.store.members import Member, MemberError
from bot.store.random_token import fingerprint_of, new_token
from bot.store.sweeping import sweep
from bot.store.tickets import LASTS, Purpose
from bot.web.access import cookie_of, is_secure, is_token, local_path
from bot.web.openid import OpenIdError, Person, Provider, Way, refusal
from bot.web.pages.sign_in import Onward, address_of, form_page, signed_in, too_many
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _

BACK = "/sign-in/openid/back"
Word = Annotated[str, Query(max_length=4000)]


def openid(site: Site) -> APIRouter:
    """The way to the provider of the settings, and back."""
    router = APIRouter()

    # A link and no form: the policy of our pages lets no form lead to another site.
    @router.get("/sign-in/openid", dependencies=[site.public])
    def go(request: Request, onward: Onward = "/") -> Response:
        try:
            where, tie = _set_out(site, request, {"next": local_path(onward)}, None)
        except SpokenError as error:
            return _sorry(site, request, error)
        answer = RedirectResponse(where, status_code=303)
        _tie(site, request, answer, tie)
        return answer

    @router.get(BACK, dependencies=[site.public])
    def back(
        request: Request, state: Word = "", code: Word = "", error: Word = "", iss: Word = ""
    ) -> Response:  # fmt: skip
        try:
            return _come_back(site, request, state, code, error, iss)
        except SpokenError as trouble:
            return _sorry(site, request, trouble)

    # Linking is asked for by a form of ours: else another site could have its own account linked to yours.
    @router.post("/me/openid", dependencies=[site.needs(Role.VIEWER)])
    def link(request: Request, visitor: SignedIn) -> Response:
        try:
            where, tie = _set_out(site, request, {"next": "/me"}, visitor.session.member_id)
        except SpokenError as error:
            return site.go(request, "/me", str(error), wrong=True)
        answer = site.render(request, "openid-link.html", {"where": where, "openid": _options(site)})
        _tie(site, request, answer, tie)
        return answer

    return router


def _options(site: Site) -> OpenId:
    if (options := site.settings().page.openid) is None:
        raise OpenIdError(_("Here people sign in with a password only."))
    return options


def _provider(site: Site) -> Provider:
    settings = site.settings()
    options, public = _options(site), settings.alerts.page
    assert public is not None  # noqa: S101  (the settings have no provider without it)
    return Provider(options, secret_of(settings.environment), f"{public}{BACK}")


def _set_out(site: Site, request: Request, about: Mapping[str, str], member: int | None) -> tuple[str, str]:
    """Where to sign in, and what the browser keeps meanwhile, so that only it can come back.

    Raises:
        SpokenError: the provider can not be asked, or was too often.
    """
    provider, now = _provider(site), site.real_now()
    with site.store.write() as connection:
        sweep(connection, now)
        # Each way takes a row; who comes back takes the try back.
        if wait := sign_in_tries.begin_elsewhere(connection, address_of(request), now):
            raise OpenIdError(too_many(wait))
        tie, way = _held(site, request) or new_token(), Way(new_token(), new_token())
        kept = {**about, "tie": fingerprint_of(tie), "verifier": way.verifier, "nonce": way.nonce}
        state = tickets.issue(
            connection, Purpose.OPENID, actor="openid", now=now, member=member, about=json.dumps(kept)
        )
    return provider.address(state, way), tie


def _come_back(
    site: Site, request: Request, state: str, code: str, error: str, iss: str
) -> Response:  # fmt: skip
    options, now = _options(site), site.real_now()
    with site.store.write() as connection:
        ticket = tickets.ticket_of(connection, state, now, Purpose.OPENID)
        kept = json.loads(ticket.about) if ticket else {}
        tied = bool(kept) and kept["tie"] == fingerprint_of(_held(site, request))
        if ticket is None or not tied or not tickets.use(connection, ticket.id, now):
            raise OpenIdError(_("This way to sign in has ended, or began in another browser: begin anew."))
    if error:
        raise refusal(options.name, error)
    if iss and iss != options.issuer:
        raise OpenIdError(_("Somebody else than %(provider)s has answered.") % {"provider": options.name})
    person = _provider(site).recognised(code, Way(kept["verifier"], kept["nonce"]), now)
    with site.store.write() as connection:
        if ticket.member_id is None:
            who = _whom(connection, options, person, site)
        else:
            token = cookie_of(request, is_secure(request, site.settings()))
            session = sessions.session_of(connection, token, now)
            if session is None or session.member_id != ticket.member_id:
                raise OpenIdError(_("You are signed out meanwhile: sign in, and begin anew."))
            who = _linked(connection, ticket.member_id, person, site)
        sign_in_tries.forget_elsewhere(connection, address_of(request))
    words = _("From now on you can sign in by %(provider)s.") % {"provider": options.name}
    return signed_in(site, request, who, kept["next"], say=words if ticket.member_id else "")


def _whom(connection: Connection, options: OpenId, person: Person, site: Site) -> Member:
    """The member whom the provider vouches for; perhaps a new one.

    Raises:
        SpokenError: there is none, and none is made.
    """
    now, actor = site.real_now(), options.name
    if known := members.known_elsewhere(connection, person.issuer, person.subject):
        return _let_in(known)
    if person.email and (invited := members.with_email(connection, person.email)):
        if not _let_in(invited).waits:
            # Whoever holds the address today may be another than the one who chose the password.
            words = _("There is an account with your address: sign in with its password, then link both.")
            raise OpenIdError(words)
        members.link(connection, invited.id, person.issuer, person.subject, actor=invited.name, now=now)
        return invited
    if options.role is None or not members.any_administrator(connection):
        raise OpenIdError(_("You are not in this team yet: ask an administrator to invite you."))
    if options.domains and person.email.rpartition("@")[2] not in options.domains:
        raise OpenIdError(_("Only people with an address of the organisation come in without an invitation."))
    try:
        made = members.add(connection, person.name, options.role, actor=actor, now=now, what="let in")
    except MemberError:
        words = _("Somebody of your name is here already. If it is you, sign in as before, then link both.")
        raise OpenIdError(words) from None
    members.link(connection, made.id, person.issuer, person.subject, actor=made.name, now=now)
    return made


def _linked(connection: Connection, number: int, person: Person, site: Site) -> Member:
    """The member who has asked to be vouched for.

    Raises:
        SpokenError: they may not sign in any more, or the provider vouches for another one already.
    """
    who, known = members.member(connection, number), members.known_elsewhere(
        connection, person.issuer, person.subject
    )  # fmt: skip
    if known is not None and known.id != number:
        raise OpenIdError(_("That account signs %(name)s in already.") % {"name": known.name})
    assert who is not None  # noqa: S101  (members are never taken away)
    members.link(
        connection, _let_in(who).id, person.issuer, person.subject, actor=who.name, now=site.real_now()
    )
    return who


def _let_in(member: Member) -> Member:
    if member.disabled_at is not None:
        raise OpenIdError(_("You are shut out here: ask an administrator."))
    return member


def _sorry(site: Site, request: Request, error: SpokenError) -> Response:
    return form_page(site, request, "sign-in.html", {"next": "/", "wrong": str(error)}, status=403)


def _cookie(secure: bool) -> str:
    return "__Host-openid" if secure else "openid"


def _held(site: Site, request: Request) -> str:
    held = request.cookies.get(_cookie(is_secure(request, site.settings())), "")
    return held if is_token(held) else ""


def _tie(site: Site, request: Request, answer: Response, tie: str) -> None:
    """Tie the way to this browser. Lax, as it comes back from another site."""
    secure = is_secure(request, site.settings())
    answer.set_cookie(
        _cookie(secure), tie, secure=secure, httponly=True, samesite="lax",
        max_age=int(LASTS[Purpose.OPENID].total_seconds()),
    )  # fmt: skip
