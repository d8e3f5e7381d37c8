"""Programs: the tokens that members give to programs, and the webhooks by which programs are told."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from bot.errors import SpokenError
from bot.model.role import Role
from bot.model.scope import Scope, scopes_of
from bot.store import api_tokens, webhook_copies, webhooks
from bot.web.access import Visitor
from bot.web.site import SignedIn, Site
from bot.web.words import N_
from bot.web.words import gettext as _
from bot.webhooks.address import parse
from bot.webhooks.signing import new_secret, seal_of

PATH = "/programs"
LASTS = {"30": timedelta(days=30), "90": timedelta(days=90), "365": timedelta(days=365), "": None}
MEANINGS = {
    Scope.READ: N_("See everything: the status, the queue, the post log, posts."),
    Scope.WRITE: N_("Write posts and send them to review; pause everything."),
    Scope.APPROVE: N_("Approve posts and deliveries, or send posts back."),
    Scope.OPERATE: N_("Hold, release, move, cancel and resolve deliveries; resume."),
    Scope.ADMINISTER: N_("See what the team has changed, and the webhooks."),
}
EVENTS = {
    "delivery.scheduled": N_("It is queued, released or moved"),
    "delivery.publishing": N_("A worker has begun to publish it"),
    "delivery.published": N_("It is out"),
    "delivery.failed": N_("The network has refused it"),
    "delivery.uncertain": N_("Nobody knows whether it is out"),
    "delivery.missed": N_("It was too late"),
    "delivery.held": N_("It is held"),
    "delivery.cancelled": N_("It was withdrawn"),
    "delivery.noted": N_("Something else is known of it, in the same state"),
}
Name = Annotated[str, Form(max_length=200)]
Address = Annotated[str, Form(max_length=3000)]
Number = Annotated[int, Form(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret that is shown this once, or what was wrong with a form and what it said."""

    token: str = ""
    secret: str = ""
    of: str = ""  # the webhook whose secret it is
    wrong: str = ""
    form: dict[str, Any] = field(default_factory=dict)


def programs(site: Site) -> APIRouter:
    """The page and its forms."""
    router = APIRouter()
    site.menu.append((PATH, N_("Programs"), Role.EDITOR))

    @router.get(PATH, dependencies=[site.needs(Role.EDITOR)])
    def page(
        request: Request, visitor: SignedIn, everybody: Annotated[bool, Query(alias="all")] = False
    ) -> Response:
        return _page(site, request, visitor, Shown(), everybody=everybody)

    _tokens(site, router)
    _webhooks(site, router)
    return router


def _tokens(site: Site, router: APIRouter) -> None:
    @router.post(f"{PATH}/tokens", dependencies=[site.needs(Role.EDITOR)])
    def make(
        request: Request, visitor: SignedIn, name: Name = "",
        scopes: Annotated[list[Scope] | None, Form()] = None,
        lasts: Annotated[str, Form(max_length=10)] = "90",
    ) -> Response:  # fmt: skip
        now, wanted = site.real_now(), frozenset(scopes or ())
        span = LASTS.get(lasts, LASTS["90"])
        try:
            with site.store.write() as connection:
                ends_at = now + span if span else None
                token = api_tokens.make(connection, visitor.session.member_id, name, wanted, ends_at, now)
        except SpokenError as error:
            form = {"name": name, "scopes": wanted, "lasts": lasts}
            return _page(site, request, visitor, Shown(wrong=str(error), form=form), status=422)
        return _page(site, request, visitor, Shown(token=token))

    @router.post(f"{PATH}/tokens/revoke", dependencies=[site.needs(Role.EDITOR)])
    def revoke(request: Request, visitor: SignedIn, token: Number) -> Response:
        whose = None if visitor.may(Role.ADMINISTRATOR) else visitor.session.member_id

        def act() -> str:
            with site.store.write() as connection:
                name = api_tokens.revoke(
                    connection, token, member=whose, actor=visitor.name, now=site.real_now()
                )
            return _("The token of %(program)s is revoked.") % {"program": name}

        return site.doing(request, PATH, act)


