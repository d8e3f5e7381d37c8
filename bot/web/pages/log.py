"""The post log: what happened, entry by entry, the latest first; new entries appear by themselves."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from bot.model.role import Role
from bot.store import listing, log_pages
from bot.store.cursor import CursorError
from bot.web import words
from bot.web.exporting import csv_answer, xlsx_answer
from bot.web.lists import Wanted, choices, log_filter, number_words
from bot.web.names import excerpt
from bot.web.site import Site
from bot.web.words import N_


def log_page(site: Site) -> APIRouter:
    """The page with its filters, and its exports."""
    router = APIRouter()
    site.menu.append(("/log", N_("Post log"), Role.VIEWER))

    @router.get("/log", dependencies=[site.needs(Role.VIEWER)])
    def log(request: Request, wanted: Annotated[Wanted, Query()]) -> Response:
        asked = log_filter(wanted, words.zone())
        with site.store.read() as connection:
            try:
                found = log_pages.page(connection, asked, wanted.cursor or None)
            except CursorError as error:
                return site.go(request, f"/log?{urlencode(wanted.query())}", str(error), wrong=True)
            count = log_pages.count(connection, asked)
            ids = list(dict.fromkeys(one.delivery for one in found.rows))
            gone = listing.removed_links(connection, ids)
            said = listing.parts_of_all(connection, ids)
            offered = choices(connection, site.settings().accounts, wanted)
        context = {
            "rows": [(one, excerpt(one, said[one.delivery])) for one in found.rows],
            "found": found,
            "gone": gone,
            "wanted": wanted,
            "number": number_words(count),
            "choices": offered,
        }
        return site.render(request, "log.html", context)

    @router.get("/log.csv", dependencies=[site.needs(Role.VIEWER)])
    def as_csv(wanted: Annotated[Wanted, Query()]) -> Response:
        return csv_answer(_sheet(site, wanted), site.now())

    @router.get("/log.xlsx", dependencies=[site.needs(Role.VIEWER)])
    def as_workbook(wanted: Annotated[Wanted, Query()]) -> Response:
        return xlsx_answer(_sheet(site, wanted), site.now())

    return router


def _sheet(site: Site, wanted: Wanted) -> Any:
    from bot.export.sheet import log_sheet

    return log_sheet(log_pages.stream(site.store, log_filter(wanted, words.zone())))
