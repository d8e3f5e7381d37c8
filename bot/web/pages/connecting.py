"""Connecting: leads a member through a network's own steps, and keeps what it gives for an account."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from bot.model.account import Account
from bot.model.role import Role
from bot.networks import REGISTRY, network_type
from bot.networks.authorising import Ask, Choose, Visit
from bot.networks.connected import sealed
from bot.networks.newly_connected import forget
from bot.settings import SettingsError
from bot.web.access import is_secure
from bot.web.site import SignedIn, Site
from bot.web.walks import Walk, Walks
from bot.web.words import gettext as _

CALLBACK = "/accounts/connect/callback"
Answer = Annotated[str, Form(max_length=5000)]
_KINDS = {Ask: "ask", Visit: "visit", Choose: "choose"}


def connecting(site: Site) -> APIRouter:
    """The pages of the way; each change of it comes back to the one that shows where it is."""
    router = APIRouter()
    walks = Walks(site.store, site.clock)

    @router.get(CALLBACK, dependencies=[site.needs(Role.OPERATOR)])
    def come_back(
        request: Request, visitor: SignedIn, state: Annotated[str, Query(max_length=500)] = ""
    ) -> Response:
        walk = walks.by_state(visitor.csrf, state)
        if walk is None or not isinstance(walk.step, Visit) or not walk.step.returns:
            words = _("This is not the answer to anything that was asked here. Begin again with the account.")
            return site.go(request, "/accounts", words, wrong=True)
        walks.answer(walk, walk.number, f"{walk.redirect_url}?{request.url.query}")
        return _after(request, walk)

    @router.get("/accounts/{name}/connect", dependencies=[site.needs(Role.OPERATOR)])
    def show(request: Request, visitor: SignedIn, name: str) -> Response:
        account = _account(site, name)
        walk = walks.of(visitor.csrf, name)
        context = {
            "account": account,
            "network": network_type(account.network).title,
            "walk": walk,
            "asked": _label(walk.step.field) if walk and isinstance(walk.step, Ask) else "",
            "kind": _KINDS.get(type(walk.step), "") if walk else "",
            "is_open": walk is not None and _is_reachable(walk.redirect_url),
            "others": walks.others(visitor.csrf, name),
            "obstacle": "" if walk else _obstacle(site),
        }
        return site.render(request, "connect.html", context)

    @router.post("/accounts/{name}/connect", dependencies=[site.needs(Role.OPERATOR)])
    def begin(request: Request, visitor: SignedIn, name: str) -> Response:
        account = _account(site, name)
        try:
            walk = walks.begin(
                account, site.settings(), callback_address(site, request), visitor.csrf, visitor.name
            )
        except SettingsError as error:
            return site.go(request, _path(name), str(error), wrong=True)
        return _after(request, walk)

    @router.post("/accounts/{name}/connect/answer", dependencies=[site.needs(Role.OPERATOR)])
    def answer(
        request: Request, visitor: SignedIn, name: str, step: Annotated[int, Form()], answer: Answer = ""
    ) -> Response:
        walk = walks.of(visitor.csrf, name)
        if walk is None:
            return _lost(request, name)
        if not answer.strip():
            return site.go(request, _path(name), _("Fill in the field, then continue."), wrong=True)
        walks.answer(walk, step, answer)
        return _after(request, walk)

    @router.post("/accounts/{name}/connect/keep", dependencies=[site.needs(Role.OPERATOR)])
    def confirm(request: Request, visitor: SignedIn, name: str) -> Response:
        walk = walks.of(visitor.csrf, name)
        if walk is None:
            return _lost(request, name)
        walks.confirm(walk)
        return _after(request, walk)

    @router.post("/accounts/{name}/connect/stop", dependencies=[site.needs(Role.OPERATOR)])
    def stop(request: Request, visitor: SignedIn, name: str) -> Response:
        if walk := walks.of(visitor.csrf, name):
            walks.stop(walk)
        return site.go(request, f"/accounts/{quote(name, safe='')}", _("Nothing was changed."))

    @router.post("/accounts/{name}/disconnect", dependencies=[site.needs(Role.OPERATOR)])
    def disconnect(request: Request, visitor: SignedIn, name: str) -> Response:
        there = f"/accounts/{quote(name, safe='')}"
        if forget(site.store, name, visitor.name, site.clock):
            words = _("What was kept of %(name)s is forgotten. At the network it still works: end it there.")
            return site.go(request, there, words % {"name": name})
        return site.go(request, there, _("Nothing was kept of it."), wrong=True)

    def _after(request: Request, walk: Walk) -> Response:
        """Where it stands, once the network has had a moment to answer."""
        if walk.errand:
            walk.errand.wait()
        return site.go(request, _path(walk.account.name))

    def _lost(request: Request, name: str) -> Response:
        words = _("This took too long, or the page was started again meanwhile. Please begin again.")
        return site.go(request, _path(name), words, wrong=True)

    return router


def callback_address(site: Site, request: Request) -> str:
    """Where a network leads back to: as the reader's own browser reaches this page."""
    scheme = "https" if is_secure(request, site.settings()) else request.url.scheme
    public = urlsplit(site.settings().alerts.page or "")
    root = public.path.rstrip("/") if public.netloc == request.url.netloc else ""
    return f"{scheme}://{request.url.netloc}{root}{CALLBACK}"


def _is_reachable(address: str) -> bool:
    """Whether networks lead back to such an address: with HTTPS, or of the reader's own machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname == "localhost"


def _account(site: Site, name: str) -> Account:
    account = site.settings().accounts.get(name)
    if account is None or account.network not in REGISTRY:
        raise HTTPException(404)
    return account


def _obstacle(site: Site) -> str:
    """Why nothing that a network gives could be kept."""
    try:
        sealed({}, site.settings())
    except SettingsError as error:
        return str(error)
    return ""


def _label(field: str) -> str:
    """The name of a credential as people write it: "API key", "App password"."""
    words = [word if word in ("API", "ID") else word.lower() for word in field.split("_")]
    return " ".join([words[0].capitalize() if words[0].islower() else words[0], *words[1:]])


def _path(name: str) -> str:
    return f"/accounts/{quote(name, safe='')}/connect"
