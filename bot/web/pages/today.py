"""Today: what goes out next, what went out, and what needs a person."""

from fastapi import APIRouter, Request, Response

from bot.model.role import Role
from bot.planning.status import look
from bot.web.site import Site
from bot.web.words import N_


def today(site: Site) -> APIRouter:
    """The first page."""
    router = APIRouter()
    site.menu.append(("/", N_("Today"), Role.VIEWER))

    @router.get("/", dependencies=[site.needs(Role.VIEWER)])
    def page(request: Request) -> Response:
        status = look(site.store, site.settings(), site.clock)
        return site.render(request, "status.html", {"status": status})

    return router
