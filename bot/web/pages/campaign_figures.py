"""The figures of a campaign: how its posts have done by network and by day, in tables and pictures."""

from dataclasses import astuple
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi import Path as InPath

from bot.aftercare.plots import drawable, plot
from bot.aftercare.report import Report, make_report
from bot.model.figures import MEASURES
from bot.model.role import Role
from bot.networks import REGISTRY, network_type
from bot.web.pages.campaigns import Name, view_or_404
from bot.web.site import Site

OF_A_PICTURE = {"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}
MOST_LINES = 500


def campaign_figures(site: Site) -> APIRouter:
    """The tables, and the pictures at addresses of their own."""
    router = APIRouter()

    def report(name: str) -> Report:
        view = view_or_404(site, name)
        if view.applied is None:
            raise HTTPException(404)
        with site.store.read() as connection:
            return make_report(connection, name, site.settings())

    @router.get("/campaigns/{name}/figures", dependencies=[site.needs(Role.VIEWER)])
    def figures(request: Request, name: Name) -> Response:
        made = report(name)
        context = {
            "name": name,
            "report": made,
            "lines": made.lines[:MOST_LINES],
            "measures": MEASURES,
            "values": astuple,
            "pictures": drawable(made),
            "titles": {one: network_type(one).title for one in REGISTRY},
        }
        return site.render(request, "campaign-figures.html", context)

    @router.get("/campaigns/{name}/figures/{network}.svg", dependencies=[site.needs(Role.VIEWER)])
    def picture(name: Name, network: Annotated[str, InPath(max_length=50)]) -> Response:
        made = report(name)
        if network not in drawable(made):
            raise HTTPException(404)
        return Response(plot(made, network), media_type="image/svg+xml", headers=OF_A_PICTURE)

    return router
