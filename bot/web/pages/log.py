"""The post log: what happened, entry by entry."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from bot.model.role import Role
from bot.model.state import State
from bot.store import listing
from bot.store.post_log import Filter, entries
from bot.web.site import Site
from bot.web.words import N_

ON_A_PAGE = 200


def log_page(site: Site) -> APIRouter:
    """The page with its filters."""
    router = APIRouter()
    site.menu.append(("/log", N_("Post log"), Role.VIEWER))

    @router.get("/log", dependencies=[site.needs(Role.VIEWER)])
    def log(
        request: Request,
        account: Annotated[str, Query(max_length=200)] = "",
        state: Annotated[str, Query(max_length=20)] = "",
        post: Annotated[str, Query(max_length=500)] = "",
    ) -> Response:
        wanted = Filter(account=account or None, state=state or None, post=post or None)
        with site.store.read() as connection:
            found = entries(connection, wanted, newest=ON_A_PAGE)
            gone = listing.removed_links(connection, {one.delivery for one in found})
        context = {
            "entries": list(reversed(found)),
            "gone": gone,
            "accounts": sorted(site.settings().accounts),
            "states": list(State),
            "chosen": {"account": account, "state": state, "post": post},
            "most": ON_A_PAGE,
        }
        return site.render(request, "log.html", context)

    return router
