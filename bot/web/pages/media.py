"""Media: takes the files that are uploaded for posts, and shows those to members."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from bot.errors import SpokenError
from bot.model.format import DOCUMENTS
from bot.model.live import FOLDER, is_of_page
from bot.model.role import Role
from bot.planning.media_file import format_of
from bot.planning.receiving import take
from bot.store.shelf import Shelf
from bot.web.limits import FORMS
from bot.web.receiving import received
from bot.web.showing import address_of
from bot.web.site import Site
from bot.web.words import gettext as _

OF_A_FILE = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, max-age=600",
}
_CAMPAIGN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def media_files(site: Site) -> APIRouter:
    """One address takes a file, and one gives it."""
    router = APIRouter()

    @router.post("/media/{campaign}", dependencies=[site.needs(Role.EDITOR)])
    async def receive(
        request: Request, campaign: str, name: Annotated[str, Query(max_length=500)] = ""
    ) -> Response:
        if not _CAMPAIGN.fullmatch(campaign):
            raise HTTPException(404)
        if request.headers.get("content-type", "").startswith(FORMS):
            raise HTTPException(415, _("Send the file itself as the body, not a form."))
        length = request.headers.get("content-length", "")
        announced = int(length) if length.isdecimal() else 0
        with TemporaryDirectory(prefix="bot-") as folder:
            try:
                found = await received(request.stream(), announced, Path(folder))
                kept = await run_in_threadpool(
                    take, site.store, campaign, found.path, found.digest, name, site.now()
                )
            except SpokenError as error:
                return JSONResponse({"refused": str(error)}, headers={"Connection": "close"})
        facts = kept.facts
        address = address_of(f"{campaign}/{FOLDER}/post.md", kept.name)
        size = {"width": facts.width, "height": facts.height, "size": facts.size}
        return JSONResponse({"name": kept.name, "address": address, "format": str(facts.format), **size})

    @router.get("/media/{path:path}", dependencies=[site.needs(Role.VIEWER)])
    def give(path: str) -> Response:
        found = file_at(site, path)
        if found is None:
            raise HTTPException(404)
        return file_answer(found)

    return router


def file_at(site: Site, path: str) -> Path | None:
    """A file that posts may name, by its path below the folder of posts or the page's own."""
    if "\0" in path:
        return None
    if is_of_page(path):
        shelf = Shelf(site.store)
        campaign, _folder, name = path.split("/")
        shelf.put(campaign, [name])
        if (found := _below(shelf.root, path)) is not None:
            return found
    return _below(site.settings().posts, path)


def _below(root: Path, path: str) -> Path | None:
    try:
        real = (root / path).resolve(strict=True)
        inside = real.is_relative_to(root.resolve()) and real.is_file()
        return real if inside and format_of(real) is not None else None
    except (OSError, ValueError):
        return None


def file_answer(path: Path) -> Response:
    """A file as what it was found to be, so that it can do nothing in a browser but be looked at."""
    kind = format_of(path)
    if kind is None:
        raise HTTPException(404)
    return FileResponse(
        path,
        media_type=kind.content_type,
        headers=OF_A_FILE,
        filename=path.name,
        content_disposition_type="attachment" if kind in DOCUMENTS else "inline",
    )
