"""Accounts: how each one is, until when, how much of its limits is used; asks its network when told to."""

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request, Response

from bot.model.role import Role
from bot.networks.connected import read, with_connected
from bot.networks.token_keeper import TokenKeeper
from bot.planning.account_report import Checked, check_account
from bot.planning.account_view import AccountView, cost_this_month, view
from bot.web.access import local_path
from bot.web.errands import MOMENT_S, Errand, Errands
from bot.web.site import Site
from bot.web.words import N_
from bot.web.words import gettext as _


def accounts(site: Site) -> APIRouter:
    """All accounts, and each by itself. Looking at them asks no network."""
    router = APIRouter()
    site.menu.append(("/accounts", N_("Accounts"), Role.VIEWER))
    errands: Errands[Checked] = Errands(site.now)

    @router.get("/accounts", dependencies=[site.needs(Role.VIEWER)])
    def all_of_them(request: Request) -> Response:
        known = site.settings()
        found = view(site.store, known, site.clock)
        context = {
            "accounts": found,
            "errands": _errands(errands, found),
            "asking": any(_is_asked(errands, one) for one in found),
            "file": known.accounts_file,
        }
        return site.render(request, "accounts.html", context)

    @router.get("/accounts/{name}", dependencies=[site.needs(Role.VIEWER)])
    def one_of_them(request: Request, name: str) -> Response:
        found = [one for one in view(site.store, site.settings(), site.clock) if one.name == name]
        if not found:
            raise HTTPException(404)
        context = {
            "one": found[0],
            "errands": _errands(errands, found),
            "asking": _is_asked(errands, found[0]),
            "cost": cost_this_month(site.store, site.settings(), site.clock, name),
        }
        return site.render(request, "account.html", context)

    @router.post("/accounts/check", dependencies=[site.needs(Role.OPERATOR)])
    def check_all(request: Request) -> Response:
        begun = [_begin(site, errands, name) for name in sorted(site.settings().accounts)]
        if begun:
            begun[-1].wait(MOMENT_S)
        return site.go(request, "/accounts", "" if begun else _("There are no accounts to ask about."))

    @router.post("/accounts/{name}/check", dependencies=[site.needs(Role.OPERATOR)])
    def check(request: Request, name: str, back: Annotated[str, Form(max_length=2000)] = "") -> Response:
        if name not in site.settings().accounts:
            raise HTTPException(404)
        _begin(site, errands, name).wait(MOMENT_S)
        return site.go(request, local_path(back) if back else f"/accounts/{quote(name, safe='')}")

    return router


def _begin(site: Site, errands: Errands[Checked], name: str) -> Errand[Checked]:
    def ask(_advance: Callable[[int], None]) -> Checked:
        known = with_connected(site.settings(), read(site.store))
        return check_account(site.store, known, site.clock, name, TokenKeeper(site.store, known, site.clock))

    return errands.begin(name, ask)


def _errands(errands: Errands[Checked], found: list[AccountView]) -> dict[str, Errand[Checked]]:
    """The errand of each account that a page has to say something of: it runs, or brought nothing to keep."""
    known = {one.name: (one, errands.of(one.name)) for one in found}
    return {name: errand for name, (one, errand) in known.items() if errand and _tells(errand, one)}


def _tells(errand: Errand[Checked], one: AccountView) -> bool:
    if errand.is_under_way:
        return True
    is_kept = errand.result is not None and errand.result.kept
    return not is_kept and (one.check is None or one.check.checked_at <= errand.begun_at)


def _is_asked(errands: Errands[Checked], one: AccountView) -> bool:
    errand = errands.of(one.name)
    return errand is not None and errand.is_under_way