def _webhooks(site: Site, router: APIRouter) -> None:
    needs = [site.needs(Role.ADMINISTRATOR)]

    @router.post(f"{PATH}/webhooks", dependencies=needs)
    def make(
        request: Request, visitor: SignedIn, name: Name = "", address: Address = "",
        events: Annotated[list[str] | None, Form()] = None,
    ) -> Response:  # fmt: skip
        try:
            url = address.strip()
            parse(url)
            secret = new_secret()
            sealed = seal_of(site.settings()).close(secret)
            with site.store.write() as connection:
                chosen = () if set(EVENTS) <= set(events or EVENTS) else tuple(events or ())
                webhooks.make(connection, name, url, chosen, sealed, visitor.name, site.real_now())
        except SpokenError as error:
            form = {"hook": name, "address": address, "events": events or list(EVENTS)}
            return _page(site, request, visitor, Shown(wrong=str(error), form=form), status=422)
        return _page(site, request, visitor, Shown(secret=secret, of=name))

    @router.post(f"{PATH}/webhooks/rotate", dependencies=needs)
    def rotate(request: Request, visitor: SignedIn, webhook: Number) -> Response:
        try:
            secret = new_secret()
            sealed = seal_of(site.settings()).close(secret)
            with site.store.write() as connection:
                webhooks.rotate(connection, webhook, sealed, visitor.name, site.real_now())
                name = webhooks.get(connection, webhook).name
        except SpokenError as error:
            return site.go(request, PATH, str(error), wrong=True)
        return _page(site, request, visitor, Shown(secret=secret, of=name))

    @router.post(f"{PATH}/webhooks/test", dependencies=needs)
    def test(request: Request, webhook: Number) -> Response:
        def act() -> str:
            with site.store.write() as connection:
                webhook_copies.add_test(connection, webhook, site.real_now())
            return _("A test is on its way. The worker sends it; load this page again to see the answer.")

        return site.doing(request, PATH, act)

    @router.post(f"{PATH}/webhooks/switch", dependencies=needs)
    def switch(
        request: Request, visitor: SignedIn, webhook: Number,
        on: Annotated[str, Form(max_length=3)] = "",
    ) -> Response:  # fmt: skip
        def act() -> str:
            with site.store.write() as connection:
                webhooks.switch(connection, webhook, on == "yes", visitor.name, site.real_now())
            if on == "yes":
                return _("The webhook is on. It is told of what happens from now on.")
            return _("The webhook is off. Nothing is sent there.")

        return site.doing(request, PATH, act)

    @router.post(f"{PATH}/webhooks/remove", dependencies=needs)
    def remove(request: Request, visitor: SignedIn, webhook: Number) -> Response:
        def act() -> str:
            with site.store.write() as connection:
                webhooks.remove(connection, webhook, visitor.name, site.real_now())
            return _("The webhook is removed.")

        return site.doing(request, PATH, act)


def _page(
    site: Site,
    request: Request,
    visitor: Visitor,
    shown: Shown,
    *,
    everybody: bool = False,
    status: int = 200,
) -> Response:
    """The page, by itself or in answer to a form: a secret must not be kept for the next page to show."""
    administers, real_now = visitor.may(Role.ADMINISTRATOR), site.real_now()
    with site.store.read() as connection:
        mine = api_tokens.of_member(connection, visitor.session.member_id)
        others = api_tokens.all_tokens(connection) if administers and everybody else ()
        hooks = [
            (one, webhook_copies.latest(connection, one.id), webhook_copies.waiting(connection, one.id))
            for one in (webhooks.all_webhooks(connection) if administers else ())
        ]
    context = {
        "shown": shown, "form": shown.form, "mine": mine, "others": others, "everybody": everybody,
        "hooks": hooks, "real_now": real_now, "meanings": MEANINGS, "event_names": EVENTS,
        "may_give": scopes_of(visitor.session.role), "administers": administers,
    }  # fmt: skip
    return site.render(request, "programs.html", context, status=status)
